package report

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/solverbench/solverbench/results"
	"github.com/solverbench/solverbench/results/rank"
)

// JSON writes a value, such as the rows of a leaderboard or runs, as indented JSON. A nil slice is an empty array.
func JSON[T any](w io.Writer, values []T) error {
	if values == nil {
		values = []T{}
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(values)
}

// RunsCSV writes a line a run: what is stored, and its median with interval and warnings. Each metric of a final solution
// has a column "metric NAME". Codes of warnings, flags and cores are separated by spaces; what was not measured is empty.
func RunsCSV(w io.Writer, runs []results.Run) error {
	var metrics []string
	for _, r := range runs {
		for _, m := range r.Measurements {
			metrics = append(metrics, m.Name)
		}
	}
	slices.Sort(metrics)
	metrics = slices.Compact(metrics)

	c := csv.NewWriter(w)
	head := append(runHead(), "plugin_version", "plugin_sha256", "params", "options", "reason", "started", "finished",
		"timeout_seconds", "startup_seconds", "setup_seconds", "first_seconds", "median_seconds", "repetitions",
		"evaluations", "peak_memory_bytes", "load_before", "tolerance", "unknowns",
		"lo_seconds", "hi_seconds", "confidence", "stopped", "precision", "batch", "transport_seconds", "transport_share",
		"cpu_seconds", "peak_memory_source", "answers", "verified", "noise", "attempts", "background_seconds",
		"checkpoint_seconds", "cpus", "flags", "warnings")
	for _, m := range metrics {
		head = append(head, "metric "+m)
	}
	c.Write(head)
	for i := range runs {
		r := &runs[i]
		params, err := json.Marshal(r.Instance.Params)
		if err != nil {
			return fmt.Errorf("parameters of %s: %w", r.Instance.Label, err)
		}
		options, err := json.Marshal(r.Configuration.Options)
		if err != nil {
			return fmt.Errorf("options of %s: %w", r.Configuration.Label, err)
		}
		median, n := medianSeconds(r)
		line := append(runCells(r), r.Configuration.Plugin.Version, r.Configuration.Plugin.SHA256, string(params),
			string(options), r.Reason, date(r.Started), date(r.Finished), known(r.Timeout), known(r.StartupSeconds),
			known(r.SetupSeconds), known(r.FirstSeconds), known(median), strconv.Itoa(n), whole(r.Evaluations),
			whole(r.PeakMemoryBytes), float(r.LoadBefore), float(r.Instance.Tolerance), whole(r.Instance.Unknowns))
		line = append(line, howMeasured(r)...)
		for _, name := range metrics {
			k := slices.IndexFunc(r.Measurements, func(m results.Measurement) bool { return m.Name == name })
			if k < 0 {
				line = append(line, "")
				continue
			}
			line = append(line, float(r.Measurements[k].Value))
		}
		c.Write(line)
	}
	c.Flush()
	return c.Error()
}

// howMeasured returns the cells that come from the run's row.
func howMeasured(r *results.Run) []string {
	row := rank.NewRow(r, rank.Defaults)
	codes := make([]string, len(row.Warnings))
	for i, w := range row.Warnings {
		codes[i] = w.Code
	}
	return []string{some(row.LoSeconds), some(row.HiSeconds), known(row.Confidence), string(row.Stopped),
		some(row.Precision), some(row.Batch), some(row.TransportSeconds), some(row.TransportShare), some(row.CPUSeconds),
		string(row.PeakMemorySource), strconv.Itoa(row.Answers), strconv.Itoa(row.Verified), some(row.Noise),
		strconv.Itoa(row.Attempts), float(row.BackgroundSeconds), float(row.CheckpointSeconds),
		strings.Trim(fmt.Sprint(row.CPUs), "[]"), strings.Join(row.Flags, " "), strings.Join(codes, " ")}
}

// RepetitionsCSV writes a line a repetition, warm-up included.
func RepetitionsCSV(w io.Writer, runs []results.Run) error {
	c := csv.NewWriter(w)
	c.Write(append(runHead(), "repetition", "warmup", "batch", "started", "wall_seconds", "plugin_seconds",
		"user_seconds", "system_seconds", "oracle_seconds", "peak_memory_bytes", "evaluations", "bytes_moved",
		"minor_faults", "major_faults", "voluntary_switches", "involuntary_switches", "verified", "noise"))
	for i := range runs {
		for _, p := range runs[i].Repetitions {
			c.Write(append(runCells(&runs[i]), strconv.Itoa(p.Index), strconv.FormatBool(p.Warmup),
				strconv.Itoa(p.Batch), date(p.Started), float(p.WallSeconds), known(p.PluginSeconds),
				known(p.UserSeconds), known(p.SystemSeconds), float(p.OracleSeconds), whole(p.PeakMemoryBytes),
				whole(p.Evaluations), whole(p.BytesMoved), whole(p.MinorFaults), whole(p.MajorFaults),
				whole(p.VoluntarySwitches), whole(p.InvoluntarySwitches), strconv.Itoa(p.Verified), known(p.Noise)))
		}
	}
	c.Flush()
	return c.Error()
}

func runHead() []string {
	return []string{"run", "experiment", "machine", "family", "problem", "instance", "plugin", "solver",
		"configuration", "status", "threads"}
}

func runCells(r *results.Run) []string {
	hostname := ""
	if r.Machine != nil {
		hostname = r.Machine.Hostname
	}
	return []string{whole(r.ID), r.ExperimentUID, hostname, r.Instance.Family, r.Instance.Problem, r.Instance.Label,
		r.Configuration.Plugin.Name, r.Configuration.Solver, r.Configuration.Label, string(r.Status),
		strconv.Itoa(r.Threads)}
}

// medianSeconds returns the median over the n repetitions that are not warm-up, 0 if there are none.
func medianSeconds(r *results.Run) (median float64, n int) {
	var times []float64
	for _, p := range r.Repetitions {
		if !p.Warmup {
			times = append(times, p.WallSeconds)
		}
	}
	n = len(times)
	if n == 0 {
		return 0, 0
	}
	slices.Sort(times)
	return (times[(n-1)/2] + times[n/2]) / 2, n
}

func float(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

// known is empty for what was not measured.
func known(x float64) string {
	if x == 0 {
		return ""
	}
	return float(x)
}

func some(x *float64) string {
	if x == nil {
		return ""
	}
	return float(*x)
}

func whole(n int64) string { return strconv.FormatInt(n, 10) }

func date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}
