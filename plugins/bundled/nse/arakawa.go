package nse

import (
	"context"
	"fmt"
	"math"

	"github.com/solverbench/solverbench/plugins"
	"github.com/solverbench/solverbench/plugins/bundled/etd"
	nsev1 "github.com/solverbench/solverbench/plugins/proto/solverbench/nse/v1"
)

// Arakawa is a finite-difference solver of order 2 in space and 4 in time.
type Arakawa struct {
	N  int     `opt:"n,min=0" doc:"grid points in each direction; 0 chooses from the data and the tolerance, and refuses tasks that would need more than 1024"`
	DT float64 `opt:"dt,min=0" doc:"longest time step, shortened to divide the output intervals; 0 chooses the largest stable one"`

	equation *equation
	sampler  *sampler
	n        int // points a side
	flow     *flow
	initial  *sampler     // of the initial vorticity
	w        []float64    // the state
	work     [3][]float64 // of the Runge–Kutta method
	state    *spectrum    // for output
}

// Prepare reads the task and makes the grid, as the data at hand suggest: Solve looks whether its own ask for another.
func (s *Arakawa) Prepare(_ context.Context, run *plugins.Run, task *nsev1.Task) error {
	e, err := newEquation(task)
	if err != nil {
		return err
	}
	s.equation, s.sampler, s.n = e, newSampler(int(task.GetOutputPoints()), run.Threads()), 0
	return s.fit(run.Threads())
}

// fit makes the grid what the data ask for; it is kept from solve to solve where it fits.
func (s *Arakawa) fit(threads int) (err error) {
	n := s.N
	if n == 0 {
		if n, err = s.equation.points(); err != nil {
			return err
		}
	}
	if n < 3 {
		return fmt.Errorf("n is %d, expected at least 3: %w", n, plugins.ErrUnsupported)
	}
	if n == s.n {
		return nil
	}
	s.n, s.flow = n, newFlow(s.equation, n, threads)
	s.initial, s.w = newSampler(n, threads), make([]float64, n*n)
	s.state = newSpectrum((n + 1) / 2)
	for i := range s.work {
		s.work[i] = make([]float64, n*n)
	}
	return nil
}

// mostPoints is the largest grid that is chosen without being asked for.
const mostPoints = 1024

// points chooses the grid: the phase error of the typical wave, (kh)²/6 of its way, within half the tolerance. A task for
// which that is out of reach is refused: it would take hours and still miss.
func (e *equation) points() (int, error) {
	var weight, sum float64
	w := e.vorticity
	for r := range w.rows() {
		for kx, c := range w.c[r*w.kept:][:w.kept] {
			ky := w.ky(r)
			a := real(c)*real(c) + imag(c)*imag(c)
			weight += a
			sum += a * float64(kx*kx+ky*ky)
		}
	}
	k := 4.0
	if weight > 0 {
		k = math.Sqrt(sum / weight)
	}
	n := max(2*math.Pi*k/math.Sqrt(3*e.tol()), 2.5*float64(e.resolved(w)), 64)
	if n > mostPoints {
		return 0, fmt.Errorf("%w: a tolerance of %.3g needs about %.0f² points at order 2, more than %d²; option n sets a grid all the same",
			plugins.ErrUnsupported, e.tol(), n, mostPoints)
	}
	return size(int(n)), nil
}

// Solve integrates from 0 through the times asked for.
func (s *Arakawa) Solve(ctx context.Context, run *plugins.Run, task *nsev1.Task) (*nsev1.Solution, error) {
	if err := s.equation.load(task); err != nil {
		return nil, err
	}
	if err := s.fit(run.Threads()); err != nil {
		return nil, err
	}
	p := int(task.GetOutputPoints())
	times := s.equation.times
	out, all := run.Output(len(times), p, p)
	visit := &writer{run: run, sampler: s.sampler, times: times, state: s.state, solution: &nsev1.Solution{Vorticity: out}, w: all}
	s.initial.sample(s.w, s.equation.vorticity)
	s.flow.poisson(s.w)
	now, taken := 0.0, 0
	for i, end := range times {
		for now < end {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			// The flow changes, and with it the stable step, so each step is chosen anew.
			dt := s.DT
			if dt == 0 {
				dt = s.flow.stable()
			}
			left := etd.Steps(end-now, dt)
			s.step((end - now) / float64(left))
			now += (end - now) / float64(left)
			if left == 1 {
				now = end
			}
			taken++
			run.Iterations(taken)
			run.Progress(now/times[len(times)-1], "t = %.3g", now)
			if run.WantCheckpoint() {
				s.flow.analyse(visit.state, s.w)
				visit.Pause(i, now, nil)
			}
		}
		for _, v := range s.w {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, fmt.Errorf("at t = %.4g: %w", end, plugins.ErrDiverged)
			}
		}
		s.flow.analyse(visit.state, s.w)
		visit.Arrive(i, nil)
	}
	return visit.solution, nil
}

// step advances the state by the classical Runge–Kutta method.
func (s *Arakawa) step(dt float64) {
	w, stage, slope, sum := s.w, s.work[0], s.work[1], s.work[2]
	stage, slope, sum = stage[:len(w)], slope[:len(w)], sum[:len(w)]
	s.flow.rate(slope, w)
	for i, v := range w {
		stage[i], sum[i] = v+dt/2*slope[i], v+dt/6*slope[i]
	}
	s.flow.rate(slope, stage)
	for i, v := range w {
		stage[i] = v + dt/2*slope[i]
		sum[i] += dt / 3 * slope[i]
	}
	s.flow.rate(slope, stage)
	for i, v := range w {
		stage[i] = v + dt*slope[i]
		sum[i] += dt / 3 * slope[i]
	}
	s.flow.rate(slope, stage)
	for i := range w {
		w[i] = sum[i] + dt/6*slope[i]
	}
}
