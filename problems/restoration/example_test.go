package restoration_test

import (
	"context"
	"fmt"
	"log"

	restorationv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/restoration/v1"
	"github.com/solverbench/solverbench/problems/restoration"
)

// A solver that hands back y gains nothing over doing nothing.
func Example() {
	family := restoration.Family()
	spec, err := family.Resolve("denoise", map[string]string{"images": "strokes", "size": "64", "count": "2", "sigma": "50"})
	if err != nil {
		log.Fatal(err)
	}
	instance, err := spec.Build(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	task := instance.Task().(*restorationv1.Task)
	fmt.Println("y:", task.Degraded.Dims())
	e, err := instance.Evaluate(context.Background(), &restorationv1.Solution{Images: task.Degraded})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s: %.1f dB\n", e.Metrics[0].Name, e.Metrics[0].Value)
	// Output:
	// y: [2 64 64 1]
	// psnr-gain: 0.0 dB
}
