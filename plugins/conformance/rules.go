package conformance

import (
	"context"
	"fmt"
)

// Outcome is what became of a rule.
type Outcome string

// Outcomes.
const (
	Pass Outcome = "pass"
	Fail Outcome = "fail"
	// Warn: the contract is kept, and people would be better off otherwise.
	Warn Outcome = "warn"
	// Skip: the rule does not apply, or could not be told.
	Skip Outcome = "skip"
)

// Finding is the outcome of one rule.
type Finding struct {
	Plugin string `json:"plugin"`
	// Solver and Family are empty for what is checked once a plugin.
	Solver string `json:"solver"`
	Family string `json:"family"`
	// Options are those that the solver was checked with beside its defaults.
	Options map[string]string `json:"options"`
	Rule    string            `json:"rule"`
	Outcome Outcome           `json:"outcome"`
	// Wants is a sentence that says what it takes to pass.
	Wants string `json:"wants"`
	// Message says what was seen and, of what did not pass, what to do.
	Message string  `json:"message"`
	Seconds float64 `json:"seconds"`
}

// Rule is one thing that is checked.
type Rule struct {
	Name string
	// Wants is a sentence that says what it takes to pass.
	Wants string

	plugin func(context.Context, *checker) verdict // once a plugin
	solver func(context.Context, *subject) verdict // once a solver
	alone  bool                                    // it needs no instance that the solver solves
}

// verdict is an outcome and why.
type verdict struct {
	outcome Outcome
	message string
}

func pass(format string, args ...any) verdict { return verdict{Pass, fmt.Sprintf(format, args...)} }
func fail(format string, args ...any) verdict { return verdict{Fail, fmt.Sprintf(format, args...)} }
func warn(format string, args ...any) verdict { return verdict{Warn, fmt.Sprintf(format, args...)} }
func skip(format string, args ...any) verdict { return verdict{Skip, fmt.Sprintf(format, args...)} }

// Rules returns all rules, in the order in which they are checked.
func Rules() []Rule {
	return []Rule{
		{Name: "handshake", plugin: handshake,
			Wants: "Launched by the harness, the plugin prints a handshake line within 10 seconds and answers on the socket that it names."},
		{Name: "describe", plugin: describe,
			Wants: "Names are lower-case letters, digits and dashes; version, licence, and of each solver a documentation, tags and a citation are there."},
		{Name: "stable", plugin: stable,
			Wants: "Describe answers the same each time, also after another launch: results are kept under what it says."},
		{Name: "shutdown", plugin: shutdown,
			Wants: "Asked to shut down, the process ends within a second."},
		{Name: "options", solver: options, alone: true,
			Wants: "Defaults and bounds are accepted; an unknown option, a value out of range or of the wrong type is refused as invalid."},
		{Name: "solves", solver: solves, alone: true,
			Wants: "Small instances of the family are solved, as the harness judges; some may be refused as unsupported, but not all."},
		{Name: "wrong-input", solver: wrongInput,
			Wants: "A task without arrays, with arrays of the wrong rank or type, or full of NaN is a failure: the plugin neither crashes nor hangs nor invents an answer."},
		{Name: "unsupported", solver: unsupported,
			Wants: "A solver that it does not have, a task of another family, and a task that says what no version of the contract says, are refused as unsupported or invalid, never answered."},
		{Name: "tolerance", solver: impossibleTolerance,
			Wants: "A tolerance that nobody can meet ends in a failure or in the best answer there is; while it is tried for, the solve can be cancelled."},
		{Name: "cancel", solver: cancel,
			Wants: "A solve that is cancelled has stopped within a second, and the plugin goes on working."},
		{Name: "seed", solver: seed,
			Wants: "Equal seeds give equal answers, also after another launch; if not to the bit, then to rounding."},
		{Name: "batch", solver: batch,
			Wants: "Repeated solves on inputs that differ give each input its own answer, and leave the inputs as they are."},
		{Name: "sessions", solver: sessions,
			Wants: "A session can follow another, one in which nothing was done, and one that could not be opened."},
		{Name: "large-arrays", solver: largeArrays,
			Wants: "Arrays of 4 KiB and more, which lie in shared memory, are read and written as small ones are."},
		{Name: "inline-arrays", solver: inlineArrays,
			Wants: "Without shared memory, with all arrays in the messages, there is the same answer."},
		{Name: "checkpoints", solver: checkpoints,
			Wants: "Asked for checkpoints, it sends valid ones or none, at most as many as it was asked for, and its answer is right."},
		{Name: "oracle", solver: oracle,
			Wants: "Oracles are called while it solves, in every solve anew, and at most as often as the task allows."},
		{Name: "memory", solver: memory,
			Wants: "In 200 solves memory grows by less than half of their answers, or by less than 4 MiB."},
		{Name: "threads", solver: threads,
			Wants: "CPU time is at most 1.3 times the wall time with one thread, and 2.6 times with two in a solver that says it is parallel."},
		{Name: "clock", solver: clock,
			Wants: "The seconds that it reports are those that the harness measures, to 5 % and 5 ms."},
		{Name: "leftovers", solver: leftovers,
			Wants: "After a session is closed there are no more processes than before it was opened."},
		{Name: "stdout", solver: quietStdout, alone: true,
			Wants: "Nothing is printed on standard output after the handshake: it goes nowhere. Standard error is for that."},
	}
}
