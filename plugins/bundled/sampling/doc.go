// Package sampling offers diffusion samplers: integrators of the probability-flow ODE, and ancestral
// sampling of the reverse SDE, that turn x_T into samples of p_0 with few evaluations of the noise
// prediction ε(x, t).
//
// Notation: x_t = α_t x_0 + σ_t ε, λ = ln(α/σ) is half the log signal-to-noise ratio, s is the
// current node of the grid and t the next, h = λ_t − λ_s > 0, d = (x − σε)/α is the data prediction.
// All methods but DDPM approximate the same flow
//
//	d(x/α)/dρ = ε(x, t),  ρ = σ/α = e^−λ
//
// and differ in the variable, the prediction and the history they extrapolate. Each lives in its
// own file; [Sampler] holds what they share: the grid, the budget and the work arrays.
package sampling
