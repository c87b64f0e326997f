package poisson_test

import (
	"context"
	"fmt"
	"math"

	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	poissonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/poisson/v1"
	"github.com/solverbench/solverbench/problems/poisson"
)

// An instance hands out a task and judges what comes back.
func Example() {
	family := poisson.Family()
	spec, err := family.Resolve("manufactured-2d", map[string]string{"n": "63"})
	if err != nil {
		panic(err)
	}
	instance, err := spec.Build(context.Background())
	if err != nil {
		panic(err)
	}
	task := instance.Task().(*poissonv1.Task)
	fmt.Println(spec)
	fmt.Println("f has shape", task.Rhs.Dims(), "tolerance", task.Tolerance)

	u := make([]float64, instance.Size())
	for j := range 63 {
		for i := range 63 {
			x, y := float64(i+1)/64, float64(j+1)/64
			u[j*63+i] = math.Sin(math.Pi*x) * math.Sin(2*math.Pi*y) * math.Exp(x-y) * 1.001
		}
	}
	judged, err := instance.Evaluate(context.Background(), &poissonv1.Solution{U: commonv1.Float64(u, 63, 63)})
	if err != nil {
		panic(err)
	}
	fmt.Printf("%s: %s = %.3f\n", judged.Verdict, judged.Metrics[0].Name, judged.Metrics[0].Value)
	// Output:
	// poisson/manufactured-2d[n=63]
	// f has shape [63 63] tolerance 0.002
	// solved: rel-l2 = 0.001
}
