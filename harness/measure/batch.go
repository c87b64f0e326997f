package measure

import "time"

const (
	// growth bounds how much larger than the last a batch may be, as a time that is too short says little.
	growth = 100
	// margin is aimed over the target, so that a batch that runs a little faster still lasts long enough.
	margin = 1.2
)

// Batch is the number of solves for the next call so that it lasts at least target, after a call of was solves in which
// one took solve: was again if that was long enough or is most already. A solve of 0 is one too short to be seen.
func Batch(solve, target time.Duration, was, most int) int {
	was = max(was, 1)
	if was >= most || float64(solve)*float64(was) >= float64(target) {
		return min(was, max(most, 1))
	}
	next := float64(growth * was)
	if solve > 0 {
		next = min(next, margin*float64(target)/float64(solve)+1)
	}
	return min(max(int(next), was+1), most)
}
