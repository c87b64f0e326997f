package sampling

import (
	"slices"
	"testing"

	"github.com/solverbench/solverbench/plugins"
	samplingv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/sampling/v1"
)

// TestDataChangeBetweenSolves: what was prepared for some starting points samples from others as if prepared for
// them.
func TestDataChangeBetweenSolves(t *testing.T) {
	v := loadVectors(t)
	x := flat(v.XT)
	turned := append(slices.Clone(x[8:]), x[:8]...)
	all := map[string]func() sampler{"ddpm": func() sampler { return newDDPM() }}
	for name, m := range methods() {
		all[name] = func() sampler { return newSampler(m) }
	}
	first, other := newTask(x, 2, 0), newTask(turned, 2, 0)
	for name, fresh := range all {
		s, run := fresh(), newRun(v.Mixture)
		if err := s.(plugins.Preparer[*samplingv1.Task]).Prepare(t.Context(), run, first); err != nil {
			t.Fatal(err)
		}
		for i, task := range []*samplingv1.Task{first, other, first} {
			solution, err := s.Solve(t.Context(), run, task)
			if err != nil {
				t.Fatal(err)
			}
			got, err := solution.Samples.Float64s()
			if err != nil {
				t.Fatal(err)
			}
			want, err := sample(t, fresh(), v.Mixture, task)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s: solve %d differs from that of a fresh solver by %.2g", name, i, rms(got, want, 2))
			}
		}
	}
}
