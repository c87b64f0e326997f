package harness

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/solverbench/solverbench/harness/sandbox"
	"github.com/solverbench/solverbench/plugins/host"
	"github.com/solverbench/solverbench/problems"
	"github.com/solverbench/solverbench/results"
)

// checkpointMemory bounds the shared memory reserved for the checkpoints of one run.
const checkpointMemory = 256 << 20

// measured is a run in the making.
type measured struct {
	job      Scheduled
	instance problems.Instance
	settings *Settings
	rig      *rig

	run      *results.Run
	save     func(proto.Message) error // keeps the solution, nil if it is not wanted
	progress func(phase string, fraction float64, message string)
	repeated func()      // tells of another repetition
	warn     func(error) // keeps what people should know beside the run

	client  *host.Client
	session *host.Session
	inputs  *inputs // nil if they cannot be varied
	batch   int     // solves in a timed call
	slots   int     // inputs and answers in one, 0 if they are not varied
	given   []problems.Instance
	asides  int       // evaluations of oracles outside of solves
	times   []float64 // of the timed repetitions, seconds a solve
	spent   time.Duration
	cpu     time.Duration // of the timed repetitions
	peak    int64         // memory in any call

	answers   map[uint64]uint64 // digests of verified answers, and of their inputs
	last      bool              // there will be no more repetitions
	failed    error             // the harness's own failure to make the run
	before    *measured         // what it was when it was made the last time, or nil
	verifying time.Duration     // what verifying an answer takes
	disagree  int               // calls about which the clocks do
	early     bool              // most checkpoints claim to be older than they can be, or to have taken longer
	answered  host.Usage        // when the plugin gave its last answer
	idle      time.Duration     // CPU time of the plugin between calls
	restless  bool              // it was at work when it should have been done
}

// begin launches the plugin in a process of its own, prepares, solves once and judges the answer; if that is right, it
// gets ready for timed repetitions. Whatever the plugin does is a status of the run; the error is the harness's own.
// A run that is to be repeated has the status solved and is open; others are closed.
func (m *measured) begin(ctx context.Context) error {
	err := m.first(ctx)
	if err == nil && m.run.Status == results.Solved {
		err = m.ready(ctx)
	}
	return m.settle(ctx, err)
}

// settle makes of a failure the run's status, and closes a run that is not solved.
func (m *measured) settle(ctx context.Context, err error) error {
	var failed *host.Error
	switch {
	case err == nil:
	case ctx.Err() != nil:
		m.run.Status, m.run.Reason = results.Cancelled, "interrupted"
	case errors.As(err, &failed):
		m.run.Status, m.run.Reason = status(failed)
		m.run.Stderr, m.run.Exit = failed.Stderr, failed.Exit
	default:
		m.run.Status = results.Cancelled // it will not be kept
		m.end(ctx)
		return err
	}
	if m.run.Status != results.Solved {
		m.end(ctx)
	}
	return nil
}

// status says which status a plugin's failure amounts to, and why in words.
func status(e *host.Error) (results.Status, string) {
	switch e.Kind {
	case host.Crashed:
		return results.Crashed, e.Reason()
	case host.OutOfMemory:
		return results.OutOfMemory, e.Reason()
	case host.Unsupported:
		return results.Unsupported, e.Message
	case host.Failed:
		return results.Inaccurate, "no answer: " + e.Reason()
	case host.Diverged:
		return results.Diverged, e.Message
	case host.Timeout:
		return results.Timeout, e.Reason()
	case host.Cancelled:
		return results.ProtocolError, "the plugin says that it was cancelled, and it was not"
	}
	return results.ProtocolError, e.Reason()
}

// first is all up to and with the judgement of the first answer. The limit holds for setting up and solving together.
func (m *measured) first(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, m.settings.Timeout.Duration)
	defer cancel()
	err := m.launch(limited)
	var solved host.Solved
	if err == nil {
		solved, err = m.solveFirst(limited)
	}
	if err != nil {
		return overdue(limited, err, m.settings.Timeout.Duration)
	}
	if err := m.judge(ctx, m.instance, solved.Solution, ""); err != nil {
		return err
	}
	if solved.Iterations > 0 {
		m.run.Measurements = append(m.run.Measurements, results.Measurement{Name: iterationsMetric, Value: float64(solved.Iterations), Role: results.Info})
	}
	if m.asides > 0 {
		m.run.Measurements = append(m.run.Measurements, results.Measurement{Name: setUpMetric, Value: float64(m.asides), Role: results.Info})
	}
	for i, c := range solved.Checkpoints {
		if err := m.checkpoint(ctx, i, c); err != nil {
			return err
		}
	}
	m.early = early(solved, m.run.TransportSeconds) || oversent(solved, m.run.TransportSeconds, m.bytesMoved())
	if m.save != nil {
		return m.save(solved.Solution)
	}
	return nil
}

