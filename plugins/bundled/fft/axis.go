package fft

import "sync"

// Options of a plan; the zero value is right for most.
type Options struct {
	// Threads is how many goroutines execute the plan; 0 and 1 mean the caller's alone.
	Threads int
	// Kept is how many coefficients of the last axis, from the mean upwards, the spectrum of a Real
	// plan has. Forward computes no others, Inverse takes the others as zero. 0 means all, n/2+1.
	Kept int
}

// tileWidth is how many adjacent columns are transformed at once, or a little more: three cache
// lines, by measurement.
const tileWidth = 12

// axis transforms an array of shape [outer][n][inner] along its middle axis.
type axis struct {
	*kernel
	outer, inner int
	tiles        int // in which the inner columns are split
}

func newAxis(outer, n, inner int) axis {
	return axis{newKernel(n), outer, inner, max(1, inner/tileWidth)}
}

// columns returns the first column of tile t and the one after its last.
func (a *axis) columns(t int) (lo, hi int) {
	return t * a.inner / a.tiles, (t + 1) * a.inner / a.tiles
}

// workLen is the workspace one goroutine needs.
func (a *axis) workLen() int {
	return a.kernel.workLen((a.inner + a.tiles - 1) / a.tiles)
}

// jobs is the number of independent pieces of work.
func (a *axis) jobs() int { return a.outer * a.tiles }

// do does the jobs lo … hi−1.
func (a *axis) do(dst, src []complex128, inverse bool, lo, hi int, work []complex128) {
	for job := lo; job < hi; job++ {
		first, end := a.columns(job % a.tiles)
		start := job/a.tiles*a.n*a.inner + first
		a.run(view{dst[start:], a.inner}, view{src[start:], a.inner}, end-first, inverse, work)
	}
}

// transform does the whole array, by the goroutines that own the workspaces.
func (a *axis) transform(dst, src []complex128, inverse bool, work [][]complex128) {
	if len(work) == 1 {
		a.do(dst, src, inverse, 0, a.jobs(), work[0])
		return
	}
	share(a.jobs(), len(work), func(worker, lo, hi int) {
		a.do(dst, src, inverse, lo, hi, work[worker])
	})
}

// share splits jobs among workers and waits for them.
func share(jobs, workers int, do func(worker, lo, hi int)) {
	var wait sync.WaitGroup
	for w := range workers {
		wait.Go(func() { do(w, jobs*w/workers, jobs*(w+1)/workers) })
	}
	wait.Wait()
}

// workspaces allocates n elements for each thread.
func workspaces(threads, n int) [][]complex128 {
	work := make([][]complex128, max(threads, 1))
	for i := range work {
		work[i] = make([]complex128, n)
	}
	return work
}

// product of the extents, which must be positive.
func product(shape []int) int {
	n := 1
	for _, s := range shape {
		if s < 1 {
			panic("fft: an axis needs at least one point")
		}
		n *= s
	}
	return n
}
