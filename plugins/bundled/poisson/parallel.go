package poisson

import "sync"

// workers is how many of the threads are worth using on so many unknowns.
func workers(size, threads int) int {
	const least = 1 << 14 // unknowns for each
	return max(1, min(threads, size/least))
}

// inParallel calls f for about equal parts of 0 … n by that many workers, and waits.
func inParallel(n, workers int, f func(worker, from, to int)) {
	if workers <= 1 {
		if workers == 1 {
			f(0, 0, n)
		}
		return
	}
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() { f(w, w*n/workers, (w+1)*n/workers) })
	}
	wg.Wait()
}
