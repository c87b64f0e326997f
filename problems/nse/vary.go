package nse

import (
	"context"
	"fmt"

	nsev1 "github.com/solverbench/solverbench/plugins/proto/solverbench/nse/v1"
	"github.com/solverbench/solverbench/problems"
	"github.com/solverbench/solverbench/problems/random"
	"github.com/solverbench/solverbench/problems/reference"
)

// shifts are translations of the square by whole spacings of a grid of so many points a side.
type shifts struct {
	points int
	all    []shift
}

type shift struct{ y, x int }

// mostPoints a side of the grid of shifts are enough; finer grids of even numbers are halved.
const mostPoints = 128

// shiftsOf lists the shifts on the points common to all grids that leave the forcing as it is
// and make different initial values, none of which is the flow's own.
func shiftsOf(f flow, output int) shifts {
	g := reference.CommonGrid(side(f.Vorticity), output)
	if f.Forcing != nil {
		g = reference.CommonGrid(g, side(f.Forcing))
	}
	for g > mostPoints && g%2 == 0 {
		g /= 2
	}
	invariant := func(w []float64, s shift) bool {
		return reference.Invariant(w, func(i int) float64 { return s.at(w, side(w), g, i) })
	}
	var symmetric, allowed []shift // the first leave the vorticity as it is, too
	for y := range g {
		for x := range g {
			s := shift{y, x}
			if f.Forcing != nil && !invariant(f.Forcing, s) {
				continue
			}
			allowed = append(allowed, s)
			if invariant(f.Vorticity, s) {
				symmetric = append(symmetric, s)
			}
		}
	}
	out := shifts{points: g}
	seen := make([]bool, g*g)
	for _, a := range allowed { // the first is none at all
		if !seen[a.y*g+a.x] && a != (shift{}) {
			out.all = append(out.all, a)
		}
		for _, s := range symmetric {
			seen[(a.y+s.y)%g*g+(a.x+s.x)%g] = true
		}
	}
	return out
}

// at returns the i-th element of w(x + s), w on n points a side and s in spacings of g points.
func (s shift) at(w []float64, n, g, i int) float64 {
	return w[(i/n+s.y*(n/g))%n*n+(i%n+s.x*(n/g))%n]
}

// of returns w(x + s).
func (s shift) of(w []float64, g int) []float64 {
	n := side(w)
	dy, dx := s.y*(n/g), s.x*(n/g)
	out := make([]float64, 0, len(w))
	for j := range n {
		row := w[(j+dy)%n*n:][:n]
		out = append(append(out, row[dx:]...), row[:dx]...)
	}
	return out
}

// Vary moves initial value and truth, by another shift for each k until all have been used.
func (in *instance) Vary(_ context.Context, k int) (problems.Instance, error) {
	if in.of != nil {
		in = in.of
	}
	known := in.shifts()
	if len(known.all) == 0 {
		return nil, problems.ErrNoVariation
	}
	w, err := in.task.Vorticity.Float64s()
	if err != nil {
		return nil, fmt.Errorf("vorticity: %w", err)
	}
	s, t := known.all[random.Spread(k, len(known.all))], in.task
	move := func(w []float64) []float64 { return s.of(w, known.points) }
	return &instance{truth: in.truth.Map(move), want: in.want, of: in, task: &nsev1.Task{
		Length: t.Length, Viscosity: t.Viscosity, Drag: t.Drag, MeanFlowX: t.MeanFlowX, MeanFlowY: t.MeanFlowY,
		Vorticity: square(move(w)), Forcing: t.Forcing, Times: t.Times, OutputPoints: t.OutputPoints, Tolerance: t.Tolerance,
	}}, nil
}
