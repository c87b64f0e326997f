package sampling

import (
	"math"

	samplingv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/sampling/v1"
)

// schedule is the variance-preserving linear noise schedule (Song et al. 2021, eq. 33): β(t) = β_min + t(β_max − β_min),
// ln α = −½∫β = −β_min t/2 − (β_max − β_min) t²/4, σ² = 1 − α².
type schedule struct {
	BetaMin float64 `json:"beta_min"`
	BetaMax float64 `json:"beta_max"`
	TStart  float64 `json:"t_start"`
	TEnd    float64 `json:"t_end"`
}

// standardSchedule is the schedule of the problems that do not bring their own.
func standardSchedule() schedule { return schedule{BetaMin: 0.1, BetaMax: 20, TStart: 1, TEnd: 1e-3} }

// level is what the schedule says of a time: x_t = α x_0 + σ z.
type level struct {
	alpha, sigma float64
}

// at returns the level at time t ≥ 0.
func (s schedule) at(t float64) level {
	integral := t * (s.BetaMin + 0.5*t*(s.BetaMax-s.BetaMin))
	return level{math.Exp(-0.5 * integral), math.Sqrt(-math.Expm1(-integral))}
}

// variance returns the variance at the level of what has the given one at t = 0.
func (l level) variance(atZero float64) float64 {
	return l.alpha*l.alpha*atZero + l.sigma*l.sigma
}

// lambda is ln(α/σ).
func (l level) lambda() float64 { return math.Log(l.alpha / l.sigma) }

// levelOf returns the level with the given λ: every variance-preserving schedule passes through the same.
func levelOf(lambda float64) level {
	return level{1 / math.Sqrt(1+math.Exp(-2*lambda)), 1 / math.Sqrt(1+math.Exp(2*lambda))}
}

func (s schedule) message() *samplingv1.Schedule {
	return &samplingv1.Schedule{
		Kind:    samplingv1.ScheduleKind_SCHEDULE_KIND_VP_LINEAR,
		BetaMin: s.BetaMin, BetaMax: s.BetaMax, TStart: s.TStart, TEnd: s.TEnd,
	}
}
