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
	"github.com/solverbench/solverbench/plugins/bundled/poisson"
	"github.com/solverbench/solverbench/plugins/option"
	poissonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/poisson/v1"
	"github.com/solverbench/solverbench/problems"
	"github.com/solverbench/solverbench/problems/registry"
	"github.com/solverbench/solverbench/problems/selection"
)

// variations is how many inputs take turns.
const variations = 8

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
	var solve func(proto.Message) error
	switch solver {
	case "cg":
		solve, err = prepared(ctx, &poisson.CG{}, values, tasks[0].(*poissonv1.Task))
	case "fast-poisson":
		solve, err = prepared(ctx, &poisson.FastPoisson{}, values, tasks[0].(*poissonv1.Task))
	case "multigrid":
		solve, err = prepared(ctx, &poisson.Multigrid{}, values, tasks[0].(*poissonv1.Task))
	case "sor":
		solve, err = prepared(ctx, &poisson.SOR{}, values, tasks[0].(*poissonv1.Task))
	default:
		err = fmt.Errorf("solver %q, expected cg, fast-poisson, multigrid or sor", solver)
	}
	if err != nil {
		return t, err
	}
	return timeSolves(solve, tasks, budget)
}

// prepared sets a solver up alone.
func prepared[T, S proto.Message](ctx context.Context, s plugins.Solver[T, S], values map[string]string, task T) (func(proto.Message) error, error) {
	if err := option.Set(s, values); err != nil {
		return nil, err
	}
	run := plugins.NewTestRun(1, nil)
	if p, ok := s.(plugins.Preparer[T]); ok {
		if err := p.Prepare(ctx, run, task); err != nil {
			return nil, err
		}
	}
	return func(task proto.Message) error {
		_, err := s.Solve(ctx, run, task.(T))
		return err
	}, nil
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
func timeSolves(solve func(proto.Message) error, tasks []proto.Message, budget time.Duration) (t times, err error) {
	batch, next := 1, 0
	run := func() (times, error) {
		began, used := time.Now(), cpuTime()
		for range batch {
			next++
			if err := solve(tasks[next%len(tasks)]); err != nil {
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
		batch = measure.Batch(time.Duration(t.wall*float64(time.Second)), 100*time.Millisecond, batch, 1e5)
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
