package sampling

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"reflect"

	"github.com/solverbench/solverbench/plugins/option"
)

// mixtureFile is a mixture with the points to start from, in JSON:
//
//	{"schedule": {"kind": "vp-linear", "beta_min": 0.1, "beta_max": 20, "t_start": 1, "t_end": 0.001},
//	 "mixture": {"weights": [K], "means": [K][d], "variances": [K][d]},
//	 "xT": [batch][d],
//	 "probability_flow_x0": [batch][d]}
//
// The last is optional. Other fields are ignored.
type mixtureFile struct {
	schedule schedule
	mixture  *mixture
	start    []float64
	flow     []float64 // nil if absent
}

// Limits of what a file may hold.
const (
	largestFile     = 1 << 30 // bytes
	largestValue    = 1e12    // of means and starting points, and the square root of variances
	weightTolerance = 1e-6    // of the sum of weights: what six digits leave
)

// readMixtureFile reads a file. Errors about its content are *option.Error of the parameter file.
func readMixtureFile(path string) (*mixtureFile, error) {
	bad := func(expected string) error {
		return &option.Error{Name: "file", Value: path, Expected: expected}
	}
	if path == "" {
		return nil, bad("the path of a JSON file with schedule, mixture and xT")
	}
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, bad("a file that exists")
	}
	if err != nil {
		return nil, fmt.Errorf("reading the mixture: %w", err)
	}
	defer f.Close() //nolint:errcheck // only read
	data, err := io.ReadAll(io.LimitReader(f, largestFile+1))
	if err != nil {
		return nil, fmt.Errorf("reading the mixture: %w", err)
	}
	if len(data) > largestFile {
		return nil, bad(fmt.Sprintf("a file of at most %d bytes", largestFile))
	}
	m, err := parseMixture(data)
	if err != nil {
		return nil, bad(err.Error())
	}
	return m, nil
}

