package restoration

import (
	"context"
	"fmt"
	"math"

	"github.com/solverbench/solverbench/plugins"
	restorationv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/restoration/v1"
)

// Wiener is linear restoration. Of blur A it minimises ‖Ax − y‖² + λ‖Δx‖² (Hunt 1973), a division in
// frequency where the edges allow, else by conjugate gradients preconditioned with that division. λ is
// given or minimises the unbiased estimate of the predicted error ‖A(x̂ − x)‖² (Mallows 1973).
// Noise it reduces by the local mean m and variance v of a window, m + (v − σ²)₊/v (y − m) (Lee 1980).
type Wiener struct {
	Balance float64 `opt:"balance,min=0" doc:"λ, for blur; 0 chooses it from the noise"`
	Window  int     `opt:"window,min=3" doc:"width of the window, odd, for noise"`

	noise *denoising
	sums  [][]float64  // of each worker: two planes
	boxes []*separable // of each worker
	blur  *deconvolution
}

// Prepare transforms the kernel.
func (s *Wiener) Prepare(_ context.Context, run *plugins.Run, task *restorationv1.Task) (err error) {
	s.noise, s.blur = nil, nil
	if task.GetBlur() != nil {
		s.blur, err = newDeconvolution(run, task)
		return err
	}
	if task.GetDenoise() == nil && task.GetLowLight() == nil {
		return unsupported("wiener", "noise, low light and blur", task)
	}
	if s.Window%2 == 0 {
		return fmt.Errorf("wiener: window is %d, expected an odd number", s.Window)
	}
	if s.noise, err = newDenoising("wiener", run, task); err != nil {
		return err
	}
	taps := make([]float64, s.Window)
	for i := range taps {
		taps[i] = 1 / float64(s.Window)
	}
	s.sums, s.boxes = nil, nil
	for range s.noise.threads {
		s.sums = append(s.sums, make([]float64, 2*s.noise.h*s.noise.w))
		s.boxes = append(s.boxes, newSeparable(s.noise.h, s.noise.w, taps, taps, fold))
	}
	return nil
}

// Solve restores.
func (s *Wiener) Solve(ctx context.Context, run *plugins.Run, task *restorationv1.Task) (*restorationv1.Solution, error) {
	if s.blur != nil {
		return s.blur.solve(ctx, run, task, s.Balance)
	}
	size := s.noise.h * s.noise.w
	return s.noise.solve(ctx, run, task, func(worker int, dst, src []float64) error {
		mean, square := s.sums[worker][:size], s.sums[worker][size:]
		localWiener(dst, src, mean, square, s.boxes[worker], s.noise.sigma*s.noise.sigma)
		return nil
	})
}

// localWiener is Lee's filter; mean and square are workspace, box the window's mean.
func localWiener(dst, src, mean, square []float64, box *separable, variance float64) {
	for i, v := range src {
		square[i] = v * v
	}
	box.apply(mean, src)
	box.apply(square, square)
	for i, v := range src {
		m := mean[i]
		local := square[i] - m*m
		gain := 0.0
		if local > variance {
			gain = (local - variance) / local
		}
		dst[i] = m + gain*(v-m)
	}
}

// deconvolution is what Wiener needs of a blur.
type deconvolution struct {
	degraded, restored *batch
	sigma              float64
	response           []complex128
	power, penalty     []float64 // |response|² and the squared Laplacian
	exact              bool      // the division in frequency is the minimiser
	workers            []*deconvolver
}

// deconvolver is what one goroutine works with.
type deconvolver struct {
	*deconvolution
	frequencies *frequencies
	gain        []float64
	op          linear    // for conjugate gradients
	r, z, p, ap []float64 // likewise
	image       []float64
}

func newDeconvolution(run *plugins.Run, task *restorationv1.Task) (*deconvolution, error) {
	n, h, w, c, err := sameShape(task)
	if err != nil {
		return nil, err
	}
	b, err := newBlur(task)
	if err != nil {
		return nil, err
	}
	f := newFrequencies(h, w, b.periodic())
	d := &deconvolution{
		degraded: newBatch(n, h, w, c), restored: newBatch(n, h, w, c), sigma: task.GetSigma(),
		response: f.response(b), penalty: f.laplacian(), exact: b.periodic() || b.even(),
	}
	d.power = f.power(b, d.response)
	for i, v := range d.penalty {
		d.penalty[i] = v * v
	}
	for range run.Threads() {
		worker := &deconvolver{deconvolution: d, frequencies: f.clone(), gain: make([]float64, len(d.power))}
		if !d.exact {
			worker.op = b.operator()
			for _, field := range []*[]float64{&worker.r, &worker.z, &worker.p, &worker.ap, &worker.image} {
				*field = make([]float64, h*w)
			}
		}
		d.workers = append(d.workers, worker)
	}
	return d, nil
}

