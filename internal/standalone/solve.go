package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/unix"
	"google.golang.org/protobuf/proto"

	"github.com/solverbench/solverbench/harness/measure"
	"github.com/solverbench/solverbench/plugins"
	"github.com/solverbench/solverbench/plugins/bundled"
	"github.com/solverbench/solverbench/problems"
	"github.com/solverbench/solverbench/problems/registry"
	"github.com/solverbench/solverbench/problems/selection"
)

const (
	// call is how long the harness has the solves of a call last together.
	call = 100 * time.Millisecond
	// inputMemory bounds what the inputs of a call take, about as in the harness: whether they are still in the caches matters.
	inputMemory = 64 << 20
)

// timeAlone is what a solve takes, the medians.
func timeAlone(ctx context.Context, problem, solver, options string, budget time.Duration) (t times, err error) {
	in, err := newInputs(ctx, problem)
	if err != nil {
		return t, err
	}
	values := map[string]string{}
	for _, o := range strings.Split(options, ",") {
		if name, value, found := strings.Cut(o, "="); found {
			values[name] = value
		}
	}
	run := plugins.NewTestRun(1, nil)
	solve, err := plugins.NewTestSolver(ctx, run, bundled.Solvers(), solver, values, in.instance.Task())
	if err != nil {
		return t, err
	}
	return timeSolves(ctx, solve, in, budget)
}

// inputs are those of an instance that the harness draws from, whose times differ: LSODA's of shifted initial values by 40 %.
type inputs struct {
	instance problems.Instance
}

func newInputs(ctx context.Context, text string) (*inputs, error) {
	p, err := selection.Parse(text)
	if err != nil {
		return nil, err
	}
	given, err := p.Expand()
	if err != nil {
		return nil, err
	}
	name, problem, _ := strings.Cut(p.Name, "/")
	for _, f := range registry.Families() {
		if f.Name != name || len(given) != 1 {
			continue
		}
		spec, err := f.Resolve(problem, given[0])
		if err != nil {
			return nil, err
		}
		instance, err := spec.Build(ctx)
		if err != nil {
			return nil, err
		}
		return &inputs{instance}, nil
	}
	return nil, fmt.Errorf("problem %q, expected one instance", text)
}

// draw returns n inputs, or as many as there is memory for, that no earlier solve has had.
func (in *inputs) draw(ctx context.Context, n int) ([]proto.Message, error) {
	v, ok := in.instance.(problems.Varier)
	if !ok {
		return []proto.Message{in.instance.Task()}, nil
	}
	n = max(1, min(n, inputMemory/max(proto.Size(in.instance.Task()), 1)))
	first := 1 + rand.IntN(1<<30)
	tasks := make([]proto.Message, n)
	for i := range tasks {
		varied, err := v.Vary(ctx, first+i)
		if errors.Is(err, problems.ErrNoVariation) {
			return []proto.Message{in.instance.Task()}, nil
		}
		if err != nil {
			return nil, fmt.Errorf("varying the input: %w", err)
		}
		tasks[i] = varied.Task()
	}
	return tasks, nil
}

// timeSolves times batches that last as long as the harness's, each with new inputs.
func timeSolves(ctx context.Context, solve func(proto.Message) (proto.Message, error), in *inputs, budget time.Duration) (t times, err error) {
	batch := 1
	run := func() (times, error) {
		tasks, err := in.draw(ctx, batch)
		if err != nil {
			return times{}, err
		}
		runtime.GC() // what drawing them has left behind is no part of the solves
		began, used := time.Now(), cpuTime()
		for i := range batch {
			if _, err := solve(tasks[i%len(tasks)]); err != nil {
				return times{}, err
			}
		}
		n := float64(batch)
		return times{time.Since(began).Seconds() / n, (cpuTime() - used).Seconds() / n}, nil
	}
	for range 3 { // warms up too
		if t, err = run(); err != nil {
			return t, err
		}
		batch = measure.Batch(time.Duration(t.wall*float64(time.Second)), call, batch, 1e5)
	}
	var wall, cpu []float64
	for spent := 0.0; len(wall) < 8 || spent < budget.Seconds(); spent += t.wall * float64(batch) {
		if t, err = run(); err != nil {
			return t, err
		}
		wall, cpu = append(wall, t.wall), append(cpu, t.cpu)
	}
	return times{middle(wall), middle(cpu)}, nil
}

// cpuTime is that of this process so far.
func cpuTime() time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
