package nse

import (
	"math"
	"sync"

	"github.com/solverbench/solverbench/plugins/bundled/fft"
)

// flow computes the rate of change of vorticity by finite differences on an n×n periodic grid.
type flow struct {
	equation *equation
	n        int
	h        float64
	plan     *fft.Real
	spectrum []complex128
	inverse  []float64 // of the eigenvalues of the five-point −Δ, scaled
	stream   []float64 // ψ
	forcing  []float64 // nil: none
	rows     [][]float64
}

func newFlow(e *equation, n, threads int) *flow {
	f := &flow{equation: e, n: n, h: e.length / float64(n), plan: fft.NewReal(fft.Options{Threads: threads}, n, n)}
	f.spectrum, f.stream = make([]complex128, f.plan.SpectrumLen()), make([]float64, n*n)
	f.inverse = make([]float64, len(f.spectrum))
	sine := make([]float64, n)
	for k := range sine {
		sine[k] = 2 / f.h * math.Sin(math.Pi*float64(k)/float64(n))
	}
	for k := range f.inverse {
		x, y := sine[k%f.plan.Kept()], sine[k/f.plan.Kept()]
		if k > 0 { // the mean of ψ is free
			f.inverse[k] = f.plan.Scale() / (x*x + y*y)
		}
	}
	if e.forcing != nil {
		f.forcing = make([]float64, n*n)
		newSampler(n, threads).sample(f.forcing, e.forcing)
	}
	for range threads {
		f.rows = append(f.rows, make([]float64, 6*(n+2)))
	}
	return f
}

// poisson solves −Δψ = w for the stream function.
func (f *flow) poisson(w []float64) {
	f.plan.Forward(f.spectrum, w)
	for k, s := range f.inverse {
		c := f.spectrum[k]
		f.spectrum[k] = complex(s*real(c), s*imag(c))
	}
	f.plan.Inverse(f.stream, f.spectrum)
}

// analyse sets dst to the spectrum of w.
func (f *flow) analyse(dst *spectrum, w []float64) {
	f.plan.Forward(f.spectrum, w)
	dst.take(f.spectrum, f.n, f.plan.Kept(), f.plan.Scale())
}

// stable returns the largest step that the Runge–Kutta method bears, with a margin, for the flow last
// solved for: its stability region reaches 2.8 along both axes.
func (f *flow) stable() float64 {
	speed := 0.0
	n := f.n
	for j := range n {
		row, next := f.stream[j*n:][:n], f.stream[(j+1)%n*n:][:n]
		last := row[n-1]
		for i, p := range row {
			speed = max(speed, math.Abs(p-last)+math.Abs(next[i]-p))
			last = p
		}
	}
	e := f.equation
	advection := (speed/f.h + math.Abs(e.flowX) + math.Abs(e.flowY)) / f.h
	diffusion := 8*e.viscosity/(f.h*f.h) + e.drag
	if rate := math.Hypot(advection, diffusion); rate > 0 {
		return 2 / rate
	}
	return math.Inf(1)
}

// rate computes dst = J(ψ, w) − U·∇w + νΔw − μw + f.
func (f *flow) rate(dst, w []float64) {
	f.poisson(w)
	if len(f.rows) == 1 {
		f.rateRows(dst, w, 0, f.n, f.rows[0])
		return
	}
	var wait sync.WaitGroup
	for t := range f.rows {
		wait.Go(func() { f.rateRows(dst, w, f.n*t/len(f.rows), f.n*(t+1)/len(f.rows), f.rows[t]) })
	}
	wait.Wait()
}

// rateRows does the rows lo … hi−1. The rows at work lie in buffers with a neighbour on each
// side.
func (f *flow) rateRows(dst, w []float64, lo, hi int, buffer []float64) {
	n := f.n
	var p, v [3][]float64 // south, here, north of ψ and w
	for k := range 3 {
		p[k], v[k] = buffer[2*k*(n+2):][:n+2], buffer[(2*k+1)*(n+2):][:n+2]
	}
	for k := range 2 {
		f.wrap(p[k+1], f.stream, lo-1+k)
		f.wrap(v[k+1], w, lo-1+k)
	}
	for j := lo; j < hi; j++ {
		p[0], p[1], p[2] = p[1], p[2], p[0]
		v[0], v[1], v[2] = v[1], v[2], v[0]
		f.wrap(p[2], f.stream, j+1)
		f.wrap(v[2], w, j+1)
		row := dst[j*n:][:n]
		f.row(row, &p, &v)
		if f.forcing != nil {
			for i, g := range f.forcing[j*n:][:n] {
				row[i] += g
			}
		}
	}
}

// wrap copies row j, modulo n, of x, with its periodic neighbours.
func (f *flow) wrap(dst, x []float64, j int) {
	n := f.n
	row := x[(j+n)%n*n:][:n]
	copy(dst[1:], row)
	dst[0], dst[n+1] = row[n-1], row[0]
}

// row computes one row, but for the forcing. The Jacobian is the mean of three that together conserve
// energy and enstrophy (Arakawa, Computational design for long-term numerical integration of
// the equations of fluid motion, 1966, eq. 45).
func (f *flow) row(dst []float64, p, v *[3][]float64) {
	n := len(dst)
	e := f.equation
	jacobian := 1 / (12 * f.h * f.h)
	flowX, flowY := e.flowX/(2*f.h), e.flowY/(2*f.h)
	diffusion := e.viscosity / (f.h * f.h)
	pS, pC, pN := p[0][:n+2], p[1][:n+2], p[2][:n+2]
	vS, vC, vN := v[0][:n+2], v[1][:n+2], v[2][:n+2]
	for i := range dst {
		psw, ps, pse := pS[i], pS[i+1], pS[i+2]
		pw, pe := pC[i], pC[i+2]
		pnw, pn, pne := pN[i], pN[i+1], pN[i+2]
		vsw, vs, vse := vS[i], vS[i+1], vS[i+2]
		vw, vc, ve := vC[i], vC[i+1], vC[i+2]
		vnw, vn, vne := vN[i], vN[i+1], vN[i+2]
		j := (pe-pw)*(vn-vs) - (pn-ps)*(ve-vw) +
			pe*(vne-vse) - pw*(vnw-vsw) - pn*(vne-vnw) + ps*(vse-vsw) +
			vn*(pne-pnw) - vs*(pse-psw) - ve*(pne-pse) + vw*(pnw-psw)
		dst[i] = jacobian*j - flowX*(ve-vw) - flowY*(vn-vs) +
			diffusion*((vn+vs)+(ve+vw)-4*vc) - e.drag*vc
	}
}
