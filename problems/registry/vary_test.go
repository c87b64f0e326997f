package registry_test

import (
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/solverbench/solverbench/metrics"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	"github.com/solverbench/solverbench/problems"
	"github.com/solverbench/solverbench/problems/arrayio"
	"github.com/solverbench/solverbench/problems/registry"
)

// TestVariations holds every instance to what problems.Varier promises of tasks. That answers do not carry over is
// tested by each family, which knows its truths.
func TestVariations(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	for _, f := range registry.Families() {
		for i := range f.Problems {
			name := f.Name + "/" + f.Problems[i].Name
			t.Run(name, func(t *testing.T) { variations(t, &f, f.Problems[i].Name, small(t, name)) })
		}
	}
}

// small are parameters of a problem's that make it quick to build.
func small(t *testing.T, name string) map[string]string {
	dir := t.TempDir()
	text := func(file, content string) string {
		path := filepath.Join(dir, file)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	array := func(file string, shape ...int) string {
		n := product(shape)
		a := metrics.Array{Shape: shape, Values: make([]float64, n)}
		for i := range a.Values { // a ramp of mean zero has no symmetry
			a.Values[i] = float64(2*i + 1 - n)
		}
		path := filepath.Join(dir, file)
		if err := arrayio.WriteNPY(path, a); err != nil {
			t.Fatal(err)
		}
		return path
	}
	switch name {
	case "poisson/matrix-market":
		return map[string]string{"file": text("a.mtx", "%%MatrixMarket matrix coordinate real symmetric\n3 3 5\n1 1 2\n2 2 2\n3 3 2\n2 1 -1\n3 2 -1\n")}
	case "poisson/high-frequency":
		return map[string]string{"n": "511"}
	case "ks/extensive":
		return map[string]string{"T": "0.5"}
	case "ks/custom":
		return map[string]string{"file": array("u0.npy", 8), "truth": array("u.npy", 16)}
	case "nse/custom":
		return map[string]string{"file": array("w0.npy", 8, 8), "truth": array("w.npy", 8, 8)}
	case "restoration/folder":
		img := image.NewGray(image.Rect(0, 0, 24, 16))
		for i := range img.Pix {
			img.Pix[i] = uint8(i % 251)
		}
		var b strings.Builder
		if err := png.Encode(&b, img); err != nil {
			t.Fatal(err)
		}
		text("a.png", b.String())
		return map[string]string{"path": dir}
	case "sampling/mixture":
		return map[string]string{"file": "../sampling/testdata/samplers.json"}
	case "sampling/mixture-ring", "sampling/mixture-random", "sampling/gaussian-field":
		return map[string]string{"batch": "64"}
	}
	switch {
	case strings.HasPrefix(name, "poisson/"):
		return map[string]string{"n": "15"}
	case strings.HasPrefix(name, "restoration/"):
		return map[string]string{"size": "32"}
	}
	return nil
}

func product(shape []int) int {
	n := 1
	for _, s := range shape {
		n *= s
	}
	return n
}

func variations(t *testing.T, f *problems.Family, problem string, params map[string]string) {
	spec, err := f.Resolve(problem, params)
	if err != nil {
		t.Fatal(err)
	}
	in, err := spec.Build(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	varier, ok := in.(problems.Varier)
	if !ok {
		t.Fatal("the instance is no problems.Varier")
	}
	before := proto.Clone(in.Task())
	blank := blanked(t, in.Task())
	seen := map[string]int{data(t, in.Task()): 0}
	for k := 1; k <= 5; k++ {
		v, err := varier.Vary(t.Context(), k)
		if err != nil {
			t.Fatal(err)
		}
		again, err := varier.Vary(t.Context(), k)
		if err != nil || !proto.Equal(v.Task(), again.Task()) {
			t.Errorf("variation %d is another when made again, error %v", k, err)
		}
		if !proto.Equal(blanked(t, v.Task()), blank) {
			t.Errorf("variation %d differs in more than its data", k)
		}
		d := data(t, v.Task())
		if other, known := seen[d]; known {
			t.Errorf("variations %d and %d have the same data", other, k)
		}
		seen[d] = k
		if v.Size() != in.Size() || fmt.Sprint(v.SolutionShapes()) != fmt.Sprint(in.SolutionShapes()) {
			t.Errorf("variation %d has size %d and shapes %v, the instance %d and %v", k, v.Size(), v.SolutionShapes(), in.Size(), in.SolutionShapes())
		}
		_, serves := in.(problems.OracleServer)
		if _, also := v.(problems.OracleServer); serves != also {
			t.Errorf("variation %d serves oracles: %t, the instance: %t", k, also, serves)
		}
		_, runs := in.(problems.RunEvaluator)
		if _, also := v.(problems.RunEvaluator); runs != also {
			t.Errorf("variation %d judges runs: %t, the instance: %t", k, also, runs)
		}
	}
	if !proto.Equal(before, in.Task()) {
		t.Error("varying changed the instance's task")
	}
	if _, err := varier.Vary(t.Context(), 12345); err != nil && !errors.Is(err, problems.ErrNoVariation) {
		t.Errorf("variation 12345: %v", err)
	}
}

// blanked is a task with zeros for its data.
func blanked(t *testing.T, task proto.Message) proto.Message {
	t.Helper()
	m := proto.Clone(task)
	err := commonv1.VisitData(m, func(_ string, a *commonv1.Array) error {
		clear(a.GetInline())
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// data are the bytes of a task's data.
func data(t *testing.T, task proto.Message) string {
	t.Helper()
	var all []byte
	err := commonv1.VisitData(task, func(_ string, a *commonv1.Array) error {
		all = append(all, slices.Clone(a.GetInline())...)
		return nil
	})
	if err != nil || len(all) == 0 {
		t.Fatalf("the task has %d bytes of data, error %v", len(all), err)
	}
	return string(all)
}
