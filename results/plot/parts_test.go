package plot

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/solverbench/solverbench/results"
)

// TestLooks: no two solvers look the same, the colours of a few differ, and most keep their look when others leave.
func TestLooks(t *testing.T) {
	var names []string
	for k := range mostSeries {
		names = append(names, fmt.Sprint("solver-", k))
	}
	all := looks(names)
	for i, a := range names {
		for _, b := range names[:i] {
			if x, y := all[a], all[b]; slices.Equal(x.marker, y.marker) && (x.colour == y.colour || slices.Equal(x.dash, y.dash)) {
				t.Errorf("%s and %s look the same, in colour or in grey", a, b)
			}
		}
	}
	few := names[:len(colours)]
	seen, kept := make(map[any]bool), 0
	for n, l := range looks(few) {
		seen[l.colour] = true
		if less := looks(slices.DeleteFunc(slices.Clone(few), func(o string) bool { return o == few[0] })); n != few[0] && less[n].colour == l.colour {
			kept++
		}
	}
	if len(seen) != len(colours) {
		t.Errorf("%d solvers have %d colours", len(few), len(seen))
	}
	if kept < len(few)/2 {
		t.Errorf("%d of %d solvers keep their colour when one leaves", kept, len(few)-1)
	}
}

func TestTicks(t *testing.T) {
	labels := func(all []tick) string {
		var s []string
		for _, k := range all {
			if k.label != "" {
				s = append(s, k.label)
			}
		}
		return strings.Join(s, " ")
	}
	for _, c := range []struct {
		log    bool
		lo, hi float64
		most   int
		want   string
	}{
		{true, .9, 1100, 6, "1 10 100 1000"},
		{true, 2e-9, 3e-3, 4, "10^{−8} 10^{−6} 10^{−4}"},
		{true, 2e-7, 8e-5, 6, "10^{−6} 10^{−5}"},
		{true, 1.5e-7, 8e-7, 6, "2·10^{−7} 5·10^{−7}"},
		{true, 1.5, 8, 6, "2 5"},
		{false, 0, 1.03, 6, "0.0 0.2 0.4 0.6 0.8 1.0"},
		{false, -4.9, 4.9, 6, "−4 −2 0 2 4"},
		{false, 0, 45, 10, "0 5 10 15 20 25 30 35 40 45"},
		{false, 26.13, 26.17, 4, "26.14 26.16"},
	} {
		got := labels(linearTicks(c.lo, c.hi, c.most))
		if c.log {
			got = labels(logTicks(c.lo, c.hi, c.most))
		}
		if got != c.want {
			t.Errorf("ticks from %g to %g, log %t: %s, expected %s", c.lo, c.hi, c.log, got, c.want)
		}
	}
	minor := 0
	for _, k := range logTicks(1, 100, 4) {
		if k.label == "" {
			minor++
		}
	}
	if minor != 16 {
		t.Errorf("%d marks between the decades of 1 to 100, expected 8 each", minor)
	}
}

