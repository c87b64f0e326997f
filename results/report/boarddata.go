package report

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/solverbench/solverbench/results/rank"
)

// rowsCSV writes a line a row of leaderboards, with the fields of their JSON. Each metric has a column "metric NAME"; codes of
// warnings, flags and cores are separated by spaces, and what is unknown is empty.
func rowsCSV(w io.Writer, rows []rank.Row) error {
	var metrics []string
	for i := range rows {
		for name := range rows[i].Metrics {
			metrics = append(metrics, name)
		}
		slices.Sort(metrics)
		metrics = slices.Compact(metrics)
	}
	return table(w, rows, func(r rank.Row) ([]field, error) {
		options, err := json.Marshal(r.Options)
		if err != nil {
			return nil, fmt.Errorf("options of %s: %w", r.Configuration, err)
		}
		var codes []string
		for _, w := range r.Warnings {
			codes = append(codes, w.Code)
		}
		place := ""
		if r.Rank != nil {
			place = strconv.Itoa(*r.Rank)
		}
		fields := []field{{"group", r.Group}, {"family", r.Family}, {"problem", r.Problem}, {"instance", r.Instance}, {"rank", place}, {"plugin", r.Plugin},
			{"solver", r.Solver}, {"configuration", r.Configuration}, {"options", string(options)}, {"status", string(r.Status)},
			{"reason", r.Reason}, {"rank_by", r.RankBy}, {"median_seconds", some(r.MedianSeconds)}, {"lo_seconds", some(r.LoSeconds)},
			{"hi_seconds", some(r.HiSeconds)}, {"confidence", known(r.Confidence)}, {"setup_charged", strconv.FormatBool(r.SetupCharged)},
			{"ratio", some(r.Ratio)}, {"pareto", strconv.FormatBool(r.Pareto)}, {"tolerance", known(r.Tolerance)},
			{"evaluations", whole(r.Evaluations)}, {"threads", strconv.Itoa(r.Threads)}, {"repetitions", strconv.Itoa(r.Repetitions)},
			{"setup_seconds", known(r.SetupSeconds)}, {"first_seconds", some(r.FirstSeconds)}, {"startup_seconds", some(r.StartupSeconds)},
			{"cpu_seconds", some(r.CPUSeconds)}, {"peak_memory_bytes", whole(r.PeakMemoryBytes)}, {"transport_share", some(r.TransportShare)},
			{"noise", some(r.Noise)}, {"flags", strings.Join(r.Flags, " ")}, {"warnings", strings.Join(codes, " ")},
			{"machine", r.Machine}, {"experiment", r.Experiment}, {"run", whole(r.Run)}}
		for _, name := range metrics {
			fields = append(fields, field{"metric " + name, some(r.Metrics[name])})
		}
		return fields, nil
	})
}

// standingRow is a standing with its board. Its JSON form is stable.
type standingRow struct {
	Family  string `json:"family"`
	Group   string `json:"group,omitempty"`
	Machine string `json:"machine"`
	rank.Standing
	Budget    string          `json:"data_profile_of"` // seconds, or evaluations per unknown
	Resamples int             `json:"resamples"`
	Agreement *rank.Agreement `json:"friedman"`
	Warnings  []rank.Warning  `json:"warnings"` // about the places of the board
}

// standingRows returns the standings of all boards; never nil so that its JSON is an array.
func standingRows(boards []rank.Board) []standingRow {
	rows := []standingRow{}
	for i := range boards {
		b := &boards[i]
		s := b.Summary()
		for _, y := range s.Standings {
			rows = append(rows, standingRow{b.Family, b.Group, b.Machine.Hostname, y, s.Budget, s.Resamples, s.Agreement, slices.Concat([]rank.Warning{}, b.Warnings, s.Warnings)})
		}
	}
	return rows
}

// standingsCSV writes a line a standing, with the fields of their JSON but the profiles.
func standingsCSV(w io.Writer, rows []standingRow) error {
	return table(w, rows, func(r standingRow) ([]field, error) {
		return []field{{"group", r.Group}, {"family", r.Family}, {"machine", r.Machine}, {"rank", strconv.Itoa(r.Rank)}, {"plugin", r.Plugin}, {"solver", r.Solver},
			{"configuration", r.Configuration}, {"threads", strconv.Itoa(r.Threads)}, {"instances", strconv.Itoa(r.Instances)},
			{"attempted", strconv.Itoa(r.Attempted)}, {"solved", strconv.Itoa(r.Solved)}, {"share", float(r.Share)}, {"ratio", some(r.Ratio)},
			{"place", some(r.Place)}, {"par2_seconds", some(r.PAR2)}, {"mean_rank", some(r.MeanRank)}, {"groups", r.Groups},
			{"first", float(r.First)}, {"rank_lo", strconv.Itoa(r.RankLo)}, {"rank_hi", strconv.Itoa(r.RankHi)},
			{"without_one_lo", strconv.Itoa(r.WithoutOneLo)}, {"without_one_hi", strconv.Itoa(r.WithoutOneHi)},
			{"memory_ratio", some(r.Memory)}, {"setup_solves", some(r.Setup)}}, nil
	})
}

// field is a cell of a CSV file with the head of its column.
type field struct{ head, value string }

// table writes rows whose fields are always the same; the head stands above them also if there are none.
func table[T any](w io.Writer, rows []T, fields func(T) ([]field, error)) error {
	c := csv.NewWriter(w)
	write := func(of []field, value func(field) string) {
		line := make([]string, len(of))
		for i, f := range of {
			line[i] = value(f)
		}
		c.Write(line) // an error is kept for the end
	}
	var none T
	for i := range max(len(rows), 1) {
		row := none
		if len(rows) > 0 {
			row = rows[i]
		}
		all, err := fields(row)
		if err != nil {
			return err
		}
		if i == 0 {
			write(all, func(f field) string { return f.head })
		}
		if len(rows) > 0 {
			write(all, func(f field) string { return f.value })
		}
	}
	c.Flush()
	return c.Error()
}
