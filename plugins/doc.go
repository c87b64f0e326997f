// Package plugins is what a solver author imports: write a struct with a Solve method on the
// typed task of a family, offer it with New, and call Serve from main. The result is an
// executable that the harness launches, hands tasks, times and checks.
//
// Tasks and solutions are the generated messages of plugins/proto: their documentation gives the
// equations, shapes, units and orders. Arrays are read with their Float64s method and made
// with Run.Output; both are views of memory shared with the harness.
//
// Options are struct fields with an `opt` tag (package option); the prototype's values are the
// defaults.
package plugins
