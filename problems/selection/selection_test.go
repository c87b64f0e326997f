package selection

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestExpand(t *testing.T) {
	for _, tt := range []struct {
		text string
		want string // values joined by a space, combinations by a semicolon, sorted as made
	}{
		{"poisson/unit-2d", ""},
		{"p[n=63]", "n=63"},
		{"p[n=63..1023]", "n=63;n=127;n=255;n=511;n=1023"},
		{"p[n=64..256]", "n=64;n=128;n=256"},
		{"p[n=65..257]", "n=65;n=129;n=257"},
		{"p[n=5..8]", "n=5;n=6;n=7;n=8"},
		{"p[k=1..3]", "k=1;k=2;k=3"},
		{"p[tol=1e-2..1e-5]", "tol=0.01;tol=0.001;tol=0.0001;tol=1e-05"},
		{"p[tol=1e-5..1e-3]", "tol=1e-05;tol=0.0001;tol=0.001"},
		{"p[a=1|2, b=x|y]", "a=1 b=x;a=1 b=y;a=2 b=x;a=2 b=y"},
		{`p[file="a, [b].npy"]`, "file=a, [b].npy"},
		{"p[file=../x.npy]", "file=../x.npy"},
		{"p[truth=]", "truth="},
		{"p[]", ""},
	} {
		p, err := Parse(tt.text)
		if err != nil {
			t.Errorf("Parse(%q): %v", tt.text, err)
			continue
		}
		combos, err := p.Expand()
		if err != nil {
			t.Errorf("Expand(%q): %v", tt.text, err)
			continue
		}
		var got []string
		for _, c := range combos {
			var parts []string
			for _, param := range p.Params {
				parts = append(parts, param.Name+"="+c[param.Name])
			}
			got = append(got, strings.Join(parts, " "))
		}
		if s := strings.Join(got, ";"); s != tt.want {
			t.Errorf("Expand(%q) = %q, want %q", tt.text, s, tt.want)
		}
	}
}

// What Of writes is parsed as the same values, whatever is in them.
func TestOf(t *testing.T) {
	values := map[string]string{"b": "a, b.mtx", "a": "1..2", "c": "", "d": `x|"y"`}
	text := Of("matrix-market", values).String()
	if want := `matrix-market[a="1..2",b="a, b.mtx",c=,d="x|\"y\""]`; text != want {
		t.Errorf("%s, expected %s", text, want)
	}
	p, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if made, err := p.Expand(); err != nil || len(made) != 1 || !reflect.DeepEqual(made[0], values) {
		t.Errorf("%v, %v, expected %v", made, err, values)
	}
	if text := Of("cg", nil).String(); text != "cg" {
		t.Errorf("%s, expected cg", text)
	}
}

func TestParseErrors(t *testing.T) {
	for _, tt := range []struct{ text, expected string }{
		{"", "a name"},
		{"[n=1]", "a name"},
		{"p[n]", `"="`},
		{"p[n=1", `"," or "]"`},
		{"p[=1]", "parameter's name"},
		{"p[n=1]x", "the end"},
		{"p[n=1,n=2]", "once"},
		{`p[f="x]`, "quoted value"},
		{"p]", `"["`},
		{"a[b[c=1]]", `"="`},
	} {
		_, err := Parse(tt.text)
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(e.Expected, tt.expected) {
			t.Errorf("Parse(%q): error %v, expected one that says %q", tt.text, err, tt.expected)
		}
	}
	for _, text := range []string{"p[n=9..1]", "p[n=1..99999999]", "p[x=-1.5..2.5]", "p[a=1..1000,b=1..1000]"} {
		p, err := Parse(text)
		if err != nil {
			t.Errorf("Parse(%q): %v", text, err)
			continue
		}
		if got, err := p.Expand(); err == nil {
			t.Errorf("Expand(%q) = %d combinations, expected an error", text, len(got))
		}
	}
}

func TestMatch(t *testing.T) {
	for _, tt := range []struct {
		text, name string
		values     map[string]string
		want       bool
	}{
		{"ks/*", "ks/l22", nil, true},
		{"ks/*", "nse/decay", nil, false},
		{"*", "multigrid", nil, true},
		{"m[n=63..1023]", "m", map[string]string{"n": "100"}, true},
		{"m[n=63..1023]", "m", map[string]string{"n": "2000"}, false},
		{"m[n=63..1023]", "m", map[string]string{}, false},
		{"m[tol=1e-3]", "m", map[string]string{"tol": "0.001"}, true},
		{"m[cycle=V|F]", "m", map[string]string{"cycle": "F"}, true},
		{"m[cycle=V|F]", "m", map[string]string{"cycle": "W"}, false},
	} {
		p, err := Parse(tt.text)
		if err != nil {
			t.Fatalf("Parse(%q): %v", tt.text, err)
		}
		if got := p.MatchName(tt.name) && p.MatchParams(tt.values); got != tt.want {
			t.Errorf("%q on %s %v: %v, want %v", tt.text, tt.name, tt.values, got, tt.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"poisson/unit-2d[n=63..1023,tol=1e-8]", `x[f="a\"b"]`, "a[b=|c]", "*[x=1|2..3]"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := Parse(s)
		if err != nil {
			return
		}
		again, err := Parse(p.String())
		if err != nil {
			t.Fatalf("Parse(%q) → %q, which does not parse: %v", s, p, err)
		}
		if !reflect.DeepEqual(p, again) {
			t.Fatalf("Parse(%q) = %#v, its string %q parses to %#v", s, p, p, again)
		}
		if combos, err := p.Expand(); err == nil && len(combos) > maxExpansion {
			t.Fatalf("%q expands to %d", s, len(combos))
		}
	})
}
