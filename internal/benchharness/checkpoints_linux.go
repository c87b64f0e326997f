package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/solverbench/solverbench/internal/calibrated"
	"github.com/solverbench/solverbench/plugins/host"
	"github.com/solverbench/solverbench/problems"
	"github.com/solverbench/solverbench/problems/ks"
	"github.com/solverbench/solverbench/problems/poisson"
)

// curve is a solve with checkpoints.
type curve struct {
	family  problems.Family
	problem string
	params  map[string]string
	solver  string
	options map[string]string
	command []string
}

// most is the number of checkpoints that are asked for.
const most = 50

// patience is the time for the solves of a curve, of which there are 4 in any case.
const patience = 8 * time.Second

// checkpoints is what a curve of 50 costs.
func checkpoints(ctx context.Context) ([]figure, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	bundled := []string{self, serveBundled}
	unit := map[string]string{"n": "511"}
	var out []figure
	for _, c := range []curve{
		{poisson.Family(), "unit-2d", unit, "cg", nil, bundled},
		{poisson.Family(), "unit-2d", unit, "sor", nil, bundled},
		{ks.Family(), "kassam-trefethen", nil, "etdrk4", nil, bundled},
		{
			calibrated.Family(func(calibrated.Truth) {}), "copy", map[string]string{"n": fmt.Sprint(511 * 511)}, "calibrated",
			map[string]string{"us": "500000", "steps": "1000", "every": "20"}, calibrated.Command(),
		},
	} {
		figures, err := c.cost(ctx)
		if err != nil {
			return nil, fmt.Errorf("%s on %s: %w", c.solver, c.problem, err)
		}
		out = append(out, figures...)
	}
	return out, nil
}

// cost compares solves with checkpoints, which they take turns with, to those without.
func (c curve) cost(ctx context.Context) ([]figure, error) {
	instance, err := build(ctx, c.family, c.problem, c.params)
	if err != nil {
		return nil, err
	}
	o, err := open(ctx, c.command, instance, host.SessionConfig{Solver: c.solver, Options: c.options, MaxCheckpoints: most})
	if err != nil {
		return nil, err
	}
	defer o.close(ctx)
	sent := 0
	var plain, whole, reported []float64
	for i, began := 0, time.Now(); i < 4 || i < 50 && time.Since(began) < patience; i++ {
		without, err := o.Solve(ctx, host.SolveConfig{})
		if err != nil {
			return nil, err
		}
		with, err := o.Solve(ctx, host.SolveConfig{Checkpoints: true})
		if err != nil {
			return nil, err
		}
		if i == 0 {
			continue // warms up
		}
		sent = len(with.Checkpoints)
		plain = append(plain, without.Wall.Seconds())
		whole = append(whole, with.Wall.Seconds()/without.Wall.Seconds())
		reported = append(reported, (with.Wall-with.Sending).Seconds()/without.Wall.Seconds())
	}
	took := time.Duration(median(plain) * float64(time.Second)).Round(time.Millisecond)
	what := fmt.Sprintf("%d checkpoints of %s on %s/%s", sent, c.solver, c.family.Name, c.problem)
	return []figure{
		{
			what: what, format: "%.2f × plain", value: median(whole), goal: 1.1,
			detail: fmt.Sprintf("plain %v, answers of %d kB; with the time for sending subtracted %.2f ×", took, bytesOf(instance)/1000, median(reported)),
		},
	}, nil
}

func bytesOf(instance problems.Instance) int {
	total := 0
	for _, shape := range instance.SolutionShapes() {
		n := 8
		for _, d := range shape {
			n *= d
		}
		total += n
	}
	return total
}
