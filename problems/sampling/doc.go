// Package sampling defines problems of diffusion sampling with an exact score, and judges the samples: turn x_T
// into samples of p_0 with few evaluations of the noise prediction
//
//	ε(x, t) = −σ_t ∇ ln p_t(x),
//
// which the harness computes exactly from p_0 (Gaussian mixtures, stationary Gaussian fields) and serves as an
// oracle, so that nothing but the solver's discretisation is measured.
//
// # Truth
//
// A deterministic solver approximates the probability-flow ODE dy/dλ = −e^−λ ε, y = x/α, λ = ln(α/σ) (Song
// et al. 2021). Its exact solution from the same x_T is known in closed form for Gaussians, and is otherwise
// computed here by Gragg–Bulirsch–Stoer extrapolation, at two tolerances. A stochastic solver follows
// no path, only the law: the marginal p_{t_end}, whose moments and samples are exact. It is p_{t_end}, not
// p_0, that sets of samples are compared with, since that is what the best of solvers returns.
//
// # The primary metric
//
// moment-error is the squared Fréchet distance between the moments of the samples and the exact ones of
// p_{t_end}, relative to the trace of the exact covariance. It is fair to both kinds of solver, but plain sample
// moments of N points have a floor of about (1 + (d+1)/4)/N that hides what good solvers differ in. So the moments are
// estimated with control variates: the exact flow from the same x_T has known expectations, and
// what its sample moments miss of them is taken off the solver's, in the measure in which the two
// are correlated (the regression coefficient, near one for a solver that follows the flow, near zero for one
// that draws its own noise). The estimate remains one of the same expectations; what goes is the noise that x_T
// brought in. Deterministic solvers are then told apart down to rounding, stochastic ones down to the floor of
// their own draws.
//
// Default tolerances lie above 99 % of sets of exact draws, so that no ideal stochastic sampler is failed for
// the noise of its batch, and below what a first-order method leaves at 20 steps (default parameters):
//
//	problem          tolerance   exact draws (median, 99 %)   second order and above, 20 steps   DDIM, 20 steps
//	mixture-ring     1.5e-3      2.4e-4, 1.3e-3               8e-8 … 1.1e-4                      1.9e-3
//	mixture-random   4e-3        1.0e-3, 3e-3                 2e-7 … 2.5e-4                      6.7e-3
//	gaussian-field   1e-2        4.9e-3, 8.8e-3               3e-8 … 1.1e-3                      1.3e-2
//
// DDPM takes 200 steps to meet them. With other parameters the floor moves as above: raise batch, or tol.
//
// The metric frechet is the plain distance, with its floor beside it as frechet-floor: the mean value for four
// sets of as many exact draws. rms-flow, the root mean squared distance to the exact flow, is primary where the points
// are the user's and may be few (mixture[file=]).
package sampling
