package poisson

import (
	"context"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/dsp/fourier"

	"github.com/solverbench/solverbench/metrics"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	poissonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/poisson/v1"
	"github.com/solverbench/solverbench/problems"
)

// build makes an instance of a problem of the family.
func build(t testing.TB, problem string, params map[string]string) *instance {
	t.Helper()
	f := Family()
	spec, err := f.Resolve(problem, params)
	if err != nil {
		t.Fatal(err)
	}
	in, err := spec.Build(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return in.(*instance)
}

// evaluate judges u and returns the metrics by name.
func evaluate(t testing.TB, in *instance, u []float64) (problems.Evaluation, map[string]float64) {
	t.Helper()
	e, err := in.Evaluate(context.Background(), &poissonv1.Solution{U: commonv1.Float64(u, in.shape...)})
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]float64{}
	for _, m := range e.Metrics {
		values[m.Name] = m.Value
	}
	return e, values
}

// differences solves the second-order difference equations of a task by conjugate gradients on residual, in the
// inner product of the trapezoidal rule, in which the operator is symmetric.
func differences(t testing.TB, in *instance, tolerance float64) []float64 {
	t.Helper()
	var axes []axis
	singular := true
	for _, m := range in.task.Axes {
		axes = append(axes, axis{int(m.Points), m.Lower, m.Upper, m.LowerBoundary, m.UpperBoundary})
		singular = singular && m.LowerBoundary != dirichlet && m.UpperBoundary != dirichlet
	}
	n := in.Size()
	w := make([]float64, n)
	along := newTrapezoid(axes)
	for p := range w {
		w[p] = 1
		for a, i := range in.index(p) {
			w[p] *= along[a][i]
		}
	}
	weighted := func(u []float64) []float64 {
		r, err := residual(in.task, u)
		if err != nil {
			t.Fatal(err)
		}
		for p := range r {
			r[p] *= w[p]
		}
		return r
	}
	dot := func(a, b []float64) (s float64) {
		for p := range a {
			s += a[p] * b[p]
		}
		return s
	}
	u := make([]float64, n)
	b := weighted(u)
	r := append([]float64(nil), b...)
	if singular { // f is compatible only up to the error of the differences
		mean := 0.0
		for _, v := range r {
			mean += v / float64(n)
		}
		for p := range r {
			r[p] -= mean
		}
	}
	p := append([]float64(nil), r...)
	first := dot(r, r)
	most := 40 * slices.Max(in.shape) * len(in.shape) // iterations go with the points along an axis
	if in.task.Axes[0].FaceCoefficients != nil {
		most *= 10
	}
	for k, rr := 0, first; rr > tolerance*tolerance*first; k++ {
		if !(rr < 1e30*first) || k == most {
			t.Fatalf("conjugate gradients are at %.2g of the residual after %d iterations: the operator is not what it should be", math.Sqrt(rr/first), k)
		}
		ap := weighted(p)
		for q := range ap {
			ap[q] = b[q] - ap[q]
		}
		alpha := rr / dot(p, ap)
		for q := range u {
			u[q] += alpha * p[q]
			r[q] -= alpha * ap[q]
		}
		next := dot(r, r)
		for q := range p {
			p[q] = r[q] + next/rr*p[q]
		}
		rr = next
	}
	return u
}

// sineSolve overwrites r with A⁻¹r for constant coefficients k on n^d unknowns of the unit box with u = 0 around it.
func sineSolve(r []float64, n int, k ...float64) {
	d := len(k)
	transform := fourier.NewDST(n)
	line := make([]float64, n)
	h := 1 / float64(n+1)
	both := func() {
		for a, inner := 0, 1; a < d; a, inner = a+1, inner*n {
			for o := 0; o < len(r); o += n * inner {
				for q := o; q < o+inner; q++ {
					for i := range line {
						line[i] = r[q+i*inner]
					}
					transform.Transform(line, line)
					for i := range line {
						r[q+i*inner] = line[i] * math.Sqrt(h/2)
					}
				}
			}
		}
	}
	eigen := make([]float64, n)
	for i := range eigen {
		s := math.Sin(float64(i+1) * math.Pi * h / 2)
		eigen[i] = 4 / (h * h) * s * s
	}
	both()
	for p := range r {
		lambda := 0.0
		for a, rest := d-1, p; a >= 0; a, rest = a-1, rest/n {
			lambda += k[a] * eigen[rest%n]
		}
		r[p] /= lambda
	}
	both()
}

// roundedSolution returns the discrete solution of homogeneous constant-coefficient problems as exactly as
// float64 can hold it: solved directly, then refined until only the rounding of u is left.
func roundedSolution(t testing.TB, in *instance) []float64 {
	t.Helper()
	u := make([]float64, in.Size())
	k := make([]float64, len(in.task.Axes))
	for a, m := range in.task.Axes {
		if k[a] = m.Coefficient; k[a] == 0 {
			k[a] = 1
		}
	}
	for range 4 {
		r, err := residual(in.task, u)
		if err != nil {
			t.Fatal(err)
		}
		sineSolve(r, in.shape[0], k...)
		for p := range u {
			u[p] += r[p]
		}
	}
	return u
}

func relativeL2(t testing.TB, got, want []float64) float64 {
	t.Helper()
	e, err := metrics.RelativeL2(got, want)
	if err != nil {
		t.Fatal(err)
	}
	return e
}
