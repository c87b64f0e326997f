package site

import (
	"cmp"
	"encoding/json"
	"fmt"
	"html/template"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/solverbench/solverbench/results"
	"github.com/solverbench/solverbench/results/report"
)

// What is cut off in texts that plugins write.
const (
	longestStderr = 2000
	mostTimes     = 60
)

// pageData is what the script of a page shows of single runs, as compact as can still be read: what runs share is told once.
type pageData struct {
	Database       string          `json:"database"`
	Plugins        []any           `json:"plugins"`        // [name, version, language, licence, sha256]
	Configurations []any           `json:"configurations"` // [label, plugin, tags, options, page]
	Instances      []any           `json:"instances"`      // [label, seed, hash, tolerance, primary]
	Machines       []any           `json:"machines"`       // names
	Experiments    []any           `json:"experiments"`    // [uid, command, suite, version, revision, go, second of its start]
	Common         map[string]any  `json:"common"`         // what all runs have
	Columns        []string        `json:"columns"`        // what they differ in
	Runs           map[int64][]any `json:"runs"`           // by columns
}

// number rounds what is shown to four digits.
type number float64

func (x number) MarshalJSON() ([]byte, error) { return finite(float64(x), 4), nil }

// finite writes a number with so many digits, null if it is none.
func finite(x float64, digits int) []byte {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return []byte("null")
	}
	return strconv.AppendFloat(nil, x, 'g', digits, 64)
}

// rough is a number of which nobody reads more than three digits.
type rough float64

func (x rough) MarshalJSON() ([]byte, error) { return finite(float64(x), 3), nil }

// indexer numbers what runs share.
type indexer[K comparable] struct {
	at  map[K]int
	all []any
}

func (x *indexer[K]) of(k K, describe func() any) int {
	i, known := x.at[k]
	if !known {
		if x.at == nil {
			x.at = map[K]int{}
		}
		i = len(x.all)
		x.at[k] = i
		x.all = append(x.all, describe())
	}
	return i
}

// data is the pageData of a problem's page.
func (v *views) data(p *problemView) template.JS {
	d := pageData{Database: v.in.Database, Common: map[string]any{}, Runs: map[int64][]any{}}
	all := map[int64][]fact{}
	var (
		plugins        indexer[results.Plugin]
		configurations indexer[*results.Configuration]
		instances      indexer[*results.Instance]
		machines       indexer[*results.Machine]
		experiments    indexer[string]
	)
	for _, m := range p.Machines {
		for _, t := range m.Tables {
			for i := range t.table.Rows {
				row := &t.table.Rows[i]
				run := v.runs[row.Run]
				if run == nil {
					continue
				}
				c := run.Configuration
				plugin := func() int {
					return plugins.of(c.Plugin, func() any {
						return []string{report.Clean(c.Plugin.Name), report.Clean(c.Plugin.Version), report.Clean(c.Plugin.Language), report.Clean(c.Plugin.Licence), c.Plugin.SHA256}
					})
				}
				all[run.ID] = append([]fact{
					{"configuration", configurations.of(c, func() any {
						page := ""
						if s := v.bySolver[c.Plugin.Name+"/"+c.Solver]; s != nil {
							page = s.page
						}
						return []any{report.Clean(c.Label), plugin(), cleanAll(c.Tags), report.Clean(compact(c.Options)), page}
					})},
					{"instance", instances.of(run.Instance, func() any {
						i := run.Instance
						return []any{report.Clean(i.Label), strconv.FormatUint(i.Seed, 10), i.Hash, number(i.Tolerance), report.Clean(i.Primary)}
					})},
					{"machine", machines.of(run.Machine, func() any { return report.Clean(run.Machine.Hostname) })},
					{"experiment", experiments.of(run.ExperimentUID, func() any { return v.experiment(run.ExperimentUID) })},
				}, facts(run, v.began(run))...)
			}
		}
	}
	d.share(all)
	d.Plugins, d.Configurations, d.Instances, d.Machines, d.Experiments = plugins.all, configurations.all, instances.all, machines.all, experiments.all
	text, err := json.Marshal(d) // which escapes <, > and &
	if err != nil {
		panic(err) // plain values
	}
	return template.JS(text)
}

// fact is something about a run.
type fact struct {
	name  string
	value any
}

