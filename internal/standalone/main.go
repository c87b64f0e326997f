// Standalone times a bundled solver without the harness, in turns with `solverbench run`, and says how far the two agree. The solver
// runs in a process of its own that holds nothing but it: no protocol, no shared memory, no sandbox. Problem, options, inputs that
// differ from solve to solve, cores and GOMAXPROCS are the same.
//
//	go run ./internal/standalone 'poisson/unit-2d[n=255]' fast-poisson
//
// With -peer the solver is that of a plugin in plugins/peers, and its stand-alone program, which is written in the plugin's language
// and knows nothing of solverbench, makes the same solves of the same inputs:
//
//	go run ./internal/standalone -peer plugins/peers/fftw 'poisson/unit-2d[n=255]' fftw/fast-poisson
//
// With -all it compares whatever has such a program, or of these the peers that are named, and writes a table.
//
// With -alone it is only the solver, for perf stat or hyperfine: the command that it prints first.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/solverbench/solverbench/harness/measure"
)

func main() {
	var c comparison
	alone := flag.String("alone", "", "only time the solver, with these options (name=value,…), and print the medians of its time and CPU time in seconds")
	into := flag.String("export", "", "only write a few inputs of the problem into this `folder`, for programs in other languages")
	all := flag.Bool("all", false, "compare all that there is a stand-alone program for, and fail where the two differ by more than they may")
	page := flag.String("into", "", "with -all, put the table between the markers of this `file`, too")
	flag.StringVar(&c.solverbench, "solverbench", "solverbench", "the command to compare with")
	flag.StringVar(&c.peer, "peer", "", "compare with the stand-alone program of the peer in this `folder`")
	flag.IntVar(&c.times, "times", 32, "turns at most")
	flag.Float64Var(&c.threshold, "noise", measure.DefaultThreshold, "while probes are this many times as slow as on the calm machine, a turn waits for a second")
	flag.DurationVar(&c.budget, "budget", 500*time.Millisecond, "time for the solves of each in a turn: short turns see the same neighbours")
	flag.Parse()
	c.problem, c.solver = flag.Arg(0), flag.Arg(1)
	err := errors.New("expected a problem and a solver")
	isAlone := false
	flag.Visit(func(f *flag.Flag) { isAlone = isAlone || f.Name == "alone" })
	switch {
	case *all:
		if err = c.calibrate(); err == nil {
			err = compareAll(c, flag.Args(), *page)
		}
	case *into != "" && flag.NArg() == 1:
		if c.inputs, err = newInputs(context.Background(), flag.Arg(0)); err == nil {
			err = c.inputs.export(context.Background(), *into, 8)
		}
	case flag.NArg() != 2:
	case isAlone:
		var t times
		t, err = timeAlone(context.Background(), c.problem, c.solver, *alone, c.budget)
		fmt.Println(t.wall, t.cpu)
	default:
		if err = c.calibrate(); err == nil {
			_, err = c.compare()
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "standalone:", err)
		os.Exit(1)
	}
}

// comparison is of one solver on one problem.
type comparison struct {
	solverbench, problem, solver string
	peer                         string  // folder
	inputs                       *inputs // of a peer
	times                        int
	budget                       time.Duration
	threshold                    float64
	noise                        *measure.Noise
}

