package sampling

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/solverbench/solverbench/metrics"
	"github.com/solverbench/solverbench/problems/reference"
)

// Tolerances of the flow: of the truth, and of the check by which its accuracy is known.
const (
	flowTolerance  = 1e-12
	checkTolerance = 1e-10
)

// flowBlock is how many points share their steps: enough to share what depends on the time alone, few
// enough that one hard point does not hold up many.
const flowBlock = 16

// checkPoints is how many points are integrated again at the looser tolerance.
const checkPoints = 256

// truth is the exact flow's end for every row of a start.
type truth struct {
	end      []float64
	accuracy float64 // RMS distance over points to expect of it
	method   string
}

// flow solves the probability-flow ODE of the mixture from the start, exactly for one component, otherwise
// by extrapolation. Costly ones are kept in the user's cache.
func (m *mixture) flow(ctx context.Context, s schedule, start []float64) (truth, error) {
	if len(m.weights) == 1 {
		return truth{end: m.gaussianFlow(s, start), method: "closed form"}, nil
	}
	compute := func(ctx context.Context) (*reference.Trajectory, error) {
		end, err := m.integrate(ctx, s, start, flowTolerance)
		if err != nil {
			return nil, err
		}
		some := start[:min(len(start), checkPoints*m.d)]
		check, err := m.integrate(ctx, s, some, checkTolerance)
		if err != nil {
			return nil, err
		}
		difference, err := metrics.RMSDistance(check, end[:len(some)], m.d)
		if err != nil {
			return nil, err
		}
		return &reference.Trajectory{
			Times: []float64{s.TEnd}, Shape: []int{len(start) / m.d, m.d}, Accuracy: []float64{difference}, Fields: [][]float64{end},
			Method: fmt.Sprintf("Gragg–Bulirsch–Stoer at tolerance %g, compared with %g", flowTolerance, checkTolerance),
		}, nil
	}
	var t *reference.Trajectory
	var err error
	// A quick one is computed sooner than read.
	if len(start)*len(m.weights) > 1<<15 {
		t, err = reference.Cached(ctx, "sampling", m.cacheKey(s, start), compute)
	} else {
		t, err = compute(ctx)
	}
	if err != nil {
		return truth{}, fmt.Errorf("computing the probability flow: %w", err)
	}
	return truth{t.Fields[0], t.Accuracy[0], t.Method}, nil
}

// cacheKey holds all that a flow depends on.
func (m *mixture) cacheKey(s schedule, start []float64) any {
	return struct {
		Kind                             string
		Tolerance                        float64
		Schedule                         schedule
		Weights, Means, Variances, Start []float64
	}{"mixture flow 1", flowTolerance, s, m.weights, m.means, m.variances, start}
}

// gaussianFlow is the flow of the first component alone: (x − αμ)/√(α²v + σ²) is constant along it.
func (m *mixture) gaussianFlow(s schedule, start []float64) []float64 {
	a, b := s.at(s.TStart), s.at(s.TEnd)
	end := make([]float64, len(start))
	for i, x := range start {
		mu, v := m.means[i%m.d], m.variances[i%m.d]
		ratio := math.Sqrt(b.variance(v) / a.variance(v))
		end[i] = b.alpha*mu + ratio*(x-a.alpha*mu)
	}
	return end
}

// integrate solves dy/dλ = −e^−λ ε(αy), y = x/α, block by block.
func (m *mixture) integrate(ctx context.Context, s schedule, start []float64, tolerance float64) ([]float64, error) {
	first, last := s.at(s.TStart), s.at(s.TEnd)
	end := slices.Clone(start)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for p := 0; p < len(start); p += flowBlock * m.d {
		group.Go(func() error {
			y := end[p:min(p+flowBlock*m.d, len(end))]
			g, x := m.newMarginal(), make([]float64, len(y))
			for i := range y {
				y[i] /= first.alpha
			}
			rate := func(dst, y []float64, lambda float64) {
				l := levelOf(lambda)
				for i, v := range y {
					x[i] = l.alpha * v
				}
				m.at(l, g)
				g.noise(dst, x, m.d)
				factor := -math.Exp(-lambda)
				for i := range dst {
					dst[i] *= factor
				}
			}
			if err := extrapolate(ctx, rate, y, first.lambda(), last.lambda(), tolerance); err != nil {
				return fmt.Errorf("points from %d: %w", p/m.d, err)
			}
			for i := range y {
				y[i] *= last.alpha
			}
			return nil
		})
	}
	return end, group.Wait()
}
