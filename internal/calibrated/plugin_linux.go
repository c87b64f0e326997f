package calibrated

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"time"

	"golang.org/x/sys/unix"

	"github.com/solverbench/solverbench/harness/sandbox"
	"github.com/solverbench/solverbench/plugins"
	"github.com/solverbench/solverbench/plugins/null"
	poissonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/poisson/v1"
)

// The first arguments that make a program the plugin, and the null plugin.
const (
	command     = "serve-calibrated"
	nullCommand = "serve-null"
)

// Command returns the command line of the plugin.
func Command() []string { return []string{self(), command} }

// Null returns the command line of the null plugin.
func Null() []string { return []string{self(), nullCommand} }

func self() string {
	path, err := os.Executable()
	if err != nil {
		panic(err)
	}
	return path
}

// Main serves the plugin and exits if this process was launched by one of the commands; otherwise it returns.
func Main() {
	sandbox.Main()
	if len(os.Args) < 2 {
		return
	}
	switch os.Args[1] {
	case command:
		plugins.Serve(plugins.Plugin{Name: "calibrated", Version: "1", License: "Apache-2.0", Solvers: []plugins.Offer{
			plugins.New("calibrated", &Solver{How: "burn", Microseconds: 1000, Steps: 1}, plugins.About{Doc: "takes a known time"}),
		}})
	case nullCommand:
		null.Serve()
	default:
		return
	}
	os.Exit(0)
}

// Solver returns its input after a time that it measures, and says what that was in the elements that the input leaves open.
type Solver struct {
	How          string  `opt:"how,choices=burn|sleep" doc:"spin for that long by the CPU clock of the thread, or sleep"`
	Microseconds float64 `opt:"us,min=0" doc:"how long"`
	Spread       float64 `opt:"spread,min=0" doc:"draw the time: so much longer, relatively, times an exponential random number"`
	Steps        int     `opt:"steps,min=1" doc:"iterations that the time is divided into"`
	Every        int     `opt:"every,min=0" doc:"send a checkpoint after so many iterations, 0 for never"`
	Run          int     `opt:"run" doc:"tells configurations apart that are otherwise equal"`
}

// Solve takes its time.
func (s *Solver) Solve(_ context.Context, run *plugins.Run, task *poissonv1.Task) (*poissonv1.Solution, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	wall, cpu := time.Now(), threadTime()
	f, err := task.Rhs.Float64s()
	if err != nil {
		return nil, err
	}
	if len(f) < open {
		return nil, fmt.Errorf("%d elements, expected at least %d", len(f), open)
	}
	out, u := run.Output(task.Rhs.Dims()...)
	copy(u, f)
	solution := &poissonv1.Solution{U: out}
	target := time.Duration(s.Microseconds * (1 + s.Spread*rand.ExpFloat64()) * float64(time.Microsecond))
	for k := range s.Steps {
		s.pass(wall, cpu, target*time.Duration(k+1)/time.Duration(s.Steps))
		if s.Every > 0 && (k+1)%s.Every == 0 {
			run.Checkpoint(solution)
		}
	}
	u[0] = (threadTime() - cpu).Seconds()
	u[1] = time.Since(wall).Seconds()
	return solution, nil
}

// pass returns when so much time has passed since the readings of the clocks.
func (s *Solver) pass(wall time.Time, cpu, target time.Duration) {
	if s.How == "burn" {
		for threadTime()-cpu < target {
		}
		return
	}
	for left := target - time.Since(wall); left > 0; left = target - time.Since(wall) {
		t := unix.NsecToTimespec(int64(left))
		_ = unix.Nanosleep(&t, nil) // a signal ends it early
	}
}

// threadTime returns the CPU time of this thread.
func threadTime() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
		panic(err) // there is no machine without this clock
	}
	return time.Duration(t.Nano())
}
