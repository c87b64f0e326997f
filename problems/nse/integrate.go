package nse

import (
	"context"
	"fmt"
	"math"

	"github.com/solverbench/solverbench/problems/reference"
	"github.com/solverbench/solverbench/problems/reference/spectral"
)

// flow is an initial value problem: the fields are [n][n], the forcing may be nil.
type flow struct {
	Length, Viscosity, Drag, U, V float64
	Vorticity, Forcing            []float64
}

// equation is a Galerkin truncation of a flow to |p|, |q| ≤ K. The nonlinear term is computed from the
// velocity alone, u·∇ω = (∂xx − ∂yy)(uv) + ∂xy(v² − u²), which takes one complex transform each way.
type equation struct {
	modes   int
	decay   []float64 // −ν|κ|² − μ
	mean    []float64 // −(Uκx + Vκy)
	forcing []complex128
	wave    []float64 // κ of 0 … K
	n       int
	fft     *spectral.FFT2
	grid    []complex128
}

// newEquation truncates to what n points a side resolve without aliasing of products.
func newEquation(f flow, n int) *equation {
	k := (n - 1) / 3
	e := &equation{modes: k, n: n, fft: spectral.NewFFT2(n), grid: make([]complex128, n*n)}
	for p := range k + 1 {
		e.wave = append(e.wave, 2*math.Pi*float64(p)/f.Length)
	}
	for q := -k; q <= k; q++ {
		for p := range k + 1 {
			x, y := e.wave[p], 2*math.Pi*float64(q)/f.Length
			e.decay = append(e.decay, -f.Viscosity*(x*x+y*y)-f.Drag)
			e.mean = append(e.mean, -(f.U*x + f.V*y))
		}
	}
	e.forcing = make([]complex128, len(e.decay))
	if f.Forcing != nil {
		e.forcing = spectral.PlaneOf(f.Forcing, side(f.Forcing), k).C
	}
	return e
}

func side(field []float64) int { return int(math.Round(math.Sqrt(float64(len(field))))) }

// slope computes dω/dt into dst.
func (e *equation) slope(dst, w []complex128) {
	k, n, z := e.modes, e.n, e.grid
	clear(z)
	for q := -k; q <= k; q++ {
		y := math.Copysign(e.wave[max(q, -q)], float64(q))
		row, mirror := z[modulo(q, n)*n:][:n], z[modulo(-q, n)*n:][:n]
		for p, c := range w[(q+k)*(k+1):][:k+1] {
			x := e.wave[p]
			if p == 0 && q == 0 {
				continue
			}
			// u = iκy ψ, v = −iκx ψ with ψ = ω/|κ|²; stored as u + iv and its mirror image.
			s := 1 / (x*x + y*y)
			re, im := real(c)*s, imag(c)*s
			ur, ui := -y*im, y*re
			vr, vi := x*im, -x*re
			row[p] = complex(ur-vi, ui+vr)
			if p > 0 {
				mirror[n-p] = complex(ur+vi, vr-ui)
			}
		}
	}
	e.fft.Inverse(z)
	for i, c := range z {
		u, v := real(c), imag(c)
		z[i] = complex(u*v, v*v-u*u)
	}
	e.fft.Forward(z)
	scale := 0.5 / float64(n*n)
	for q := -k; q <= k; q++ {
		y := math.Copysign(e.wave[max(q, -q)], float64(q))
		row, mirror := z[modulo(q, n)*n:][:n], z[modulo(-q, n)*n:][:n]
		at := (q + k) * (k + 1)
		out := dst[at:][:k+1]
		for p, c := range w[at:][:k+1] {
			x := e.wave[p]
			plus, minus := row[p], mirror[(n-p)%n]
			// a = (plus + conj minus)/2, b = (plus − conj minus)/2i
			ar, ai := real(plus)+real(minus), imag(plus)-imag(minus)
			br, bi := imag(plus)+imag(minus), real(minus)-real(plus)
			s, m := (x*x-y*y)*scale, x*y*scale
			d, g := e.decay[at+p], e.mean[at+p]
			f := e.forcing[at+p]
			out[p] = complex(
				s*ar+m*br+d*real(c)-g*imag(c)+real(f),
				s*ai+m*bi+d*imag(c)+g*real(c)+imag(f))
		}
	}
}

func modulo(a, m int) int { return ((a % m) + m) % m }

// resolutions are the points a side at which a reference is computed, coarse to fine.
var resolutions = []int{64, 96, 128, 192, 256, 384, 512, 768, 1024}

// compute integrates f to the times and samples on points², to the relative accuracy target if that can be had.
func compute(ctx context.Context, f flow, times []float64, points int, target float64) (*reference.Trajectory, error) {
	least := occupied(f.Vorticity)
	if f.Forcing != nil {
		least = max(least, occupied(f.Forcing))
	}
	first := 0
	for first < len(resolutions)-2 && (resolutions[first]-1)/3 < least {
		first++
	}
	return reference.Refine(ctx, len(resolutions)-first, target, func(ctx context.Context, level int) (*reference.Trajectory, error) {
		tolerance := max(1e-14, 0.03*target*math.Pow(0.5, float64(level)))
		return integrate(ctx, f, times, points, resolutions[first+level], tolerance)
	})
}

// integrate solves f at one resolution, n points a side, with one tolerance for the errors of each step.
func integrate(ctx context.Context, f flow, times []float64, points, n int, tolerance float64) (*reference.Trajectory, error) {
	e := newEquation(f, n)
	t := &reference.Trajectory{
		Times: times, Shape: []int{points, points}, Accuracy: make([]float64, len(times)), Integrals: map[string][]float64{},
		Method: fmt.Sprintf("Galerkin, DOP853, 2/3 dealiased, %d² points", n),
	}
	v := spectral.PlaneOf(f.Vorticity, side(f.Vorticity), e.modes).C
	err := reference.DOP853(ctx, e.slope, v, tolerance, times, func(_ int, v []complex128) {
		t.Fields = append(t.Fields, spectral.Plane{K: e.modes, C: v}.Sample(points))
		energy, enstrophy := e.integrals(v)
		t.Integrals["energy"] = append(t.Integrals["energy"], energy)
		t.Integrals["enstrophy"] = append(t.Integrals["enstrophy"], enstrophy)
	})
	return t, err
}

// integrals returns the means of |u|²/2, without the mean flow, and of ω²/2.
func (e *equation) integrals(w []complex128) (energy, enstrophy float64) {
	k := e.modes
	for q := -k; q <= k; q++ {
		y := e.wave[max(q, -q)]
		for p, c := range w[(q+k)*(k+1):][:k+1] {
			square := real(c)*real(c) + imag(c)*imag(c)
			if p == 0 {
				square /= 2 // p > 0 stands for −p too
			}
			enstrophy += square
			if x := e.wave[p]; p != 0 || q != 0 {
				energy += square / (x*x + y*y)
			}
		}
	}
	return energy, enstrophy
}

// occupied returns the highest wave number in either direction that holds anything but rounding.
func occupied(field []float64) int {
	n := side(field)
	k := n / 2
	w := spectral.PlaneOf(field, n, k).C
	largest, highest := 0.0, 0
	for _, c := range w {
		largest = max(largest, math.Hypot(real(c), imag(c)))
	}
	for q := -k; q <= k; q++ {
		for p, c := range w[(q+k)*(k+1):][:k+1] {
			if math.Hypot(real(c), imag(c)) > 1e-14*largest {
				highest = max(highest, p, q, -q)
			}
		}
	}
	return highest
}
