package plugins

import (
	"context"
	"fmt"
	"strings"
	"testing"

	poissonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/poisson/v1"
)

// byValue is a solver whose methods have no pointer.
type byValue struct {
	Steps int `opt:"steps,min=1" doc:"steps"`
}

func (v byValue) Solve(_ context.Context, run *Run, _ *poissonv1.Task) (*poissonv1.Solution, error) {
	run.Iterations(v.Steps)
	return &poissonv1.Solution{}, nil
}

// function is a solver that is no struct.
type function func()

func (function) Solve(context.Context, *Run, *poissonv1.Task) (*poissonv1.Solution, error) {
	return nil, nil
}

func TestPrototypesAreStructsOrPointersToOnes(t *testing.T) {
	prototype := &byValue{Steps: 3}
	for _, offer := range []Offer{New("value", byValue{Steps: 3}, About{}), New("pointer", prototype, About{})} {
		for given, want := range map[string]int{"": 3, "7": 7} {
			options := map[string]string{}
			if given != "" {
				options["steps"] = given
			}
			s, err := offer.open(options, nil)
			if err != nil {
				t.Fatal(err)
			}
			run := NewTestRun(1, nil)
			if _, err := s.solve(t.Context(), run, s.task()); err != nil || run.iterations != uint64(want) {
				t.Errorf("%s: %d steps, error %v; expected %d", offer.name, run.iterations, err, want)
			}
		}
		if _, err := offer.open(map[string]string{"steps": "0"}, nil); err == nil {
			t.Errorf("%s: 0 steps were accepted", offer.name)
		}
	}
	if prototype.Steps != 3 {
		t.Errorf("a session changed the prototype: %+v", *prototype)
	}
	for _, wrong := range []Solver[*poissonv1.Task, *poissonv1.Solution]{nil, (*byValue)(nil), function(nil)} {
		func() {
			defer func() {
				if said := fmt.Sprint(recover()); !strings.Contains(said, `solver "odd"`) || !strings.Contains(said, "expected a struct") {
					t.Errorf("%T: panic %q, expected one that names the solver and what is expected", wrong, said)
				}
			}()
			New("odd", wrong, About{})
		}()
	}
}

func TestCheckRefusesWhatCannotBeServed(t *testing.T) {
	one := Offer{name: "a", schema: "x.Task"}
	for _, tt := range []struct {
		plugin Plugin
		says   string // empty if it is right
	}{
		{Plugin{Name: "p", Solvers: []Offer{one}}, ""},
		{Plugin{Name: "p", Solvers: []Offer{one, {name: "a", schema: "y.Task"}}}, ""},
		{Plugin{Name: "p", Solvers: []Offer{one, one}}, `"a" for x.Task`},
		{Plugin{Name: "p", Solvers: []Offer{{schema: "x.Task"}}}, "empty"},
		{Plugin{Name: "p"}, "0 solvers"},
		{Plugin{Solvers: []Offer{one}}, `name ""`},
	} {
		err := tt.plugin.check()
		if (err == nil) != (tt.says == "") || err != nil && !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%+v: error %v, expected one that says %q", tt.plugin, err, tt.says)
		}
	}
}

func TestExplainNamesSolvers(t *testing.T) {
	var b strings.Builder
	Plugin{Name: "p", Version: "1", Solvers: []Offer{{name: "a", schema: "x.Task"}}}.explain(&b)
	if s := b.String(); !strings.Contains(s, "plugin p 1") || !strings.Contains(s, "a                takes x.Task") {
		t.Errorf("explained as %q", s)
	}
}
