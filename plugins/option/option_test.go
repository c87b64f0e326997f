package option_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/solverbench/solverbench/plugins/option"
)

type Common struct {
	Threads int `opt:"threads,min=1" doc:"how many"`
}

type relaxation struct {
	Common
	Omega  float64 `opt:"omega,min=0,max=2" doc:"damping factor"`
	Order  string  `opt:"order,choices=lexicographic|red-black" doc:"sweep order"`
	Symm   bool    `opt:"symmetric"`
	Start  string  `opt:"start,path" doc:"initial guess"`
	Shift  float64 `opt:"shift,min=-1"`
	Levels int     `opt:"levels,max=9"`
	work   []float64
	Plain  int // no setting
}

func defaults() relaxation {
	return relaxation{Common: Common{1}, Omega: 1.5, Order: "red-black", work: make([]float64, 1)}
}

func Example() {
	type Jacobi struct {
		Omega  float64 `opt:"omega,min=0,max=2" doc:"damping factor"`
		Sweeps int     `opt:"sweeps,min=1" doc:"how often"`
	}
	solver := Jacobi{Omega: 0.8, Sweeps: 2}
	for _, s := range option.Specs(solver) {
		fmt.Printf("%s: %s, %s, by default %s\n", s.Name, s.Doc, s.Expected(), s.Default)
	}
	err := option.Set(&solver, map[string]string{"omega": "6.7e-1"})
	fmt.Println(solver, err)
	err = option.Set(&solver, map[string]string{"omega": "3"})
	fmt.Println(solver, err)
	err = option.Set(&solver, map[string]string{"sweep": "3"})
	fmt.Println(solver, err)
	// Output:
	// omega: damping factor, a number in [0, 2], by default 0.8
	// sweeps: how often, an integer ≥ 1, by default 2
	// {0.67 2} <nil>
	// {0.67 2} option omega: "3", expected a number in [0, 2]
	// {0.67 2} unknown option "sweep" (did you mean "sweeps"?)
}

func TestSpecs(t *testing.T) {
	d := defaults()
	want := []option.Spec{
		{Name: "threads", Type: option.Int, Default: "1", Doc: "how many", Min: "1"},
		{Name: "omega", Type: option.Float, Default: "1.5", Doc: "damping factor", Min: "0", Max: "2"},
		{Name: "order", Type: option.String, Default: "red-black", Doc: "sweep order", Choices: []string{"lexicographic", "red-black"}},
		{Name: "symmetric", Type: option.Bool, Default: "false"},
		{Name: "start", Type: option.String, Doc: "initial guess", Path: true},
		{Name: "shift", Type: option.Float, Default: "0", Min: "-1"},
		{Name: "levels", Type: option.Int, Default: "0", Max: "9"},
	}
	expected := []string{
		"an integer ≥ 1", "a number in [0, 2]", "one of lexicographic, red-black", "true or false", "a path", "a number ≥ -1", "an integer ≤ 9",
	}
	for _, of := range []any{d, &d} {
		got := option.Specs(of)
		if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
			t.Errorf("specs are\n%+v, want\n%+v", got, want)
		}
		for i, s := range got {
			if s.Expected() != expected[i] {
				t.Errorf("%s expects %q, want %q", s.Name, s.Expected(), expected[i])
			}
		}
	}
	if got := option.Specs(func() {}); len(got) != 0 {
		t.Errorf("a function has the settings %v", got)
	}
}

func TestSetAndValues(t *testing.T) {
	d := defaults()
	if err := option.Set(&d, map[string]string{
		"threads": "+4", "omega": "0x1p-1", "order": "lexicographic", "symmetric": "T", "start": "a b.npy", "levels": "-3", "shift": "-0",
	}); err != nil {
		t.Fatal(err)
	}
	if d.Threads != 4 || d.Omega != 0.5 || d.Order != "lexicographic" || !d.Symm || d.Start != "a b.npy" || d.Levels != -3 || d.Shift != 0 {
		t.Errorf("set to %+v", d)
	}
	want := []option.Value{
		{Name: "threads", Text: "4"}, {Name: "omega", Text: "0.5"}, {Name: "order", Text: "lexicographic"}, {Name: "symmetric", Text: "true"},
		{Name: "start", Text: "a b.npy"}, {Name: "shift", Text: "0"}, {Name: "levels", Text: "-3"},
	}
	if got := option.Values(&d); !slices.Equal(got, want) {
		t.Errorf("values are %v, want %v", got, want)
	}
}

// TestSetAllOrNothing: an error leaves everything as it was, and says what is wrong with which setting.
func TestSetAllOrNothing(t *testing.T) {
	for _, c := range []struct {
		name, value, message string
	}{
		{"omega", "2.1", `option omega: "2.1", expected a number in [0, 2]`},
		{"omega", "NaN", `option omega: "NaN", expected a number in [0, 2]`},
		{"omega", "", `option omega: "", expected a number in [0, 2]`},
		{"shift", "Inf", `option shift: "Inf", expected a number ≥ -1`},
		{"shift", "1e999", `option shift: "1e999", expected a number ≥ -1`},
		{"threads", "0", `option threads: "0", expected an integer ≥ 1`},
		{"threads", "1.5", `option threads: "1.5", expected an integer ≥ 1`},
		{"levels", "10", `option levels: "10", expected an integer ≤ 9`},
		{"levels", "99999999999999999999", `option levels: "99999999999999999999", expected an integer ≤ 9`},
		{"order", "Red-black", `option order: "Red-black", expected one of lexicographic, red-black`},
		{"symmetric", "yes", `option symmetric: "yes", expected true or false`},
		{"omeg", "1", `unknown option "omeg" (did you mean "omega"?)`},
		{"zzz", "1", `unknown option "zzz" (expected one of threads, omega, order, symmetric, start, shift, levels)`},
	} {
		d := defaults()
		err := option.Set(&d, map[string]string{"start": "x", c.name: c.value})
		var bad *option.Error
		if !errors.As(err, &bad) || bad.Name != c.name || bad.Value != c.value || err.Error() != c.message {
			t.Errorf("%s=%s: error is %v, want %s", c.name, c.value, err, c.message)
		}
		if fmt.Sprintf("%+v", d) != fmt.Sprintf("%+v", defaults()) {
			t.Errorf("%s=%s: left %+v", c.name, c.value, d)
		}
	}
	var none struct{}
	if err := option.Set(&none, map[string]string{"a": "1"}); err == nil || !strings.Contains(err.Error(), "there are none") {
		t.Errorf("error is %v, want that there are no options", err)
	}
}

