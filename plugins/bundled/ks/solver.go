package ks

import (
	"context"
	"fmt"
	"math"
	"math/cmplx"

	"github.com/solverbench/solverbench/plugins"
	"github.com/solverbench/solverbench/plugins/bundled/etd"
	semilinearv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/semilinear/v1"
)

// Solver is a Fourier pseudo-spectral solver.
type Solver struct {
	Modes   int     `opt:"modes,min=0" doc:"Fourier modes, as many as grid points before padding; 0 chooses from the data and the tolerance"`
	DT      float64 `opt:"dt,min=0" doc:"longest time step, shortened to divide the output intervals; 0 chooses from the tolerance"`
	Dealias string  `opt:"dealias,choices=none|two-thirds|three-halves" doc:"none, cut a third of the modes, or pad the grid by half"`

	scheme        etd.Scheme
	order, factor float64 // for choosing dt, see equation.step

	equation *equation
	sampler  *sampler
	space    *space
}

// Prepare reads the task and makes the transforms and the integrator's coefficients.
func (s *Solver) Prepare(_ context.Context, _ *plugins.Run, task *semilinearv1.Task) error {
	e, err := newEquation(task)
	if err != nil {
		return err
	}
	s.equation, s.sampler = e, newSampler(int(task.GetOutputPoints()))
	modes := s.Modes
	if modes == 0 {
		kept := e.cutoff() + 1
		modes = size(2 * kept)
		if s.Dealias == "two-thirds" {
			modes = size(3 * kept)
		}
	}
	s.space = s.discretise(modes)
	before := 0.0
	for _, t := range e.times {
		s.space.stepper(t - before)
		before = t
	}
	return nil
}

// Solve integrates from 0 through the times asked for.
func (s *Solver) Solve(ctx context.Context, run *plugins.Run, task *semilinearv1.Task) (*semilinearv1.Solution, error) {
	times := s.equation.times
	out, u := run.Output(len(times), int(task.GetOutputPoints()))
	solution := &semilinearv1.Solution{U: out}
	space, total := s.space, 0
	for {
		m := march{space: space, sampler: s.sampler, times: times, solution: solution, u: u}
		err := m.through(ctx, run)
		total += m.steps
		run.Iterations(total)
		if err != nil {
			return nil, err
		}
		if s.Modes > 0 || space.tail() < 0.1*s.equation.tol() || space.modes >= 1<<20 {
			return solution, nil
		}
		run.Progress(0, "%d modes do not resolve the solution", space.modes)
		space = s.discretise(2 * space.modes)
	}
}

// space is an equation with its resolution and longest step fixed.
type space struct {
	modes    int
	grid     *grid
	linear   []complex128
	v        []complex128 // the state
	initial  []complex128
	scheme   etd.Scheme
	dt       float64
	steppers []timed
}

// timed is an integrator with its step.
type timed struct {
	etd.Stepper
	dt float64
}

func (s *Solver) discretise(modes int) *space {
	points, kept := modes, max(1, (modes+1)/2)
	switch s.Dealias {
	case "two-thirds":
		kept = (modes + 2) / 3 // k < modes/3
	case "three-halves":
		points = size((3*modes + 1) / 2)
	}
	p := &space{
		modes: modes, grid: newGrid(s.equation, points, kept),
		linear: make([]complex128, kept), v: make([]complex128, kept), initial: make([]complex128, kept),
		scheme: s.scheme, dt: s.DT,
	}
	copy(p.initial, s.equation.initial)
	for k := range p.linear {
		p.linear[k] = s.equation.symbol(float64(k))
	}
	if p.dt == 0 {
		p.dt = s.equation.step(s.order, s.factor)
	}
	return p
}

// stepper returns the integrator for an interval of time, and its number of steps.
func (p *space) stepper(interval float64) (etd.Stepper, int) {
	n := etd.Steps(interval, p.dt)
	dt := interval / float64(n)
	for _, t := range p.steppers {
		if math.Abs(t.dt-dt) < 1e-13*dt { // intervals that differ by rounding share theirs
			return t.Stepper, n
		}
	}
	p.steppers = append(p.steppers, timed{p.scheme(p.linear, dt, p.grid.nonlinear), dt})
	return p.steppers[len(p.steppers)-1].Stepper, n
}

// tail is the size of the last eighth of the spectrum relative to the largest coefficient.
func (p *space) tail() float64 {
	var all, tail float64
	for k, c := range p.v {
		all = max(all, cmplx.Abs(c))
		if 8*(k+1) > 7*len(p.v) {
			tail = max(tail, cmplx.Abs(c))
		}
	}
	if all == 0 {
		return 0
	}
	return tail / all
}

// march is one integration through the times asked for.
type march struct {
	space    *space
	sampler  *sampler
	times    []float64
	solution *semilinearv1.Solution
	u        []float64 // its elements
	steps    int
	last     etd.Stepper
}

// housekeeping is how many steps go by between looks at anything but ctx.
const housekeeping = 32

func (m *march) through(ctx context.Context, run *plugins.Run) error {
	clear(m.space.v)
	copy(m.space.v, m.space.initial)
	now := 0.0
	for i, t := range m.times {
		if t > now {
			if err := m.to(ctx, run, now, i); err != nil {
				return err
			}
		}
		if err := etd.Finite(m.space.v); err != nil {
			return fmt.Errorf("at t = %.4g: %w: %w", t, plugins.ErrDiverged, err)
		}
		m.write(i, i+1)
		now = t
	}
	return nil
}

// to integrates from now to the i-th of the times.
func (m *march) to(ctx context.Context, run *plugins.Run, now float64, i int) error {
	interval := m.times[i] - now
	st, steps := m.space.stepper(interval)
	if st != m.last { // the same one goes on with the steps it remembers
		st.Reset()
	}
	m.last = st
	for n := range steps {
		if err := ctx.Err(); err != nil {
			return err
		}
		st.Step(m.space.v)
		if m.steps++; m.steps%housekeeping != 0 {
			continue
		}
		t := now + interval*float64(n+1)/float64(steps)
		if err := etd.Finite(m.space.v); err != nil {
			return fmt.Errorf("by t = %.4g: %w: %w", t, plugins.ErrDiverged, err)
		}
		run.Progress(t/m.times[len(m.times)-1], "t = %.3g", t)
		if run.WantCheckpoint() { // the present state stands for what is still to come
			m.write(i, len(m.times))
			run.Checkpoint(m.solution)
		}
	}
	return nil
}

// write puts the state in the rows from … end−1 of the solution.
func (m *march) write(from, end int) {
	points := len(m.u) / len(m.times)
	first := m.u[from*points:][:points]
	m.sampler.sample(first, m.space.v)
	for i := from + 1; i < end; i++ {
		copy(m.u[i*points:][:points], first)
	}
}