// TestProfileByHand: of two instances, a is best on one and twice the best on the other, b solves one of them.
func TestProfileByHand(t *testing.T) {
	var l lab
	l.run("a", nil, square(16, 1e-6), results.Solved, 1, 1e-9)
	l.run("b", nil, square(16, 1e-6), results.Timeout, 1, 1e-9)
	l.run("a", nil, square(32, 1e-6), results.Solved, 6, 1e-9)
	l.run("b", nil, square(32, 1e-6), results.Solved, 3, 1e-9)
	f, err := Profile(l.runs, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var got [][]string
	for _, row := range f.Data.Rows {
		got = append(got, []string{row[1], row[3], row[8], row[9]}) // instance, solver, ratio, share
	}
	want := [][]string{
		{"poisson/square[n=16]", "a", "1", "0.5"}, {"poisson/square[n=32]", "a", "2", "1"},
		{"poisson/square[n=16]", "b", "", ""}, {"poisson/square[n=32]", "b", "1", "0.5"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// TestScalingExponent: exact power laws are found.
func TestScalingExponent(t *testing.T) {
	var l lab
	for _, n := range []int{8, 16, 32} {
		l.run("a", nil, square(n, 1e-6), results.Solved, 1e-6*math.Pow(float64(n), 3), 1e-9)
	}
	for by, want := range map[string]float64{"": 1.5, "n": 3} {
		f, err := Scaling(l.runs, Options{By: by})
		if err != nil {
			t.Fatal(err)
		}
		k := slices.Index(f.Data.Head, "exponent")
		if got, ok := parse(f.Data.Rows[0][k]); !ok || math.Abs(got-want) > 1e-9 {
			t.Errorf("by %q: exponent %s, expected %g", by, f.Data.Rows[0][k], want)
		}
	}
}

// TestFront: a run that is beaten in both quantities is not on the front, nor one that has no value; equals are both.
func TestFront(t *testing.T) {
	var l lab
	for _, p := range [][2]float64{{1, 8}, {2, 4}, {2, 5}, {4, 4}, {8, 1}, {8, 1}, {9, math.NaN()}} {
		l.run(fmt.Sprint(len(l.runs)), nil, square(16, 1e-6), results.Solved, p[0], p[1])
	}
	all, err := items(l.runs)
	if err != nil {
		t.Fatal(err)
	}
	x, y := commonQuantities()[0], metric(results.Measurement{Name: "rel-l2", Better: results.Lower})
	var got []bool
	best := front(all, x, y)
	for _, i := range all {
		got = append(got, best[i])
	}
	if d := cmp.Diff([]bool{true, true, false, false, true, true, false}, got); d != "" {
		t.Error(d)
	}
}

// TestNames: options are shown where they differ, without the one that is swept; plugins where solvers share a name.
func TestNames(t *testing.T) {
	var l lab
	l.run("ddim", map[string]any{"steps": 10, "grid": "logsnr"}, square(16, 1), results.Solved, 1, 1)
	l.run("ddim", map[string]any{"steps": 20, "grid": "logsnr"}, square(16, 1), results.Solved, 1, 1)
	l.run("ddim", map[string]any{"steps": 20, "grid": "quadratic"}, square(16, 1), results.Solved, 1, 1)
	l.run("heun", map[string]any{"steps": 20}, square(16, 1), results.Solved, 1, 1)
	l.run("heun", map[string]any{"steps": 20}, square(16, 1), results.Solved, 1, 1).Configuration.Plugin.Name = "mine"
	all, err := items(l.runs)
	if err != nil {
		t.Fatal(err)
	}
	name(all, sweeps(all))
	want := []string{"ddim[grid=logsnr]", "ddim[grid=quadratic]", "heun (bundled)", "heun (mine)"}
	if d := cmp.Diff(want, names(all)); d != "" {
		t.Error(d)
	}
	for _, i := range all {
		i.Threads = int(i.ID)
	}
	name(all, nil)
	if got := names(all)[0]; got != "ddim[grid=logsnr,steps=10], 1 threads" {
		t.Errorf("with threads: %s", got)
	}
}

// TestColours: maps of magnitude grow brighter, so that a grey print has the same order; the diverging one is darkest at its
// ends.
func TestColours(t *testing.T) {
	for k := range 256 {
		a, b := float64(k)/257, float64(k+1)/257
		if luminance(viridis.at(a)) >= luminance(viridis.at(b))+.004 {
			t.Errorf("viridis is darker at %g than at %g", b, a)
		}
	}
	middle := diverging.at(.5)
	if s := max(middle.R, middle.G, middle.B) - min(middle.R, middle.G, middle.B); s > 4 || luminance(middle) < .8 {
		t.Errorf("the middle of the diverging map is %v, expected a light grey", middle)
	}
	if lo, hi := diverging.at(0), diverging.at(1); lo.B < 2*lo.R || hi.R < 2*hi.B {
		t.Errorf("the diverging map goes from %v to %v, expected blue to red", lo, hi)
	}
}

func FuzzPieces(f *testing.F) {
	for _, s := range []string{"10^{−3}", "x^{", "^{}}", "a^{b}c^{d}", "}{^"} {
		f.Add(s)
	}
	l := newLettering()
	f.Fuzz(func(t *testing.T, s string) {
		var plain strings.Builder
		for _, p := range pieces(s) {
			if p.raised {
				plain.WriteString("^{" + p.text + "}")
			} else {
				plain.WriteString(p.text)
			}
		}
		if plain.String() != s {
			t.Errorf("%q became %q", s, plain.String())
		}
		if w := l.width(tickSize, l.fit(tickSize, s, 30)); len([]rune(s)) > 1 && w > 30+l.width(tickSize, "…")+l.width(tickSize, "W") {
			t.Errorf("%q was cut to %g, expected 30", s, w.Points())
		}
	})
}
