// Package plot draws stored runs as figures for papers: work–precision diagrams, performance profiles, convergence and
// scaling curves, the spread of repetitions, time lines, Pareto fronts, heat maps, and pictures of solutions.
//
// It is opinionated. A figure is as wide as a column (3.3 in) or a page (6.9 in) of a paper and is read at that size. Colours
// are those of Okabe and Ito; every solver has a marker and a dash pattern too, so that a grey print can be read, and
// keeps them as far as it can from figure to figure. Legends stand below the data and never on it. Runs that are not
// solved are drawn hollow, marked, or counted in a note: none is dropped silently. Every figure has its numbers as a
// [Table]. The same runs give the same bytes: no figure holds a date.
//
// [Kinds] lists the figures that runs can be drawn as; [Field], [Errors] and [Images] draw solutions.
package plot
