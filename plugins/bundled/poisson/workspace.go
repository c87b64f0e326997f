package poisson

import (
	"math"
	"slices"

	"github.com/solverbench/solverbench/plugins"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	poissonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/poisson/v1"
)

// workspace is a system with its norms: what every solver prepares. load reads other data.
type workspace struct {
	*system
	weight    []float64 // nil if all are 1
	inverse   []float64 // of weight
	singular  bool
	rhs       []float64 // b, without what a singular operator cannot reach
	symmetric []float64 // the same in symmetric form
	reference float64   // ‖f‖, or ‖b‖ if f is zero

	reachable, weighted []float64 // room for rhs and symmetric
}

func newWorkspace(task *poissonv1.Task) (*workspace, error) {
	s, err := readTask(task)
	if err != nil {
		return nil, err
	}
	w := &workspace{system: s}
	if s.matrix == nil {
		w.weight, w.singular = s.grid.weights(), s.grid.singular()
	}
	if w.weight != nil {
		w.inverse = invert(w.weight)
	}
	return w, w.derive()
}

// load reads the data of a task that differs in nothing else.
func (w *workspace) load(task *poissonv1.Task) error {
	if err := w.system.load(task); err != nil {
		return err
	}
	return w.derive()
}

// derive makes what depends on the data.
func (w *workspace) derive() error {
	s := w.system
	w.rhs = s.b
	if w.singular {
		w.reachable = append(w.reachable[:0], s.b...)
		w.rhs = w.reachable
		total, sum := float64(len(s.b)), 0.0
		if w.weight != nil {
			total, sum = 0, dot(w.weight, s.b)
			for _, v := range w.weight {
				total += v
			}
		} else {
			for _, v := range s.b {
				sum += v
			}
		}
		for i := range w.rhs {
			w.rhs[i] -= sum / total
		}
	}
	w.symmetric = w.rhs
	if w.weight != nil {
		w.weighted = append(w.weighted[:0], w.rhs...)
		w.symmetric = w.weighted
		multiply(w.symmetric, w.weight)
	}
	if w.reference = norm(s.f); w.reference == 0 {
		w.reference = norm(s.b)
	}
	return w.checkScale()
}

// checkScale refuses right-hand sides so large or small that squares of residuals leave the range of
// float64: zero would look like a solution.
func (w *workspace) checkScale() error {
	const least = 1e-140
	small := w.reference < least && slices.ContainsFunc(w.b, func(v float64) bool { return v != 0 })
	if small || math.IsInf(w.reference, 1) && !slices.ContainsFunc(w.b, func(v float64) bool { return math.IsInf(v, 0) }) {
		return unsupported("a right-hand side whose squares leave the range of float64 (computed norm %.3g), expected entries from %g to 1e150", w.reference, least)
	}
	return nil
}

// target is the residual to reach: a little below what is asked for, so that rounding in someone else's
// residual does not decide. For the continuous problem, where an error is asked for, the relative residual is
// a hundredth of it, unless the option tol says otherwise.
func (w *workspace) target(tol float64) float64 {
	switch {
	case tol > 0:
	case w.kind == poissonv1.Kind_KIND_CONTINUOUS && w.tolerance > 0:
		tol = min(w.tolerance/100, 1e-6)
	case w.kind == poissonv1.Kind_KIND_CONTINUOUS:
		tol = 1e-8
	case w.tolerance > 0:
		tol = 0.9 * w.tolerance
	default:
		tol = 1e-10
	}
	return tol * w.reference
}

// norm is that of a residual in symmetric form, measured in row form.
func (w *workspace) norm(r []float64) float64 {
	if w.inverse == nil {
		return norm(r)
	}
	s := 0.0
	inverse := w.inverse[:len(r)]
	for i, v := range r {
		v *= inverse[i]
		s += v * v
	}
	return math.Sqrt(s)
}

// project takes the part along the left kernel off a residual in symmetric form.
func (w *workspace) project() func(r []float64) {
	if !w.singular {
		return nil
	}
	return func(r []float64) {
		mean := 0.0
		for _, v := range r {
			mean += v
		}
		mean /= float64(len(r))
		for i := range r {
			r[i] -= mean
		}
	}
}

// report makes a monitor's report: iterations, progress and checkpoints of the iterate.
func (w *workspace) report(run *plugins.Run, out *commonv1.Array, target float64) func(int, float64) {
	first := math.NaN()
	return func(iteration int, residual float64) {
		if math.IsNaN(first) {
			first = residual
		}
		run.Iterations(iteration)
		share := 0.0
		if first > residual && target > 0 {
			share = min(math.Log(first/residual)/math.Log(first/target), 1)
		}
		run.Progress(share, "iteration %d, relative residual %.1e", iteration, residual/w.reference)
		if run.WantCheckpoint() {
			run.Checkpoint(&poissonv1.Solution{U: out})
		}
	}
}

// diagonal bounds the diagonal of A in row form.
func (w *workspace) diagonal() float64 {
	if w.matrix != nil {
		return slices.Max(w.matrix.d)
	}
	d := 0.0
	for a, ax := range w.grid {
		k := ax.k
		if w.faces[a] != nil {
			k = slices.Max(w.faces[a])
		}
		d += 2 * k / (ax.h * ax.h)
	}
	return d
}