func (d *deconvolution) solve(ctx context.Context, run *plugins.Run, task *restorationv1.Task, balance float64) (*restorationv1.Solution, error) {
	if err := d.degraded.load(task.GetDegraded()); err != nil {
		return nil, err
	}
	err := parallel(ctx, len(d.workers), len(d.degraded.planes), func(worker, i int) error {
		return d.workers[worker].deconvolve(ctx, d.restored.planes[i], d.degraded.planes[i], balance)
	})
	if err != nil {
		return nil, err
	}
	return d.restored.output(run), nil
}

func (d *deconvolver) deconvolve(ctx context.Context, x, y []float64, balance float64) error {
	d.frequencies.forward(y)
	if balance == 0 {
		balance = d.balance()
	}
	for i, p := range d.power {
		d.gain[i] = 1 / max(p+balance*d.penalty[i], 1e-15)
	}
	d.frequencies.multiply(d.response, d.gain)
	d.frequencies.inverse(x)
	if d.exact {
		return nil
	}
	return d.refine(ctx, x, y, balance)
}

// smallestBalance regularises blur without noise.
const smallestBalance = 1e-8

// balance minimises the estimate of the predicted error of y, whose spectrum is at hand:
// Σ |Y|² (λP/(|H|² + λP))² + 2σ² |H|²/(|H|² + λP), by golden section in log λ. Of large
// images a part of the frequencies does.
func (d *deconvolver) balance() float64 {
	if d.sigma == 0 {
		return smallestBalance
	}
	stride := max(len(d.power)/8192, 1) | 1
	risk := func(log float64) float64 {
		balance, sum := math.Exp(log), 0.0
		for i := 0; i < len(d.power); i += stride {
			magnitude, count := d.frequencies.magnitude(i)
			lost := balance * d.penalty[i] / (d.power[i] + balance*d.penalty[i] + 1e-300)
			sum += count * (magnitude*lost*lost + 2*d.sigma*d.sigma*(1-lost))
		}
		return sum
	}
	const golden = 0.6180339887498949
	a, b := math.Log(smallestBalance), math.Log(10)
	c, e := b-golden*(b-a), a+golden*(b-a)
	fc, fe := risk(c), risk(e)
	for b-a > 0.05 {
		if fc < fe {
			b, e, fe = e, c, fc
			c = b - golden*(b-a)
			fc = risk(c)
		} else {
			a, c, fc = c, e, fe
			e = a + golden*(b-a)
			fe = risk(e)
		}
	}
	return math.Exp((a + b) / 2)
}

// refine solves (AᵀA + λΔ²)x = Aᵀy by conjugate gradients from x, preconditioned by its diagonal in
// frequency, 1/d.gain, until the residual is 1e−4 of the right side, or 1e−6 where there is no noise
// to hide it.
func (d *deconvolver) refine(ctx context.Context, x, y []float64, balance float64) error {
	d.op.adjoint(d.ap, y)
	copy(d.r, d.ap)
	goal := 1e-8 * dot(d.ap, d.ap)
	if d.sigma == 0 {
		goal *= 1e-4
	}
	d.normal(d.ap, x, balance)
	addScaled(d.r, d.ap, -1)
	clear(d.p)
	rz := 0.0
	for k := 0; dot(d.r, d.r) > goal && k < 200; k++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		d.frequencies.forward(d.r)
		d.frequencies.multiply(nil, d.gain)
		d.frequencies.inverse(d.z)
		before := rz
		rz = dot(d.r, d.z)
		beta := 0.0
		if k > 0 {
			beta = rz / before
		}
		for i, v := range d.z {
			d.p[i] = v + beta*d.p[i]
		}
		d.normal(d.ap, d.p, balance)
		step := rz / dot(d.p, d.ap)
		if !finite(step) {
			return errDiverged("wiener", k)
		}
		addScaled(x, d.p, step)
		addScaled(d.r, d.ap, -step)
	}
	return nil
}

// normal sets dst = (AᵀA + λΔ²)x.
func (d *deconvolver) normal(dst, x []float64, balance float64) {
	d.frequencies.forward(x)
	d.frequencies.multiply(nil, d.penalty)
	d.frequencies.inverse(d.z)
	d.op.apply(d.image, x)
	d.op.adjoint(dst, d.image)
	addScaled(dst, d.z, balance)
}
