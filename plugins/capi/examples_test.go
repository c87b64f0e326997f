//go:build cgo && linux

package capi

import (
	"context"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/solverbench/solverbench/plugins/host"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	poissonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/poisson/v1"
	restorationv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/restoration/v1"
)

// square is the discrete Poisson equation whose solution is sin(πx)·sin(2πy) times a number: an eigenvector of the operator.
func square(n int, factor float64) (task *poissonv1.Task, u []float64) {
	h := 1 / float64(n+1)
	eigenvalue := (4 - 2*math.Cos(math.Pi*h) - 2*math.Cos(2*math.Pi*h)) / (h * h)
	f := make([]float64, n*n)
	u = make([]float64, n*n)
	for i := range u {
		u[i] = factor * math.Sin(math.Pi*h*float64(i%n+1)) * math.Sin(2*math.Pi*h*float64(i/n+1))
		f[i] = eigenvalue * u[i]
	}
	axis := func() *poissonv1.Axis {
		return &poissonv1.Axis{
			Points: uint32(n), Upper: 1,
			LowerBoundary: poissonv1.Boundary_BOUNDARY_DIRICHLET, UpperBoundary: poissonv1.Boundary_BOUNDARY_DIRICHLET,
		}
	}
	return &poissonv1.Task{
		Kind: poissonv1.Kind_KIND_DISCRETE, Axes: []*poissonv1.Axis{axis(), axis()}, Rhs: commonv1.Float64(f, n, n), Tolerance: 1e-10,
	}, u
}

// stripes are an image of two grey values, and the same with noise on it.
func stripes(n int) (task *restorationv1.Task, clean []float64) {
	const sigma = 0.1
	clean = make([]float64, n*n)
	noisy := make([]float64, n*n)
	for i := range clean {
		clean[i] = 0.25 + 0.5*float64(i/(n/4)%2)
		noisy[i] = clean[i] + sigma*math.Sqrt2*math.Sin(float64(i*i)) // as good as random
	}
	return &restorationv1.Task{
		Degraded: commonv1.Float64(noisy, 1, n, n, 1), Height: uint32(n), Width: uint32(n), Sigma: sigma,
		Degradation: &restorationv1.Task_Denoise{Denoise: &restorationv1.Denoise{}},
	}, clean
}

// The examples are built with the compilers of the system and solve.
func TestExamples(t *testing.T) {
	const n = 31
	grid, u := square(n, 1)
	image, clean := stripes(32)
	_, other := square(n, 3)
	for _, tt := range []struct {
		folder, compiler, library, solver string
		task                              proto.Message
		shape                             []int
		want                              []float64
		within                            float64 // root mean square
	}{
		{"c", "cc", "sor.so", "sor", grid, []int{n, n}, u, 1e-9},
		{"fortran", "gfortran", "cg.so", "cg", grid, []int{n, n}, u, 1e-9},
		{"cpp", "c++", "tv.so", "tv-chambolle", image, []int{1, 32, 32, 1}, clean, 0.04},
	} {
		t.Run(tt.folder, func(t *testing.T) {
			library := makeExample(t, tt.folder, tt.compiler, tt.library)
			s := open(t, launch(t, library), host.SessionConfig{Solver: tt.solver, Task: tt.task, Shapes: [][]int{tt.shape}})
			if _, err := s.Prepare(t.Context()); err != nil {
				t.Fatal(err)
			}
			got, err := s.Solve(t.Context(), host.SolveConfig{Repeat: 2})
			if err != nil {
				t.Fatal(err)
			}
			if got.Iterations == 0 {
				t.Error("no iterations are counted")
			}
			near(t, arrayOf(t, got.Solution), tt.want, tt.within)
			if tt.task != proto.Message(grid) {
				return
			}
			// Another right-hand side in the same session.
			if err := s.Load(t.Context(), 1); err != nil {
				t.Fatal(err)
			}
			task, _ := square(n, 3)
			if err := s.Put(0, task); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Solve(t.Context(), host.SolveConfig{}); err != nil {
				t.Fatal(err)
			}
			answer, err := s.Answer(0)
			if err != nil {
				t.Fatal(err)
			}
			near(t, arrayOf(t, answer), other, 3*tt.within)
			closeSession(t, s)
		})
	}
}

func near(t *testing.T, got, want []float64, within float64) {
	t.Helper()
	sum := 0.0
	for i := range want {
		sum += (got[i] - want[i]) * (got[i] - want[i])
	}
	if rms := math.Sqrt(sum / float64(len(want))); !(rms <= within) {
		t.Errorf("off by %v in the root mean square, expected at most %v", rms, within)
	}
}

func closeSession(t *testing.T, s *host.Session) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := s.Close(ctx); err != nil {
		t.Error(err)
	}
}

// makeExample copies an example elsewhere, as installing it does, and runs its Makefile against the headers that we ship.
func makeExample(t *testing.T, folder, compiler, library string) string {
	t.Helper()
	for _, tool := range []string{"make", compiler} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("no %s here: %v", tool, err)
		}
	}
	headers, dir := t.TempDir(), t.TempDir()
	if err := WriteHeaders(headers); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(filepath.Join("../../docs/examples", folder))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		switch filepath.Ext(e.Name()) {
		case ".so", ".mod":
			continue // somebody's build
		}
		copyFile(t, filepath.Join("../../docs/examples", folder, e.Name()), filepath.Join(dir, e.Name()))
	}
	cmd := exec.Command("make", "-C", dir)
	cmd.Env = append(os.Environ(), "SOLVERBENCH_INCLUDE="+headers)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("make: %v\n%s", err, out)
	}
	return filepath.Join(dir, library)
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
}

// The header is C and C++ without a warning, in all the dialects that plugins may be written in.
func TestHeaderCompiles(t *testing.T) {
	for _, tt := range []struct{ compiler, dialect, language string }{
		{"cc", "c99", "c"}, {"cc", "c11", "c"}, {"cc", "c17", "c"}, {"c++", "c++17", "c++"}, {"c++", "c++20", "c++"},
	} {
		if _, err := exec.LookPath(tt.compiler); err != nil {
			t.Skipf("no %s here: %v", tt.compiler, err)
		}
		source := filepath.Join(t.TempDir(), "source")
		if err := os.WriteFile(source, []byte("#include \"solverbench.h\"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(tt.compiler, "-x", tt.language, "-std="+tt.dialect, "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror",
			"-I.", "-fsyntax-only", source)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", tt.dialect, err, out)
		}
	}
}
