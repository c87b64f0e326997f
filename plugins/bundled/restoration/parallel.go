package restoration

import (
	"context"
	"sync"
	"sync/atomic"
)

// parallel calls work(worker, i) for i in 0 … n−1 on up to threads goroutines, each with its own
// worker number, and returns the first error in order of i. No further item starts once ctx ends.
func parallel(ctx context.Context, threads, n int, work func(worker, i int) error) error {
	threads = min(threads, n)
	if threads <= 1 {
		for i := range n {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := work(0, i); err != nil {
				return err
			}
		}
		return nil
	}
	errs := make([]error, n)
	var next atomic.Int64
	var group sync.WaitGroup
	for worker := range threads {
		group.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n || ctx.Err() != nil {
					return
				}
				if errs[i] = work(worker, i); errs[i] != nil {
					return
				}
			}
		})
	}
	group.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}
