package reference

import (
	"context"
	"testing"
)

func TestRefineStopsWhenTwoAgree(t *testing.T) {
	for _, c := range []struct {
		target float64
		fail   map[int]bool
		levels int // computed
	}{
		{target: 0.06, levels: 5},
		{target: 0.06, fail: map[int]bool{0: true, 1: true}, levels: 5},
		{target: 0, levels: 6},
	} {
		n := 0
		got, err := Refine(context.Background(), 6, c.target, func(_ context.Context, level int) (*Trajectory, error) {
			n++
			if c.fail[level] {
				return nil, ErrStep
			}
			return Given(1, []float64{1 + 1/float64(int(1)<<level)}, 1), nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if n != c.levels {
			t.Errorf("target %g: %d levels computed, expected %d", c.target, n, c.levels)
		}
		last := 1 / float64(int(1)<<(c.levels-1))
		if want := last / (1 + last); got.Accuracy[0] != want {
			t.Errorf("target %g: accuracy %g, expected %g", c.target, got.Accuracy[0], want)
		}
	}
}

func TestRefineNeedsTwo(t *testing.T) {
	_, err := Refine(context.Background(), 3, 1, func(_ context.Context, level int) (*Trajectory, error) {
		if level < 2 {
			return nil, ErrStep
		}
		return sampleTrajectory(), nil
	})
	if err == nil {
		t.Error("one resolution was enough")
	}
}
