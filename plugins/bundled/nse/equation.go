package nse

import (
	"fmt"
	"math"
	"math/cmplx"

	"github.com/solverbench/solverbench/plugins"
	"github.com/solverbench/solverbench/plugins/bundled/fft"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	nsev1 "github.com/solverbench/solverbench/plugins/proto/solverbench/nse/v1"
)

// equation is a task, checked, with the data of the solve under way.
type equation struct {
	length          float64
	viscosity, drag float64
	flowX, flowY    float64
	times           []float64
	tolerance       float64
	vorticity       *spectrum // at t = 0
	forcing         *spectrum // nil: none
	strength        float64   // max |ω| at t = 0
	analyser        *analyser // of the vorticity
}

// newEquation reads a task with its data.
func newEquation(task *nsev1.Task) (*equation, error) {
	e := &equation{
		length: task.GetLength(), viscosity: task.GetViscosity(), drag: task.GetDrag(),
		flowX: task.GetMeanFlowX(), flowY: task.GetMeanFlowY(),
		times: task.GetTimes(), tolerance: task.GetTolerance(),
	}
	switch {
	case !(e.length > 0):
		return nil, fmt.Errorf("length is %v, expected a positive number: %w", e.length, plugins.ErrUnsupported)
	case !(e.viscosity >= 0):
		return nil, fmt.Errorf("viscosity is %v, expected at least 0: %w", e.viscosity, plugins.ErrUnsupported)
	case len(e.times) == 0 || task.GetOutputPoints() == 0:
		return nil, fmt.Errorf("no output is asked for: %w", plugins.ErrUnsupported)
	}
	last := 0.0
	for _, t := range e.times {
		if !(t >= last) {
			return nil, fmt.Errorf("times are %v, expected ascending from 0: %w", e.times, plugins.ErrUnsupported)
		}
		last = t
	}
	w, err := square("vorticity", task.GetVorticity())
	if err != nil {
		return nil, err
	}
	e.analyser = newAnalyser(side(w))
	if task.GetForcing() != nil {
		f, err := square("forcing", task.GetForcing())
		if err != nil {
			return nil, err
		}
		e.forcing = newAnalyser(side(f)).analyse(f)
	}
	return e, e.load(task)
}

// load reads the vorticity of a task that differs in nothing else.
func (e *equation) load(task *nsev1.Task) error {
	w, err := square("vorticity", task.GetVorticity())
	if err != nil {
		return err
	}
	if n := side(w); n != e.analyser.n {
		return fmt.Errorf("vorticity has %d points a side, expected %d", n, e.analyser.n)
	}
	e.strength = 0
	for _, v := range w {
		e.strength = max(e.strength, math.Abs(v)) // NaN if one of them is
	}
	if math.IsNaN(e.strength) || math.IsInf(e.strength, 0) {
		return fmt.Errorf("vorticity holds %v, expected finite numbers: %w", e.strength, plugins.ErrInvalid)
	}
	e.vorticity = e.analyser.analyse(w)
	return nil
}

// side is the number of points along a side of a square field.
func side(field []float64) int { return int(math.Round(math.Sqrt(float64(len(field))))) }

// square returns the elements of an n×n array.
func square(field string, a *commonv1.Array) ([]float64, error) {
	x, err := a.Float64s()
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", field, err)
	}
	if d := a.Dims(); len(d) != 2 || d[0] != d[1] || d[0] == 0 {
		return nil, fmt.Errorf("%s has shape %v, expected [n][n]: %w", field, d, plugins.ErrUnsupported)
	}
	return x, nil
}

// spectrum holds the Fourier coefficients c of a real field for wave numbers |kx|, |ky| < kept:
// Σ c(ky, kx) exp(2πi(kx x + ky y)/L) over kx ≥ 0 and their mirror images. Rows are ky = 0, 1, …,
// kept−1, −(kept−1), …, −1; columns are kx = 0 … kept−1.
type spectrum struct {
	kept int
	c    []complex128
}

func newSpectrum(kept int) *spectrum {
	return &spectrum{kept, make([]complex128, (2*kept-1)*kept)}
}

// rows of the spectrum.
func (s *spectrum) rows() int { return 2*s.kept - 1 }

// ky is the wave number of a row.
func (s *spectrum) ky(row int) int {
	if row >= s.kept {
		return row - s.rows()
	}
	return row
}

// analyser finds spectra of n×n fields.
type analyser struct {
	n    int
	plan *fft.Real
	c    []complex128
}

func newAnalyser(n int) *analyser {
	p := fft.NewReal(fft.Options{Kept: (n + 1) / 2}, n, n)
	return &analyser{n, p, make([]complex128, p.SpectrumLen())}
}

// analyse returns the spectrum of a field, without the waves of length two cells.
func (a *analyser) analyse(x []float64) *spectrum {
	s := newSpectrum((a.n + 1) / 2)
	a.plan.Forward(a.c, x)
	s.take(a.c, a.n, s.kept, a.plan.Scale())
	return s
}

// take sets s to scale times a transform of n rows and the given number of columns.
func (s *spectrum) take(c []complex128, n, columns int, scale float64) {
	for r := range s.rows() {
		from := c[(s.ky(r)+n)%n*columns:][:s.kept]
		for k, v := range from {
			s.c[r*s.kept+k] = v * complex(scale, 0)
		}
	}
}

// copyTo sets dst to s, as far as both have coefficients, and to zero elsewhere.
func (s *spectrum) copyTo(dst *spectrum) {
	clear(dst.c)
	m := min(s.kept, dst.kept)
	for k := -(m - 1); k < m; k++ {
		from := (k + s.rows()) % s.rows() * s.kept
		to := (k + dst.rows()) % dst.rows() * dst.kept
		copy(dst.c[to:to+m], s.c[from:from+m])
	}
}

// tail is the size of the coefficients from wave number k on, in either direction, relative to
// the largest.
func (s *spectrum) tail(k int) float64 {
	var all, tail float64
	for r := range s.rows() {
		ky := s.ky(r)
		for kx, c := range s.c[r*s.kept:][:s.kept] {
			a := cmplx.Abs(c)
			all = max(all, a)
			if kx >= k || ky >= k || -ky >= k {
				tail = max(tail, a)
			}
		}
	}
	if all == 0 {
		return 0
	}
	return tail / all
}

// sampler evaluates a Fourier sum on an output grid of any size.
type sampler struct {
	plan   *fft.Real
	folded []complex128
	n      int
}

func newSampler(n, threads int) *sampler {
	p := fft.NewReal(fft.Options{Threads: threads}, n, n)
	return &sampler{plan: p, folded: make([]complex128, p.SpectrumLen()), n: n}
}

// sample sets dst to the values of the sum at the points: waves too short for the grid are folded on
// those with the same values there.
func (s *sampler) sample(dst []float64, w *spectrum) {
	clear(s.folded)
	kept := s.plan.Kept()
	for r := range w.rows() {
		for kx, c := range w.c[r*w.kept:][:w.kept] {
			x, y := kx%s.n, ((w.ky(r)%s.n)+s.n)%s.n
			self := 2*x == s.n || (x == 0 && kx > 0) // shares its column with the mirror images
			if 2*x > s.n {
				x, y, c = s.n-x, (s.n-y)%s.n, cmplx.Conj(c)
			}
			if !self {
				s.folded[y*kept+x] += c
				continue
			}
			s.folded[y*kept+x] += c
			s.folded[(s.n-y)%s.n*kept+x] += cmplx.Conj(c)
		}
	}
	s.plan.Inverse(dst, s.folded)
}
