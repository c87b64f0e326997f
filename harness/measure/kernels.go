package measure

import (
	"math/rand/v2"
	"runtime"
)

const (
	// computeSteps lasts about 4 ms.
	computeSteps = 2_500_000
	// chaseSteps lasts about 5 ms, at 40 ns for each of four loads.
	chaseSteps = 30_000

	lineBytes  = 64
	chainBytes = 64 << 20
)

// compute is bound by floating-point units: eight independent chains in registers, so that it fills the units of a core and
// slows down if another hardware thread wants them too.
func compute(steps int) {
	a, b, c, d := 1.0, 2.0, 3.0, 4.0
	e, f, g, h := 5.0, 6.0, 7.0, 8.0
	const m, k = 0.999, 0.001
	for range steps {
		a, b, c, d = a*m+k, b*m+k, c*m+k, d*m+k
		e, f, g, h = e*m+k, f*m+k, g*m+k, h*m+k
	}
	runtime.KeepAlive(a + b + c + d + e + f + g + h)
}

// chain is one cycle through all its cache lines in random order, each holding the index of the next. It is larger than
// second-level caches, and than what a core gets of the last level on most machines.
type chain []uint32

const perLine = lineBytes / 4

func newChain() chain {
	next := make(chain, chainBytes/4)
	lines := len(next) / perLine
	order := rand.New(rand.NewPCG(1, 2)).Perm(lines)
	for i, line := range order {
		next[line*perLine] = uint32(order[(i+1)%lines] * perLine)
	}
	return next
}

// starts are four places on the chain, far from each other.
func (c chain) starts(offset int) (at [4]uint32) {
	for i := range at {
		at[i] = uint32((offset + i*len(c)/len(at)/perLine*perLine) % len(c))
	}
	return at
}

// chase is bound by memory: it follows the chain from four places at once. The loads of each depend on the one before, so
// that latency counts, and there are enough of them for bandwidth to count too.
func (c chain) chase(at [4]uint32, steps int) [4]uint32 {
	p, q, r, s := at[0], at[1], at[2], at[3]
	for range steps {
		p, q, r, s = c[p], c[q], c[r], c[s]
	}
	return [4]uint32{p, q, r, s}
}

// stream reads every line in order, which leaves the last-level cache in the same state whatever ran before.
func (c chain) stream() {
	var x uint32
	for i := 0; i < len(c); i += perLine {
		x += c[i]
	}
	runtime.KeepAlive(x)
}
