// Package stats has the statistics that leaderboards and comparisons are made with: pure functions over numbers.
//
// It is opinionated. Times are not normal, so nothing here assumes that they are: two samples are compared by the
// Mann–Whitney U test, their ratio is the Hodges–Lehmann estimate with the interval that inverts that test, solvers over
// instances are compared by the Friedman test and Nemenyi's critical difference, and where no formula is to be had an
// interval comes from a bootstrap with a given seed, so that it is the same each time. Many tests at once are corrected
// by Holm's procedure. Only [PowerLaw] assumes something of errors, and says what.
//
// docs/ranking.md has the formulas with their sources, and says what is made of them.
package stats
