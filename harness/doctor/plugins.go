package doctor

import (
	"context"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/solverbench/solverbench/harness"
	"github.com/solverbench/solverbench/plugins/host"
	"github.com/solverbench/solverbench/plugins/null"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	poissonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/poisson/v1"
)

// starts is how often the bundled plugin is started.
const starts = 3

// plugins starts the bundled plugin, and measures the transport with the null plugin.
func plugins(ctx context.Context, cfg *Config) error {
	cfg.Working("bundled plugin")
	f := Finding{Section: Plugins, Check: "bundled plugin", State: Failed}
	p, err := harness.LoadPlugin(ctx, host.Program{Command: cfg.Bundled}, true)
	if err != nil {
		f.Detail = err.Error()
		cfg.Found(f)
		return err
	}
	var took []time.Duration
	for range starts {
		c, err := host.Launch(ctx, p.Program.Config())
		if err != nil {
			f.Detail = err.Error()
			cfg.Found(f)
			return &harness.PluginError{Command: p.Program.Path(), Err: err}
		}
		took = append(took, c.Started)
		c.Close()
	}
	start := median(took)
	f.State, f.Detail = OK, fmt.Sprintf("%d solvers; starts in its box in %v", len(p.Solvers), start.Round(100*time.Microsecond))
	f.Values = map[string]float64{"solvers": float64(len(p.Solvers)), "start_seconds": start.Seconds()}
	cfg.Found(f)
	transport(ctx, cfg)
	return nil
}

// transport says what a call costs that does nothing, by itself and with arrays there and back.
func transport(ctx context.Context, cfg *Config) {
	cfg.Working("calls")
	c, err := host.Launch(ctx, host.Config{Command: cfg.Null})
	if err != nil {
		cfg.Found(Finding{Section: Plugins, Check: "null call", State: Warning, Detail: err.Error()})
		return
	}
	defer c.Close()
	f := Finding{Section: Plugins, Check: "null call", State: OK}
	if took, err := c.NullCall(ctx); err != nil {
		f.State, f.Detail = Warning, err.Error()
	} else {
		f.Detail, f.Values = fmt.Sprintf("%v there and back, the least of several", took.Round(100*time.Nanosecond)), map[string]float64{"seconds": took.Seconds()}
	}
	cfg.Found(f)
	for _, size := range []struct {
		name  string
		bytes int
	}{{"0 B", 0}, {"64 KB", 64 << 10}, {"8 MB", 8 << 20}, {"256 MB", 256 << 20}} {
		f := Finding{Section: Plugins, Check: "solve " + size.name, State: OK, Values: map[string]float64{"bytes": float64(size.bytes)}}
		if need := int64(8 * size.bytes); need > 1<<30 && need > min(freeMemory(), freeShared()) {
			f.Detail = fmt.Sprintf("left out: it takes %d MB of memory", need>>20)
			cfg.Found(f)
			continue
		}
		cfg.Working("a solve with " + size.name)
		t, err := solve(ctx, c, size.bytes)
		if err != nil {
			f.State, f.Detail = Warning, err.Error()
			cfg.Found(f)
			continue
		}
		f.Detail = fmt.Sprintf("an empty solve takes %v", t.call.Round(time.Microsecond))
		f.Values["call_seconds"] = t.call.Seconds()
		if size.bytes > 0 {
			f.Detail += fmt.Sprintf("; before it the input is written in %v, after it the answer read in %v (%s, %s)",
				t.there.Round(time.Microsecond), t.back.Round(time.Microsecond), rate(size.bytes, t.there), rate(size.bytes, t.back))
			f.Values["write_seconds"], f.Values["read_seconds"] = t.there.Seconds(), t.back.Seconds()
		}
		cfg.Found(f)
	}
}

func rate(bytes int, took time.Duration) string {
	return fmt.Sprintf("%.1f GB/s", float64(bytes)/1e9/max(took.Seconds(), 1e-9))
}

// trip is what an input to a solver, an empty solve and its answer take, each the median of several.
type trip struct {
	there, call, back time.Duration
}

// solve measures them as they are in timed repetitions, where inputs are written before the call and answers read after it.
func solve(ctx context.Context, c *host.Client, bytes int) (t trip, err error) {
	task := &poissonv1.Task{Rhs: commonv1.Float64(make([]float64, bytes/8), bytes/8)}
	shapes := [][]int{{bytes / 8}}
	if bytes == 0 {
		task.Rhs, shapes = nil, nil
	}
	solution, err := host.NewSolution(task, shapes)
	if err != nil {
		return t, err
	}
	answer, err := null.Encode(solution)
	if err != nil {
		return t, err
	}
	s, err := c.Open(ctx, host.SessionConfig{Solver: null.Solver, Task: task, Shapes: shapes, Options: map[string]string{null.Answer: answer}})
	if err != nil {
		return t, err
	}
	defer s.Close(ctx)
	if err := s.Load(ctx, 1); err != nil {
		return t, err
	}
	trips := 20
	if bytes > 64<<20 {
		trips = 3
	}
	var there, call, back []time.Duration
	for i := range 1 + trips {
		began := time.Now()
		if err := s.Put(0, task); err != nil {
			return t, err
		}
		put := time.Since(began)
		solved, err := s.Solve(ctx, host.SolveConfig{})
		if err != nil {
			return t, err
		}
		began = time.Now()
		if _, err := s.Answer(0); err != nil {
			return t, err
		}
		if i > 0 { // the first touches the memory
			there, call, back = append(there, put), append(call, solved.Wall), append(back, time.Since(began))
		}
	}
	return trip{median(there), median(call), median(back)}, nil
}

func median(d []time.Duration) time.Duration {
	return slices.Sorted(slices.Values(d))[len(d)/2]
}

// freeShared is the room for segments.
func freeShared() int64 {
	var st unix.Statfs_t
	if unix.Statfs("/dev/shm", &st) != nil {
		return 0
	}
	return int64(st.Bavail) * int64(st.Bsize)
}
