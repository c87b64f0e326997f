package plugins_test

import (
	"context"
	"fmt"

	"github.com/solverbench/solverbench/plugins"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	nsev1 "github.com/solverbench/solverbench/plugins/proto/solverbench/nse/v1"
	poissonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/poisson/v1"
	semilinearv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/semilinear/v1"
)

// Jacobi is damped Jacobi iteration for the 1-D Dirichlet problem.
type Jacobi struct {
	Omega  float64 `opt:"omega,min=0,max=1" doc:"damping factor"`
	Sweeps int     `opt:"sweeps,min=1" doc:"number of sweeps"`
}

func (j *Jacobi) Solve(ctx context.Context, run *plugins.Run, task *poissonv1.Task) (*poissonv1.Solution, error) {
	if len(task.Axes) != 1 {
		return nil, plugins.ErrUnsupported
	}
	f, err := task.Rhs.Float64s()
	if err != nil {
		return nil, err
	}
	out, u := run.Output(len(f))
	h := (task.Axes[0].Upper - task.Axes[0].Lower) / float64(len(f)+1)
	for k := 0; k < j.Sweeps && ctx.Err() == nil; k++ {
		left := 0.0
		for i := range u {
			right := 0.0
			if i+1 < len(u) {
				right = u[i+1]
			}
			left, u[i] = u[i], u[i]+j.Omega*((left+right+h*h*f[i])/2-u[i])
		}
	}
	return &poissonv1.Solution{U: out}, nil
}

// A plugin is a main function that calls Serve.
func Example() {
	plugins.Serve(plugins.Plugin{
		Name: "my-solvers", Version: "0.1.0", License: "Apache-2.0",
		Solvers: []plugins.Offer{
			plugins.New("jacobi", &Jacobi{Omega: 0.8, Sweeps: 1000}, plugins.About{
				Doc: "Damped Jacobi iteration.", Tags: []string{"iterative"},
			}),
		},
	})
}

// march is what solvers of several families share: options, and how they take steps.
type march struct {
	Steps int `opt:"steps,min=1" doc:"number of steps"`
}

// euler takes x from 0 to end along f.
func (m march) euler(ctx context.Context, run *plugins.Run, x []float64, end float64, f func(dst, x []float64)) error {
	slope := make([]float64, len(x))
	for range m.Steps {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		f(slope, x)
		for i := range x {
			x[i] += end / float64(m.Steps) * slope[i]
		}
	}
	run.Iterations(m.Steps)
	return nil
}

// Waves and Flow adapt it to a family each, whose tasks and solutions are types of their own.
type (
	Waves struct{ march }
	Flow  struct{ march }
)

func (s *Waves) Solve(ctx context.Context, run *plugins.Run, task *semilinearv1.Task) (*semilinearv1.Solution, error) {
	u0, err := task.Initial.Float64s()
	if err != nil {
		return nil, err
	}
	out, u := run.Output(1, len(u0))
	copy(u, u0)
	decay := func(dst, x []float64) { // c_0 u and nothing else
		for i := range x {
			dst[i] = task.Linear[0] * x[i]
		}
	}
	return &semilinearv1.Solution{U: out}, s.euler(ctx, run, u, task.Times[0], decay)
}

func (s *Flow) Solve(ctx context.Context, run *plugins.Run, task *nsev1.Task) (*nsev1.Solution, error) {
	w0, err := task.Vorticity.Float64s()
	if err != nil {
		return nil, err
	}
	out, w := run.Output(1, int(task.OutputPoints), int(task.OutputPoints))
	copy(w, w0)
	drag := func(dst, x []float64) {
		for i := range x {
			dst[i] = -task.Drag * x[i]
		}
	}
	return &nsev1.Solution{Vorticity: out}, s.euler(ctx, run, w, task.Times[0], drag)
}

// A method for two families is written once: fields of embedded structs are options of whoever embeds them, and New infers the family from
// the type of the task.
func ExampleNew_twoFamilies() {
	both := plugins.Plugin{
		Name: "euler", Version: "0.1.0", License: "Apache-2.0",
		Solvers: []plugins.Offer{
			plugins.New("euler", &Waves{march{Steps: 100}}, plugins.About{Doc: "Forward Euler."}),
			plugins.New("euler", &Flow{march{Steps: 100}}, plugins.About{Doc: "Forward Euler."}),
		},
	}
	fmt.Println(len(both.Solvers), "solvers")
	task := &semilinearv1.Task{Initial: commonv1.Float64([]float64{1}, 1), Times: []float64{1}, Linear: []float64{-1}}
	solution, err := (&Waves{march{Steps: 1000}}).Solve(context.Background(), plugins.NewTestRun(1, nil), task)
	if err != nil {
		fmt.Println(err)
		return
	}
	u, err := solution.U.Float64s()
	fmt.Printf("e^−1 is about %.3f %v\n", u[0], err)
	// Output:
	// 2 solvers
	// e^−1 is about 0.368 <nil>
}

// A solver's own tests call its methods.
func ExampleNewTestRun() {
	const n = 3 // −u″ = 2 on (0, 1): u = x(1 − x), exact on any grid
	task := &poissonv1.Task{
		Axes: []*poissonv1.Axis{{Lower: 0, Upper: 1}},
		Rhs:  commonv1.Float64([]float64{2, 2, 2}, n),
	}
	solver := &Jacobi{Omega: 0.8, Sweeps: 1000}
	solution, err := solver.Solve(context.Background(), plugins.NewTestRun(1, nil), task)
	if err != nil {
		fmt.Println(err)
		return
	}
	u, err := solution.U.Float64s()
	fmt.Printf("%.4f %v\n", u, err)
	// Output: [0.1875 0.2500 0.1875] <nil>
}

// Benchmarks of what a plugin offers choose it by name and set its options, as the harness does.
func ExampleNewTestSolver() {
	offers := []plugins.Offer{plugins.New("jacobi", &Jacobi{Omega: 0.8, Sweeps: 1}, plugins.About{})}
	task := &poissonv1.Task{
		Axes: []*poissonv1.Axis{{Lower: 0, Upper: 1}},
		Rhs:  commonv1.Float64([]float64{2, 2, 2}, 3),
	}
	run := plugins.NewTestRun(1, nil)
	solve, err := plugins.NewTestSolver(context.Background(), run, offers, "jacobi", map[string]string{"sweeps": "1000"}, task)
	if err != nil {
		fmt.Println(err)
		return
	}
	solution, err := solve(task)
	if err != nil {
		fmt.Println(err)
		return
	}
	u, err := solution.(*poissonv1.Solution).U.Float64s()
	fmt.Printf("%.4f %v\n", u, err)
	_, err = plugins.NewTestSolver(context.Background(), run, offers, "sor", nil, task)
	fmt.Println(err)
	// Output:
	// [0.1875 0.2500 0.1875] <nil>
	// no solver "sor" of solverbench.poisson.v1.Task is offered
}
