// Package rogue is a plugin that misbehaves on request, for tests of the harness. A test binary becomes it by calling
// Main from TestMain:
//
//	func TestMain(m *testing.M) {
//		rogue.Main()
//		os.Exit(m.Run())
//	}
package rogue

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/solverbench/solverbench/harness/sandbox"
	"github.com/solverbench/solverbench/plugins"
	"github.com/solverbench/solverbench/plugins/null"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	poissonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/poisson/v1"
	samplingv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/sampling/v1"
)

// command is the first argument that makes a test binary a plugin.
const command = "serve-rogue"

// Command returns the command line of the plugin in the given start-up mode: "" to serve, "sampler" to serve a sampler alone; "silent",
// "exit", "garbage", "flood" or "too-new" to go wrong at once; or one of those of the plugins that work without the SDK, such as "twins" or,
// of the one that cheats, "cheat-cached", or of the one that is as it should be but for one thing, "plain-leaks".
func Command(mode string) []string {
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	return []string{self, command, mode}
}

// Main serves the plugin and exits if this process was launched by Command; otherwise it returns.
func Main() {
	sandbox.Main()
	if len(os.Args) < 2 || os.Args[1] != command {
		return
	}
	mode := ""
	if len(os.Args) > 2 {
		mode = os.Args[2]
	}
	ServeAs(mode)
	os.Exit(0)
}

// ServeAs serves the plugin in a mode, see Command.
func ServeAs(mode string) {
	switch mode {
	case "silent":
		time.Sleep(time.Hour)
	case "flood":
		for {
			fmt.Print(strings.Repeat("x", 1<<16))
		}
	case "exit":
		fmt.Fprintln(os.Stderr, "cannot find libfoo.so")
		os.Exit(7)
	case "garbage":
		fmt.Println("Hello, I am a plugin!")
		time.Sleep(time.Hour)
	case "too-new":
		fmt.Println("1|99|unix|/nonexistent.sock|grpc")
		time.Sleep(time.Hour)
	case "":
		Serve()
	case "null":
		null.Serve()
	case "sampler":
		plugins.Serve(plugins.Plugin{Name: "rogue-sampler", Version: "1", License: "Apache-2.0", Solvers: []plugins.Offer{
			plugins.New("sampler", &sampler{}, plugins.About{Doc: "calls the oracle", Tags: []string{"ode"}, Citation: "none"}),
		}})
	case "hog":
		hog()
	default:
		if name, ok := strings.CutPrefix(mode, "cheat-"); ok {
			serveCheat(name)
		} else if name, ok := strings.CutPrefix(mode, "plain-"); ok {
			servePlain(name)
		} else {
			serveRaw(mode)
		}
	}
}

// Serve serves the plugin.
func Serve() {
	plugins.Serve(plugins.Plugin{Name: "rogue", Version: "1", License: "Apache-2.0", Solvers: []plugins.Offer{
		plugins.New("rogue", &Solver{Mode: "zero"}, plugins.About{Doc: "misbehaves"}),
		plugins.New("rogue", &sampler{}, plugins.About{Doc: "calls the oracle"}),
	}})
}

// PrepareTime is what setting up takes at least in the mode "prepare-works".
const PrepareTime = 200 * time.Millisecond

// Late is how long after its answer the solver goes on writing it in the mode "late", and how much longer its first solve takes in
// the mode "slow-first".
const Late = 300 * time.Millisecond

// Solver answers a Poisson task with f itself, or does worse.
type Solver struct {
	Mode string `opt:"mode" doc:"what to do wrong"`
	Mark int    `opt:"mark" doc:"leave a child that sleeps for that many seconds, by which it is known; 0 for none"`
	// Pause and Target are for some modes.
	Pause  int    `opt:"pause" doc:"milliseconds that a solve takes at least"`
	Target string `opt:"target" doc:"the file, address or process that it is after"`

	cached []float64 // the first answer, in the mode "cached"
	warm   bool      // it has solved, in the mode "slow-first"
}

// Prepare misbehaves in the modes that begin with "prepare-".
func (s *Solver) Prepare(context.Context, *plugins.Run, *poissonv1.Task) error {
	switch s.Mode {
	case "prepare-fails":
		return errors.New("the factorisation broke down")
	case "prepare-hangs":
		for {
			time.Sleep(time.Hour)
		}
	case "prepare-works":
		time.Sleep(PrepareTime)
	}
	return nil
}

