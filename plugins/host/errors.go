package host

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	pluginv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/plugin/v1"
)

// Kind is what went wrong with a plugin.
type Kind int

// The kinds.
const (
	// Crashed: the process ended before it had answered.
	Crashed Kind = iota + 1
	// OutOfMemory: the process ended, or gave up, for lack of memory.
	OutOfMemory
	// Protocol: the plugin did not keep to the contract.
	Protocol
	// Unsupported: the solver says the task is not for it.
	Unsupported
	// Failed: the solver tried and has no answer.
	Failed
	// Diverged: the solver met NaN, infinity or growth.
	Diverged
	// Invalid: the plugin refused an option.
	Invalid
	// Timeout: the time limit came before the answer.
	Timeout
	// Cancelled: the caller gave up.
	Cancelled
)

func (k Kind) String() string {
	names := map[Kind]string{
		Crashed: "crashed", OutOfMemory: "out of memory", Protocol: "protocol error", Unsupported: "unsupported",
		Failed: "failed", Diverged: "diverged", Invalid: "invalid option", Timeout: "timeout", Cancelled: "cancelled",
	}
	return names[k]
}

// Error is a failure of a plugin.
type Error struct {
	Kind    Kind
	Message string
	// Stderr is the end of what the plugin wrote to its standard error.
	Stderr string
	// Exit describes how the process ended, if it did.
	Exit string
	// Limits says which limits the plugin's processes have met.
	Limits string
}

func (e *Error) Error() string {
	if reason := e.Reason(); reason != "" {
		return e.Kind.String() + ": " + reason
	}
	return e.Kind.String()
}

// Reason is the error without its kind.
func (e *Error) Reason() string {
	s := e.Message
	if e.Exit != "" {
		s += " (" + e.Exit + ")"
	}
	if e.Limits != "" {
		s += "; " + e.Limits
	}
	if line := lastWords(e.Stderr); line != "" && (e.Kind == Crashed || e.Kind == OutOfMemory || e.Kind == Protocol) {
		s += ": " + clip(line, 300)
	}
	return s
}

// clip shortens s to about n bytes.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}

// lastWords picks the line of a stderr tail that most likely says what happened.
func lastWords(stderr string) string {
	last := ""
	for line := range strings.Lines(stderr) {
		line = strings.TrimSpace(line)
		if telling(line) {
			return line
		}
		if line != "" {
			last = line
		}
	}
	return last
}

// KindOf returns the kind of a host error, or 0.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return 0
}

func protocolError(format string, args ...any) *Error {
	return &Error{Kind: Protocol, Message: fmt.Sprintf(format, args...)}
}

// told turns a failure that the plugin reported into an error.
func told(f *pluginv1.Failure) *Error {
	kind := Failed
	switch f.Kind {
	case pluginv1.Failure_KIND_UNSUPPORTED:
		kind = Unsupported
	case pluginv1.Failure_KIND_DIVERGED:
		kind = Diverged
	case pluginv1.Failure_KIND_INVALID:
		kind = Invalid
	case pluginv1.Failure_KIND_CANCELLED:
		kind = Cancelled
	}
	return &Error{Kind: kind, Message: plain(f.Message, longestMessage)}
}

// Longest texts of a plugin's that are passed on, in bytes.
const (
	longestMessage  = 4096
	longestProgress = 200
)

// plain is what a plugin says, without what steers a terminal, and clipped.
func plain(s string, n int) string {
	return clip(strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s[:min(len(s), 2*n)], "�")), n)
}

// outOfMemory says whether a stderr tail is that of a process that ran out of memory.
func outOfMemory(stderr string) bool {
	for _, sign := range []string{
		"out of memory", "cannot allocate memory", "Cannot allocate memory", "MemoryError", "std::bad_alloc",
		"failed to allocate", // the sanitizers'
	} {
		if strings.Contains(stderr, sign) {
			return true
		}
	}
	return false
}
