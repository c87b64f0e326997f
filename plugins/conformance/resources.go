package conformance

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/solverbench/solverbench/plugins/host"
)

// spend is how long rules that take many solves may solve.
func (s *subject) spend() time.Duration {
	if s.cfg.Quick {
		return 200 * time.Millisecond
	}
	return 20 * time.Second
}

// busy is an instance with what a solve of it takes, medium if that many of it can be had in the time, small otherwise; it is
// in a session that has been warmed up.
func (s *subject) busy(ctx context.Context, c *host.Client, many int) (*session, time.Duration, error) {
	for _, z := range []size{medium, small} {
		in, err := s.its(ctx, z)
		if err != nil {
			return nil, 0, err
		}
		n, err := s.prepared(ctx, c, in, nil)
		if err != nil {
			return nil, 0, err
		}
		var one host.Solved
		for range 2 {
			if one, err = n.solve(ctx, host.SolveConfig{}); err != nil {
				n.end(ctx)
				return nil, 0, err
			}
		}
		if time.Duration(many)*one.Wall <= s.spend() || z == small {
			return n, max(one.Wall, time.Microsecond), nil
		}
		n.end(ctx)
	}
	panic("unreachable")
}

// Of the rule memory: how many solves, in how many calls, and what they may leave behind in any case.
const (
	memorySolves = 200
	memoryCalls  = 10
	memoryFloor  = 4 << 20
)

func memory(ctx context.Context, s *subject) verdict {
	s.drop() // another's garbage is not its own
	c, err := s.client(ctx)
	if err != nil {
		return fail("%s", explain(err))
	}
	n, one, err := s.busy(ctx, c, memorySolves)
	if err != nil {
		return fail("%s", explain(err))
	}
	defer n.end(ctx)
	solvesEach := memorySolves / memoryCalls
	if limit := int(s.spend() / one / memoryCalls); limit < solvesEach {
		solvesEach = max(limit, 2)
		if time.Duration(2*memoryCalls)*one > 10*s.spend() {
			return skip("a solve takes %v: too slow to tell", rounded(one))
		}
	}
	var peaks []int64
	for range memoryCalls {
		solved, err := n.solve(ctx, host.SolveConfig{Repeat: solvesEach})
		if err != nil {
			return fail("%s", explain(err))
		}
		peaks = append(peaks, solved.Usage.PeakMemory)
	}
	// The first call still warms up. Of the others the least is free of what a collector of garbage has not come to yet.
	grown := slices.Min(peaks[memoryCalls-3:]) - slices.Min(peaks[1:4])
	solved := int64(6 * solvesEach) // between the two
	may := max(int64(memoryFloor), solved*int64(host.SolutionBytes(n.instance.SolutionShapes()))/2)
	if grown > may {
		return fail("in %d solves memory grew by %s, expected less than %s; free, or use again, what a solve allocates", solved, mebibytes(grown), mebibytes(may))
	}
	return pass("grew by %s in %d of %d solves, at %s", mebibytes(max(grown, 0)), solved, memoryCalls*solvesEach, mebibytes(slices.Max(peaks)))
}

func mebibytes(n int64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }

// most is how many cores' worth of CPU time a thread may use: runtimes do something beside.
const most = 1.3

// measured is for how long at least CPU time is compared with wall time.
func (s *subject) measured() time.Duration {
	if s.cfg.Quick {
		return 60 * time.Millisecond
	}
	return 500 * time.Millisecond
}

func threads(ctx context.Context, s *subject) verdict {
	message := ""
	for n := 1; n == 1 || n == 2 && s.about.Parallel; n++ {
		used, err := s.cores(ctx, n)
		if err != nil {
			return fail("with %d threads: %s", n, explain(err))
		}
		if used > most*float64(n) {
			return fail("with threads = %d it uses %.1f cores; make as many threads as the session allows, those of libraries included "+
				"(OMP_NUM_THREADS and its like are set)", n, used)
		}
		if message != "" {
			message += ", "
		}
		message += fmt.Sprintf("%.2f cores with threads = %d", used, n)
	}
	return pass("%s", message)
}

// cores is how many it uses.
func (s *subject) cores(ctx context.Context, threads int) (float64, error) {
	c, err := s.client(ctx)
	if threads > 1 && err == nil {
		if c, err = s.launch(ctx, threads); err == nil {
			defer c.Close()
		}
	}
	if err != nil {
		return 0, err
	}
	n, one, err := s.busy(ctx, c, 1)
	if err != nil {
		return 0, err
	}
	defer n.end(ctx)
	solved, err := n.solve(ctx, host.SolveConfig{Repeat: int(s.measured()/one) + 1})
	if err != nil {
		return 0, err
	}
	return solved.Usage.CPU().Seconds() / solved.Wall.Seconds(), nil
}

// clockTries are as many as it takes for one to be undisturbed.
const clockTries = 3

func clock(ctx context.Context, s *subject) verdict {
	c, err := s.client(ctx)
	if err != nil {
		return fail("%s", explain(err))
	}
	n, one, err := s.busy(ctx, c, 1)
	if err != nil {
		return fail("%s", explain(err))
	}
	defer n.end(ctx)
	var last host.Solved
	for range clockTries {
		if last, err = n.solve(ctx, host.SolveConfig{Repeat: int(s.measured()/one) + 1}); err != nil {
			return fail("%s", explain(err))
		}
		if off := last.Wall - last.Plugin; off >= 0 && off <= max(last.Wall/20, 5*time.Millisecond) {
			return pass("it says %v, the harness %v", rounded(last.Plugin), rounded(last.Wall))
		}
	}
	return fail("it says that a call took %v, which by the harness's clock took %v; report the seconds of the whole batch", rounded(last.Plugin), rounded(last.Wall))
}

func leftovers(ctx context.Context, s *subject) verdict {
	s.drop()
	c, err := s.client(ctx)
	if err != nil {
		return fail("%s", explain(err))
	}
	before := c.Usage().Processes
	in, err := s.its(ctx, small)
	if err != nil {
		return skip("the instance could not be made: %v", err)
	}
	if _, err := s.once(ctx, in, nil); err != nil {
		return fail("%s", explain(err))
	}
	after := c.Usage().Processes
	for deadline := time.Now().Add(endsWithin); after > before && time.Now().Before(deadline); after = c.Usage().Processes {
		time.Sleep(20 * time.Millisecond)
	}
	if after > before {
		return fail("%d processes before a session and %d a second after it; end what was started when the session is closed", before, after)
	}
	return pass("%d before, %d after", before, after)
}

func quietStdout(_ context.Context, s *subject) verdict {
	s.drop()
	if s.printed > 0 {
		return warn("it printed %d bytes on standard output; print to standard error, and have libraries be silent", s.printed)
	}
	return pass("nothing was printed")
}
