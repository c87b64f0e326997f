package doctor

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// storage says where arrays and the database go.
func storage(_ context.Context, cfg *Config) error {
	cfg.Working("disk")
	cfg.Found(sharedMemory())
	cfg.Found(folder(cfg.Dir))
	return nil
}

func sharedMemory() Finding {
	f := Finding{Section: Storage, Check: "shared memory", State: OK}
	var st unix.Statfs_t
	if err := unix.Statfs("/dev/shm", &st); err != nil {
		f.State, f.Detail = Warning, fmt.Sprintf("/dev/shm: %v; arrays go through files in %s", err, os.TempDir())
		f.Fix = "mount a tmpfs on /dev/shm"
		return f
	}
	size, free := float64(st.Blocks)*float64(st.Bsize), float64(freeShared())
	f.Detail = fmt.Sprintf("/dev/shm has %.1f GiB, %.1f GiB of them free", size/(1<<30), free/(1<<30))
	f.Values = map[string]float64{"size_bytes": size, "free_bytes": free}
	if free < 1<<30 {
		f.State = Warning
		f.Detail += "; larger tasks go through files in " + os.TempDir()
		f.Fix = "mount -o remount,size=4G /dev/shm as root; in a container docker run --shm-size=4g"
	}
	return f
}

// slowWrite is a durable write that shows beside a run of a tenth of a second.
const slowWrite = 50 * time.Millisecond

// folder says whether one can hold a database, and how long a durable write takes there.
func folder(dir string) Finding {
	f := Finding{Section: Storage, Check: "folder", State: OK, Values: map[string]float64{}}
	fail := func(err error) Finding {
		f.State, f.Detail, f.Fix = Warning, fmt.Sprintf("it cannot hold a database: %v", err), "--db PATH puts it elsewhere"
		return f
	}
	file, err := os.CreateTemp(dir, ".solverbench-doctor-*")
	if err != nil {
		return fail(err)
	}
	defer os.Remove(file.Name())
	defer file.Close()
	var took []time.Duration
	for range 20 {
		begin := time.Now()
		if _, err = file.Write(make([]byte, 4096)); err == nil {
			err = file.Sync()
		}
		if err != nil {
			return fail(err)
		}
		took = append(took, time.Since(begin))
	}
	write := median(took)
	f.Values["write_seconds"], f.Values["slowest_write_seconds"] = write.Seconds(), slices.Max(took).Seconds()
	f.Detail = fmt.Sprintf("a durable write takes %v, at most %v", write.Round(time.Microsecond), slices.Max(took).Round(time.Microsecond))
	var st unix.Statfs_t
	if path, err := filepath.Abs(dir); err == nil && unix.Statfs(path, &st) == nil {
		free := float64(st.Bavail) * float64(st.Bsize)
		f.Values["free_bytes"] = free
		f.Detail += fmt.Sprintf("; %.1f GiB free", free/(1<<30))
		if free < 100<<20 {
			f.State, f.Fix = Warning, "--db PATH puts the database on another disk"
		}
	}
	if write > slowWrite {
		f.State, f.Fix = Warning, "--db PATH puts the database on a faster disk: each run waits for some writes"
	}
	return f
}

// freeMemory is what can be had without swapping, 0 if that is not known.
func freeMemory() int64 {
	file, err := os.Open("/proc/meminfo")
	if err != nil {
		return 0
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if text, ok := strings.CutPrefix(lines.Text(), "MemAvailable:"); ok {
			var kib int64
			if _, err := fmt.Sscan(text, &kib); err == nil {
				return kib << 10
			}
		}
	}
	return 0
}
