// Package compare sets two sides against each other, instance by instance: two configurations, two versions of a plugin, or
// the same solvers in two databases, before a change and after.
//
// For each instance that both sides tried there is the ratio of their times with its interval, and a [Verdict] about the second
// side. Two runs of the very same program differ by more than their repetitions do: memory is laid out otherwise, caches and
// clocks are in another state, something else is running. So a difference counts only if it is significantly more than a
// margin: [Settings.Margin], and where the runs are of different experiments, which were not interleaved, what the
// reference kernels beside them say that the machine was slower by. The test is the Mann–Whitney U test against that margin,
// corrected by Holm's procedure for as many as there are pairs: a solver against itself gives no verdict at all in at least 95 % of
// comparisons.
//
// Machines are never mixed unless that is asked for.
package compare
