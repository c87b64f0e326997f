package results_test

import (
	"database/sql"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/solverbench/solverbench/results"
	"github.com/solverbench/solverbench/results/rank"
)

// TestLeaderboardViewAgreesWithRank compares the view, which a person reads in the sqlite3 shell, with package rank.
func TestLeaderboardViewAgreesWithRank(t *testing.T) {
	ctx := t.Context()
	s, err := results.Open(ctx, filepath.Join(t.TempDir(), "views.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	random := rand.New(rand.NewPCG(1, 2))
	instances := []results.Instance{
		{Family: "ks", Problem: "l22", Label: "ks/l22", Primary: "rel-l2"},
		{Family: "restoration", Problem: "denoise", Label: "restoration/denoise", Primary: "psnr", RankBy: "psnr"},
		{Family: "sampling", Problem: "mixture", Label: "sampling/mixture", Primary: "fd", RankBy: "evaluations"},
	}
	for e := range 3 {
		id, err := s.BeginExperiment(ctx, &results.Experiment{Machine: results.Machine{Hostname: "box"}})
		if err != nil {
			t.Fatal(err)
		}
		for n := range 12 {
			for i := range instances {
				r := results.Run{
					Configuration: &results.Configuration{Solver: "cg", Label: fmt.Sprintf("cg[n=%02d]", n), Options: map[string]any{"n": n},
						Plugin: results.Plugin{Name: "bundled", Version: fmt.Sprint(e)}}, // a new version is the same solver
					Instance: &instances[i], Status: results.Statuses()[random.IntN(4)/3*random.IntN(9)], Threads: 1,
					Started: time.Date(2026, 1, 1+e, 0, 0, 0, 0, time.UTC), Evaluations: random.Int64N(1000),
					Measurements: []results.Measurement{
						{Name: "rel-l2", Value: random.Float64(), Better: results.Lower},
						{Name: "psnr", Value: random.Float64(), Better: results.Higher},
					},
				}
				if r.Status != results.Solved {
					r.Reason = "bad luck"
				}
				for k := range 1 + random.IntN(12) {
					r.Repetitions = append(r.Repetitions, results.Repetition{Index: k, WallSeconds: float64(10*n) + random.Float64()})
				}
				if err := s.SaveRun(ctx, id, &r); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	runs, err := s.Runs(ctx, results.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	medians := make(map[int64]rank.Row)
	for _, row := range rank.Rows(rank.Boards(runs, rank.Defaults)) {
		line := fmt.Sprint(row.Instance, " ", row.Configuration, " ", row.Status, " ", row.Run)
		if row.MedianSeconds != nil {
			line += fmt.Sprintf(" %.9g %.9g", *row.MedianSeconds, *row.Ratio)
			medians[row.Run] = row
		}
		want = append(want, line)
	}
	got := query(t, s.Path(), `SELECT instance, solver, status, run, median_seconds, ratio, lo_seconds, hi_seconds FROM v_leaderboard
	                            ORDER BY family, place IS NULL, place, solver`, medians)
	if len(want) != 36 || len(got) != len(want) {
		t.Fatalf("%d rows in the view, %d in rank, want 36", len(got), len(want))
	}
	bySet := func(lines []string) map[string]bool {
		set := make(map[string]bool)
		for _, l := range lines {
			set[l] = true
		}
		return set
	}
	if diff := cmp.Diff(bySet(want), bySet(got)); diff != "" {
		t.Errorf("(-rank +view):\n%s", diff)
	}
	// Solved rows are in the same order; rank may let neighbours share a place, as differences are small.
	for i := range want {
		if strings.Contains(want[i], "ks/l22") && strings.Contains(want[i], "solved") && want[i] != got[i] {
			t.Errorf("row %d: rank has %q, the view %q", i, want[i], got[i])
		}
	}
}

// query returns rows of v_leaderboard as lines, after looking at their intervals: the view's, which leave out as many
// times on either side, contain those of rank, which may leave out one more.
func query(t *testing.T, path, text string, medians map[int64]rank.Row) (lines []string) {
	t.Helper()
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query(text)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var instance, solver, status string
		var run int64
		var median, ratio, lo, hi sql.NullFloat64
		if err := rows.Scan(&instance, &solver, &status, &run, &median, &ratio, &lo, &hi); err != nil {
			t.Fatal(err)
		}
		line := fmt.Sprint(instance, " ", solver, " ", status, " ", run)
		if status == "solved" {
			line += fmt.Sprintf(" %.9g %.9g", median.Float64, ratio.Float64)
			r := medians[run]
			if lo.Valid != (r.Repetitions >= 6) || lo.Valid && (lo.Float64 > *r.LoSeconds || hi.Float64 < *r.HiSeconds) {
				t.Errorf("%s: interval %v..%v, rank has %v..%v of %d", line, lo, hi, *r.LoSeconds, *r.HiSeconds, r.Repetitions)
			}
		}
		lines = append(lines, line)
	}
	return lines
}

// TestIntervalOfViewCovers checks the rule by which v_runs chooses the order statistics of the interval: the median is
// between the k-th least and the k-th greatest of n unless fewer than k fall on one side of it.
func TestIntervalOfViewCovers(t *testing.T) {
	for n := 1; n <= 1000; n++ {
		k := 0
		for 2*(k+1) < n+1 && float64((n+1-2*(k+1))*(n+1-2*(k+1))) >= 3.8416*float64(n) {
			k++
		}
		if k == 0 {
			if n >= 6 {
				t.Errorf("n = %d: no interval", n)
			}
			continue
		}
		miss, term := 0.0, math.Pow(2, -float64(n)) // binomial(n, i) / 2^n
		for i := range k {
			miss += term
			term *= float64(n-i) / float64(i+1)
		}
		if covered := 1 - 2*miss; covered < 0.95 {
			t.Errorf("n = %d: the interval covers with %.4f", n, covered)
		}
	}
}
