package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/solverbench/solverbench/harness/measure"
	"github.com/solverbench/solverbench/internal/calibrated"
	"github.com/solverbench/solverbench/plugins/host"
	"github.com/solverbench/solverbench/problems"
)

// timedCall is how long the harness has a timed call of short solves last: 100 ms at least, and so that it is not less another
// time, a fifth more.
const timedCall = 120 * time.Millisecond

// build makes an instance of a problem.
func build(ctx context.Context, f problems.Family, problem string, params map[string]string) (problems.Instance, error) {
	spec, err := f.Resolve(problem, params)
	if err != nil {
		return nil, err
	}
	return spec.Build(ctx)
}

// opened is a session with a plugin of its own.
type opened struct {
	*host.Session
	client   *host.Client
	instance problems.Instance
}

func open(ctx context.Context, command []string, instance problems.Instance, cfg host.SessionConfig) (*opened, error) {
	place := measure.Place(1)
	client, err := host.Launch(ctx, host.Config{Command: command, Threads: 1, Cores: place.Plugin})
	if err != nil {
		return nil, err
	}
	cfg.Task, cfg.Shapes = instance.Task(), instance.SolutionShapes()
	session, err := client.Open(ctx, cfg)
	if err == nil {
		_, err = session.Prepare(ctx)
	}
	if err != nil {
		client.Close()
		return nil, err
	}
	return &opened{session, client, instance}, nil
}

func (o *opened) close(ctx context.Context) {
	_ = o.Close(ctx) // the process ends now anyway
	o.client.Close()
}

// transports is how much longer short solves seem than they are.
func transports(ctx context.Context) ([]figure, error) {
	var out []figure
	for _, micros := range []int{1000, 100} {
		f, err := transport(ctx, micros)
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}

func transport(ctx context.Context, micros int) (figure, error) {
	var inside time.Duration
	family := calibrated.Family(func(truth calibrated.Truth) { inside += truth.Wall })
	instance, err := build(ctx, family, "copy", nil)
	if err != nil {
		return figure{}, err
	}
	o, err := open(ctx, calibrated.Command(), instance, host.SessionConfig{
		Solver: "calibrated", Options: map[string]string{"us": fmt.Sprint(micros)},
	})
	if err != nil {
		return figure{}, err
	}
	defer o.close(ctx)
	batch := int(timedCall/time.Microsecond) / micros
	if err := o.Load(ctx, batch); err != nil {
		return figure{}, err
	}
	var shares []float64
	for range 15 {
		given, err := o.fill(ctx, batch)
		if err != nil {
			return figure{}, err
		}
		solved, err := o.Solve(ctx, host.SolveConfig{Repeat: batch})
		if err != nil {
			return figure{}, err
		}
		inside = 0
		for k, instance := range given {
			answer, err := o.Answer(k)
			if err != nil {
				return figure{}, err
			}
			if _, err := instance.Evaluate(ctx, answer); err != nil {
				return figure{}, err
			}
		}
		shares = append(shares, 100*float64(solved.Wall-inside)/float64(inside))
	}
	each := time.Duration(median(shares) / 100 * float64(micros) * float64(time.Microsecond))
	return figure{
		what: fmt.Sprintf("transport of a solve of %v", time.Duration(micros)*time.Microsecond), format: "%.2f %%", value: median(shares), goal: 1,
		detail: fmt.Sprintf("%v a solve more than inside it, %d solves a call; %.2f %% of the least disturbed call", each, batch, slices.Min(shares)),
	}, nil
}

// fill gives every slot another input.
func (o *opened) fill(ctx context.Context, n int) (given []problems.Instance, err error) {
	for k := range n {
		var v problems.Instance
		if v, err = o.instance.(problems.Varier).Vary(ctx, k+1); err != nil {
			return nil, err
		}
		if err := o.Put(k, v.Task()); err != nil {
			return nil, err
		}
		given = append(given, v)
	}
	return given, nil
}
