package site

import (
	"testing"

	"github.com/solverbench/solverbench/results/rank"
)

func TestSure(t *testing.T) {
	standing := func(name string, instances int, first float64, lo int) rank.Standing {
		return rank.Standing{Plugin: "bundled", Configuration: name, Instances: instances, Solved: instances, First: first, RankLo: lo}
	}
	for _, c := range []struct {
		standings   []rank.Standing
		grade, text string
	}{
		{[]rank.Standing{standing("a", 12, 1, 1), standing("b", 12, 0, 2)}, "high", "first in 100% of resamples of the 12 instances."},
		{[]rank.Standing{standing("a", 12, .9, 1), standing("b", 12, .1, 1)}, "fair", "first in 90% of resamples of the 12 instances; b may be as good."},
		{[]rank.Standing{standing("a", 6, 1, 1), standing("b", 6, 0, 2)}, "fair", "first in 100% of resamples of the 6 instances."},
		{[]rank.Standing{standing("a", 30, .4, 1), standing("b", 30, .3, 1), standing("c", 30, .2, 1), standing("d", 30, .1, 1)}, "low",
			"first in 40% of resamples of the 30 instances; b, c and 1 more may be as good."},
		{[]rank.Standing{standing("a", 2, 1, 1), standing("b", 2, 0, 2)}, "low", "first in 100% of resamples of the 2 instances; 2 instances are few."},
		{[]rank.Standing{standing("a", 1, 0, 0)}, "low", "one instance tells little about others."},
	} {
		if got := sure(c.standings); got == nil || got.Grade != c.grade || got.Text != c.text {
			t.Errorf("%+v, expected %s: %s", got, c.grade, c.text)
		}
	}
	nobody := standing("a", 12, 1, 1)
	nobody.Solved = 0
	if got := sure([]rank.Standing{nobody}); got != nil || sure(nil) != nil {
		t.Errorf("%+v where nobody solved anything", got)
	}
}
