package sampling

import (
	"fmt"
	"math"

	"github.com/solverbench/solverbench/plugins"
	samplingv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/sampling/v1"
)

// node is a time with the schedule's values at it.
type node struct {
	t, alpha, sigma, lambda float64
}

// rho is the noise level σ/α.
func (n node) rho() float64 { return n.sigma / n.alpha }

// schedule is the variance-preserving linear schedule, ln α = −t²(β_max − β_min)/4 − t β_min/2
// (Song et al. 2021, eq. 33).
type schedule struct {
	betaMin, betaMax float64
}

func newSchedule(s *samplingv1.Schedule) (schedule, error) {
	if s.GetKind() != samplingv1.ScheduleKind_SCHEDULE_KIND_VP_LINEAR {
		return schedule{}, fmt.Errorf("schedule %v, expected VP_LINEAR: %w", s.GetKind(), plugins.ErrUnsupported)
	}
	if !(s.TStart > s.TEnd && s.TEnd > 0) {
		return schedule{}, fmt.Errorf("schedule from t = %g to %g, expected to end at a smaller t > 0: %w", s.TStart, s.TEnd, plugins.ErrUnsupported)
	}
	return schedule{s.BetaMin, s.BetaMax}, nil
}

// at returns the schedule's values at time t > 0.
func (s schedule) at(t float64) node {
	logAlpha := -0.25*t*t*(s.betaMax-s.betaMin) - 0.5*t*s.betaMin
	sigma := math.Sqrt(-math.Expm1(2 * logAlpha))
	return node{t: t, alpha: math.Exp(logAlpha), sigma: sigma, lambda: logAlpha - math.Log(sigma)}
}

// atLambda is at for the time with the given λ.
func (s schedule) atLambda(lambda float64) node {
	// α² = 1/(1 + e^−2λ), and the root of the quadratic in a form that survives β_min = β_max.
	minusLogAlpha := 0.5 * math.Log1p(math.Exp(-2*lambda))
	if lambda < -300 {
		minusLogAlpha = -lambda
	}
	b := 0.5 * s.betaMin
	return s.at(2 * minusLogAlpha / (b + math.Sqrt(b*b+(s.betaMax-s.betaMin)*minusLogAlpha)))
}

// lambdaRate returns dλ/dt = (d ln α/dt)/σ².
func (s schedule) lambdaRate(n node) float64 {
	return -0.5 * (n.t*(s.betaMax-s.betaMin) + s.betaMin) / (n.sigma * n.sigma)
}

// karrasExponent is ρ of Karras et al. 2022, eq. 5.
const karrasExponent = 7

// grid returns the steps+1 nodes from start to end: uniform in λ ("logsnr"), in t ("time"), in √t
// ("quadratic"), or in (σ/α)^(1/7) ("karras").
func (s schedule) grid(kind string, steps int, start, end float64) []node {
	first, last := s.at(start), s.at(end)
	nodes := make([]node, steps+1)
	nodes[0], nodes[steps] = first, last
	for i := 1; i < steps; i++ {
		u := float64(i) / float64(steps)
		between := func(a, b float64) float64 { return a + u*(b-a) }
		switch kind {
		case "time":
			nodes[i] = s.at(between(start, end))
		case "quadratic":
			r := between(math.Sqrt(start), math.Sqrt(end))
			nodes[i] = s.at(r * r)
		case "karras":
			// ln ρ = −λ, so that the power is taken of e^−λ/7.
			r := between(math.Exp(-first.lambda/karrasExponent), math.Exp(-last.lambda/karrasExponent))
			nodes[i] = s.atLambda(-karrasExponent * math.Log(r))
		default:
			nodes[i] = s.atLambda(between(first.lambda, last.lambda))
		}
	}
	return nodes
}
