package harness

import (
	"slices"
	"strings"
	"testing"
)

// A sweep multiplies the jobs that have its parameter or option, in whichever group, and leaves the others.
func TestSweep(t *testing.T) {
	c := catalog(t)
	for text, want := range map[string][]string{
		"n=4|8":           {"test/echo[n=4] rogue[mode=copy]", "test/echo[n=8] rogue[mode=copy]", "test/echo[n=4] rogue", "test/echo[n=8] rogue"},
		"mode=zero|nan":   {"test/echo[n=8] rogue", "test/echo[n=8] rogue[mode=nan]"},
		"tol=1e-2..1e-04": {"test/echo[n=8,tol=0.01] rogue[mode=copy]", "test/echo[n=8,tol=0.001] rogue", "test/echo[n=8,tol=0.0001] rogue"},
	} {
		s := AdHoc([]string{"test/echo"}, []string{"rogue[mode=copy]"})
		s.Runs = append(s.Runs, Group{Problems: []string{"test/echo"}, Solvers: []string{"rogue"}})
		if err := s.Sweep(text); err != nil {
			t.Fatal(err)
		}
		jobs, err := c.Plan(s)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		}
		var got []string
		for _, j := range jobs {
			got = append(got, j.Instance.String()+" "+j.Configuration.String())
		}
		for _, w := range want {
			if !slices.Contains(got, w) {
				t.Errorf("%s: no %s among %q", text, w, got)
			}
		}
		if blocks := Schedule(jobs, 0); !strings.HasPrefix(text, "mode") && len(blocks) != len(jobs)/2 {
			t.Errorf("%s: %d blocks of %d jobs, expected one for each instance", text, len(blocks), len(jobs))
		}
	}
}

// What only one of several kinds of solvers has can be swept beside others; what none has is a mistake.
func TestSweepOfSome(t *testing.T) {
	c := catalog(t)
	other := *c.Plugins[0]
	other.Name, other.Solvers = "other", slices.Clone(other.Solvers)
	i := slices.IndexFunc(other.Solvers, func(s Solver) bool { return s.Schema == c.Families[0].Schema })
	other.Solvers[i].Name, other.Solvers[i].Options = "plain", nil
	c.Plugins = append(c.Plugins, &other)
	s := AdHoc([]string{"test/echo"}, []string{"plain"})
	s.Runs = append(s.Runs, Group{Problems: []string{"test/echo"}, Solvers: []string{"rogue"}})
	s.Sweeps = []string{"mode=zero|nan"}
	if jobs, err := c.Plan(s); err != nil || len(jobs) != 3 {
		t.Errorf("%d jobs, error %v, expected 2 and one that has no mode", len(jobs), err)
	}
	s.Sweeps = []string{"nodes=1|2"}
	if _, err := c.Plan(s); err == nil || !strings.Contains(err.Error(), "nodes") {
		t.Errorf("error %v, expected one about nodes", err)
	}
	for _, bad := range []string{"", "n", "=3", "a=1,b=2"} {
		if err := s.Sweep(bad); err == nil {
			t.Errorf("sweep %q was taken", bad)
		}
	}
}