// parseMixture reads the layout above. Its errors say what was expected of which field, and
// what is there.
func parseMixture(data []byte) (*mixtureFile, error) {
	var raw struct {
		Schedule *struct {
			Kind    *string  `json:"kind"`
			BetaMin *float64 `json:"beta_min"`
			BetaMax *float64 `json:"beta_max"`
			TStart  *float64 `json:"t_start"`
			TEnd    *float64 `json:"t_end"`
		} `json:"schedule"`
		Mixture *struct {
			Weights   []*float64   `json:"weights"`
			Means     [][]*float64 `json:"means"`
			Variances [][]*float64 `json:"variances"`
		} `json:"mixture"`
		Start [][]*float64 `json:"xT"`
		Flow  [][]*float64 `json:"probability_flow_x0"`
	}
	if err := json.Unmarshal(data, &raw); err != nil {
		return nil, explainJSON(data, err)
	}
	switch {
	case raw.Schedule == nil:
		return nil, errors.New("an object schedule (it is missing)")
	case raw.Mixture == nil:
		return nil, errors.New("an object mixture (it is missing)")
	case raw.Schedule.Kind == nil:
		return nil, errors.New(`schedule.kind "vp-linear" (it is missing)`)
	case *raw.Schedule.Kind != "vp-linear":
		return nil, fmt.Errorf(`schedule.kind "vp-linear" (it is %q)`, *raw.Schedule.Kind)
	}
	var s schedule
	for _, f := range []struct {
		name string
		dst  *float64
		src  *float64
	}{
		{"beta_min", &s.BetaMin, raw.Schedule.BetaMin}, {"beta_max", &s.BetaMax, raw.Schedule.BetaMax},
		{"t_start", &s.TStart, raw.Schedule.TStart}, {"t_end", &s.TEnd, raw.Schedule.TEnd},
	} {
		if f.src == nil {
			return nil, fmt.Errorf("a number schedule.%s (it is missing)", f.name)
		}
		*f.dst = *f.src
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	m, err := checkMixture(raw.Mixture.Weights, raw.Mixture.Means, raw.Mixture.Variances)
	if err != nil {
		return nil, err
	}
	out := &mixtureFile{schedule: s, mixture: m}
	if out.start, err = matrix("xT", raw.Start, -1, m.d, -largestValue); err != nil {
		return nil, err
	}
	if raw.Flow != nil {
		if out.flow, err = matrix("probability_flow_x0", raw.Flow, len(raw.Start), m.d, -largestValue); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// check says what is wrong with a schedule.
func (s schedule) check() error {
	switch {
	case !(s.BetaMin >= 0):
		return fmt.Errorf("schedule.beta_min ≥ 0 (it is %g)", s.BetaMin)
	case !(s.BetaMax >= s.BetaMin && s.BetaMax > 0):
		return fmt.Errorf("schedule.beta_max > 0 and ≥ beta_min, %g (it is %g)", s.BetaMin, s.BetaMax)
	case !(s.TEnd >= 1e-6):
		return fmt.Errorf("schedule.t_end ≥ 1e-6 (it is %g)", s.TEnd)
	case !(s.TStart > s.TEnd):
		return fmt.Errorf("schedule.t_start > t_end, %g (it is %g)", s.TEnd, s.TStart)
	}
	if first, last := s.at(s.TStart), s.at(s.TEnd); first.alpha < 1e-100 || last.sigma < 1e-8 {
		return fmt.Errorf("a schedule with alpha ≥ 1e-100 at t_start and sigma ≥ 1e-8 at t_end (they are %.3g and %.3g)", first.alpha, last.sigma)
	}
	return nil
}

func checkMixture(weights []*float64, means, variances [][]*float64) (*mixture, error) {
	w, err := vector("mixture.weights", weights, 0)
	if err != nil {
		return nil, err
	}
	if len(w) == 0 {
		return nil, errors.New("mixture.weights of at least one component (there are none)")
	}
	sum := 0.0
	for i, v := range w {
		if v == 0 {
			return nil, fmt.Errorf("mixture.weights[%d] > 0 (it is 0)", i)
		}
		sum += v
	}
	if math.Abs(sum-1) > weightTolerance {
		return nil, fmt.Errorf("mixture.weights of sum 1 (it is %.9g)", sum)
	}
	for i := range w {
		w[i] /= sum
	}
	mu, err := matrix("mixture.means", means, len(w), -1, -largestValue)
	if err != nil {
		return nil, err
	}
	v, err := matrix("mixture.variances", variances, len(w), len(mu)/len(w), 0)
	if err != nil {
		return nil, err
	}
	return newMixture(w, mu, v), nil
}

// matrix flattens rows, checking their number and length, where those are not −1, and that no value is below
// least or above what can be computed with.
func matrix(name string, rows [][]*float64, count, d int, least float64) ([]float64, error) {
	switch {
	case rows == nil:
		return nil, fmt.Errorf("an array of rows %s (it is missing)", name)
	case len(rows) == 0:
		return nil, fmt.Errorf("at least one row in %s (there is none)", name)
	case count >= 0 && len(rows) != count:
		return nil, fmt.Errorf("%d rows in %s (there are %d)", count, name, len(rows))
	}
	if d < 0 {
		d = len(rows[0])
	}
	if d == 0 {
		return nil, fmt.Errorf("%s[0] of at least one dimension (it is empty)", name)
	}
	out := make([]float64, 0, len(rows)*d)
	for i, row := range rows {
		at := fmt.Sprintf("%s[%d]", name, i)
		if len(row) != d {
			return nil, fmt.Errorf("%s of %d values (it has %d)", at, d, len(row))
		}
		values, err := vector(at, row, least)
		if err != nil {
			return nil, err
		}
		out = append(out, values...)
	}
	return out, nil
}

func vector(name string, values []*float64, least float64) ([]float64, error) {
	if values == nil {
		return nil, fmt.Errorf("an array %s (it is missing)", name)
	}
	out := make([]float64, len(values))
	for i, v := range values {
		switch {
		case v == nil:
			return nil, fmt.Errorf("a number %s[%d] (it is null)", name, i)
		case *v < least:
			return nil, fmt.Errorf("%s[%d] ≥ %g (it is %g)", name, i, least, *v)
		case *v > largestValue:
			return nil, fmt.Errorf("%s[%d] ≤ %g (it is %g)", name, i, largestValue, *v)
		}
		out[i] = *v
	}
	return out, nil
}

// explainJSON says where in the text an error of the decoder is.
func explainJSON(data []byte, err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		line, column := position(data, syntax.Offset)
		word := data[min(max(int(syntax.Offset)-1, 0), len(data)):]
		if bytes.HasPrefix(word, []byte("NaN")) || bytes.HasPrefix(word, []byte("Infinity")) || bytes.HasPrefix(word, []byte("I")) {
			return fmt.Errorf("finite numbers (NaN or Infinity at line %d, column %d)", line, column)
		}
		return fmt.Errorf("JSON (at line %d, column %d: %w)", line, column, err)
	case errors.As(err, &kind):
		line, column := position(data, kind.Offset)
		expected := "a finite number"
		switch kind.Type.Kind() {
		case reflect.Slice:
			expected = "an array"
		case reflect.Struct:
			expected = "an object"
		case reflect.String:
			expected = "text"
		}
		return fmt.Errorf("%s in %s (at line %d, column %d there is a %s)", expected, cmp.Or(kind.Field, "the file"), line, column, kind.Value)
	}
	return fmt.Errorf("JSON (%w)", err)
}

// position returns the line and column of an offset in a text, both from 1.
func position(data []byte, offset int64) (line, column int) {
	before := data[:min(max(int(offset)-1, 0), len(data))]
	line = 1 + bytes.Count(before, []byte("\n"))
	return line, len(before) - bytes.LastIndexByte(before, '\n')
}
