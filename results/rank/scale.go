package rank

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/solverbench/solverbench/results"
	"github.com/solverbench/solverbench/results/stats"
)

// Scale is how the time of a configuration grows with a parameter of a problem whose others are fixed: time = c · parameter^exponent.
type Scale struct {
	Family        string         `json:"family"`
	Problem       string         `json:"problem"`
	Instances     string         `json:"instances"` // the label that they share: poisson/unit-2d[n=…]
	Param         string         `json:"param"`
	Plugin        string         `json:"plugin"`
	Solver        string         `json:"solver"`
	Options       map[string]any `json:"options"`
	Configuration string         `json:"configuration"`
	Threads       int            `json:"threads"`

	// Exponent is by least squares of log time on log parameter, with Student's interval; nil below three sizes. R2 is the share
	// of the variance of log time that it explains: a law that bends, as times do that leave a cache, has less and a
	// wider interval.
	Exponent  *stats.Interval `json:"exponent"`
	R2        *float64        `json:"r2"`
	Points    []ScalePoint    `json:"points"` // solved and timed, by parameter
	Attempted int             `json:"attempted"`
	Hostname  string          `json:"machine"`

	Machine *results.Machine `json:"-"`
}

// ScalePoint is a solved run.
type ScalePoint struct {
	At      float64 `json:"at"` // the parameter
	Seconds float64 `json:"seconds"`
	Run     int64   `json:"run"`
}

// Unknowns is the number of unknowns of an instance, for which scales are made as for a parameter.
const Unknowns = "unknowns"

// HasParam says whether an instance of some run has a numeric parameter of a name, or any its unknowns.
func HasParam(runs []results.Run, param string) bool {
	return slices.ContainsFunc(runs, func(r results.Run) bool {
		_, ok := paramOf(r.Instance, param)
		return ok
	})
}

func paramOf(i *results.Instance, param string) (float64, bool) {
	if param == Unknowns {
		return float64(i.Unknowns), i.Unknowns > 0
	}
	x, err := strconv.ParseFloat(fmt.Sprint(i.Params[param]), 64)
	return x, err == nil && x > 0
}

// rest labels an instance without the parameter, and identifies it so.
func rest(i *results.Instance, param string) (label, key string) {
	params := maps.Clone(i.Params)
	delete(params, param)
	if param == Unknowns {
		params = nil
	}
	text, err := json.Marshal([]any{i.Problem, params, i.Seed, i.Tolerance})
	if err != nil {
		text = []byte(i.Label)
	}
	label = i.Family + "/" + i.Problem + "[" + param + "=…"
	name, written, _ := strings.Cut(strings.TrimSuffix(i.Label, "]"), "[")
	if name != "" && param != Unknowns {
		for _, p := range strings.Split(written, ",") {
			if p != "" && !strings.HasPrefix(p, param+"=") {
				label += "," + p
			}
		}
	}
	return label + "]", string(text)
}

// Scales returns how the configurations of the newest runs scale with a parameter, by family, machine and problem, those that
// grow least first.
func Scales(runs []results.Run, param string, s Settings) []Scale {
	type place struct {
		machine, configuration, threads int
		rest                            string
	}
	ids := newIdentifiers()
	found, order := make(map[place]*Scale), []*Scale(nil)
	for _, r := range newest(runs, ids) {
		at, ok := paramOf(r.Instance, param)
		if !ok {
			continue
		}
		label, key := rest(r.Instance, param)
		p := place{r.machine, r.configuration, r.Threads, key}
		scale := found[p]
		if scale == nil {
			c := r.Configuration
			scale = &Scale{Family: r.Instance.Family, Problem: r.Instance.Problem, Instances: label, Param: param, Plugin: c.Plugin.Name,
				Solver: c.Solver, Options: c.Options, Configuration: c.Label, Threads: r.Threads, Points: []ScalePoint{}, Machine: r.Machine}
			if r.Machine != nil {
				scale.Hostname = r.Machine.Hostname
			}
			found[p], order = scale, append(order, scale)
		}
		scale.Attempted++
		row := NewRow(r.Run, s)
		if row.MedianSeconds != nil && *row.MedianSeconds > 0 {
			scale.Points = append(scale.Points, ScalePoint{at, *row.MedianSeconds, r.ID})
		}
	}
	all := make([]Scale, 0, len(order))
	for _, scale := range order {
		scale.fit(s)
		all = append(all, *scale)
	}
	slices.SortStableFunc(all, func(a, b Scale) int {
		return cmp.Or(cmp.Compare(a.Family, b.Family), cmp.Compare(a.Hostname, b.Hostname), cmp.Compare(ids.machines.of(a.Machine), ids.machines.of(b.Machine)),
			cmp.Compare(a.Instances, b.Instances), compareExponents(a, b), cmp.Compare(a.Configuration, b.Configuration))
	})
	return all
}

func compareExponents(a, b Scale) int {
	switch {
	case a.Exponent == nil || b.Exponent == nil:
		return cmp.Compare(len(b.Points), len(a.Points))
	}
	return cmp.Compare(a.Exponent.Value, b.Exponent.Value)
}

func (s *Scale) fit(settings Settings) {
	slices.SortFunc(s.Points, func(a, b ScalePoint) int { return cmp.Compare(a.At, b.At) })
	var x, y []float64
	for _, p := range s.Points {
		x, y = append(x, p.At), append(y, p.Seconds)
	}
	if exponent, r2, err := stats.PowerLaw(x, y, settings.Confidence); err == nil {
		s.Exponent, s.R2 = &exponent, &r2
	}
}
