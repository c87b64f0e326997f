package measure

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
)

// affinities are the lists of CPUs of all threads, each once.
func affinities(t *testing.T) []string {
	t.Helper()
	threads, err := filepath.Glob("/proc/self/task/*/status")
	if err != nil || len(threads) == 0 {
		t.Fatalf("threads %v, %v", threads, err)
	}
	var lists []string
	for _, status := range threads {
		text, err := os.ReadFile(status)
		if err != nil { // ended
			continue
		}
		if list := field(string(text), "Cpus_allowed_list"); !slices.Contains(lists, list) {
			lists = append(lists, list)
		}
	}
	return lists
}

func TestPin(t *testing.T) {
	allowed := system().allowed()
	before := affinities(t)
	core := allowed[len(allowed)-1:]
	// Threads come while it pins.
	var busy sync.WaitGroup
	stop := make(chan bool)
	for range 20 {
		busy.Go(func() {
			runtime.LockOSThread() // and the thread ends with it
			<-stop
		})
	}
	restore, err := Pin(core)
	if err != nil {
		close(stop)
		if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, os.ErrPermission) {
			t.Skipf("threads cannot be kept on cores here: %v", err)
		}
		t.Fatal(err)
	}
	for range 20 {
		busy.Go(func() {
			runtime.LockOSThread()
			<-stop
		})
	}
	if got := affinities(t); len(got) != 1 || !slices.Equal(cpuList(got[0]), core) {
		t.Errorf("threads on %q, want %v", got, core)
	}
	child, err := exec.Command("grep", "Cpus_allowed_list", "/proc/self/status").Output()
	if err != nil {
		t.Error(err)
	} else if got := field(strings.TrimSpace(string(child)), "Cpus_allowed_list"); !slices.Equal(cpuList(got), core) {
		t.Errorf("a child is on %q, want %v", got, core)
	}
	restore()
	if got := affinities(t); !slices.Equal(got, before) {
		t.Errorf("threads on %q afterwards, from %q", got, before)
	}
	close(stop)
	busy.Wait()
}

func TestPinFails(t *testing.T) {
	before := affinities(t)
	for _, cores := range [][]int{nil, {1000}} {
		if _, err := Pin(cores); err == nil {
			t.Errorf("pinned to %v", cores)
		}
	}
	if got := affinities(t); !slices.Equal(got, before) {
		t.Errorf("threads on %q afterwards, from %q", got, before)
	}
}
