package main

import (
	"strings"
	"testing"

	"github.com/solverbench/solverbench/harness"
	"github.com/solverbench/solverbench/results"
)

// Flags take the place of a suite's settings; which of them, does not depend on chance.
func TestFlagsOverrideASuite(t *testing.T) {
	for _, tt := range []struct {
		args        string
		repetitions int
		precision   float64
	}{
		{"", 7, 0.02},
		{"--precision 0.1", 0, 0.1},
		{"--budget 1s", 0, 0.02},
		{"--reps 3", 3, 0.02},
		{"--reps 3 --precision 0.1 --budget 1s", 3, 0.1},
	} {
		for range 20 { // orders of a map
			var f runFlags
			fl := measureFlags(&f)
			if err := fl.Parse(strings.Fields(tt.args)); err != nil {
				t.Fatal(err)
			}
			s := harness.AdHoc(nil, nil).Settings
			s.Repetitions = 7
			if err := f.override(fl, &s); err != nil || s.Repetitions != tt.repetitions || s.Precision != tt.precision {
				t.Fatalf("%q: %d repetitions, precision %v, error %v, expected %d and %v", tt.args, s.Repetitions, s.Precision, err, tt.repetitions, tt.precision)
			}
		}
	}
}

// The line of a run tells the time that the tables have: the median, whatever was best.
func TestRunLineHasTheMedian(t *testing.T) {
	r := &results.Run{Status: results.Solved, Instance: &results.Instance{Label: "p"}, Configuration: &results.Configuration{Label: "s", Plugin: results.Plugin{Bundled: true}}}
	for i, seconds := range []float64{9, 0.001, 0.004, 0.003} {
		r.Repetitions = append(r.Repetitions, results.Repetition{Index: i, Warmup: i == 0, Batch: 1, WallSeconds: seconds})
	}
	if line := runLine(r); line != "p  s  solved  3.00 ms" {
		t.Errorf("%q, expected the median, 3 ms", line)
	}
	r.Configuration.Plugin = results.Plugin{Name: "mine"}
	if line := runLine(r); line != "p  mine/s  solved  3.00 ms" {
		t.Errorf("%q, expected the plugin's name before the solver's", line)
	}
}
