package results

import "time"

// Outcome says how an experiment ended.
type Outcome string

const (
	Running     Outcome = "running" // also what a killed experiment leaves behind
	Finished    Outcome = "finished"
	Interrupted Outcome = "interrupted"
)

// Experiment is one invocation of the harness: its suite, machine, versions and settings.
type Experiment struct {
	ID             int64          `json:"id"`  // set by the store
	UID            string         `json:"uid"` // unique over all databases; made by BeginExperiment if empty
	Started        time.Time      `json:"started"`
	Finished       time.Time      `json:"finished,omitzero"` // zero while running
	Outcome        Outcome        `json:"outcome"`
	Command        []string       `json:"command"`
	Suite          string         `json:"suite"`
	SuiteText      string         `json:"suite_text"`
	Settings       map[string]any `json:"settings"` // timeout, threads, repetitions, …
	Seed           uint64         `json:"seed"`
	HarnessVersion string         `json:"harness_version"`
	Revision       string         `json:"revision"` // of the harness, in version control
	GoVersion      string         `json:"go_version"`
	Machine        Machine        `json:"machine"`
}

// Machine is the computer and operating system that runs were made on.
type Machine struct {
	Hostname       string         `json:"hostname"`
	OS             string         `json:"os"`
	Kernel         string         `json:"kernel"`
	Arch           string         `json:"arch"`
	CPU            string         `json:"cpu"`
	PhysicalCores  int            `json:"physical_cores"`
	LogicalCores   int            `json:"logical_cores"`
	MemoryBytes    int64          `json:"memory_bytes"`
	Governor       string         `json:"governor"`
	Virtualisation string         `json:"virtualisation"` // container or hypervisor; empty on bare metal
	Details        map[string]any `json:"details"`        // caches, microcode, turbo, …
}

// Plugin is an executable that offers solvers.
type Plugin struct {
	Name     string `json:"name"`
	Version  string `json:"version"`
	Path     string `json:"path"` // where it was first seen; not part of its identity
	SHA256   string `json:"sha256"`
	Language string `json:"language"`
	Licence  string `json:"licence"`
	Bundled  bool   `json:"bundled"`
	Protocol int    `json:"protocol"`
}

// Configuration is a solver with every option fixed.
type Configuration struct {
	Plugin  Plugin         `json:"plugin"`
	Solver  string         `json:"solver"`
	Options map[string]any `json:"options"` // as read back, numbers are json.Number
	Label   string         `json:"label"`   // multigrid[cycle=F,smoother=rbgs]
	Tags    []string       `json:"tags"`    // approach: direct, iterative, …
}

// ByTime is the Instance.RankBy of instances whose solvers are ranked by time to solution.
const ByTime = "time"

// Instance is a problem with every parameter fixed.
type Instance struct {
	Family    string         `json:"family"`
	Problem   string         `json:"problem"` // without the family: unit-2d
	Label     string         `json:"label"`   // poisson/unit-2d[n=1023]
	Params    map[string]any `json:"params"`  // as read back, numbers are json.Number
	Seed      uint64         `json:"seed"`
	Hash      string         `json:"hash"`      // content hash made by the problem
	Tolerance float64        `json:"tolerance"` // on the primary metric; 0 if there is none
	Primary   string         `json:"primary"`   // name of the primary metric
	RankBy    string         `json:"rank_by"`   // ByTime (also when empty) or a metric's name
	Unknowns  int64          `json:"unknowns"`
}

// Status is how a run ended.
type Status string

const (
	Solved        Status = "solved"
	Inaccurate    Status = "inaccurate"
	Diverged      Status = "diverged"
	Timeout       Status = "timeout"
	OutOfMemory   Status = "out-of-memory"
	Crashed       Status = "crashed"
	ProtocolError Status = "protocol-error"
	Unsupported   Status = "unsupported"
	Cancelled     Status = "cancelled"
)

// Statuses returns every status, the best first.
func Statuses() []Status {
	return []Status{Solved, Inaccurate, Diverged, Timeout, OutOfMemory, Crashed, ProtocolError, Unsupported, Cancelled}
}

