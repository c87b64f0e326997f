package harness

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/solverbench/solverbench/internal/rogue"
	"github.com/solverbench/solverbench/metrics"
	"github.com/solverbench/solverbench/plugins/host"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	poissonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/poisson/v1"
	"github.com/solverbench/solverbench/problems"
	"github.com/solverbench/solverbench/results"
)

func TestMain(m *testing.M) {
	rogue.Main()
	os.Exit(m.Run())
}

// echo is a family whose right answer is the task's own f: what the plugin rogue returns by default is zero, in mode copy it
// is right.
func echo() problems.Family {
	type params struct {
		N    int    `opt:"n,min=1,max=1000" doc:"side"`
		File string `opt:"file,path" doc:"unused"`
		Slow bool   `opt:"slow" doc:"verify slowly"`
	}
	p := problems.Define("echo", problems.Doc{Summary: "return f"}, "error", 1e-12, params{N: 8},
		func(_ context.Context, p params, c problems.Common) (problems.Instance, error) {
			if p.File != "" {
				if _, err := os.Stat(p.File); err != nil {
					return nil, err
				}
			}
			f := make([]float64, p.N*p.N)
			for i := range f {
				f[i] = float64(i + 1)
			}
			return &echoInstance{n: p.N, f: f, tol: c.Tolerance, slow: p.Slow}, nil
		})
	return problems.Family{
		Name: "test", Schema: "solverbench.poisson.v1.Task", RankBy: "time", Problems: []problems.Problem{p}, MainArray: "u",
		Arrays: func(m proto.Message) (map[string]metrics.Array, error) {
			a := m.(*poissonv1.Solution).U
			u, err := a.Float64s()
			return map[string]metrics.Array{"u": {Shape: a.Dims(), Values: u}}, err
		},
	}
}

type echoInstance struct {
	n    int
	f    []float64
	tol  float64
	slow bool
}

func (e *echoInstance) Task() proto.Message {
	return &poissonv1.Task{Rhs: commonv1.Float64(e.f, e.n, e.n)}
}
func (e *echoInstance) Size() int               { return e.n * e.n }
func (e *echoInstance) SolutionShapes() [][]int { return [][]int{{e.n, e.n}} }
func (e *echoInstance) Evaluate(_ context.Context, s proto.Message) (problems.Evaluation, error) {
	u, err := s.(*poissonv1.Solution).U.Float64s()
	if err != nil {
		return problems.Evaluation{}, err
	}
	if e.slow {
		time.Sleep(2 * rogue.Late)
	}
	sum := 0.0
	for i, v := range u {
		sum += (v - e.f[i]) * (v - e.f[i])
	}
	return problems.Judge(e.tol, problems.Metric{Name: "error", Value: sum, Better: problems.Lower}), nil
}

func catalog(t *testing.T) *Catalog {
	t.Helper()
	p, err := LoadPlugin(t.Context(), host.Program{Command: rogue.Command("")}, false)
	if err != nil {
		t.Fatal(err)
	}
	return &Catalog{Families: []problems.Family{echo()}, Plugins: []*Plugin{p}}
}

// silent is an observer that keeps what could not be run.
type silent struct {
	failed []error
	after  func(n int)
	phase  func(string)
	n      int
}

func (s *silent) Planned([]Scheduled, int)      {}
func (s *silent) Started(Scheduled)             {}
func (s *silent) Repeated(Scheduled, []float64) {}
func (s *silent) Progress(_ Scheduled, phase string, _ float64, _ string) {
	if s.phase != nil {
		s.phase(phase)
	}
}
func (s *silent) Warned(string)                 {}
func (s *silent) Failed(_ Scheduled, err error) { s.failed = append(s.failed, err) }
func (s *silent) Finished(*results.Run) {
	s.n++
	if s.after != nil {
		s.after(s.n)
	}
}

