package conformance

import (
	"context"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/solverbench/solverbench/plugins/host"
)

// spend is how long rules that take many solves may solve.
func (s *subject) spend() time.Duration {
	if s.cfg.Quick {
		return 200 * time.Millisecond
	}
	return 10 * time.Second
}

// warming are as many solves as it takes for one to be undisturbed and warm.
const warming = 4

// busy is a warm session on the first instance of these sizes of which so many solves can be had in the time, or on the last, with what a
// solve of it takes.
func (s *subject) busy(ctx context.Context, c *host.Client, many int, sizes ...size) (*session, time.Duration, error) {
	each := s.spend() / time.Duration(many)
	for i, z := range sizes {
		limit, last := s.cfg.Patience, i == len(sizes)-1
		if !last {
			limit = min(limit, max(10*each, time.Second)) // the machine may be busy
		}
		n, one, err := s.warm(ctx, c, z, limit)
		switch {
		case err == nil && (one <= each || last):
			return n, one, nil
		case err == nil:
			n.end(ctx)
		case last || host.KindOf(err) != host.Timeout && !refused(err):
			return nil, 0, err
		}
	}
	panic("unreachable: no sizes")
}

// warm is a session in which a few solves were made, within a limit each, and what the fastest took.
func (s *subject) warm(ctx context.Context, c *host.Client, z size, limit time.Duration) (*session, time.Duration, error) {
	in, err := s.its(ctx, z)
	if err != nil {
		return nil, 0, err
	}
	n, err := s.prepared(ctx, c, in, nil)
	if err != nil {
		return nil, 0, err
	}
	one := time.Duration(math.MaxInt64)
	for range warming {
		solving, cancel := context.WithTimeout(ctx, limit)
		solved, err := n.Solve(solving, host.SolveConfig{})
		cancel()
		if err != nil {
			n.end(ctx)
			return nil, 0, err
		}
		one = min(one, solved.Wall)
	}
	return n, max(one, time.Microsecond), nil
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
	n, one, err := s.busy(ctx, c, memorySolves, ample, medium, small)
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

// mostWaiting is in what share of the time programs may wait for a core before times say little.
const mostWaiting = 0.2

// Of the rule threads: how many cores' worth of CPU time a thread may use, as runtimes do something beside, and how often it is tried.
const (
	mostCores = 1.3
	coreTries = 5
)

// measured is for how long at least CPU time is compared with wall time.
func (s *subject) measured() time.Duration {
	if s.cfg.Quick {
		return 60 * time.Millisecond
	}
	return 500 * time.Millisecond
}

// repeated solves for as long as is to be measured; one is what a solve is thought to take, which a machine's other work can make too long.
func (s *subject) repeated(ctx context.Context, n *session, one *time.Duration) (solved host.Solved, busy bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, n.patience)
	defer cancel()
	for solved.Wall < s.measured() && err == nil {
		repeat := int(s.measured()*11/10 / *one) + 1
		solved, busy, err = watched(ctx, n, host.SolveConfig{Repeat: repeat})
		*one = max(solved.Wall/time.Duration(repeat), time.Nanosecond)
	}
	return solved, busy, err
}

func threads(ctx context.Context, s *subject) verdict {
	var seen, told []string
	for n := 1; n == 1 || n == 2 && s.about.Parallel; n++ {
		used, busy, err := s.cores(ctx, n)
		if err != nil {
			return fail("with %d threads: %s", n, explain(err))
		}
		text := fmt.Sprintf("%.2f cores with threads = %d", used, n)
		seen = append(seen, text)
		switch {
		case used > mostCores*float64(n):
			return fail("it uses %s; make as many threads as the session allows, those of libraries included (OMP_NUM_THREADS and its like "+
				"are set)", text)
		case !busy:
			told = append(told, text)
		}
	}
	if len(told) < len(seen) {
		return skip("other programs keep the cores busy, so that it may have got fewer than it would use: %s", strings.Join(seen, ", "))
	}
	return pass("%s", strings.Join(seen, ", "))
}

// cores is how many it uses, the most of some tries; the first on a machine that is not busy is the last.
func (s *subject) cores(ctx context.Context, threads int) (used float64, busy bool, err error) {
	c, err := s.client(ctx)
	if threads > 1 && err == nil {
		if c, err = s.launch(ctx, threads); err == nil {
			defer c.Close()
		}
	}
	if err != nil {
		return 0, false, err
	}
	n, one, err := s.busy(ctx, c, 1, medium, small)
	if err != nil {
		return 0, false, err
	}
	defer n.end(ctx)
	for range coreTries {
		var solved host.Solved
		solved, busy, err = s.repeated(ctx, n, &one)
		if err != nil {
			return 0, false, err
		}
		used = max(used, solved.Usage.CPU().Seconds()/solved.Wall.Seconds())
		if used > mostCores*float64(threads) || !busy {
			break
		}
	}
	return used, busy, nil
}

// watched solves, and says whether programs waited for a core meanwhile, so that times say little.
func watched(ctx context.Context, n *session, cfg host.SolveConfig) (host.Solved, bool, error) {
	began, before := time.Now(), waited()
	solved, err := n.Solve(ctx, cfg)
	return solved, float64(waited()-before) > mostWaiting*float64(time.Since(began)), err
}

// waited is for how long, since this machine was started, some program has waited for a core; 0 if the kernel does not say.
func waited() time.Duration {
	text, err := os.ReadFile("/proc/pressure/cpu")
	if err != nil {
		return 0
	}
	some, _, _ := strings.Cut(string(text), "\n")
	_, total, _ := strings.Cut(some, "total=")
	microseconds, err := strconv.ParseInt(total, 10, 64)
	if err != nil {
		return 0
	}
	return time.Duration(microseconds) * time.Microsecond
}

// clockTries are as many as it takes for one to be undisturbed.
const clockTries = 5

func clock(ctx context.Context, s *subject) verdict {
	c, err := s.client(ctx)
	if err != nil {
		return fail("%s", explain(err))
	}
	n, one, err := s.busy(ctx, c, 1, medium, small)
	if err != nil {
		return fail("%s", explain(err))
	}
	defer n.end(ctx)
	var (
		last host.Solved
		busy bool
	)
	for range clockTries {
		if last, busy, err = s.repeated(ctx, n, &one); err != nil {
			return fail("%s", explain(err))
		}
		if off := last.Wall - last.Plugin; off >= 0 && off <= max(last.Wall/20, 5*time.Millisecond) {
			return pass("it says %v, the harness %v", rounded(last.Plugin), rounded(last.Wall))
		}
	}
	seen := fmt.Sprintf("it says that a call took %v, which by the harness's clock took %v", rounded(last.Plugin), rounded(last.Wall))
	if busy && last.Plugin <= last.Wall && last.Plugin > last.Wall/2 {
		return skip("other programs keep the cores busy, so that an answer may be late: %s", seen)
	}
	return fail("%s; report the seconds of the whole batch", seen)
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

func quietStdout(ctx context.Context, s *subject) verdict {
	if !s.looked {
		s.look(ctx, 0)
	}
	s.drop()
	if s.printed > 0 {
		return fail("it printed %d bytes on standard output, where nobody reads them; print to standard error, and have libraries be silent", s.printed)
	}
	return pass("nothing was printed")
}
