package plugins

import (
	"strings"
	"testing"
)

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
