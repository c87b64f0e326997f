package sampling

import (
	"context"
	"fmt"
	"strconv"

	"github.com/solverbench/solverbench/plugins"
	"github.com/solverbench/solverbench/plugins/option"
	samplingv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/sampling/v1"
)

// Sampler is a solver that follows a method over a grid of times.
type Sampler struct {
	Steps int    `opt:"steps,min=0,max=100000" doc:"steps of the grid; 0 takes as many as the task's evaluation budget allows"`
	Grid  string `opt:"grid,choices=logsnr|time|quadratic|karras" doc:"nodes uniform in half-log-SNR, in t, in the square root of t, or in (sigma/alpha)^(1/7)"`

	method method
	path   path
}

// mostSteps is the largest value of the option steps.
const mostSteps = 100000

// method is one way from the start of a grid to its end.
type method struct {
	// evaluations is how many noise predictions a grid of so many steps takes.
	evaluations func(steps int) int
	// buffers is how many work arrays of the state's size it needs.
	buffers int
	// follow moves x from the path's first node to its last.
	follow func(p *path, x []float64) error
}

// path is what a method follows: the nodes, work arrays, and the noise prediction.
type path struct {
	schedule schedule
	nodes    []node
	work     [][]float64
	seed     uint64
	// noise sets dst to ε(x, t).
	noise func(dst, x []float64, t float64) error
	// done, called after each step, tells people how far it is.
	done func(step int)
}

// steps is the number of intervals of the grid.
func (p *path) steps() int { return len(p.nodes) - 1 }

// perStep is the cost of a method with k evaluations a step.
func perStep(k int) func(int) int { return func(steps int) int { return k * steps } }

// newSampler returns the prototype of a method with its default options.
func newSampler(m method) *Sampler { return &Sampler{Steps: 20, Grid: "logsnr", method: m} }

// Prepare lays the grid and takes the memory.
func (s *Sampler) Prepare(_ context.Context, _ *plugins.Run, task *samplingv1.Task) error {
	sch, err := newSchedule(task.Schedule)
	if err != nil {
		return err
	}
	steps, err := s.fit(int(task.MaxEvaluations))
	if err != nil {
		return err
	}
	start, err := task.Start.Float64s()
	if err != nil {
		return fmt.Errorf("reading start: %w", err)
	}
	if len(task.Start.Dims()) != 2 {
		return fmt.Errorf("start of shape %v, expected [batch][d]", task.Start.Dims())
	}
	s.path = path{
		schedule: sch,
		nodes:    sch.grid(s.Grid, steps, task.Schedule.TStart, task.Schedule.TEnd),
		work:     make([][]float64, s.method.buffers),
	}
	for i := range s.path.work {
		s.path.work[i] = make([]float64, len(start))
	}
	return nil
}

// fit returns the number of steps to take within a budget of evaluations, 0 being none.
func (s *Sampler) fit(budget int) (int, error) {
	cost := s.method.evaluations
	switch {
	case s.Steps == 0 && budget == 0:
		return 0, &option.Error{Name: "steps", Value: strconv.Itoa(s.Steps), Expected: "an integer ≥ 1, since the task sets no evaluation budget"}
	case s.Steps == 0 && cost(1) > budget:
		return 0, fmt.Errorf("one step takes %d evaluations, the task allows %d: %w", cost(1), budget, plugins.ErrUnsupported)
	case s.Steps == 0:
		steps := 1
		for steps < mostSteps && cost(steps+1) <= budget {
			steps++
		}
		return steps, nil
	case budget > 0 && cost(s.Steps) > budget:
		return 0, fmt.Errorf("%d steps take %d evaluations, the task allows %d (steps=0 takes what fits): %w",
			s.Steps, cost(s.Steps), budget, plugins.ErrUnsupported)
	}
	return s.Steps, nil
}

// Solve follows the method from the task's start.
func (s *Sampler) Solve(ctx context.Context, run *plugins.Run, task *samplingv1.Task) (*samplingv1.Solution, error) {
	start, err := task.Start.Float64s()
	if err != nil {
		return nil, fmt.Errorf("reading start: %w", err)
	}
	oracle, err := run.Oracle(task.Noise)
	if err != nil {
		return nil, err
	}
	p := &s.path
	p.seed = run.Seed()
	p.noise = func(dst, x []float64, t float64) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return oracle.Evaluate(ctx, dst, x, t)
	}
	p.done = func(step int) {
		run.Progress(float64(step)/float64(p.steps()), "t = %.3g", p.nodes[step].t)
	}
	out, x := run.Output(task.Start.Dims()...)
	copy(x, start)
	if err := s.method.follow(p, x); err != nil {
		return nil, err
	}
	run.Iterations(p.steps())
	return &samplingv1.Solution{Samples: out}, nil
}
