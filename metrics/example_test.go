package metrics_test

import (
	"fmt"
	"log"
	"math"

	"github.com/solverbench/solverbench/metrics"
)

func ExampleRelativeL2() {
	exact := []float64{3, 4}
	solution := []float64{3, 4.5}
	e, err := metrics.RelativeL2(solution, exact)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(e)
	// Output: 0.1
}

func ExampleKineticEnergy() {
	const n = 32
	vorticity := metrics.Field{Ny: n, Nx: n, L: 2 * math.Pi, Values: make([]float64, n*n)}
	for i := range n {
		for j := range n {
			x, y := 2*math.Pi*float64(j)/n, 2*math.Pi*float64(i)/n
			vorticity.Values[i*n+j] = 2 * math.Cos(x) * math.Cos(y)
		}
	}
	e, err := metrics.KineticEnergy(vorticity)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.3f\n", e)
	// Output: 0.250
}

func ExampleFrechetMoments() {
	a := metrics.Moments{Mean: []float64{0, 0}, Cov: []float64{1, 0, 0, 1}}
	b := metrics.Moments{Mean: []float64{3, 4}, Cov: []float64{4, 0, 0, 1}}
	d, err := metrics.FrechetMoments(a, b)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.3f\n", d)
	// Output: 26.000
}

func ExampleCompare() {
	reference := metrics.Set{{Name: "u.npy", Array: metrics.Array{Shape: []int{2, 2}, Values: []float64{1, 2, 3, 4}}}}
	candidate := metrics.Set{{Name: "v.npy", Array: metrics.Array{Shape: []int{2, 2}, Values: []float64{1, 2, 3, 5}}}}
	r, err := metrics.Compare("max-error", reference, candidate, metrics.Options{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(r.Metric.Name, r.Value, r.Metric.Better)
	// Output: max-error 1 lower
}