// compare times the harness and the solver alone in turns, each as often first as last, until the interval of their ratio lies within what is
// allowed or there have been enough. All turns count.
func (c comparison) compare() (*ratios, error) {
	dir, err := os.MkdirTemp("", "standalone-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	// What options the run has, and how long a solve takes, is known after a first one, which is not counted.
	first, options, err := c.harness(filepath.Join(dir, "first.db"))
	if err != nil {
		return nil, err
	}
	if c.peer != "" {
		if c.inputs, err = newInputs(context.Background(), c.problem); err != nil {
			return nil, err
		}
	}
	var all ratios
	start := time.Now()
	for turn := 1; turn <= c.times && (turn <= policy.Min || time.Since(start) < patience); turn++ {
		var by, alone times
		sides := []func() error{
			func() (err error) {
				by, _, err = c.harness(filepath.Join(dir, fmt.Sprint(turn, ".db")))
				return err
			},
			func() (err error) {
				alone, err = c.alone(options, first.wall, turn == 1)
				return err
			},
		}
		if turn%2 == 0 {
			slices.Reverse(sides)
		}
		c.settle()
		for _, side := range sides {
			if err := side(); err != nil {
				return nil, err
			}
		}
		fmt.Printf("%d: %s\n", turn, all.add(by, alone))
		if policy.LooksAt(turn) && all.certain() {
			break
		}
	}
	fmt.Println("middle:", &all)
	return &all, nil
}

// patience is how long there are turns beyond the fewest that decide: solves of seconds take long.
const patience = 2 * time.Minute

// policy has the intervals hold although they are looked at several times, of 8, 16, 32 … turns.
var policy = measure.Policy{Min: 8}

// calibrate learns how fast the cores are when nothing competes with them.
func (c *comparison) calibrate() (err error) {
	if c.noise, err = measure.Calibrate(context.Background(), measure.Place(1).Plugin); err != nil {
		return fmt.Errorf("calibrating probes of noise: %w", err)
	}
	c.noise.Threshold = c.threshold
	return nil
}

// calm says whether the cores are that fast now.
func (c comparison) calm() bool {
	p, err := c.noise.Probe()
	return err == nil && !c.noise.Off(p)
}

// settle waits until they are, for about a second at most.
func (c comparison) settle() {
	for tries := 0; tries < 10 && !c.calm(); tries++ {
		time.Sleep(100 * time.Millisecond)
	}
}

// alone times the solver without the harness: a bundled one in a process of ours, a peer's in its own program.
func (c comparison) alone(options string, seconds float64, say bool) (times, error) {
	if c.peer != "" {
		return c.peerAlone(options, seconds, say)
	}
	return c.bundledAlone(options, say)
}

// times of a solve, in seconds.
type times struct {
	wall, cpu float64
}

// ratios of the harness's times to those alone, turn by turn, and the least of both; CPU times where both are known.
type ratios struct {
	wall, cpu           []float64
	leastBy, leastAlone float64
}

func (r *ratios) add(by, alone times) string {
	if len(r.wall) == 0 {
		r.leastBy, r.leastAlone = by.wall, alone.wall
	}
	r.leastBy, r.leastAlone = min(r.leastBy, by.wall), min(r.leastAlone, alone.wall)
	r.wall = append(r.wall, by.wall/alone.wall)
	line := fmt.Sprintf("time %.4g ms by solverbench, %.4g ms alone, ratio %.3f", 1e3*by.wall, 1e3*alone.wall, by.wall/alone.wall)
	if alone.cpu > 0 {
		r.cpu = append(r.cpu, by.cpu/alone.cpu)
		line += fmt.Sprintf("; CPU time %.4g and %.4g ms, ratio %.3f", 1e3*by.cpu, 1e3*alone.cpu, by.cpu/alone.cpu)
	}
	return line
}

// verdict says whether the two agree, by the median; where they do not, it is undecided if the interval is too wide for it to be certain.
func (r *ratios) verdict() string {
	bound := r.bound()
	switch ratio := r.ratio(); {
	case len(r.wall) < policy.Min:
		return "too few turns"
	case math.Abs(ratio.Median-1) <= bound:
		return agree
	case ratio.Lo > 1+bound || ratio.Hi < 1-bound:
		return "differ"
	default:
		return "undecided"
	}
}

// least is the ratio of the least times, which neighbours that come and go disturb least. It decides nothing.
func (r *ratios) least() float64 { return r.leastBy / r.leastAlone }

// certain says whether the interval lies within what is allowed.
func (r *ratios) certain() bool {
	ratio, bound := r.ratio(), r.bound()
	return ratio.Lo >= 1-bound && ratio.Hi <= 1+bound
}

// bound is how far the two may differ: short solves feel an interrupt more.
func (r *ratios) bound() float64 {
	if r.leastAlone < 5e-3 {
		return 0.10
	}
	return 0.05
}

const agree = "agree"

// ratio is the median of those of the turns, with its interval.
func (r *ratios) ratio() measure.Interval { return policy.Interval(r.wall) }

func (r *ratios) String() string {
	ratio := r.ratio()
	line := fmt.Sprintf("time ratio %.3f [%.3f, %.3f] of %d turns, %.3f of the least times: %s",
		ratio.Median, ratio.Lo, ratio.Hi, len(r.wall), r.least(), r.verdict())
	if len(r.cpu) > 0 {
		line += fmt.Sprintf("; CPU time ratio %.3f", middle(r.cpu))
	}
	return line
}

// harness returns what the harness reports, and the solver's options as the child reads them.
func (c comparison) harness(db string) (t times, options string, err error) {
	run := exec.Command(c.solverbench, "run", c.problem, "--solver", c.solver, "--db", db, "--budget", c.budget.String(), "--json", "--quiet")
	run.Env = append(os.Environ(), "SOLVERBENCH_PLUGINS="+filepath.Dir(db)) // none that is installed: the plugin is named below
	if c.peer != "" {
		plugin, err := c.plugin()
		if err != nil {
			return t, "", err
		}
		run.Args = append(run.Args, "--plugin", plugin)
	}
	out, err := output(run)
	if err != nil {
		return t, "", err
	}
	var rows []struct {
		Status, Reason string
		Median         float64 `json:"median_seconds"`
		CPU            float64 `json:"cpu_seconds"`
		Options        map[string]any
	}
	if err := json.Unmarshal(out, &rows); err != nil {
		return t, "", fmt.Errorf("%v: %w", run.Args, err)
	}
	if len(rows) != 1 || rows[0].Status != "solved" {
		return t, "", fmt.Errorf("%v: %+v, expected one run that is solved", run.Args, rows)
	}
	var set []string
	for name, value := range rows[0].Options {
		set = append(set, fmt.Sprintf("%s=%v", name, value))
	}
	slices.Sort(set)
	return times{rows[0].Median, rows[0].CPU}, strings.Join(set, ","), nil
}

// bundledAlone returns the times of the solver in a process of its own, on the cores that the harness would give it.
func (c comparison) bundledAlone(options string, say bool) (t times, err error) {
	self, err := os.Executable()
	if err != nil {
		return t, err
	}
	restore, err := measure.Pin(measure.Place(1).Plugin)
	if err == nil { // or wherever the scheduler puts both
		defer restore()
	}
	run := exec.Command(self, "-alone", options, "-budget", c.budget.String(), c.problem, c.solver)
	run.Env = append(os.Environ(), "GOMAXPROCS=1")
	if say {
		fmt.Printf("alone: GOMAXPROCS=1 %s\n", strings.Join(quoted(run.Args), " "))
	}
	out, err := output(run)
	if err != nil {
		return t, err
	}
	_, err = fmt.Sscan(string(out), &t.wall, &t.cpu)
	return t, err
}

func quoted(args []string) []string {
	out := slices.Clone(args)
	for i, a := range out {
		if strings.ContainsAny(a, "[]|,* ") {
			out[i] = "'" + a + "'"
		}
	}
	return out
}

// output runs a command and has its error say what it printed.
func output(run *exec.Cmd) ([]byte, error) {
	var complaint bytes.Buffer
	run.Stderr = &complaint
	out, err := run.Output()
	if err != nil {
		return nil, fmt.Errorf("%v: %w: %s%s", run.Args, err, out, &complaint)
	}
	return out, nil
}

// middle is the median, NaN of none.
func middle(x []float64) float64 {
	if len(x) == 0 {
		return math.NaN()
	}
	s := slices.Sorted(slices.Values(x))
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}