func experiment(t *testing.T, c *Catalog, suite *Suite, db string) *Experiment {
	t.Helper()
	store, err := results.Open(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	return &Experiment{Catalog: c, Suite: suite, Store: store, Observer: &silent{}, Command: []string{"test"}, Version: "test"}
}

// Every status can be reached, and says why in words.
func TestStatuses(t *testing.T) {
	c := catalog(t)
	want := map[string]struct {
		status results.Status
		says   string
	}{
		"copy":          {results.Solved, ""},
		"zero":          {results.Inaccurate, "exceeds"},
		"failed":        {results.Inaccurate, "no answer: no convergence in 10 iterations"},
		"nan":           {results.Diverged, "NaN"},
		"diverged":      {results.Diverged, "residual 1e300"},
		"hang":          {results.Timeout, "no answer within 500ms"},
		"prepare-hangs": {results.Timeout, "no answer within 500ms"},
		"polite":        {results.Timeout, "no answer within 500ms"},
		"out-of-memory": {results.OutOfMemory, "the process ended during Solve"},
		"crash":         {results.Crashed, "index out of luck"},
		"exit":          {results.Crashed, "exit status 3"},
		"wrong-shape":   {results.ProtocolError, "shape"},
		"out-of-range":  {results.ProtocolError, "outside"},
		"cancelled":     {results.ProtocolError, "it was not"},
		"unsupported":   {results.Unsupported, "not on Tuesdays"},
	}
	if rogue.RaceEnabled {
		delete(want, "out-of-memory")
	}
	// Only those that are to be too late get a short limit: a busy machine must not make others late.
	var modes, late []string
	for mode, w := range want {
		if w.status == results.Timeout {
			late = append(late, mode)
		} else {
			modes = append(modes, mode)
		}
	}
	db := filepath.Join(t.TempDir(), "x.db")
	var e *Experiment
	for _, part := range []struct {
		modes   []string
		timeout time.Duration
	}{{modes, time.Minute}, {late, 500 * time.Millisecond}} {
		suite := AdHoc([]string{"test/echo[n=80]"}, []string{"rogue[mode=" + strings.Join(part.modes, "|") + "]"})
		suite.Timeout.Duration, suite.Repetitions = part.timeout, 1
		jobs, err := c.Plan(suite)
		if err != nil {
			t.Fatal(err)
		}
		e = experiment(t, c, suite, db)
		if sum, err := e.Start(t.Context(), jobs); err != nil || sum.Runs != len(part.modes) {
			t.Fatalf("summary %+v, error %v", sum, err)
		}
	}
	runs, err := e.Store.Runs(t.Context(), results.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	if len(runs) != len(want) {
		t.Errorf("%d runs, expected %d", len(runs), len(want))
	}
	for _, r := range runs {
		mode := r.Configuration.Options["mode"].(string)
		if w := want[mode]; r.Status != w.status || !strings.Contains(r.Reason+r.Stderr, w.says) {
			t.Errorf("%s: %s (%s), expected %s that says %q", mode, r.Status, r.Reason, w.status, w.says)
		}
		if r.Status == results.Solved && (r.StartupSeconds <= 0 || r.FirstSeconds <= 0 || len(r.Repetitions) < 2 || r.PeakMemoryBytes == 0) {
			t.Errorf("%s: %+v lacks measurements", mode, r)
		}
	}
}

// A plugin that goes on writing its answer when the clock has stopped gains nothing.
func TestLateAnswerDoesNotCount(t *testing.T) {
	c := catalog(t)
	suite := AdHoc([]string{"test/echo[n=80,slow=true]"}, []string{"rogue[mode=late]"})
	jobs, err := c.Plan(suite)
	if err != nil {
		t.Fatal(err)
	}
	e := experiment(t, c, suite, filepath.Join(t.TempDir(), "x.db"))
	if _, err := e.Start(t.Context(), jobs); err != nil {
		t.Fatal(err)
	}
	runs, err := e.Store.Runs(t.Context(), results.Filter{})
	if err != nil || len(runs) != 1 || runs[0].Status != results.Inaccurate {
		t.Errorf("runs %+v, error %v, expected an inaccurate one", runs, err)
	}
}

// Interrupting keeps what is done and records the run in flight as cancelled; resuming completes the plan without doubles.
func TestInterruptAndResume(t *testing.T) {
	c := catalog(t)
	suite := AdHoc([]string{"test/echo[n=3..12]"}, []string{"rogue[mode=copy]"})
	suite.Repetitions = 1
	jobs, err := c.Plan(suite)
	if err != nil {
		t.Fatal(err)
	}
	if len(jobs) != 10 {
		t.Fatalf("%d jobs, expected 10", len(jobs))
	}
	e := experiment(t, c, suite, filepath.Join(t.TempDir(), "x.db"))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	e.Observer = &silent{after: func(n int) {
		if n == 4 {
			cancel()
		}
	}}
	sum, err := e.Start(ctx, jobs)
	if err != nil || !sum.Interrupted || sum.Runs != 4 {
		t.Fatalf("summary %+v, error %v", sum, err)
	}
	begun, err := e.Store.LatestUnfinished(t.Context())
	if err != nil || begun.ID != sum.ID {
		t.Fatalf("unfinished experiment %+v, error %v", begun, err)
	}
	again, err := ParseSuite([]byte(begun.SuiteText))
	if err != nil {
		t.Fatal(err)
	}
	if jobs, err = c.Plan(again); err != nil {
		t.Fatal(err)
	}
	e.Suite, e.Observer = again, &silent{}
	sum, err = e.Resume(t.Context(), begun.ID, jobs)
	if err != nil || sum.Runs != 6 {
		t.Fatalf("summary %+v, error %v", sum, err)
	}
	runs, err := e.Store.Runs(t.Context(), results.Filter{})
	if err != nil || len(runs) != 10 {
		t.Fatalf("%d runs, error %v", len(runs), err)
	}
	if _, err := e.Store.LatestUnfinished(t.Context()); !errors.Is(err, results.ErrNotFound) {
		t.Errorf("error %v, expected that nothing is unfinished", err)
	}
}

func TestInterruptedRunIsCancelled(t *testing.T) {
	c := catalog(t)
	suite := AdHoc([]string{"test/echo"}, []string{"rogue[mode=hang]"})
	jobs, err := c.Plan(suite)
	if err != nil {
		t.Fatal(err)
	}
	e := experiment(t, c, suite, filepath.Join(t.TempDir(), "x.db"))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	e.Observer = &silent{phase: func(phase string) {
		if phase == "solving" {
			time.AfterFunc(50*time.Millisecond, cancel)
		}
	}}
	if _, err := e.Start(ctx, jobs); err != nil {
		t.Fatal(err)
	}
	runs, err := e.Store.Runs(t.Context(), results.Filter{})
	if err != nil || len(runs) != 1 || runs[0].Status != results.Cancelled {
		t.Errorf("runs %+v, error %v, expected one that was cancelled", runs, err)
	}
}

func TestPlanErrors(t *testing.T) {
	c := catalog(t)
	for _, tt := range []struct{ problem, solver, says string }{
		{"test/ecko", "rogue", `did you mean "test/echo"?`},
		{"echo", "rogue", `did you mean "test/echo"?`},
		{"test/echo[fil=3]", "rogue", `unknown parameter "fil" (did you mean "file"?)`},
		{"test/echo[n=0]", "rogue", `parameter n: "0", expected an integer in [1, 1000]`},
		{"test/echo[n=x]", "rogue", `"x"`},
		{"test/echo", "rouge", `did you mean "rogue"?`},
		{"test/echo", "rogue[mod=x]", `did you mean "mode"?`},
		{"test/echo[n=3", "rogue", "column"},
		{"test/echo[seed=-1]", "rogue", "seed"},
	} {
		_, err := c.Plan(AdHoc([]string{tt.problem}, []string{tt.solver}))
		var usage *UsageError
		if !errors.As(err, &usage) || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s on %s: error %v, expected a usage error that says %q", tt.solver, tt.problem, err, tt.says)
		}
	}
	jobs, err := c.Plan(AdHoc([]string{"test/echo[file=/nonexistent/f.npy]"}, nil))
	if err != nil {
		t.Fatal(err)
	}
	var usage *UsageError
	if err := c.Check(t.Context(), jobs); !errors.As(err, &usage) || !strings.Contains(err.Error(), "/nonexistent/f.npy") {
		t.Errorf("error %v, expected one that names the file", err)
	}
}

func TestPlanHasNoDoubles(t *testing.T) {
	c := catalog(t)
	jobs, err := c.Plan(AdHoc([]string{"test/echo", "test/*", "test"}, []string{"rogue", "*", "rogue/rogue", "rogue[mode=zero]"}))
	if err != nil || len(jobs) != 1 {
		t.Errorf("%d jobs, error %v, expected 1", len(jobs), err)
	}
}

// Optional solvers take part if they are there; what is wrong with those that are is told.
func TestOptionalSolvers(t *testing.T) {
	c := catalog(t)
	parse := func(text string) *Suite {
		s, err := ParseSuite([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := parse("runs:\n  - problems: [test/echo]\n    solvers: [rogue]\n    optional: [\"rogue[mode=nan]\", hypre/*, fftw/poisson, hypre/*]\n")
	jobs, err := c.Plan(s)
	if err != nil || len(jobs) != 2 {
		t.Errorf("%d jobs, error %v, expected 2", len(jobs), err)
	}
	if got := strings.Join(c.Absent(s), " "); got != "hypre/* fftw/poisson" {
		t.Errorf("absent: %s, expected those of hypre and fftw", got)
	}
	s = parse("runs:\n  - problems: [test/echo]\n    optional: [\"rogue[mod=zero]\"]\n")
	if _, err := c.Plan(s); err == nil || !strings.Contains(err.Error(), `did you mean "mode"?`) {
		t.Errorf("error %v, expected one that names the option", err)
	}
	s = parse("runs:\n  - problems: [test/echo]\n    optional: [hypre/*]\n")
	if jobs, err := c.Plan(s); err != nil || len(jobs) != 0 {
		t.Errorf("%d jobs, error %v, expected none", len(jobs), err)
	}
}

func TestScheduleIsAPermutationByBlocks(t *testing.T) {
	c := catalog(t)
	jobs, err := c.Plan(AdHoc([]string{"test/echo[n=1|2|3]"}, []string{"rogue[mode=a|b|c|d]"}))
	if err != nil {
		t.Fatal(err)
	}
	order := func(seed uint64) string {
		var names []string
		for _, j := range slices.Concat(Schedule(jobs, seed)...) {
			names = append(names, j.Instance.String()+j.Configuration.String())
		}
		return strings.Join(names, " ")
	}
	if first, again := order(1), order(1); first != again {
		t.Error("one seed, two orders")
	}
	if order(1) == order(2) {
		t.Error("two seeds, one order")
	}
	blocks := Schedule(jobs, 1)
	for _, b := range blocks {
		for _, j := range b {
			if j.Instance.String() != b[0].Instance.String() {
				t.Errorf("%s and %s in one block", j.Instance, b[0].Instance)
			}
		}
	}
	if len(blocks) != 3 {
		t.Errorf("%d blocks of instances, expected 3", len(blocks))
	}
}

func TestSuiteErrorsPointAtTheLine(t *testing.T) {
	for _, tt := range []struct{ text, says string }{
		{"name: x\nrunz: []\n", "runz"},
		{"name: x\n", "runs: none"},
		{"runs:\n  - solvers: [a]\n", "runs[0]: no problems"},
		{"runs:\n  - solvers: [a]\n", ">  2 |"},
		{"name: x\ntimeout: soon\nruns:\n  - problems: [a/b]\n", "timeout: \"soon\", expected a duration such as 30s\n   1 | name: x\n>  2 |"},
		{"name: x\nthreads: two\n", "[2:10] \"two\", expected an integer\n   1 | name: x\n>  2 |"},
		{"name: x\nseed: -3\n", "[2:7] \"-3\", expected an integer of at least 0\n"},
		{"name: x\nthreads: -1\nruns:\n  - problems: [a/b]\n", ">  2 | threads: -1"},
		{"\x00\xff", "not a text"},
		{"runs: [", "1"},
	} {
		if _, err := ParseSuite([]byte(tt.text)); err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("suite %q: error %v, expected one that says %q", tt.text, err, tt.says)
		}
	}
	c := catalog(t)
	for _, tt := range []struct{ text, says string }{
		{"name: mine\nruns:\n  - problems: [test/echo]\n  - problems: [test/echo, test/ecko]\n", "suite mine: runs[1].problems[1]: unknown problem"},
		{"runs:\n  - problems: [test/echo]\n    solvers: [rogue, nobody]\n", ">  3 |     solvers: [rogue, nobody]"},
	} {
		s, err := ParseSuite([]byte(tt.text))
		if err != nil {
			t.Fatal(err)
		}
		var usage *UsageError
		if _, err := c.Plan(s); !errors.As(err, &usage) || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("suite %q: error %v, expected a usage error that says %q", tt.text, err, tt.says)
		}
	}
	if _, err := LoadSuite("quik"); err == nil || !strings.Contains(err.Error(), `did you mean "quick"?`) {
		t.Errorf("error %v, expected a suggestion", err)
	}
	for _, name := range SuiteNames() {
		if _, err := LoadSuite(name); err != nil {
			t.Errorf("built-in suite %s: %v", name, err)
		}
	}
}

func FuzzParseSuite(f *testing.F) {
	f.Add([]byte("name: x\nruns:\n  - problems: [a]\n"))
	f.Add([]byte("runs: ! "))
	f.Fuzz(func(t *testing.T, text []byte) {
		if s, err := ParseSuite(text); err == nil && len(s.Runs) == 0 {
			t.Error("a suite without runs")
		}
	})
}
