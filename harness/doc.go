// Package harness runs experiments: it plans which configurations meet which instances, schedules
// the runs, launches plugins, times and verifies their solutions, and hands each finished run to the
// store.
//
//	plan.go      selections and suites → a list of (configuration, instance)
//	schedule.go  the order of the runs
//	run.go       one run: its process, its repetitions, its verdict
//	experiment.go  the runs one after the other, into a database
//	plugin.go    loading plugins, machine.go what is known of the machine
package harness
