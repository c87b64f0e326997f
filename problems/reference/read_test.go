package reference

import (
	"errors"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/solverbench/solverbench/metrics"
	"github.com/solverbench/solverbench/plugins/option"
	"github.com/solverbench/solverbench/problems/arrayio"
)

func TestReadField(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, values []float64, shape ...int) string {
		path := filepath.Join(dir, name)
		if err := arrayio.WriteNPY(path, metrics.Array{Shape: shape, Values: values}); err != nil {
			t.Fatal(err)
		}
		return path
	}
	hole := make([]float64, 16)
	hole[6] = math.NaN()
	good := write("good.npy", make([]float64, 16), 4, 4)
	for _, c := range []struct {
		path string
		axes int
		want string // in the error; empty for none
	}{
		{good, 2, ""},
		{good, 1, "[4 4]"},
		{write("line.npy", make([]float64, 16), 16), 2, "[16]"},
		{write("oblong.npy", make([]float64, 32), 8, 4), 2, "[8 4]"},
		{write("small.npy", make([]float64, 9), 3, 3), 2, "n ≥ 4: its shape is [3 3]"},
		{write("hole.npy", hole, 4, 4), 2, "element [1][2] is NaN"},
		{write("line-hole.npy", hole, 16), 1, "element [6] is NaN"},
		{filepath.Join(dir, "missing.npy"), 1, "no such file"},
		{"", 2, "a .npy file of [n][n]"},
	} {
		values, n, err := ReadField("file", c.path, c.axes)
		if c.want == "" {
			if err != nil || n != 4 || len(values) != 16 {
				t.Errorf("%s: %d values, n = %d, %v", c.path, len(values), n, err)
			}
			continue
		}
		var bad *option.Error
		if !errors.As(err, &bad) || bad.Name != "file" || bad.Value != c.path || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error is %v, expected an *option.Error of file that says %q", c.path, err, c.want)
		}
	}
}