// Run is one configuration on one instance within an experiment. Where a quantity says "if known", zero means that it
// was not measured and is stored as NULL.
type Run struct {
	ID            int64          `json:"id"` // set by the store
	Experiment    int64          `json:"experiment"`
	ExperimentUID string         `json:"experiment_uid"` // set when loading
	Machine       *Machine       `json:"machine"`        // set when loading; shared between runs
	Configuration *Configuration `json:"configuration"`  // shared between runs when loaded
	Instance      *Instance      `json:"instance"`       // shared between runs when loaded

	Ordinal  int       `json:"ordinal"` // place in the schedule
	Status   Status    `json:"status"`
	Reason   string    `json:"reason"` // for people; empty when solved
	Started  time.Time `json:"started"`
	Finished time.Time `json:"finished"`
	Seed     uint64    `json:"seed"`
	Threads  int       `json:"threads"`
	Timeout  float64   `json:"timeout_seconds"` // 0 if there was none

	StartupSeconds float64 `json:"startup_seconds"` // launch of the process to its first answer, if known
	SetupSeconds   float64 `json:"setup_seconds"`   // Prepare, if known
	FirstSeconds   float64 `json:"first_seconds"`   // first solve, if known

	PeakMemoryBytes     int64        `json:"peak_memory_bytes"`  // of the process tree, if known
	PeakMemorySource    MemorySource `json:"peak_memory_source"` // how it was measured
	Evaluations         int64        `json:"evaluations"`        // of oracles, a solve
	MinorFaults         int64        `json:"minor_faults"`
	MajorFaults         int64        `json:"major_faults"`
	VoluntarySwitches   int64        `json:"voluntary_switches"`
	InvoluntarySwitches int64        `json:"involuntary_switches"`

	NullCallSeconds   float64 `json:"null_call_seconds"`  // round trip of an empty call, if known
	TransportSeconds  float64 `json:"transport_seconds"`  // a Solve call that does nothing, with arrays of these sizes, if known
	BackgroundSeconds float64 `json:"background_seconds"` // CPU time of the tree after its answers, while it should be idle
	CheckpointSeconds float64 `json:"checkpoint_seconds"` // spent sending checkpoints, by the plugin's clock; not part of any time

	Stopped   Stop    `json:"stopped"`   // why no more repetitions were made; empty if none were
	Precision float64 `json:"precision"` // relative half-width of the median's confidence interval, if known
	Answers   int     `json:"answers"`   // solutions that the plugin has given in timed repetitions
	Verified  int     `json:"verified"`  // of those, how many were verified
	Noise     float64 `json:"noise"`     // slowest reference kernel beside its repetitions, as a ratio to calm, if known
	Attempts  int     `json:"attempts"`  // times the run was made, for noise; 1 if zero

	CPUs       []int          `json:"cpus"`        // the cores it was pinned to, if any
	LoadBefore float64        `json:"load_before"` // 1-minute load average before the run
	Limits     map[string]any `json:"limits"`      // that were enforced
	Flags      []string       `json:"flags"`       // doubts about the measurement: noisy, clocks-disagree, …
	Exit       string         `json:"exit"`        // how the process ended
	Stderr     string         `json:"stderr"`      // its tail

	Repetitions  []Repetition  `json:"repetitions"`
	Timings      []Timing      `json:"-"` // instead of repetitions, from a Filter that selects the newest
	Checkpoints  []Checkpoint  `json:"checkpoints"`
	Measurements []Measurement `json:"measurements"` // of the final solution
	Artifacts    []Artifact    `json:"artifacts"`
	Events       []Event       `json:"events"`
}

// Stop says why a run was not repeated more often.
type Stop string

const (
	StopPrecise     Stop = "precision"   // the median's confidence interval is as narrow as asked for
	StopBudget      Stop = "budget"      // the time for it is spent
	StopRepetitions Stop = "repetitions" // their number was given, or the most was reached
)

// MemorySource says how peak memory was measured.
type MemorySource string

