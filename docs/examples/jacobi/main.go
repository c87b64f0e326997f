// Command jacobi is a complete plugin with one small solver: damped Jacobi iteration for the 5-point Laplacian with
// zero Dirichlet data. Build it and hand it to the harness:
//
//	go build -o jacobi ./docs/examples/jacobi
//	solverbench run 'poisson/unit-2d[n=31]' --plugin ./jacobi --solver jacobi --solver cg
package main

import (
	"context"
	"fmt"
	"math"

	"github.com/solverbench/solverbench/plugins"
	poissonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/poisson/v1"
)

// Jacobi is damped Jacobi iteration.
type Jacobi struct {
	Omega float64 `opt:"omega,min=0,max=1" doc:"damping factor"`
	Max   int     `opt:"max-sweeps,min=1" doc:"give up after this many sweeps"`
}

// Solve sweeps until the residual meets the task's tolerance.
func (s *Jacobi) Solve(ctx context.Context, run *plugins.Run, task *poissonv1.Task) (*poissonv1.Solution, error) {
	if !model(task) {
		return nil, fmt.Errorf("%w: only the 2-D Laplacian with zero Dirichlet data", plugins.ErrUnsupported)
	}
	f, err := task.Rhs.Float64s()
	if err != nil {
		return nil, err
	}
	n, m := int(task.Axes[1].Points), int(task.Axes[0].Points)
	h := (task.Axes[1].Upper - task.Axes[1].Lower) / float64(n+1)
	out, u := run.Output(m, n)
	residual := make([]float64, len(u))
	norm := 0.0
	for _, v := range f {
		norm += v * v
	}
	for k := 1; k <= s.Max; k++ {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		sum := 0.0
		for j := range m {
			for i := range n {
				p := j*n + i
				r := f[p] * h * h
				r -= 4 * u[p]
				if i > 0 {
					r += u[p-1]
				}
				if i < n-1 {
					r += u[p+1]
				}
				if j > 0 {
					r += u[p-n]
				}
				if j < m-1 {
					r += u[p+n]
				}
				residual[p] = r
				sum += r * r
			}
		}
		if math.Sqrt(sum/norm)/(h*h) <= task.Tolerance {
			run.Iterations(k)
			return &poissonv1.Solution{U: out}, nil
		}
		for p := range u {
			u[p] += s.Omega * residual[p] / 4
		}
		if run.WantCheckpoint() {
			run.Checkpoint(&poissonv1.Solution{U: out})
		}
		run.Progress(0, "sweep %d", k)
	}
	return nil, fmt.Errorf("no convergence in %d sweeps", s.Max)
}

// model says whether the task is the 5-point Laplacian on a square grid with zero Dirichlet data.
func model(task *poissonv1.Task) bool {
	if task.Kind != poissonv1.Kind_KIND_DISCRETE || len(task.Axes) != 2 || task.CrossCoefficient != 0 || task.Axes[0].Points != task.Axes[1].Points {
		return false
	}
	for _, a := range task.Axes {
		if a.FaceCoefficients != nil || a.Coefficient != 0 || a.LowerValues != nil || a.UpperValues != nil ||
			a.LowerBoundary != poissonv1.Boundary_BOUNDARY_DIRICHLET || a.UpperBoundary != poissonv1.Boundary_BOUNDARY_DIRICHLET {
			return false
		}
	}
	return true
}

func main() {
	plugins.Serve(plugins.Plugin{
		Name: "jacobi", Version: "1.0.0", License: "Apache-2.0",
		Solvers: []plugins.Offer{
			plugins.New("jacobi", &Jacobi{Omega: 1, Max: 100_000}, plugins.About{
				Doc: "Damped Jacobi iteration for the model problem.", Citation: "Jacobi 1845", Tags: []string{"iterative"},
			}),
		},
	})
}
