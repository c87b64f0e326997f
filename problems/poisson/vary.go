package poisson

import (
	"context"
	"fmt"
	"math"

	"github.com/solverbench/solverbench/metrics"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	poissonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/poisson/v1"
	"github.com/solverbench/solverbench/problems"
	"github.com/solverbench/solverbench/problems/arrayio"
	"github.com/solverbench/solverbench/problems/random"
)

// Vary returns an instance of the same operator and another right-hand side, with the boundary data that go with
// it. Discrete problems draw theirs anew, see seededRHS; continuous ones have another solution, see
// exact.variation; to matrices a rough part is added, see roughened. A variation's variations are the instance's.
func (in *instance) Vary(_ context.Context, k int) (problems.Instance, error) {
	v, err := in.vary(k)
	if err != nil {
		return nil, err
	}
	v.vary = in.vary
	return v, nil
}

// withRHS returns the instance with another right-hand side, whose solution is not known.
func (in *instance) withRHS(f []float64) *instance {
	t := in.task
	return &instance{shape: in.shape, task: &poissonv1.Task{
		Kind: t.Kind, Axes: t.Axes, Rhs: commonv1.Float64(f, in.shape...), Tolerance: t.Tolerance, CrossCoefficient: t.CrossCoefficient, Matrix: t.Matrix,
	}}
}

// sign draws −1 or 1.
func sign(rng *random.Source) float64 { return 1 - 2*float64(rng.Uint64()>>63) }

// variation returns another solution that is as hard to find and vanishes on the sides where e does. Along a
// periodic axis e is shifted; along others it is multiplied by e^{β(s−½)}, s = 0 … 1 from side to side; the whole
// changes its sign or not. Shifts and β in [−½, ½) are equidistributed in k, so that those of close k are apart.
func (e exact) variation(axes []axis, k int) exact {
	irrational := [...]float64{math.Phi, math.Sqrt2, math.E}
	change := make([]func(smooth) smooth, len(axes))
	for a, ax := range axes {
		_, at := math.Modf(float64(k) * irrational[a])
		length := ax.upper - ax.lower
		if ax.lowSide == periodic {
			change[a] = func(f smooth) smooth { return shifted(f, at*length) }
		} else {
			change[a] = func(f smooth) smooth { return times(f, growth((at-0.5)/length, (ax.lower+ax.upper)/2)) }
		}
	}
	amplitude := sign(random.New(uint64(k)))
	out := make(exact, len(e))
	for t, factors := range e {
		for a, f := range factors {
			out[t] = append(out[t], change[a](f))
		}
		out[t][0] = scaled(out[t][0], amplitude)
	}
	return out
}

// shifted is f(x + by).
func shifted(f smooth, by float64) smooth {
	return func(x float64) (v, d, dd float64) { return f(x + by) }
}

// growth is e^{rate·(x−from)}.
func growth(rate, from float64) smooth {
	return func(x float64) (v, d, dd float64) {
		v = math.Exp(rate * (x - from))
		return v, rate * v, rate * rate * v
	}
}

// scaled is c·f.
func scaled(f smooth, c float64) smooth {
	return func(x float64) (v, d, dd float64) {
		v, d, dd = f(x)
		return c * v, c * d, c * dd
	}
}

// roughness is the size of what variations add to a right-hand side, relative to it.
const roughness = 0.5

// roughened returns the instance with ±(b + Aw) in place of b, w noise so small that ‖Aw‖ = ½‖b‖: solutions hardly
// differ in size and smoothness, the system remains consistent if A is singular, and yet an answer to one
// right-hand side leaves a residual of about half another.
func (in *instance) roughened(a *arrayio.CSR, rng *random.Source) (*instance, error) {
	b, err := in.task.Rhs.Float64s()
	if err != nil {
		return nil, fmt.Errorf("rhs: %w", err)
	}
	amplitude := sign(rng)
	w := make([]float64, len(b))
	for i := range w {
		w[i] = rng.Uniform(-1, 1)
	}
	f := make([]float64, len(b)) // −Aw
	for i := range f {
		from, to := a.RowPointers[i], a.RowPointers[i+1]
		f[i] = rowResidual(0, a.Columns[from:to], a.Values[from:to], w)
	}
	scale := roughness * metrics.L2(b) / metrics.L2(f)
	if !(scale > 0) || math.IsInf(scale, 0) {
		return nil, fmt.Errorf("a right-hand side of norm %g and noise of norm %g: %w", metrics.L2(b), metrics.L2(f), problems.ErrNoVariation)
	}
	for i, v := range b {
		f[i] = amplitude * (v - scale*f[i])
	}
	out := in.withRHS(f)
	if in.exact != nil {
		for i, v := range in.exact {
			w[i] = amplitude * (v + scale*w[i])
		}
		out.exact = w
	}
	return out, nil
}
