package sampling_test

import (
	"context"
	"fmt"

	samplingv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/sampling/v1"
	"github.com/solverbench/solverbench/problems"
	"github.com/solverbench/solverbench/problems/sampling"
)

// x_T itself is no sample of p_0, and is judged so.
func Example() {
	family := sampling.Family()
	spec, err := family.Resolve("mixture-ring", map[string]string{"modes": "3", "batch": "256"})
	if err != nil {
		fmt.Println(err)
		return
	}
	instance, err := spec.Build(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	task := instance.Task().(*samplingv1.Task)
	evaluation, err := instance.(problems.RunEvaluator).EvaluateRun(context.Background(), &samplingv1.Solution{Samples: task.Start}, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(spec)
	fmt.Println(evaluation.Verdict, "by", evaluation.Metrics[0].Name)
	// Output:
	// sampling/mixture-ring[modes=3,batch=256]
	// inaccurate by moment-error
}
