package poisson

import (
	"context"
	"math"

	"github.com/solverbench/solverbench/plugins"
	"github.com/solverbench/solverbench/plugins/bundled/fft"
	poissonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/poisson/v1"
)

// FastPoisson diagonalises a constant-coefficient operator by sine, cosine and Fourier transforms.
type FastPoisson struct {
	Symbol string `opt:"symbol,choices=auto|difference|spectral" doc:"eigenvalues of the difference operator, or of the differential one (continuous problems without boundary data); auto: spectral where that is possible"`
	Direct string `opt:"direct,choices=auto|transform|tridiagonal" doc:"how the slowest axis is treated: by a transform, or by a tridiagonal system for each mode of the others; auto: tridiagonal in one and three dimensions, where that is possible"`

	w        *workspace
	spectral bool
	values   [3][]float64 // eigenvalues by axis, where it is transformed
	all      *fft.Trig    // transform of all axes, nil if one is solved by tridiagonal systems
	lines    *tridiagonal
	slab     []*fft.Trig // transforms of the other axes, one a thread; nil in 1-D
	refine   *refinement // nil as long as direct solutions are accurate enough
}

// Prepare plans the transforms.
func (s *FastPoisson) Prepare(_ context.Context, run *plugins.Run, task *poissonv1.Task) error {
	w, err := newWorkspace(task)
	if err != nil {
		return err
	}
	if w.matrix != nil || w.variable() || w.cross != 0 {
		return unsupported("operators that transforms do not diagonalise: expected constant axis coefficients on a grid")
	}
	s.w = w
	s.spectral = s.Symbol == "spectral" || s.Symbol == "auto" && w.kind == poissonv1.Kind_KIND_CONTINUOUS && !w.sided
	if s.spectral && (w.sided || w.kind == poissonv1.Kind_KIND_DISCRETE) {
		return unsupported("symbol spectral with boundary data or for a discrete problem, expected difference")
	}
	first := 0 // the slowest axis there is
	for w.grid[first].k == 0 {
		first++
	}
	slow := w.grid[first]
	// Along one axis of two, transforms of many columns at once are as fast.
	tridiagonal := s.Direct == "tridiagonal" || s.Direct == "auto" && first != 1 && !s.spectral && slow.lo != periodic
	if tridiagonal && (s.spectral || slow.lo == periodic) {
		return unsupported("tridiagonal systems along a periodic axis or with spectral symbols, expected direct=transform")
	}
	var kinds []fft.Kind
	var shape []int
	for a := first; a < 3; a++ {
		kind, values := eigen(w.grid[a], s.spectral)
		kinds, shape, s.values[a] = append(kinds, kind), append(shape, w.grid[a].n), values
	}
	s.all, s.lines, s.slab, s.refine = nil, nil, nil, nil
	s.refining(run.Threads())
	if !tridiagonal {
		s.all = fft.NewTrig(fft.Options{Threads: run.Threads()}, kinds, shape...)
		return nil
	}
	modes := []float64{0}
	if first < 2 {
		modes = sums(s.values[first+1:])
		plan := fft.NewTrig(fft.Options{}, kinds[1:], shape[1:]...)
		s.slab = append(s.slab, plan)
		for len(s.slab) < min(run.Threads(), slow.n) {
			s.slab = append(s.slab, plan.Clone())
		}
	}
	s.lines = newTridiagonal(slow, modes, w.singular)
	return nil
}

// eigen returns the transform whose basis diagonalises the second difference along an axis, and the
// eigenvalues in the order of its coefficients.
func eigen(a axis, spectral bool) (fft.Kind, []float64) {
	n, m := a.n, float64(a.intervals())
	kind := fft.DST1
	mode := func(k int) float64 { return float64(k + 1) } // half waves on the axis
	switch {
	case a.lo == periodic:
		kind = fft.HC
		mode = func(k int) float64 { return 2 * float64(min(k, n-k)) }
	case a.lo == neumann && a.hi == neumann:
		kind = fft.DCT1
		mode = func(k int) float64 { return float64(k) }
	case a.lo == neumann:
		kind = fft.DCT3
		mode = func(k int) float64 { return float64(k) + 0.5 }
	case a.hi == neumann:
		kind = fft.DST3
		mode = func(k int) float64 { return float64(k) + 0.5 }
	}
	values := make([]float64, n)
	for k := range values {
		half := math.Pi * mode(k) / (2 * m)
		if !spectral {
			half = math.Sin(half)
		}
		values[k] = 4 * a.c() * half * half
	}
	return kind, values
}

// sums returns the sums of one entry of each list, in C order; empty lists are left out.
func sums(lists [][]float64) []float64 {
	s := []float64{0}
	for _, list := range lists {
		if len(list) == 0 {
			continue
		}
		next := make([]float64, 0, len(s)*len(list))
		for _, x := range s {
			for _, y := range list {
				next = append(next, x+y)
			}
		}
		s = next
	}
	return s
}

