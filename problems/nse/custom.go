package nse

import (
	"context"
	"fmt"
	"math"
	"strconv"

	"github.com/solverbench/solverbench/metrics"
	"github.com/solverbench/solverbench/plugins/option"
	"github.com/solverbench/solverbench/problems"
	"github.com/solverbench/solverbench/problems/reference"
)

// customParams are the parameters of the user's own flow.
type customParams struct {
	File    string  `opt:"file,path" doc:".npy file of ω(x, y, 0), [n][n], row = y"`
	L       float64 `opt:"L,min=1e-3,max=1e6" doc:"side of the square"`
	Nu      float64 `opt:"nu,min=1e-9,max=100" doc:"viscosity ν"`
	Mu      float64 `opt:"mu,min=0,max=100" doc:"linear drag μ"`
	T       float64 `opt:"T,min=1e-3,max=1000" doc:"time of the solution"`
	Forcing string  `opt:"forcing,path" doc:".npy file of f, [m][m]; none if empty"`
	U       float64 `opt:"U,min=-1000,max=1000" doc:"mean flow in x"`
	V       float64 `opt:"V,min=-1000,max=1000" doc:"mean flow in y"`
	Truth   string  `opt:"truth,path" doc:".npy file of ω(x, y, T), [p][p]; computed if empty"`
	Points  int     `opt:"points,min=0,max=2048" doc:"points a side of the output grid; 0 for those of truth, or of file"`
}

func custom() problems.Problem {
	doc := problems.Doc{
		Summary:  "a flow of yours: file holds ω(x, y, 0), uniformly sampled on [0, L)² from 0, of mean zero",
		Equation: equationText,
		Domain:   "[0, L)², periodic",
		Truth:    "the file truth, ω(x, y, T), taken as exact; " + computedText,
		Accuracy: "a hundredth of the tolerance or better, 1e-11 at best, where the harness computes it; metric truth-accuracy",
		Ladder:   []float64{1e-2, 1e-3, 1e-4, 1e-6},
		Source:   "the user",
	}
	defaults := customParams{L: 2 * math.Pi, Nu: 1e-3, T: 1}
	problem := problems.Define("custom", doc, "rel-l2", 1e-4, defaults, buildCustom)
	problem.NeedsFile = true
	return problem
}

func buildCustom(ctx context.Context, p customParams, common problems.Common) (problems.Instance, error) {
	f := flow{Length: p.L, Viscosity: p.Nu, Drag: p.Mu, U: p.U, V: p.V}
	var err error
	if f.Vorticity, err = readMeanZero("file", p.File); err != nil {
		return nil, err
	}
	if p.Forcing != "" {
		if f.Forcing, err = readMeanZero("forcing", p.Forcing); err != nil {
			return nil, err
		}
	}
	if p.Truth != "" {
		w, m, err := reference.ReadField("truth", p.Truth, 2)
		if err != nil {
			return nil, err
		}
		if p.Points != 0 && p.Points != m {
			return nil, &option.Error{Name: "points", Value: strconv.Itoa(p.Points), Expected: fmt.Sprintf("0 or the %d of truth", m)}
		}
		return newInstance(f, reference.Given(p.T, w, m, m), common.Tolerance)
	}
	m := p.Points
	switch {
	case m == 0:
		m = side(f.Vorticity)
	case m < 4:
		return nil, &option.Error{Name: "points", Value: strconv.Itoa(m), Expected: "0 or an integer ≥ 4"}
	}
	truth, err := computed(ctx, f, []float64{p.T}, m, common.Tolerance)
	if err != nil {
		return nil, err
	}
	return newInstance(f, truth, common.Tolerance)
}

// meanAllowed is the mean, relative to the root mean square, that is taken for rounding, as of float32 data, and
// removed. A periodic flow has none: the circulation around the square vanishes.
const meanAllowed = 1e-6

func readMeanZero(parameter, path string) ([]float64, error) {
	w, _, err := reference.ReadField(parameter, path, 2)
	if err != nil {
		return nil, err
	}
	mean := 0.0
	for _, v := range w {
		mean += v / float64(len(w))
	}
	if rms := metrics.L2(w) / math.Sqrt(float64(len(w))); math.Abs(mean) > meanAllowed*rms {
		return nil, &option.Error{Name: parameter, Value: path,
			Expected: fmt.Sprintf("a field of mean zero, as in a periodic flow; its mean is %.3g, its root mean square %.3g", mean, rms)}
	}
	for i := range w {
		w[i] -= mean
	}
	return w, nil
}
