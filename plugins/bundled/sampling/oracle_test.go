package sampling

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/solverbench/solverbench/plugins"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	samplingv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/sampling/v1"
)

// mixture is a Gaussian mixture with diagonal covariances and its exact noise prediction.
type mixture struct {
	Weights   []float64   `json:"weights"`
	Means     [][]float64 `json:"means"`
	Variances [][]float64 `json:"variances"`
	calls     int
}

func (m *mixture) noise(dst, x []float64, scalars []float64) error {
	m.calls++
	d := len(m.Means[0])
	n := schedule{betaMin: 0.1, betaMax: 20}.at(scalars[0])
	logs := make([]float64, len(m.Weights))
	for p := 0; p < len(x); p += d {
		largest := math.Inf(-1)
		for k, w := range m.Weights {
			logs[k] = math.Log(w)
			for j, mu := range m.Means[k] {
				v := n.alpha*n.alpha*m.Variances[k][j] + n.sigma*n.sigma
				r := x[p+j] - n.alpha*mu
				logs[k] -= 0.5 * (r*r/v + math.Log(v))
			}
			largest = max(largest, logs[k])
		}
		sum := 0.0
		for k := range logs {
			logs[k] = math.Exp(logs[k] - largest)
			sum += logs[k]
		}
		for j := range d {
			e := 0.0
			for k := range logs {
				v := n.alpha*n.alpha*m.Variances[k][j] + n.sigma*n.sigma
				e += logs[k] / sum * (x[p+j] - n.alpha*m.Means[k][j]) / v
			}
			dst[p+j] = n.sigma * e
		}
	}
	return nil
}

type record struct {
	Sampler string      `json:"sampler"`
	Grid    string      `json:"grid"`
	Steps   int         `json:"steps"`
	NFE     int         `json:"nfe"`
	X0      [][]float64 `json:"x0"`
}

type vectors struct {
	Mixture *mixture    `json:"mixture"`
	XT      [][]float64 `json:"xT"`
	Flow    [][]float64 `json:"probability_flow_x0"`
	Results []record    `json:"results"`
}

func loadVectors(t testing.TB) vectors {
	t.Helper()
	data, err := os.ReadFile("testdata/samplers.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func flat(rows [][]float64) []float64 {
	var x []float64
	for _, r := range rows {
		x = append(x, r...)
	}
	return x
}

func newTask(x []float64, d int, budget uint32) *samplingv1.Task {
	return &samplingv1.Task{
		Schedule: &samplingv1.Schedule{
			Kind: samplingv1.ScheduleKind_SCHEDULE_KIND_VP_LINEAR, BetaMin: 0.1, BetaMax: 20, TStart: 1, TEnd: 1e-3,
		},
		Start:          commonv1.Float64(x, len(x)/d, d),
		Noise:          &commonv1.Oracle{Name: "noise", InputShape: []int64{int64(len(x) / d), int64(d)}, OutputShape: []int64{int64(len(x) / d), int64(d)}},
		MaxEvaluations: budget,
	}
}

func newRun(m *mixture) *plugins.Run {
	return plugins.NewTestRun(1, map[string]plugins.OracleFunc{"noise": m.noise})
}

// sampler is what every solver here is.
type sampler interface {
	plugins.Solver[*samplingv1.Task, *samplingv1.Solution]
	plugins.Preparer[*samplingv1.Task]
}

// sample runs a solver in this process.
func sample(t testing.TB, s sampler, m *mixture, task *samplingv1.Task) ([]float64, error) {
	t.Helper()
	run := newRun(m)
	if err := s.Prepare(t.Context(), run, task); err != nil {
		return nil, err
	}
	m.calls = 0
	solution, err := s.Solve(t.Context(), run, task)
	if err != nil {
		return nil, err
	}
	return solution.Samples.Float64s()
}

// rms is the root of the mean squared distance of points in d dimensions.
func rms(x, y []float64, d int) float64 {
	sum := 0.0
	for i := range x {
		sum += (x[i] - y[i]) * (x[i] - y[i])
	}
	return math.Sqrt(sum / float64(len(x)/d))
}