// Solve solves directly, and once more for a correction where rounding makes the solution miss the tolerance.
func (s *FastPoisson) Solve(ctx context.Context, run *plugins.Run, task *poissonv1.Task) (*poissonv1.Solution, error) {
	if err := s.w.load(task); err != nil {
		return nil, err
	}
	out, u := run.Output(s.w.shape...)
	copy(u, s.w.rhs)
	if err := s.direct(ctx, u); err != nil {
		return nil, err
	}
	run.Iterations(1)
	if s.refining(run.Threads()) {
		corrected, err := s.refine.improve(ctx, u, s.w.rhs, s.w.target(0), s.direct)
		if err != nil {
			return nil, err
		}
		if corrected {
			run.Iterations(2)
		}
	}
	return &poissonv1.Solution{U: out}, nil
}

// refining says whether a direct solution may miss the tolerance, and gets ready for that.
func (s *FastPoisson) refining(threads int) bool {
	if s.w.kind != poissonv1.Kind_KIND_DISCRETE || accurate(s.w, condition(s.values)) {
		return false
	}
	if s.refine == nil {
		s.refine = newRefinement(s.w, threads)
	}
	return true
}

// direct replaces a right-hand side by its solution: it transforms, divides by the eigenvalues, and transforms
// back.
func (s *FastPoisson) direct(ctx context.Context, u []float64) error {
	if s.all != nil {
		s.all.Forward(u)
		if err := ctx.Err(); err != nil {
			return err
		}
		s.divide(u)
		s.all.Inverse(u)
	} else {
		s.slabs(ctx, u, (*fft.Trig).Forward)
		if err := ctx.Err(); err != nil {
			return err
		}
		s.lines.solve(u, max(len(s.slab), 1), s.slabScale())
		s.slabs(ctx, u, (*fft.Trig).Inverse)
	}
	return ctx.Err()
}

func (s *FastPoisson) slabScale() float64 {
	if s.slab == nil {
		return 1
	}
	return s.slab[0].Scale()
}

// slabs transforms the slabs across the slowest axis, shared out among the plans.
func (s *FastPoisson) slabs(ctx context.Context, u []float64, transform func(*fft.Trig, []float64)) {
	width := s.lines.width()
	inParallel(len(u)/width, len(s.slab), func(worker, from, to int) {
		for i := from; i < to && ctx.Err() == nil; i++ {
			transform(s.slab[worker], u[i*width:(i+1)*width])
		}
	})
}

// divide divides the coefficients by their eigenvalues and scales them; the kernel's is set to 0.
func (s *FastPoisson) divide(u []float64) {
	outer := sums(s.values[:2])
	scale := s.all.Scale()
	inner := s.values[2]
	for i, lambda := range outer {
		row := u[i*len(inner) : (i+1)*len(inner)]
		for k, v := range inner {
			row[k] *= scale / (lambda + v)
		}
	}
	if s.w.singular {
		u[0] = 0
	}
}

// tridiagonal are the systems along the slowest axis for the modes of the others: of each,
// (2 + h²λ)x_j − x_{j−1} − x_{j+1} = h²f_j, in symmetric form. The factors of all are kept.
type tridiagonal struct {
	axis
	modes  int
	factor []float64 // inverse pivots, [n][modes]
}

func newTridiagonal(a axis, modes []float64, singular bool) *tridiagonal {
	t := &tridiagonal{axis: a, modes: len(modes), factor: make([]float64, a.n*len(modes))}
	for k, lambda := range modes {
		before := 0.0
		for j := range a.n {
			pivot := (2+lambda/a.c())*a.weight(j) - before
			before = 1 / pivot
			if singular && k == 0 && j == a.n-1 {
				before = 0 // fixes the constant
			}
			t.factor[j*len(modes)+k] = before
		}
	}
	return t
}

func (t *tridiagonal) width() int { return t.modes }

// solve solves all systems in place, times scale, with the modes shared out among workers.
func (t *tridiagonal) solve(u []float64, workers int, scale float64) {
	width := t.modes
	row := func(v []float64, j, from, to int) []float64 { return v[j*width+from : j*width+to] }
	inParallel(width, workers, func(_, from, to int) {
		for j := range t.n {
			x, g := row(u, j, from, to), row(t.factor, j, from, to)
			c := scale / t.c() * t.weight(j)
			if j == 0 {
				for k := range x {
					x[k] *= c * g[k]
				}
				continue
			}
			forward(x, row(u, j-1, from, to), g, c)
		}
		for j := t.n - 2; j >= 0; j-- {
			x, g, next := row(u, j, from, to), row(t.factor, j, from, to), row(u, j+1, from, to)
			g, next = g[:len(x)], next[:len(x)]
			for k := range x {
				x[k] += g[k] * next[k]
			}
		}
	})
}

// forward sets x = (c·x + before)·g.
func forward(x, before, g []float64, c float64) {
	before, g = before[:len(x)], g[:len(x)]
	for k := range x {
		x[k] = (c*x[k] + before[k]) * g[k]
	}
}
