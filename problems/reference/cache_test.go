package reference

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// counted returns a computation and the number of times it was called.
func counted() (func(context.Context) (*Trajectory, error), *int) {
	n := new(int)
	return func(context.Context) (*Trajectory, error) {
		*n++
		return sampleTrajectory(), nil
	}, n
}

func cached(t *testing.T, key any, compute func(context.Context) (*Trajectory, error)) {
	t.Helper()
	got, err := Cached(context.Background(), "family", key, compute)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(sampleTrajectory(), got); d != "" {
		t.Errorf("cached differs (-want +got):\n%s", d)
	}
}

func TestCacheComputesOnce(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", dir)
	compute, calls := counted()
	cached(t, []float64{1, 2}, compute)
	cached(t, []float64{1, 2}, compute)
	if *calls != 1 {
		t.Errorf("the same key was computed %d times", *calls)
	}
	cached(t, []float64{1, 2.0000000000000004}, compute)
	if *calls != 2 {
		t.Errorf("another key was not computed")
	}
	files, err := filepath.Glob(filepath.Join(dir, "solverbench", "family", "*"))
	if err != nil || len(files) != 2 {
		t.Errorf("cache holds %q, %v, expected two files and no temporary ones", files, err)
	}
}

func TestCacheRepairsDamage(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", dir)
	compute, calls := counted()
	cached(t, 1, compute)
	files, err := filepath.Glob(filepath.Join(dir, "solverbench", "family", "*.truth"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	b, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, damage := range [][]byte{b[:len(b)-1], append(append([]byte(nil), b[:200]...), b[201:]...), nil} {
		if err := os.WriteFile(files[0], damage, 0o600); err != nil {
			t.Fatal(err)
		}
		before := *calls
		cached(t, 1, compute)
		cached(t, 1, compute)
		if *calls != before+1 {
			t.Errorf("a damaged file of %d bytes led to %d computations, expected 1", len(damage), *calls-before)
		}
	}
}

func TestCacheIsNotNeeded(t *testing.T) {
	file := filepath.Join(t.TempDir(), "not-a-folder")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("XDG_CACHE_HOME", file)
	compute, calls := counted()
	cached(t, 1, compute)
	cached(t, 1, compute)
	if *calls != 2 {
		t.Errorf("computed %d times, expected 2", *calls)
	}
}

func TestCacheKeepsNoFailure(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	failure := errors.New("no")
	_, err := Cached(context.Background(), "family", 1, func(context.Context) (*Trajectory, error) { return nil, failure })
	if !errors.Is(err, failure) {
		t.Errorf("error is %v", err)
	}
	compute, calls := counted()
	cached(t, 1, compute)
	if *calls != 1 {
		t.Error("the failure was kept")
	}
}
