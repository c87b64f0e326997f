//go:build !race

package rogue

// RaceEnabled says that this is the race detector's build, whose shadow memory leaves no way to run out of memory at a
// limit.
const RaceEnabled = false
