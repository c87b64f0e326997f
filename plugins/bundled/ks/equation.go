package ks

import (
	"fmt"
	"math"
	"math/cmplx"

	"github.com/solverbench/solverbench/plugins"
	"github.com/solverbench/solverbench/plugins/bundled/fft"
	semilinearv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/semilinear/v1"
)

// equation is a task, checked, with the data of the solve under way.
type equation struct {
	length    float64
	linear    []float64 // c_m
	advection float64
	times     []float64
	tolerance float64
	points    int          // of the initial data
	transform *fft.Real    // of so many points
	initial   []complex128 // Fourier coefficients of the initial data, k = 0 … n/2
	amplitude float64      // max |u(x, 0)|
}

// newEquation reads a task with its data.
func newEquation(task *semilinearv1.Task) (*equation, error) {
	dims := task.GetInitial().Dims()
	e := &equation{
		length: task.GetLength(), linear: task.GetLinear(), advection: task.GetAdvection(),
		times: task.GetTimes(), tolerance: task.GetTolerance(),
	}
	switch {
	case len(dims) != 1 || dims[0] == 0:
		return nil, fmt.Errorf("initial has shape %v, expected [n]: %w", dims, plugins.ErrUnsupported)
	case !(e.length > 0):
		return nil, fmt.Errorf("length is %v, expected a positive number: %w", e.length, plugins.ErrUnsupported)
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
	e.points = dims[0]
	// Growth without end at large wave numbers is no well-posed problem.
	if g := real(e.symbol(1e3 * (1 + float64(e.points)))); g > 1e3 {
		return nil, fmt.Errorf("linear coefficients %v amplify short waves: %w", e.linear, plugins.ErrUnsupported)
	}
	e.transform = fft.NewReal(fft.Options{}, e.points)
	e.initial = make([]complex128, e.transform.SpectrumLen())
	return e, e.load(task)
}

// load reads the initial data of a task that differs in nothing else: the amplitude, and c_k, k = 0 … n/2, of
// u(x, 0) = Re(c_0 + 2 Σ_{k>0} c_k exp(2πikx/L)).
func (e *equation) load(task *semilinearv1.Task) error {
	u0, err := task.GetInitial().Float64s()
	if err != nil {
		return fmt.Errorf("reading the initial data: %w", err)
	}
	if len(u0) != e.points {
		return fmt.Errorf("initial has %d elements, expected %d", len(u0), e.points)
	}
	e.amplitude = 0
	for _, u := range u0 {
		e.amplitude = max(e.amplitude, math.Abs(u)) // NaN if one of them is
	}
	if math.IsNaN(e.amplitude) || math.IsInf(e.amplitude, 0) {
		return fmt.Errorf("initial holds %v, expected finite numbers: %w", e.amplitude, plugins.ErrInvalid)
	}
	c := e.initial
	e.transform.Forward(c, u0)
	for k := range c {
		c[k] *= complex(e.transform.Scale(), 0)
	}
	if n := e.points; n%2 == 0 {
		c[n/2] /= 2 // shared by ±n/2
	}
	return nil
}

// symbol is the linear part at wave number k: Σ c_m (ik)^m, k in modes.
func (e *equation) symbol(k float64) complex128 {
	ik := complex(0, 2*math.Pi*k/e.length)
	var s complex128
	for m := len(e.linear) - 1; m >= 0; m-- {
		s = s*ik + complex(e.linear[m], 0)
	}
	return s
}

// scales estimates the size U of u, and the wave number, in modes, at which the linear part has the
// strength of advection, a U k: smooth solutions decay exponentially beyond it.
func (e *equation) scales() (size, balance float64) {
	unit := 2 * math.Pi / e.length
	size = e.amplitude
	top := 4 * len(e.initial)
	for k := 1; k <= top; k++ { // an instability saturates where advection balances its growth
		if g := real(e.symbol(float64(k))); g > 0 && e.advection != 0 {
			size = max(size, 9*g/(math.Abs(e.advection)*unit*float64(k)))
		}
	}
	balance = 1
	for balance < 1e6 && cmplx.Abs(e.symbol(balance)) < math.Abs(e.advection)*size*unit*balance {
		balance *= 1.1
	}
	return size, balance
}

// cutoff chooses the highest wave number to keep.
func (e *equation) cutoff() int {
	digits := -math.Log10(e.tol())
	_, balance := e.scales()
	// The viscous shock tanh(Ux/2ν) decays by ln 10 every 0.73 U/ν; Kuramoto–Sivashinsky agrees.
	k := 0.7 * (digits + 1) * balance
	// The data themselves.
	var largest float64
	for _, c := range e.initial {
		largest = max(largest, cmplx.Abs(c))
	}
	data := len(e.initial) - 1
	for data > 1 && cmplx.Abs(e.initial[data]) < 0.1*e.tol()*largest {
		data--
	}
	return int(math.Ceil(max(k, 1.25*float64(data), 8)))
}

// tol is the tolerance, within what double precision can give.
func (e *equation) tol() float64 {
	if !(e.tolerance > 0) {
		return 1e-6
	}
	return min(max(e.tolerance, 1e-12), 0.1)
}

// step chooses the time step for a method of the given order: the time in which advection crosses
// the balance scale, times a power of the tolerance. The factor is the method's own.
func (e *equation) step(order, factor float64) float64 {
	size, balance := e.scales()
	rate := math.Abs(e.advection) * size * 2 * math.Pi * balance / e.length
	end := e.times[len(e.times)-1]
	if rate == 0 || end == 0 {
		return max(end, 1)
	}
	return factor * math.Pow(e.tol(), 1/order) / rate
}