const (
	MemoryCgroup  MemorySource = "cgroup"  // by the kernel, of the whole process tree
	MemorySampled MemorySource = "sampled" // by looking at the process tree now and then: peaks between looks are missed
)

// Repetition is one timed call within a run: Batch solves in a row. Seconds, evaluations and bytes are a solve.
type Repetition struct {
	Index           int       `json:"index"`
	Warmup          bool      `json:"warmup"`
	Batch           int       `json:"batch"` // 1 if zero
	Started         time.Time `json:"started,omitzero"`
	WallSeconds     float64   `json:"wall_seconds"`      // host's clock
	PluginSeconds   float64   `json:"plugin_seconds"`    // plugin's own clock, if known
	UserSeconds     float64   `json:"user_seconds"`      // of the process tree, if known
	SystemSeconds   float64   `json:"system_seconds"`    // of the process tree, if known
	OracleSeconds   float64   `json:"oracle_seconds"`    // inside oracles
	PeakMemoryBytes int64     `json:"peak_memory_bytes"` // if known
	Evaluations     int64     `json:"evaluations"`
	BytesMoved      int64     `json:"bytes_moved"` // between harness and plugin

	// Of the process tree during the whole call, all solves together.
	MinorFaults         int64 `json:"minor_faults"`
	MajorFaults         int64 `json:"major_faults"`
	VoluntarySwitches   int64 `json:"voluntary_switches"`
	InvoluntarySwitches int64 `json:"involuntary_switches"`

	Verified int `json:"verified"` // answers of this call that were verified
	// Noise is the slower of the reference kernels before and after it, as a ratio to calm, if known.
	Noise float64 `json:"noise"`
}

// Timing is what ranking has need of in a repetition that is no warm-up.
type Timing struct {
	WallSeconds float64 // a solve, by the host's clock
	CPUSeconds  float64 // a solve, of the process tree, if known
	Batch       int
}

// Timed returns the timings of a run, in the order of its repetitions.
func (r *Run) Timed() []Timing {
	if r.Timings != nil {
		return r.Timings
	}
	timed := make([]Timing, 0, len(r.Repetitions))
	for i := range r.Repetitions {
		if p := &r.Repetitions[i]; !p.Warmup {
			timed = append(timed, Timing{p.WallSeconds, p.UserSeconds + p.SystemSeconds, max(p.Batch, 1)})
		}
	}
	return timed
}

// Checkpoint is an intermediate solution and what the harness measured on it.
type Checkpoint struct {
	Index        int           `json:"index"`
	Seconds      float64       `json:"seconds"` // since the solve began
	Evaluations  int64         `json:"evaluations"`
	Measurements []Measurement `json:"measurements"`
}

// Better says which direction of a metric is better.
type Better string

const (
	Lower   Better = "lower"
	Higher  Better = "higher"
	Neither Better = ""
)

// Role says how prominently a metric is shown.
type Role string

const (
	Primary   Role = "primary"
	Secondary Role = "secondary"
	Info      Role = "info" // also when empty
)

// Measurement is the value of a metric. NaN and infinities are kept.
type Measurement struct {
	Name   string
	Value  float64
	Unit   string
	Better Better
	Role   Role
}

// Artifact is a file or blob kept with a run.
type Artifact struct {
	ID     int64  `json:"id"` // set by the store
	Name   string `json:"name"`
	Path   string `json:"path"` // of a file outside the database, or empty
	Data   []byte `json:"-"`    // the content itself, or nil; loaded by ArtifactData only
	SHA256 string `json:"sha256"`
	Bytes  int64  `json:"bytes"`
}

// NoiseProbe is one run of the reference kernels between blocks.
type NoiseProbe struct {
	Time    time.Time `json:"time"`
	Compute float64   `json:"compute_seconds"`
	Memory  float64   `json:"memory_seconds"`
	// Ratio to calm, of the worse of the two.
	Ratio float64 `json:"ratio"`
}

// Event is something worth remembering that happened in an experiment or run.
type Event struct {
	Time    time.Time `json:"time"`
	Level   string    `json:"level"` // debug, info, warn or error; info if empty
	Kind    string    `json:"kind"`
	Message string    `json:"message"`
}
