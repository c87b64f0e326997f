package ks

import (
	"context"
	"errors"
	"fmt"
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
	asked    int // modes that the data asked for when space was made
}

// Prepare reads the task and makes the transforms and the integrator's coefficients, as the data at hand suggest:
// Solve looks whether its own ask for others.
func (s *Solver) Prepare(_ context.Context, _ *plugins.Run, task *semilinearv1.Task) error {
	e, err := newEquation(task)
	if err != nil {
		return err
	}
	s.equation, s.sampler = e, newSampler(int(task.GetOutputPoints()))
	s.asked = 0
	s.fit()
	s.space.system.Plan(e.times)
	return nil
}

// fit makes the space and its step what the data ask for. Both are kept from solve to solve where they fit.
func (s *Solver) fit() {
	modes := s.Modes
	if modes == 0 {
		kept := s.equation.cutoff() + 1
		modes = size(2 * kept)
		if s.Dealias == "two-thirds" {
			modes = size(3 * kept)
		}
	}
	if s.asked != modes {
		s.asked, s.space = modes, s.discretise(modes)
	} else if s.DT == 0 {
		s.space.system.DT = s.equation.step(s.order, s.factor)
	}
}

// Solve integrates from 0 through the times asked for.
func (s *Solver) Solve(ctx context.Context, run *plugins.Run, task *semilinearv1.Task) (*semilinearv1.Solution, error) {
	if err := s.equation.load(task); err != nil {
		return nil, err
	}
	s.fit()
	out, u := run.Output(len(s.equation.times), int(task.GetOutputPoints()))
	w := &writer{run: run, sampler: s.sampler, times: s.equation.times, solution: &semilinearv1.Solution{U: out}, u: u}
	space, total := s.space, 0
	for {
		clear(space.v)
		copy(space.v, s.equation.initial)
		steps, err := space.system.March(ctx, space.v, w.times, housekeeping, w)
		total += steps
		run.Iterations(total)
		if errors.Is(err, etd.ErrNotFinite) {
			err = fmt.Errorf("%w: %w", plugins.ErrDiverged, err)
		}
		if err != nil {
			return nil, err
		}
		if s.Modes > 0 || space.tail() < 0.1*s.equation.tol() || space.modes >= 1<<20 {
			return w.solution, nil
		}
		run.Progress(0, "%d modes do not resolve the solution", space.modes)
		space = s.discretise(2 * space.modes)
	}
}

// space is an equation with its resolution fixed.
type space struct {
	modes  int
	grid   *grid
	v      []complex128 // the state
	system etd.System
}

func (s *Solver) discretise(modes int) *space {
	points, kept := modes+modes%2, max(1, (modes+1)/2)
	switch s.Dealias {
	case "two-thirds":
		kept = (modes + 2) / 3 // k < modes/3
	case "three-halves":
		points = size((3*modes + 1) / 2)
	}
	p := &space{modes: modes, grid: newGrid(s.equation, points, kept), v: make([]complex128, kept)}
	p.system = etd.System{Linear: make([]complex128, kept), Nonlinear: p.grid.nonlinear, Scheme: s.scheme, DT: s.DT}
	for k := range p.system.Linear {
		p.system.Linear[k] = s.equation.symbol(float64(k))
	}
	if s.DT == 0 {
		p.system.DT = s.equation.step(s.order, s.factor)
	}
	return p
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

// housekeeping is how many steps go by between looks at anything but ctx.
const housekeeping = 32

// writer puts the states that the march comes by into the solution.
type writer struct {
	run      *plugins.Run
	sampler  *sampler
	times    []float64
	solution *semilinearv1.Solution
	u        []float64 // its elements
}

func (w *writer) Arrive(i int, v []complex128) { w.write(i, i+1, v) }

func (w *writer) Pause(i int, t float64, v []complex128) {
	w.run.Progress(t/w.times[len(w.times)-1], "t = %.3g", t)
	if w.run.WantCheckpoint() { // the present state stands for what is still to come
		w.write(i, len(w.times), v)
		w.run.Checkpoint(w.solution)
	}
}

// write puts the state in the rows from … end−1 of the solution.
func (w *writer) write(from, end int, v []complex128) {
	points := len(w.u) / len(w.times)
	first := w.u[from*points:][:points]
	w.sampler.sample(first, v)
	for i := from + 1; i < end; i++ {
		copy(w.u[i*points:][:points], first)
	}
}
