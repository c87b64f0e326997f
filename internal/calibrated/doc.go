// Package calibrated is a plugin whose solves take a time that is known, and the family of problems it solves: with them the
// harness's own measurements are measured. Every answer says what its solve took by clocks that were read inside the solve;
// the harness knows nothing of that, and the family hands it on to whoever compares.
//
// A test binary or program becomes the plugin by calling Main first of all, and launches it with Command.
package calibrated
