// Package rank makes leaderboards out of runs.
//
// It is opinionated. Only solved runs rank; every other run is listed after them with its status and reason. An
// instance says what its solvers are ranked by:
//
//   - time: the median over the repetitions (warm-up apart) of the harness's seconds a solve, with a distribution-free
//     confidence interval. The best is first. A run shares the place of the run that leads its place unless a
//     Mann–Whitney U test tells them apart at [Settings.Alpha], corrected by Holm's procedure for being one of all pairs on the
//     instance: where some do not differ in truth, any of them is said to with at most that probability. The test is against
//     the leader, so that a long chain of small differences is not one place. Runs whose ranges from least to most do
//     not overlap are apart in any case; where there are too few repetitions for that to be significant a warning
//     says so.
//   - a metric: its value, in the direction that the metric says is better; equal values share a place.
//
// Places are counted as in sport: 1, 2, 2, 4. The statistics are those of golang.org/x/perf/benchmath, and as there
// warnings are values that travel with the result: every [Row] has those about its numbers, from the flags that the
// harness gave the run and from what the numbers show. With fewer than 6 repetitions, for example, no interval for the
// median has 95 % confidence, so the row has the range, its true confidence and a [Warning] ([TooFewSamples]).
//
// Over instances, a [Summary] has the share solved, shifted geometric means of ratios, PAR-2 scores, performance and data
// profiles, and mean ranks with Nemenyi's critical difference; and how much the ranks depend on which instances there are: by
// a bootstrap, and by leaving each out. Package stats has the formulas, docs/ranking.md their sources.
//
// Set-up is a number of its own. [Settings.ChargeSetup] adds it to every repetition, so that medians, intervals and
// ranks are of set-up and a solve; it was measured once, so they do not know how it varies.
//
// Machines are never mixed: there is a [Board] for each family and machine. If a configuration ran several times on an
// instance on the same machine with the same number of threads, the newest run counts.
package rank
