package main

import (
	"context"
	"fmt"
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
	// variations is how many inputs take turns.
	variations = 8
	// call is how long the harness has the solves of a call last together.
	call = 100 * time.Millisecond
)

// timeAlone is what a solve takes, the medians.
func timeAlone(ctx context.Context, problem, solver, options string, budget time.Duration) (t times, err error) {
	tasks, err := inputs(ctx, problem)
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
	solve, err := plugins.NewTestSolver(ctx, run, bundled.Solvers(), solver, values, tasks[0])
	if err != nil {
		return t, err
	}
	return timeSolves(solve, tasks, budget)
}

// inputs are variations of an instance.
func inputs(ctx context.Context, text string) ([]proto.Message, error) {
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
		return vary(ctx, instance)
	}
	return nil, fmt.Errorf("problem %q, expected one instance", text)
}

func vary(ctx context.Context, instance problems.Instance) ([]proto.Message, error) {
	tasks := []proto.Message{instance.Task()}
	v, ok := instance.(problems.Varier)
	for k := 1; ok && k < variations; k++ {
		varied, err := v.Vary(ctx, k)
		if err != nil {
			return nil, err
		}
		tasks = append(tasks, varied.Task())
	}
	return tasks, nil
}

// timeSolves times batches that last as long as the harness's.
func timeSolves(solve func(proto.Message) (proto.Message, error), tasks []proto.Message, budget time.Duration) (t times, err error) {
	batch, next := 1, 0
	run := func() (times, error) {
		began, used := time.Now(), cpuTime()
		for range batch {
			next++
			if _, err := solve(tasks[next%len(tasks)]); err != nil {
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
	for began := time.Now(); len(wall) < 8 || time.Since(began) < budget; {
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
