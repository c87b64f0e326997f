package plugins_test

import (
	"context"
	"fmt"

	"github.com/solverbench/solverbench/plugins"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	poissonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/poisson/v1"
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
