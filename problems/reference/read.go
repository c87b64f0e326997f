package reference

import (
	"fmt"
	"math"

	"github.com/solverbench/solverbench/plugins/option"
	"github.com/solverbench/solverbench/problems/arrayio"
)

// leastPoints is the fewest points a side that a field read from a file may have.
const leastPoints = 4

// ReadField reads the sampled periodic field that a parameter names: [n] for one axis, [n][n] for two. It returns the
// values and n. Errors are *option.Error with the parameter's name.
func ReadField(parameter, path string, axes int) ([]float64, int, error) {
	want := "a .npy file of [n]"
	if axes == 2 {
		want = "a .npy file of [n][n]"
	}
	want = fmt.Sprintf("%s finite numbers, n ≥ %d", want, leastPoints)
	bad := func(format string, args ...any) error {
		return &option.Error{Name: parameter, Value: path, Expected: want + ": " + fmt.Sprintf(format, args...)}
	}
	if path == "" {
		return nil, 0, &option.Error{Name: parameter, Value: path, Expected: want}
	}
	a, err := arrayio.Read(path)
	if err != nil {
		return nil, 0, bad("%v", err)
	}
	if len(a.Shape) != axes || a.Shape[0] < leastPoints || a.Shape[0] != a.Shape[axes-1] {
		return nil, 0, bad("its shape is %v", a.Shape)
	}
	n := a.Shape[0]
	for i, v := range a.Values {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			continue
		}
		if axes == 2 {
			return nil, 0, bad("element [%d][%d] is %g", i/n, i%n, v)
		}
		return nil, 0, bad("element [%d] is %g", i, v)
	}
	return a.Values, n, nil
}
