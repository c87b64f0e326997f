// Package rank makes leaderboards out of runs.
//
// It is opinionated. Only solved runs rank; every other run is listed after them with its status and reason. An
// instance says what its solvers are ranked by:
//
//   - time: the median over the repetitions (warm-up apart) of the harness's seconds a solve, with a distribution-free
//     confidence interval. The best is first. A run shares the place of the run that leads its place unless a
//     Mann–Whitney U test tells them apart at [Settings.Alpha]; the test is against that leader, so that a long chain of
//     small differences is not one place, and is not corrected for the number of comparisons. Where there are too few
//     repetitions for the test ever to tell them apart (fewer than 4 on both sides at 0.05), runs share a place if
//     their ranges from least to most overlap.
//   - a metric: its value, in the direction that the metric says is better; equal values share a place.
//
// Places are counted as in sport: 1, 2, 2, 4. The statistics are those of golang.org/x/perf/benchmath, and as there
// warnings are values that travel with the result: every [Row] has those about its numbers, from the flags that the
// harness gave the run and from what the numbers show. With fewer than 6 repetitions, for example, no interval for the
// median has 95 % confidence, so the row has the range, its true confidence and a [Warning] ([TooFewSamples]).
//
// Set-up is a number of its own. [Settings.ChargeSetup] adds it to every repetition, so that medians, intervals and
// ranks are of set-up and a solve; it was measured once, so they do not know how it varies.
//
// Machines are never mixed: there is a [Board] for each family and machine. If a configuration ran several times on an
// instance on the same machine with the same number of threads, the newest run counts.
package rank