// launch starts the plugin and opens the session.
func (m *measured) launch(ctx context.Context) (err error) {
	m.progress("starting", 0, "")
	if m.client, err = host.Launch(ctx, m.launchConfig()); err != nil {
		return err
	}
	m.run.StartupSeconds, m.run.Limits = m.client.Started.Seconds(), contained(m.client.Protections())
	m.run.CPUs = m.rig.place.Plugin
	if m.rig.place.Short != "" {
		m.doubt(flagNotPinned)
	}
	if err := m.sameDescription(ctx); err != nil {
		return err
	}
	null, err := m.client.NullCall(ctx)
	if err != nil {
		return err
	}
	m.run.NullCallSeconds = null.Seconds()
	if m.session, err = m.client.Open(ctx, m.sessionConfig()); err != nil {
		return err
	}
	m.mindDisk()
	if why := m.session.Inlined(); why != nil {
		m.doubt(flagInline)
		m.warn(fmt.Errorf("arrays travel in the messages: %w", why))
	}
	return nil
}

// contained are the protections that are on, with how they work.
func contained(all []sandbox.Protection) map[string]any {
	on := map[string]any{}
	for _, p := range all {
		if p.On {
			on[p.Name] = p.How
		}
	}
	return on
}

// sameDescription checks that the plugin still is what it was when it was loaded.
func (m *measured) sameDescription(ctx context.Context) error {
	if err := m.job.Configuration.Plugin.unchanged(); err != nil {
		return &host.Error{Kind: host.Protocol, Message: err.Error()}
	}
	d, err := m.client.Describe(ctx)
	if err != nil {
		return err
	}
	if !proto.Equal(d, m.job.Configuration.Plugin.described) {
		return &host.Error{Kind: host.Protocol, Message: "the plugin describes itself otherwise than when it was loaded"}
	}
	return nil
}

func (m *measured) launchConfig() host.Config {
	cfg := m.job.Configuration.Plugin.Program.Config()
	cfg.Threads, cfg.Cores, cfg.Limits = m.settings.Threads, m.rig.place.Plugin, m.settings.limits()
	cfg.Network, cfg.Readable = m.settings.Network, slices.Concat(cfg.Readable, m.settings.Readable)
	return cfg
}

// solveFirst prepares and solves the instance itself, which also warms up.
func (m *measured) solveFirst(ctx context.Context) (host.Solved, error) {
	m.progress("preparing", 0, "")
	prepared, err := m.session.Prepare(ctx)
	if err != nil {
		return host.Solved{}, err
	}
	m.run.SetupSeconds, m.asides = prepared.Wall.Seconds(), prepared.Count
	solved, err := m.solve(ctx, timedCall{phase: "solving", batch: 1, warmup: true, checkpoints: true})
	if err != nil {
		return solved, err
	}
	m.run.FirstSeconds = max(solved.Wall-solved.Sending, 0).Seconds()
	m.run.CheckpointSeconds = solved.Sending.Seconds()
	return solved, nil
}

// overdue makes a time-out say what the limit was.
func overdue(ctx context.Context, err error, limit time.Duration) error {
	var e *host.Error
	if errors.As(err, &e) && (e.Kind == host.Timeout || e.Kind == host.Cancelled && errors.Is(ctx.Err(), context.DeadlineExceeded)) {
		e.Kind, e.Message = host.Timeout, fmt.Sprintf("no answer within %v", limit)
	}
	return err
}

func (m *measured) sessionConfig() host.SessionConfig {
	cfg := taskConfig(m.instance)
	cfg.Solver, cfg.Options = m.job.Configuration.Solver.Name, optionValues(m.job.Configuration.Options)
	cfg.MaxCheckpoints, cfg.Seed = m.settings.Checkpoints, m.settings.Seed
	if size := host.SolutionBytes(cfg.Shapes); size > 0 {
		if most := checkpointMemory / size; most < cfg.MaxCheckpoints {
			cfg.MaxCheckpoints = most
			m.warn(fmt.Errorf("at most %d checkpoints of %d are kept: together they may take %d MB", most, m.settings.Checkpoints, checkpointMemory>>20))
		}
	}
	return cfg
}

// taskConfig is what an instance says of a session about it.
func taskConfig(instance problems.Instance) host.SessionConfig {
	cfg := host.SessionConfig{Task: instance.Task(), Shapes: instance.SolutionShapes()}
	if o, ok := instance.(problems.OracleServer); ok {
		cfg.Oracle = o
	}
	return cfg
}

// doubt flags the run.
func (m *measured) doubt(flag string) {
	if !slices.Contains(m.run.Flags, flag) {
		m.run.Flags = append(m.run.Flags, flag)
	}
}

// end closes the run's process.
func (m *measured) end(ctx context.Context) {
	if m.client == nil {
		return
	}
	if m.run.Status != results.Solved {
		if m.run.Stderr == "" {
			m.run.Stderr = m.client.Stderr()
		}
		m.client.Kill() // a solver that is still at work would keep its session
	}
	if m.session != nil {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = m.session.Close(closing) // the process is about to end anyway
	}
	m.conclude()
	m.client.Close()
	m.client, m.session, m.given = nil, nil, nil
}
