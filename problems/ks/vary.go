package ks

import (
	"context"
	"fmt"

	"github.com/solverbench/solverbench/problems"
	"github.com/solverbench/solverbench/problems/random"
	"github.com/solverbench/solverbench/problems/reference"
)

// motion is a symmetry of the equation on the points that the grids of initial value and output have in common:
// u(x) becomes u(x + d), or −u(d − x) if mirrored, d whole grid spacings.
type motion struct {
	shift  int
	mirror bool
}

// motions lists the motions that make different initial values of u0, none of which
// is u0 itself, on the points common to its grid and the output's.
func motions(u0 []float64, output int) []motion {
	points := reference.CommonGrid(len(u0), output)
	same := func(m motion) bool {
		return reference.Invariant(u0, func(i int) float64 { return m.at(u0, points, i) })
	}
	period := 1
	for period < points && !same(motion{shift: period}) {
		period++
	}
	mirrored := true // makes others than shifts do
	for d := range points {
		mirrored = mirrored && !same(motion{d, true})
	}
	var out []motion
	for d := range period {
		if d > 0 {
			out = append(out, motion{d, false})
		}
		if mirrored {
			out = append(out, motion{d, true})
		}
	}
	return out
}

// at returns the i-th element of what the motion, of a grid of so many points, makes of u.
func (m motion) at(u []float64, points, i int) float64 {
	n := len(u)
	d := m.shift * (n / points)
	if m.mirror {
		return -u[((d-i)%n+n)%n]
	}
	return u[(i+d)%n]
}

// Vary moves initial value and truth, by another motion for each k until all have been used.
func (in *instance) Vary(_ context.Context, k int) (problems.Instance, error) {
	if in.of != nil {
		in = in.of
	}
	all := in.motions()
	if len(all) == 0 {
		return nil, problems.ErrNoVariation
	}
	u0, err := in.task.Initial.Float64s()
	if err != nil {
		return nil, fmt.Errorf("initial value: %w", err)
	}
	m, points := all[random.Spread(k, len(all))], reference.CommonGrid(len(u0), in.truth.Shape[0])
	move := func(u []float64) []float64 {
		out := make([]float64, len(u))
		for i := range out {
			out[i] = m.at(u, points, i)
		}
		return out
	}
	out := assemble(move(u0), in.task.Length, in.truth.Map(move), in.task.Tolerance)
	out.of = in
	return out, nil
}
