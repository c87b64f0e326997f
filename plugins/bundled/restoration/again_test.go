package restoration

import (
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/solverbench/solverbench/plugins"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	restorationv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/restoration/v1"
)

// TestDataChangeBetweenSolves: what was prepared for some images restores others as if prepared for them.
func TestDataChangeBetweenSolves(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range situations() {
		if kind := degradationName(s.task); seen[kind] {
			continue
		} else {
			seen[kind] = true
		}
		y, err := s.task.Degraded.Float64s()
		if err != nil {
			t.Fatal(err)
		}
		// Upside down and back to front: as good an image as any.
		turned := slices.Clone(y)
		slices.Reverse(turned)
		if m := s.task.GetInpaint(); m != nil { // holes stay where they are
			known, err := m.Mask.Uint8s()
			if err != nil {
				t.Fatal(err)
			}
			for i := range turned {
				turned[i] = float64(known[i]) * (1 - y[i])
			}
		}
		other := proto.CloneOf(s.task)
		other.Degraded = commonv1.Float64(turned, s.task.Degraded.Dims()...)
		for _, name := range s.solvers {
			solver, run := defaults()[name](), runOn(2)
			if err := solver.(plugins.Preparer[*restorationv1.Task]).Prepare(t.Context(), run, s.task); err != nil {
				t.Fatal(err)
			}
			for i, task := range []*restorationv1.Task{s.task, other, s.task} {
				solution, err := solver.Solve(t.Context(), run, task)
				if err != nil {
					t.Fatal(err)
				}
				x, err := solution.Images.Float64s()
				if err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(x, restore(t, defaults()[name](), task, 2)) {
					t.Errorf("%s, %s: solve %d differs from that of a fresh solver", s.name, name, i)
				}
			}
		}
	}
}
