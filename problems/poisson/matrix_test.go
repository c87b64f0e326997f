package poisson

import (
	"compress/gzip"
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/solverbench/solverbench/metrics"
	"github.com/solverbench/solverbench/plugins/option"
	"github.com/solverbench/solverbench/problems/arrayio"
)

// springs is testdata/springs.mtx, assembled from its springs.
func springs() *mat.SymDense {
	a := mat.NewSymDense(7, nil)
	ground := []float64{1, 0, 0, 0, 0, 0, 0.5}
	for i, k := range ground {
		a.SetSym(i, i, k)
	}
	join := func(i, j int, k float64) {
		a.SetSym(i, i, a.At(i, i)+k)
		a.SetSym(j, j, a.At(j, j)+k)
		a.SetSym(i, j, a.At(i, j)-k)
	}
	for i, k := range []float64{0.5, 1e6, 2, 3, 100, 0.25} {
		join(i, i+1, k)
	}
	join(1, 3, 1e-3)
	return a
}

func TestMatrixMarket(t *testing.T) {
	const file = "testdata/springs.mtx"
	in := build(t, "matrix-market", map[string]string{"file": file})
	a := springs()
	if in.Size() != 7 || in.task.Tolerance != 1e-8 {
		t.Errorf("size %d and tolerance %g, want 7 and 1e-8", in.Size(), in.task.Tolerance)
	}
	b, err := in.task.Rhs.Float64s()
	if err != nil {
		t.Fatal(err)
	}
	for i := range b { // A·1 is the springs to the ground, of 1 and 0.5
		if want := map[int]float64{0: 1, 6: 0.5}[i]; math.Abs(b[i]-want) > 1e-9 {
			t.Errorf("(A·1)_%d is %g, want %g", i, b[i], want)
		}
	}
	e, v := evaluate(t, in, []float64{1, 1, 1, 1, 1, 1, 1})
	if e.Verdict != "solved" || v[relL2] != 0 || v[relResidual] > 1e-15 || e.Metrics[0].Name != relResidual {
		t.Errorf("the solution 1 is judged %+v", e)
	}
	u := []float64{1, 2, 3, 4, 5, 6, 7}
	_, v = evaluate(t, in, u)
	var au mat.VecDense
	au.MulVec(a, mat.NewVecDense(7, u))
	au.SubVec(mat.NewVecDense(7, b), &au)
	if want := mat.Norm(&au, 2) / metrics.L2(b); math.Abs(v[relResidual]/want-1) > 1e-13 {
		t.Errorf("residual %.15g, want %.15g", v[relResidual], want)
	}

	// The same matrix zipped, with a right-hand side of its own, in either format.
	dir := t.TempDir()
	zipped, npy, mtx := filepath.Join(dir, "s.mtx.gz"), filepath.Join(dir, "b.npy"), filepath.Join(dir, "b.mtx")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var w strings.Builder
	z := gzip.NewWriter(&w)
	if _, err := z.Write(text); err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	write(t, zipped, w.String())
	write(t, mtx, "%%MatrixMarket matrix array real general\n7 1\n3\n1\n4\n1\n5\n9\n2\n")
	if err := arrayio.WriteNPY(npy, metrics.Array{Shape: []int{7}, Values: []float64{3, 1, 4, 1, 5, 9, 2}}); err != nil {
		t.Fatal(err)
	}
	var cholesky mat.Cholesky
	var x mat.VecDense
	if !cholesky.Factorize(a) || cholesky.SolveVecTo(&x, mat.NewVecDense(7, []float64{3, 1, 4, 1, 5, 9, 2})) != nil {
		t.Fatal("the springs are not positive definite")
	}
	for _, rhs := range []string{npy, mtx} {
		in := build(t, "matrix-market", map[string]string{"file": zipped, "rhs": rhs})
		e, v := evaluate(t, in, x.RawVector().Data)
		if _, known := v[relL2]; known || e.Verdict != "solved" {
			t.Errorf("rhs %s: judged %+v, want a residual alone", rhs, e)
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestMatrixMarketErrors(t *testing.T) {
	const (
		general   = "%%MatrixMarket matrix coordinate real general\n"
		symmetric = "%%MatrixMarket matrix coordinate real symmetric\n"
		array     = "%%MatrixMarket matrix array real general\n"
		good      = symmetric + "2 2 3\n1 1 2\n2 1 -1\n2 2 2\n"
	)
	for _, c := range []struct {
		name, file, rhs string
		parameter, want string
	}{
		{"not square", general + "2 3 2\n1 1 1\n2 2 1\n", "", "file", "it is 2×3"},
		{"empty", general + "0 0 0\n", "", "file", "it is 0×0"},
		{"not symmetric", general + "2 2 4\n1 1 2\n1 2 -1\n2 1 -0.5\n2 2 2\n", "", "file", "entry (1, 2) is -1 and (2, 1) is -0.5"},
		{"one triangle", general + "2 2 3\n1 1 2\n2 1 -1\n2 2 2\n", "", "file", "entry (2, 1) is -1 and (1, 2) is 0"},
		{"no diagonal", symmetric + "2 2 2\n1 1 2\n2 1 -1\n", "", "file", "diagonal entry (2, 2) is 0"},
		{"negative diagonal", symmetric + "2 2 2\n1 1 2\n2 2 -1\n", "", "file", "diagonal entry (2, 2) is -1"},
		{"indefinite", symmetric + "2 2 3\n1 1 2\n2 1 -3\n2 2 2\n", "", "file", "entry (1, 2) is -3, not below √(a_ii a_jj) = 2"},
		{"not finite", symmetric + "1 1 1\n1 1 nan\n", "", "file", "line 3: value"},
		{"not a matrix", "hello\n", "", "file", "line 1"},
		{"dense", array + "1 1\n1\n", "", "file", "format: \"array\", expected coordinate"},
		{"singular", symmetric + "3 3 5\n1 1 1\n2 1 -1\n2 2 2.000000000000001\n3 2 -1\n3 3 1\n", "", "rhs", "the rows of"},
		{"short rhs", good, array + "1 1\n1\n", "rhs", "vector of 2 numbers, .mtx in array format or .npy (its shape is [1])"},
		{"two columns", good, array + "1 2\n1\n1\n", "rhs", "its shape is [1 2]"},
		{"zero rhs", good, array + "2 1\n0\n0\n", "rhs", "all of it is zero"},
		{"sparse rhs", good, general + "2 1 1\n1 1 1\n", "rhs", "format: \"coordinate\", expected array"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			params := map[string]string{"file": filepath.Join(dir, "a.mtx")}
			write(t, params["file"], c.file)
			if c.rhs != "" {
				params["rhs"] = filepath.Join(dir, "b.mtx")
				write(t, params["rhs"], c.rhs)
			}
			checkError(t, params, c.parameter, c.want)
		})
	}
	dir := t.TempDir()
	checkError(t, nil, "file", "a path to a symmetric positive definite matrix")
	checkError(t, map[string]string{"file": filepath.Join(dir, "none.mtx")}, "file", "none.mtx: no such file")
	checkError(t, map[string]string{"file": dir}, "file", "a folder, expected a regular file")
	nan := filepath.Join(dir, "b.npy")
	if err := arrayio.WriteNPY(nan, metrics.Array{Shape: []int{7}, Values: []float64{3, 1, 4, math.NaN(), 5, 9, 2}}); err == nil {
		checkError(t, map[string]string{"file": "testdata/springs.mtx", "rhs": nan}, "rhs", "NaN")
	}
}

// TestRowResidual: terms that cancel leave what exact arithmetic leaves.
func TestRowResidual(t *testing.T) {
	e := math.Ldexp(1, -40)
	for _, c := range []struct {
		b         float64
		values, u []float64
		want      float64
	}{
		{1, []float64{1e16, -1e16}, []float64{1, 1}, 1},
		{1e-11, []float64{1e6, -1e6, 1e-11}, []float64{1, 1, 1}, 0},
		{1, []float64{1 + e}, []float64{1 - e}, e * e},
		{0, []float64{1e16, 3, -1e16}, []float64{-1, -1, -1}, 3},
	} {
		if got := rowResidual(c.b, []int32{0, 1, 2}[:len(c.u)], c.values, c.u); got != c.want {
			t.Errorf("%g − %v·%v is %g, want %g", c.b, c.values, c.u, got, c.want)
		}
	}
}

// checkError builds a matrix-market instance, which must fail for the named parameter with the wanted words.
func checkError(t *testing.T, params map[string]string, parameter, want string) {
	t.Helper()
	f := Family()
	spec, err := f.Resolve("matrix-market", params)
	if err != nil {
		t.Fatal(err)
	}
	_, err = spec.Build(context.Background())
	var bad *option.Error
	if !errors.As(err, &bad) {
		t.Fatalf("error is %v, want an option error", err)
	}
	if bad.Name != parameter || bad.Value != params[parameter] || !strings.Contains(bad.Expected, want) {
		t.Errorf("error is %q, want one of %s with %q", err, parameter, want)
	}
}

// TestSlightAsymmetry: what rounding leaves when a matrix is assembled does not make it unsymmetric.
func TestSlightAsymmetry(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.mtx")
	write(t, file, "%%MatrixMarket matrix coordinate real general\n2 2 4\n1 1 2\n1 2 -1.0000000000000002\n2 1 -1\n2 2 2\n")
	build(t, "matrix-market", map[string]string{"file": file})
}

func TestMatrixMarketCancelled(t *testing.T) {
	f := Family()
	spec, err := f.Resolve("matrix-market", map[string]string{"file": "testdata/springs.mtx"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := spec.Build(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v, want context.Canceled", err)
	}
	if !spec.HasFile() || !spec.Definition().NeedsFile {
		t.Error("the harness must know that the problem needs a file")
	}
}
