package compare

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/solverbench/solverbench/results"
)

// BenchmarkSides compares databases of many runs of 10 repetitions.
func BenchmarkSides(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{20, 1000} {
		side := func(experiment string) (runs []results.Run) {
			for i := range n {
				r := run("a", i+1, around(1+random.Float64(), 10)...)
				r.ExperimentUID = experiment
				runs = append(runs, r)
			}
			return runs
		}
		old, new := side("e1"), side("e2")
		b.Run(fmt.Sprintf("pairs=%d", n), func(b *testing.B) {
			for b.Loop() {
				if _, err := Sides(Side{"old", old}, Side{"new", new}, Defaults); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
