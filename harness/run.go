package harness

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/solverbench/solverbench/plugins/host"
	"github.com/solverbench/solverbench/problems"
	"github.com/solverbench/solverbench/results"
)

// checkpointMemory bounds the shared memory reserved for the checkpoints of one run.
const checkpointMemory = 256 << 20

// measured is a run in the making.
type measured struct {
	job      Job
	instance problems.Instance
	settings Settings

	run      *results.Run
	save     func(proto.Message) error // keeps the final solution, nil if it is not wanted
	progress func(phase string, fraction float64, message string)
	warn     func(error) // keeps what people should know beside the run
}

// execute makes one run in a fresh process and returns what it was. The error is the harness's own: whatever the plugin
// does is a status of the run.
func (m *measured) execute(ctx context.Context) error {
	err := m.measure(ctx)
	var failed *host.Error
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		m.run.Status, m.run.Reason = results.Cancelled, "interrupted"
		return nil
	case errors.As(err, &failed):
		m.run.Status, m.run.Reason = status(failed)
		m.run.Stderr, m.run.Exit = failed.Stderr, failed.Exit
		return nil
	}
	return err
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
		return results.Inaccurate, "no answer: " + e.Message
	case host.Diverged:
		return results.Diverged, e.Message
	case host.Timeout:
		return results.Timeout, e.Message
	case host.Cancelled:
		return results.Cancelled, "interrupted"
	}
	return results.ProtocolError, e.Reason()
}

func (m *measured) measure(ctx context.Context) error {
	// The limit holds for setting up and the first solve together, and for each timed call after.
	limited, cancel := context.WithTimeout(ctx, m.settings.Timeout)
	defer cancel()
	m.progress("starting", 0, "")
	client, err := host.Launch(limited, host.Config{Command: m.job.Configuration.Plugin.Command, Threads: m.settings.Threads})
	if err != nil {
		return overdue(limited, err, m.settings.Timeout)
	}
	defer client.Close()
	m.run.StartupSeconds = client.Started.Seconds()
	session, err := client.Open(limited, m.sessionConfig())
	if err != nil {
		return overdue(limited, err, m.settings.Timeout)
	}
	defer func() {
		// A solver that is still at work would keep its session: its process goes first.
		if m.run.Status != "" && m.run.Status != results.Solved {
			client.Kill()
		}
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = session.Close(closing) // the process is about to end anyway
	}()
	if why := session.Inlined(); why != nil {
		m.run.Flags = append(m.run.Flags, flagInline)
		m.warn(fmt.Errorf("arrays travel in the messages: %w", why))
	}
	if err := m.solves(ctx, limited, client, session); err != nil {
		client.Kill()
		return overdue(limited, err, m.settings.Timeout)
	}
	return nil
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
	options := map[string]string{}
	for _, v := range m.job.Configuration.Options {
		options[v.Name] = v.Text
	}
	cfg := host.SessionConfig{
		Solver: m.job.Configuration.Solver.Name, Options: options,
		Task: m.instance.Task(), Shapes: m.instance.SolutionShapes(),
		MaxCheckpoints: m.settings.Checkpoints, Seed: m.settings.Seed,
	}
	if o, ok := m.instance.(problems.OracleServer); ok {
		cfg.Oracle = o
	}
	if size := solutionBytes(cfg.Shapes); size > 0 {
		cfg.MaxCheckpoints = min(cfg.MaxCheckpoints, checkpointMemory/size)
	}
	return cfg
}

func solutionBytes(shapes [][]int) int {
	total := 0
	for _, s := range shapes {
		n := 8
		for _, d := range s {
			n *= d
		}
		total += n
	}
	return total
}

// solves prepares, warms up and judges the first answer, and if that is right takes the timed repetitions and judges the
// last.
func (m *measured) solves(ctx, limited context.Context, client *host.Client, session *host.Session) error {
	m.progress("preparing", 0, "")
	prepared, err := session.Prepare(limited)
	if err != nil {
		return err
	}
	m.run.SetupSeconds = prepared.Wall.Seconds()
	last, err := m.solve(limited, session, timedCall{phase: "solving", batch: 1, warmup: true, checkpoints: true})
	if err != nil {
		return err
	}
	m.run.FirstSeconds = last.Wall.Seconds()
	if err := m.judge(ctx, &last); err != nil {
		return err
	}
	for i, c := range last.Checkpoints {
		if err := m.checkpoint(ctx, i, c); err != nil {
			return err
		}
	}
	if m.run.Status == results.Solved {
		if last, err = m.repeat(ctx, session, last); err != nil {
			return err
		}
		if err := m.judge(ctx, &last); err != nil {
			return err
		}
	}
	m.run.PeakMemoryBytes = client.Usage().PeakMemory
	if m.save != nil {
		if err := m.save(last.Solution); err != nil {
			return err
		}
	}
	if m.run.Status != results.Solved {
		m.run.Stderr = client.Stderr()
	}
	return nil
}

// judge evaluates a solution and sets the run's status and measurements.
func (m *measured) judge(ctx context.Context, s *host.Solved) error {
	m.progress("verifying", 0, "")
	e, err := m.evaluate(ctx, s.Solution)
	if err != nil {
		return fmt.Errorf("verifying a solution: %w", err)
	}
	m.run.Status = map[problems.Verdict]results.Status{
		problems.Solved: results.Solved, problems.Inaccurate: results.Inaccurate, problems.Diverged: results.Diverged,
	}[e.Verdict]
	m.run.Reason = e.Reason
	m.run.Measurements = measurements(e)
	if s.Iterations > 0 {
		m.run.Measurements = append(m.run.Measurements, results.Measurement{Name: "iterations", Value: float64(s.Iterations), Role: results.Info})
	}
	return nil
}

func (m *measured) evaluate(ctx context.Context, solution proto.Message) (problems.Evaluation, error) {
	if r, ok := m.instance.(problems.RunEvaluator); ok {
		return r.EvaluateRun(ctx, solution, int(m.run.Evaluations))
	}
	return m.instance.Evaluate(ctx, solution)
}

func (m *measured) checkpoint(ctx context.Context, i int, c host.Checkpoint) error {
	e, err := m.evaluate(ctx, c.Solution)
	if err != nil {
		return fmt.Errorf("verifying checkpoint %d: %w", i, err)
	}
	m.run.Checkpoints = append(m.run.Checkpoints, results.Checkpoint{
		Index: i, Seconds: c.At.Seconds(), Measurements: measurements(e),
	})
	return nil
}

func measurements(e problems.Evaluation) []results.Measurement {
	var out []results.Measurement
	for i, metric := range e.Metrics {
		role := results.Secondary
		switch {
		case i == 0:
			role = results.Primary
		case metric.Better == problems.Neither:
			role = results.Info
		}
		out = append(out, results.Measurement{
			Name: metric.Name, Value: metric.Value, Unit: metric.Unit, Better: results.Better(metric.Better), Role: role,
		})
	}
	return out
}
