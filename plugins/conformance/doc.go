// Package conformance checks whether a plugin keeps to the contract, as `solverbench plugin check` does: it launches the plugin as the
// harness would, asks of each solver what the harness will ask of it, and some things that it should refuse, and judges every answer
// by the problems' own code.
//
// Rules lists what is checked, and docs/conformance.md says it to authors of plugins.
package conformance
