package harness

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/solverbench/solverbench/harness/measure"
	"github.com/solverbench/solverbench/harness/sandbox"
)

// Settings are those of every run of an experiment. A suite may leave any of them open.
type Settings struct {
	// Timeout is the limit for setting up and solving once, and for each timed call.
	Timeout Duration `yaml:"timeout,omitempty"`
	// Precision is the relative half-width of the median's confidence interval at which a run has been repeated enough.
	Precision float64 `yaml:"precision,omitempty"`
	// Budget is the time for the repetitions of a run that does not become that precise.
	Budget Duration `yaml:"budget,omitempty"`
	// Repetitions fixes their number, whatever the precision and the budget.
	Repetitions int `yaml:"repetitions,omitempty"`
	// Threads a solver may use.
	Threads int `yaml:"threads,omitempty"`
	// Seed of instances, of solvers that draw, and of the order of runs.
	Seed uint64 `yaml:"seed,omitempty"`
	// Checkpoints is the most intermediate solutions that the first solve of a run may send; 0 for none.
	Checkpoints int `yaml:"checkpoints,omitempty"`
	// Verify says which answers of the timed repetitions are verified.
	Verify Verify `yaml:"verify,omitempty"`
	// RetryNoisy is how often a run may be made again because the machine was disturbed meanwhile.
	RetryNoisy int `yaml:"retry-noisy,omitempty"`
	// NoProbes leaves out the noise probes, and with them what they say.
	NoProbes bool `yaml:"no-probes,omitempty"`
	// Limits that plugins are held to.
	Limits Limits `yaml:"limits,omitempty"`
	// Network lets plugins use the network.
	Network bool `yaml:"network,omitempty"`
	// Readable are paths that plugins may read beside the system's and their own.
	Readable []string `yaml:"readable,omitempty"`
}

// Limits are those of sandbox.Limits as people write them.
type Limits struct {
	Memory Size    `yaml:"memory,omitempty"`
	CPUs   float64 `yaml:"cpus,omitempty"`
	Pids   int     `yaml:"pids,omitempty"`
	Disk   Size    `yaml:"disk,omitempty"`
}

// Verify says which answers are verified.
type Verify string

// What can be verified.
const (
	VerifyAll    Verify = "all"    // every answer
	VerifySample Verify = "sample" // some of every repetition, chosen at random afterwards, as many as cost no more than solving
	VerifyLast   Verify = "last"   // the last of all
)

// Defaults of settings that are left open.
const (
	DefaultTimeout   = 60 * time.Second
	DefaultPrecision = 0.02
	DefaultBudget    = 10 * time.Second
)

// complete sets what has been left open.
func (s *Settings) complete() {
	if s.Timeout.Duration == 0 {
		s.Timeout.Duration = DefaultTimeout
	}
	if s.Precision == 0 {
		s.Precision = DefaultPrecision
	}
	if s.Budget.Duration == 0 {
		s.Budget.Duration = DefaultBudget
	}
	if s.Threads == 0 {
		s.Threads = 1
	}
	if s.Verify == "" {
		s.Verify = VerifySample
	}
}

// invalid returns the name of a setting that makes no sense, empty if there is none, and what is wrong with it.
func (s *Settings) invalid() (setting string, err error) {
	for _, c := range []struct {
		name string
		bad  bool
		err  error
	}{
		{"repetitions", s.Repetitions < 0, fmt.Errorf("%d, expected a positive number", s.Repetitions)},
		{"threads", s.Threads < 0, fmt.Errorf("%d, expected a positive number", s.Threads)},
		{"checkpoints", s.Checkpoints < 0, fmt.Errorf("%d, expected a positive number", s.Checkpoints)},
		{"retry-noisy", s.RetryNoisy < 0, fmt.Errorf("%d, expected a positive number", s.RetryNoisy)},
		{"precision", s.Precision < 0 || s.Precision >= 1 || s.Precision != s.Precision, fmt.Errorf("%v, expected a fraction between 0 and 1, such as 0.02", s.Precision)},
		{"verify", s.Verify != "" && !slices.Contains([]Verify{VerifyAll, VerifySample, VerifyLast}, s.Verify),
			fmt.Errorf("%q, expected all, sample or last", s.Verify)},
		{"limits.cpus", s.Limits.CPUs < 0 || s.Limits.CPUs != s.Limits.CPUs || math.IsInf(s.Limits.CPUs, 0), fmt.Errorf("%v, expected a positive number", s.Limits.CPUs)},
		{"limits.pids", s.Limits.Pids < 0, fmt.Errorf("%d, expected a positive number", s.Limits.Pids)},
	} {
		if c.bad {
			return c.name, c.err
		}
	}
	return "", nil
}

// Check finds a setting that makes no sense. Errors are *UsageError.
func (s *Settings) Check() error {
	if name, err := s.invalid(); err != nil {
		return usage("%s: %w", name, err)
	}
	return nil
}

// CheckLimits returns a *UsageError that wraps a *sandbox.MissingError if this machine cannot enforce a limit.
func (s *Settings) CheckLimits() error {
	if err := sandbox.CheckLimits(s.limits()); err != nil {
		return &UsageError{Err: err}
	}
	return nil
}

func (s *Settings) policy() measure.Policy {
	if s.Repetitions > 0 {
		return measure.Policy{Min: s.Repetitions, Max: s.Repetitions}
	}
	return measure.Policy{Precision: s.Precision, Budget: s.Budget.Duration}
}

func (s *Settings) limits() sandbox.Limits {
	return sandbox.Limits{Memory: int64(s.Limits.Memory), CPUs: s.Limits.CPUs, Pids: s.Limits.Pids, Disk: int64(s.Limits.Disk)}
}

// Size is a number of bytes that is written like 4GB or 512MiB.
type Size int64

var units = []struct {
	name  string
	bytes float64
}{
	{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40},
	{"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12}, {"B", 1}, {"", 1},
}

// UnmarshalText reads a size.
func (s *Size) UnmarshalText(text []byte) error {
	for _, u := range units {
		if len(text) < len(u.name) || !strings.EqualFold(string(text[len(text)-len(u.name):]), u.name) {
			continue
		}
		x, err := strconv.ParseFloat(strings.TrimSpace(string(text[:len(text)-len(u.name)])), 64)
		if err != nil || !(x > 0) || x*u.bytes >= math.MaxInt64 {
			break
		}
		*s = Size(x * u.bytes)
		return nil
	}
	return &sizeError{string(text)}
}

type sizeError struct{ text string }

func (e *sizeError) Error() string {
	return fmt.Sprintf("%q, expected a size such as 4GB or 512MiB", e.text)
}

// MarshalText writes it so that it is read as the same number.
func (s Size) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// String writes it in the largest unit that leaves a whole number.
func (s Size) String() string {
	best := units[len(units)-2]
	for _, u := range units {
		if u.bytes > best.bytes && int64(s) != 0 && int64(s)%int64(u.bytes) == 0 {
			best = u
		}
	}
	return fmt.Sprintf("%d%s", int64(s)/int64(best.bytes), best.name)
}

// Set and Type make it a flag's value.
func (s *Size) Set(text string) error { return s.UnmarshalText([]byte(text)) }

// Type names it in a flag's help.
func (s *Size) Type() string { return "size" }
