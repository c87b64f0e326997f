package measure

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"
)

// Pin keeps all threads of this process, and those they start, on some cores until restore is called.
func Pin(cores []int) (restore func(), err error) {
	if len(cores) == 0 {
		return nil, errors.New("pinning: no cores given")
	}
	set := mask(cores)
	var before unix.CPUSet
	if err := unix.SchedGetaffinity(os.Getpid(), &before); err != nil {
		return nil, fmt.Errorf("pinning: reading the affinity: %w", err)
	}
	old, err := setAll(func(int) unix.CPUSet { return set })
	restore = func() {
		// A thread that has come since is given what the first had. What fails to be restored has ended.
		_, _ = setAll(func(tid int) unix.CPUSet {
			if was, ok := old[tid]; ok {
				return was
			}
			return before
		})
	}
	if err != nil {
		restore()
		return nil, fmt.Errorf("pinning to cores %v: %w", cores, err)
	}
	return restore, nil
}

// setAll sets the affinity of every thread, also of those that are started by others meanwhile, and returns what it was of those
// that were there at first: the others may have got theirs from threads that had been set already.
func setAll(want func(tid int) unix.CPUSet) (old map[int]unix.CPUSet, err error) {
	old = map[int]unix.CPUSet{}
	done := map[int]bool{}
	for pass, fresh := 0, true; fresh; pass++ {
		fresh = false
		threads, err := os.ReadDir("/proc/self/task")
		if err != nil {
			return old, err
		}
		for _, t := range threads {
			tid, err := strconv.Atoi(t.Name())
			if err != nil {
				continue
			}
			if done[tid] {
				continue
			}
			var was unix.CPUSet
			set := want(tid)
			err = unix.SchedGetaffinity(tid, &was)
			if err == nil {
				err = unix.SchedSetaffinity(tid, &set)
			}
			if errors.Is(err, unix.ESRCH) { // it has ended
				continue
			}
			if err != nil {
				return old, err
			}
			if pass == 0 {
				old[tid] = was
			}
			done[tid], fresh = true, true
		}
	}
	return old, nil
}

// onCore calls f on a thread that is kept on a core meanwhile.
func onCore(core int, f func()) error {
	if core == anyCore {
		f()
		return nil
	}
	runtime.LockOSThread() // a thread that cannot be put back ends with its goroutine
	var before unix.CPUSet
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		return fmt.Errorf("reading the affinity: %w", err)
	}
	set := mask([]int{core})
	if err := unix.SchedSetaffinity(0, &set); err != nil {
		return fmt.Errorf("running on core %d: %w", core, err)
	}
	f()
	if err := unix.SchedSetaffinity(0, &before); err != nil {
		return fmt.Errorf("leaving core %d: %w", core, err)
	}
	runtime.UnlockOSThread()
	return nil
}

func mask(cores []int) unix.CPUSet {
	var set unix.CPUSet
	for _, c := range cores {
		set.Set(c)
	}
	return set
}