// share puts what all runs have in one place, and what differs into columns.
func (d *pageData) share(all map[int64][]fact) {
	seen := map[string]string{} // the value of each fact, or "" if it differs
	var order []string
	for _, facts := range all {
		for _, f := range facts {
			text := fmt.Sprint(f.value)
			old, known := seen[f.name]
			if !known {
				order = append(order, f.name)
				seen[f.name] = text
			} else if old != text {
				seen[f.name] = ""
			}
		}
	}
	for id, facts := range all {
		row := make([]any, 0, len(facts))
		for _, f := range facts {
			if seen[f.name] != "" {
				d.Common[f.name] = f.value
			} else {
				row = append(row, f.value)
			}
		}
		d.Runs[id] = row
	}
	d.Columns = slices.DeleteFunc(order, func(name string) bool { return seen[name] != "" })
}

// facts are those of a run of an experiment that began at a time.
func facts(r *results.Run, began time.Time) []fact {
	times := r.Timed()
	var metrics, values []any
	for _, m := range r.Measurements {
		metrics = append(metrics, report.Clean(strings.TrimSpace(m.Name+" "+m.Unit)))
		values = append(values, number(m.Value))
	}
	stderr := ""
	if r.Status != results.Solved {
		stderr = lines(r.Stderr)
	}
	return []fact{
		{"status", string(r.Status)}, {"reason", report.Clean(r.Reason)}, {"started", int64(r.Started.Sub(began).Seconds())}, {"threads", r.Threads},
		{"seed", strconv.FormatUint(r.Seed, 10)}, {"timeout", number(r.Timeout)}, {"startup", rough(r.StartupSeconds)},
		{"setup", rough(r.SetupSeconds)}, {"first", rough(r.FirstSeconds)}, {"memory", r.PeakMemoryBytes}, {"evaluations", r.Evaluations},
		{"transport", rough(r.TransportSeconds)}, {"stopped", string(r.Stopped)}, {"precision", rough(r.Precision)}, {"answers", r.Answers},
		{"verified", r.Verified}, {"noise", rough(r.Noise)}, {"attempts", max(r.Attempts, 1)}, {"flags", cleanAll(r.Flags)},
		{"times", steps(times[:min(len(times), mostTimes)])}, {"more", max(len(times)-mostTimes, 0)}, {"metrics", metrics}, {"values", values}, {"stderr", stderr},
	}
}

// steps are times as the script reads them: the least, and by how many ten-thousandths of it each is longer.
func steps(times []results.Timing) []any {
	if len(times) == 0 {
		return []any{}
	}
	least := slices.MinFunc(times, func(a, b results.Timing) int { return cmp.Compare(a.WallSeconds, b.WallSeconds) }).WallSeconds
	out := []any{number(least)}
	for _, t := range times {
		more := 0
		if least > 0 {
			more = int(math.Round(1e4 * (t.WallSeconds/least - 1)))
		}
		out = append(out, more)
	}
	return out
}

// lines cleans a text of several lines, of which the last ones are kept.
func lines(text string) string {
	if len(text) > longestStderr {
		text = text[len(text)-longestStderr:]
	}
	var out []string
	for line := range strings.Lines(text) {
		out = append(out, report.Clean(strings.TrimRight(line, "\r\n")))
	}
	return strings.Join(out, "\n")
}

// began is when the experiment of a run did.
func (v *views) began(r *results.Run) time.Time {
	if e := v.in.Experiments[r.ExperimentUID]; e != nil {
		return e.Started
	}
	return time.Unix(0, 0)
}

func (v *views) experiment(uid string) any {
	e := v.in.Experiments[uid]
	if e == nil {
		return []any{uid, "", "", "", "", "", 0}
	}
	return []any{uid, report.Clean(strings.Join(e.Command, " ")), report.Clean(e.Suite), e.HarnessVersion, e.Revision, e.GoVersion,
		e.Started.Unix()}
}

func cleanAll(texts []string) []string {
	out := slices.Clone(texts)
	for i := range out {
		out[i] = report.Clean(out[i])
	}
	return out
}

func compact(values map[string]any) string {
	text, err := json.Marshal(values)
	if err != nil {
		return fmt.Sprint(values)
	}
	return string(text)
}