// Solve does what the mode says.
func (s *Solver) Solve(ctx context.Context, run *plugins.Run, task *poissonv1.Task) (*poissonv1.Solution, error) {
	f, err := task.Rhs.Float64s()
	if err != nil {
		return nil, err
	}
	if s.Mark != 0 {
		if err := exec.Command("sleep", fmt.Sprint(s.Mark)).Start(); err != nil {
			return nil, err
		}
	}
	if err := s.attack(ctx); err != nil {
		return nil, err
	}
	time.Sleep(time.Duration(s.Pause) * time.Millisecond)
	out, u := run.Output(task.Rhs.Dims()...)
	copy(u, f)
	solution := &poissonv1.Solution{U: out}
	switch s.Mode {
	case "zero":
		clear(u)
	case "cached":
		if s.cached == nil {
			s.cached = append(s.cached, u...)
		}
		copy(u, s.cached)
	case "slow-first":
		if !s.warm {
			s.warm = true
			time.Sleep(Late)
		}
	case "crash":
		panic("index out of luck")
	case "exit":
		os.Exit(3)
	case "hang":
		for {
			time.Sleep(time.Hour)
		}
	case "truncate":
		if err := truncateSegments(); err != nil {
			return nil, err
		}
	case "late":
		clear(u)
		go func() {
			time.Sleep(Late)
			copy(u, f)
		}()
	case "spin":
		for i := uint(0); ; i++ {
			u[i%uint(len(u))]++
		}
	case "polite":
		<-ctx.Done()
		return nil, ctx.Err()
	case "nan":
		u[len(u)/2] = math.NaN()
	case "infinite":
		for i := range u {
			u[i] = math.Inf(1 - 2*(i%2))
		}
	case "wrong-shape":
		solution.U = commonv1.Float64(u[:len(u)-1], len(u)-1)
	case "wrong-type":
		solution.U = commonv1.Int32(make([]int32, len(u)), task.Rhs.Dims()...)
	case "out-of-range":
		solution.U.Place = &commonv1.Array_Offset{Offset: 1 << 40}
	case "input-range":
		solution.U.Place = &commonv1.Array_Offset{Offset: 0}
	case "overflow":
		solution.U.Shape = []int64{1 << 62, 1 << 62}
	case "no-array":
		solution.U = nil
	case "nothing":
		return nil, nil
	case "daemon":
		if err := s.leaveDaemon(); err != nil {
			return nil, err
		}
	case "heap":
		solution.U = commonv1.Float64(append([]float64(nil), f...), task.Rhs.Dims()...)
	case "unsupported":
		return nil, fmt.Errorf("%w: not on Tuesdays", plugins.ErrUnsupported)
	case "failed":
		return nil, errors.New("no convergence in 10 iterations")
	case "cancelled":
		return nil, context.Canceled
	case "diverged":
		return nil, fmt.Errorf("%w: residual 1e300", plugins.ErrDiverged)
	case "write-input":
		f[0] = 1
	case "out-of-memory":
		return nil, s.exhaust()
	case "checkpoints":
		for k := range 20 {
			for i := range u {
				u[i] = float64(k)
			}
			run.Checkpoint(solution)
		}
		copy(u, f)
	case "progress":
		run.Progress(0.5, "half way")
	}
	return solution, nil
}

// truncateSegments cuts the files of all shared memory short that this process has mapped.
func truncateSegments() error {
	links, err := filepath.Glob("/proc/self/map_files/*")
	if err != nil {
		return err
	}
	for _, link := range links {
		target, err := os.Readlink(link)
		if err != nil || !strings.Contains(target, ".segment") {
			continue
		}
		if err := os.Truncate(link, 0); err != nil {
			return err
		}
	}
	return nil
}

// exhaust allocates until a limit it sets itself is met.
func (s *Solver) exhaust() error {
	debug.SetGCPercent(-1)
	var status unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_AS, &status); err != nil {
		return err
	}
	status.Cur = 4 << 30
	if err := unix.Setrlimit(unix.RLIMIT_AS, &status); err != nil {
		return err
	}
	var hog [][]byte
	for {
		hog = append(hog, make([]byte, 64<<20))
		runtime.KeepAlive(hog)
	}
}

// leaveDaemon starts a process that leaves our tree and environment, as daemons do.
func (s *Solver) leaveDaemon() error {
	return exec.Command("sh", "-c", fmt.Sprintf("env -i setsid sleep %d >/dev/null 2>&1 &", s.Mark)).Run()
}

// sampler evaluates the oracle three times and returns the last value.
type sampler struct {
	Ahead int  `opt:"ahead,min=0" doc:"evaluations in Prepare"`
	Keep  bool `opt:"keep" doc:"evaluate in the first solve only"`
	More  bool `opt:"more" doc:"evaluate once more than the task allows"`

	kept bool
}

// Prepare evaluates ahead of what is counted for a solve.
func (s *sampler) Prepare(ctx context.Context, run *plugins.Run, task *samplingv1.Task) error {
	x, err := task.Start.Float64s()
	if err != nil {
		return err
	}
	noise, err := run.Oracle(task.Noise)
	for i := 0; i < s.Ahead && err == nil; i++ {
		err = noise.Evaluate(ctx, make([]float64, len(x)), x, 1)
	}
	return err
}

func (s *sampler) Solve(ctx context.Context, run *plugins.Run, task *samplingv1.Task) (*samplingv1.Solution, error) {
	x, err := task.Start.Float64s()
	if err != nil {
		return nil, err
	}
	if n := len(task.Start.Dims()); n != 2 {
		return nil, fmt.Errorf("start has %d axes, expected 2", n)
	}
	noise, err := run.Oracle(task.Noise)
	if err != nil {
		return nil, err
	}
	out, y := run.Output(task.Start.Dims()...)
	evaluations := 3
	if s.More {
		evaluations = int(task.MaxEvaluations) + 1
	}
	if s.Keep && s.kept {
		evaluations = 0
	}
	s.kept = true
	for t := evaluations; t > 0; t-- {
		if err := noise.Evaluate(ctx, y, x, float64(t)); err != nil {
			return nil, err
		}
	}
	return &samplingv1.Solution{Samples: out}, nil
}
