package restoration_test

import (
	"context"
	"fmt"

	"github.com/solverbench/solverbench/plugins"
	"github.com/solverbench/solverbench/plugins/bundled/restoration"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	restorationv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/restoration/v1"
)

// A solver can be called without a harness.
func Example() {
	task := &restorationv1.Task{
		Degraded: commonv1.Float64([]float64{0, 0.5, 0.25, 1}, 1, 2, 2, 1), Height: 4, Width: 4,
		Degradation: &restorationv1.Task_SuperResolution{SuperResolution: &restorationv1.SuperResolution{Scale: 2}},
	}
	solver, run := &restoration.Bicubic{}, plugins.NewTestRun(1, nil)
	if err := solver.Prepare(context.Background(), run, task); err != nil {
		fmt.Println(err)
		return
	}
	solution, err := solver.Solve(context.Background(), run, task)
	if err != nil {
		fmt.Println(err)
		return
	}
	x, _ := solution.GetImages().Float64s()
	fmt.Printf("%v %.3f\n", solution.GetImages().Dims(), x[:4])
	// Output: [1 4 4 1] [0.000 0.073 0.356 0.498]
}