// TestErrorsNameWhat: a setting is an option unless the caller calls it otherwise.
func TestErrorsNameWhat(t *testing.T) {
	for want, e := range map[string]option.Error{
		`option n: "0", expected more`:          {Name: "n", Value: "0", Expected: "more"},
		`parameter n: "0", expected more`:       {Name: "n", Value: "0", Expected: "more", What: "parameter"},
		`unknown parameter "n" (there is none)`: {Name: "n", Value: "0", Expected: "there is none", What: "parameter", Unknown: true},
	} {
		if e.Error() != want {
			t.Errorf("error is %s, want %s", e.Error(), want)
		}
	}
}

func TestResolve(t *testing.T) {
	got, err := option.Resolve(option.Specs(defaults()), map[string]string{"omega": "1e0", "levels": "007"})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"1", "1", "red-black", "false", "", "0", "7"}
	for i, v := range got {
		if v.Text != want[i] {
			t.Errorf("%s resolves to %q, want %q", v.Name, v.Text, want[i])
		}
	}
}

// TestMalformedDeclarations panic where they are first looked at.
func TestMalformedDeclarations(t *testing.T) {
	for want, of := range map[string]any{
		"has no name": struct {
			A int `opt:",min=1"`
		}{},
		"unknown attribute": struct {
			A int `opt:"a,least=1"`
		}{},
		"expected a number": struct {
			A int `opt:"a,min=one"`
		}{},
		"has type []int": struct {
			A []int `opt:"a"`
		}{},
		"is not exported": struct {
			a int `opt:"a"`
		}{},
		"declares a twice": struct {
			A, B int `opt:"a"`
		}{},
		`a: "3", expected`: struct {
			A int `opt:"a,max=2"`
		}{3},
		`a: "", expected one`: struct {
			A string `opt:"a,choices=x|y"`
		}{},
	} {
		func() {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.Contains(got, want) {
					t.Errorf("panics with %q, want %q", got, want)
				}
			}()
			option.Specs(of)
		}()
	}
}

func TestNearest(t *testing.T) {
	names := []string{"multigrid", "cg", "sor", "fast-poisson"}
	for _, c := range []struct{ name, want string }{
		{"multigird", "multigrid"}, {"fastpoisson", "fast-poisson"}, {"sorr", "sor"}, {"cgs", "cg"}, {"", ""}, {"etdrk4", ""}, {"cg", "cg"},
	} {
		got, ok := option.Nearest(c.name, names)
		if got != c.want || ok != (c.want != "") {
			t.Errorf("nearest to %q is %q (%v), want %q", c.name, got, ok, c.want)
		}
	}
}

func TestTypeNames(t *testing.T) {
	if got := fmt.Sprint(option.Float, option.Int, option.Bool, option.String, option.Type(9)); got != "float int bool string Type(9)" {
		t.Errorf("types are written %s", got)
	}
}

// FuzzParse: what passes has a canonical form that means the same and stays as it is; and Set and Resolve agree.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"1", "-0", "1e-3", "0x1p-2", "true", "T", "red-black", "", "NaN", "+7", "9223372036854775807", "1_000", "½"} {
		f.Add(s)
	}
	specs := option.Specs(defaults())
	f.Fuzz(func(t *testing.T, text string) {
		for _, s := range specs {
			canonical, err := s.Parse(text)
			values, resolveErr := option.Resolve(specs, map[string]string{s.Name: text})
			d := defaults()
			setErr := option.Set(&d, map[string]string{s.Name: text})
			if (err == nil) != (resolveErr == nil) || (err == nil) != (setErr == nil) {
				t.Fatalf("%s=%q: Parse says %v, Resolve %v, Set %v", s.Name, text, err, resolveErr, setErr)
			}
			if err != nil {
				var bad *option.Error
				if !errors.As(err, &bad) || bad.Value != text || bad.Name != s.Name {
					t.Fatalf("%s=%q: error is %v", s.Name, text, err)
				}
				continue
			}
			if again, err := s.Parse(canonical); err != nil || again != canonical {
				t.Fatalf("%s=%q: canonical form %q becomes %q (%v)", s.Name, text, canonical, again, err)
			}
			if got := option.Values(d); !slices.Equal(got, values) {
				t.Fatalf("%s=%q: set to %v, resolved to %v", s.Name, text, got, values)
			}
			if math.IsNaN(d.Omega) || d.Omega < 0 || d.Omega > 2 || d.Threads < 1 || d.Levels > 9 || math.IsInf(d.Shift, 0) {
				t.Fatalf("%s=%q: out of range in %+v", s.Name, text, d)
			}
		}
	})
}
