package nse

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/solverbench/solverbench/plugins"
	"github.com/solverbench/solverbench/plugins/bundled/etd"
	nsev1 "github.com/solverbench/solverbench/plugins/proto/solverbench/nse/v1"
)

// Spectral is a Fourier pseudo-spectral solver.
type Spectral struct {
	Modes   int     `opt:"modes,min=0" doc:"Fourier modes in each direction, as many as grid points before padding; 0 chooses from the data and the tolerance"`
	DT      float64 `opt:"dt,min=0" doc:"longest time step, shortened to divide the output intervals; 0 chooses from stability and the tolerance"`
	Dealias string  `opt:"dealias,choices=none|two-thirds|three-halves" doc:"none, cut a third of the modes, or pad the grid by half"`

	method   method
	equation *equation
	sampler  *sampler
	space    *space
}

// method is a time integrator with what is needed to choose its step, see equation.step.
type method struct {
	scheme                 etd.Scheme
	order, factor, courant float64
}

// Prepare reads the task and makes the transforms and the integrator's coefficients, as the data at hand suggest:
// Solve looks whether its own ask for others.
func (s *Spectral) Prepare(_ context.Context, run *plugins.Run, task *nsev1.Task) error {
	e, err := newEquation(task)
	if err != nil {
		return err
	}
	s.equation, s.sampler = e, newSampler(int(task.GetOutputPoints()), run.Threads())
	s.space = nil
	s.fit(run.Threads())
	s.space.system.Plan(e.times)
	return nil
}

// fit makes the space and its step what the data ask for. Both are kept from solve to solve where they fit.
func (s *Spectral) fit(threads int) {
	modes := s.Modes
	if modes == 0 {
		kept := s.equation.cutoff() + 1
		modes = size(2 * kept)
		if s.Dealias == "two-thirds" {
			modes = size(3*kept - 2)
		}
	}
	if s.space == nil || s.space.modes != modes {
		s.space = s.discretise(modes, threads)
	} else if s.DT == 0 {
		s.space.system.DT = s.chosenStep(s.space)
	}
}

// Solve integrates from 0 through the times asked for. Choices that prove wrong, too few modes or an
// unstable step, are mended and the integration is done again.
func (s *Spectral) Solve(ctx context.Context, run *plugins.Run, task *nsev1.Task) (*nsev1.Solution, error) {
	if err := s.equation.load(task); err != nil {
		return nil, err
	}
	s.fit(run.Threads())
	p := int(task.GetOutputPoints())
	out, w := run.Output(len(s.equation.times), p, p)
	visit := &writer{run: run, sampler: s.sampler, times: s.equation.times, solution: &nsev1.Solution{Vorticity: out}, w: w}
	space, total, halvings := s.space, 0, 0
	for {
		s.equation.vorticity.copyTo(space.w)
		visit.state = space.w
		space.transport.ctx = ctx
		steps, err := space.system.March(ctx, space.w.c, visit.times, housekeeping, visit)
		total += steps
		run.Iterations(total)
		switch {
		case errors.Is(err, etd.ErrNotFinite) && s.DT == 0 && halvings < 5:
			halvings++
			run.Progress(0, "dt = %.2e is unstable", space.system.DT)
			space = space.halved()
			continue
		case errors.Is(err, etd.ErrNotFinite):
			return nil, fmt.Errorf("%w: %w", plugins.ErrDiverged, err)
		case err != nil:
			return nil, err
		}
		if s.Modes > 0 || space.w.tail(space.w.kept-max(1, space.w.kept/8)) < 0.1*s.equation.tol() || space.modes >= 4096 {
			return visit.solution, nil
		}
		run.Progress(0, "%d modes do not resolve the solution", space.modes)
		space = s.discretise(size(space.modes*3/2), run.Threads())
	}
}

// housekeeping is how many steps go by between looks at anything but ctx.
const housekeeping = 8

// space is an equation with its resolution fixed.
type space struct {
	modes     int
	w         *spectrum // the state
	transport *transport
	system    etd.System
}

func (s *Spectral) discretise(modes, threads int) *space {
	points, kept := modes, max(1, (modes+1)/2)
	switch s.Dealias {
	case "two-thirds":
		kept = (modes + 2) / 3 // |k| < modes/3
	case "three-halves":
		points = size((3*modes + 1) / 2)
	}
	e := s.equation
	t := newTransport(e, points, kept, threads)
	p := &space{modes: modes, w: newSpectrum(kept), transport: t}
	p.system = etd.System{Linear: e.symbol(p.w), Nonlinear: t.rate, Scheme: s.method.scheme, DT: s.DT}
	if s.DT == 0 {
		p.system.DT = s.chosenStep(p)
	}
	return p
}

// chosenStep is the longest step that the data let be taken.
func (s *Spectral) chosenStep(p *space) float64 {
	s.equation.vorticity.copyTo(p.w)
	return s.equation.step(&s.method, p.transport.speed(p.w.c), p.w.kept)
}

// halved is the same with half the step.
func (p *space) halved() *space {
	q := *p
	q.system = etd.System{Linear: p.system.Linear, Nonlinear: p.system.Nonlinear, Scheme: p.system.Scheme, DT: p.system.DT / 2}
	return &q
}

// symbol is the linear part −νk² − μ − iU·k for the modes of a spectrum.
func (e *equation) symbol(w *spectrum) []complex128 {
	unit := 2 * math.Pi / e.length
	linear := make([]complex128, len(w.c))
	for r := range w.rows() {
		ky := unit * float64(w.ky(r))
		for k := range w.kept {
			kx := unit * float64(k)
			linear[r*w.kept+k] = complex(-e.viscosity*(kx*kx+ky*ky)-e.drag, -(e.flowX*kx + e.flowY*ky))
		}
	}
	return linear
}

// writer puts the states that the march comes by into the solution.
type writer struct {
	run      *plugins.Run
	sampler  *sampler
	state    *spectrum
	times    []float64
	solution *nsev1.Solution
	w        []float64 // its elements
}

func (w *writer) Arrive(i int, _ []complex128) { w.write(i, i+1) }

func (w *writer) Pause(i int, t float64, _ []complex128) {
	w.run.Progress(t/w.times[len(w.times)-1], "t = %.3g", t)
	if w.run.WantCheckpoint() { // the present state stands for what is still to come
		w.write(i, len(w.times))
		w.run.Checkpoint(w.solution)
	}
}

// write puts the state in the fields from … end−1 of the solution.
func (w *writer) write(from, end int) {
	points := len(w.w) / len(w.times)
	first := w.w[from*points:][:points]
	w.sampler.sample(first, w.state)
	for i := from + 1; i < end; i++ {
		copy(w.w[i*points:][:points], first)
	}
}
