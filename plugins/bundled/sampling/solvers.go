package sampling

import "github.com/solverbench/solverbench/plugins"

// Solvers returns what this package offers. All take the options steps and grid.
func Solvers() []plugins.Offer {
	ode := func(name string, m method, doc, citation string, tags ...string) plugins.Offer {
		return plugins.New(name, newSampler(m), plugins.About{Doc: doc, Citation: citation, Tags: append(tags, "deterministic", "probability-flow")})
	}
	return []plugins.Offer{
		ode("ddim", ddim(), "Constant noise prediction over a step (DPM-Solver-1). Order 1; 1 evaluation a step.",
			"Song, Meng & Ermon 2021, Denoising diffusion implicit models", "multistep"),
		plugins.New("ddpm", newDDPM(), plugins.About{
			Doc:      "Ancestral sampling of the reverse SDE. Weak order 1; 1 evaluation a step. Draws with the run's seed.",
			Citation: "Ho, Jain & Abbeel 2020, Denoising diffusion probabilistic models", Tags: []string{"stochastic", "reverse-sde"},
		}),
		ode("dpm-solver-2", dpmSolver2(), "Midpoint exponential integrator in half-log-SNR. Order 2; 2 evaluations a step.",
			"Lu et al. 2022, DPM-Solver", "singlestep"),
		ode("dpm-solver-3", dpmSolver3(), "Three-stage exponential integrator in half-log-SNR. Order 3; 3 evaluations a step.",
			"Lu et al. 2022, DPM-Solver", "singlestep"),
		ode("dpmpp-2m", dpmpp2M(), "Data prediction extrapolated linearly. Order 2; 1 evaluation a step.",
			"Lu et al. 2022, DPM-Solver++", "multistep"),
		ode("dpmpp-3m", dpmpp3M(), "Data prediction extrapolated quadratically, with the published weights. Order 2 with a small constant; 1 evaluation a step. Unstable on coarse grids uniform in time.",
			"Lu et al. 2022, DPM-Solver++", "multistep"),
		ode("unipc-2", unipc(2), "Predictor of order 2 with a free corrector. Order 3; 1 evaluation a step.",
			"Zhao et al. 2023, UniPC", "multistep", "predictor-corrector"),
		ode("unipc-3", unipc(3), "Predictor of order 3 with a free corrector. Order 4 until the first-order last step shows; 1 evaluation a step.",
			"Zhao et al. 2023, UniPC", "multistep", "predictor-corrector"),
		ode("pndm", pndm(), "Adams–Bashforth weights in the DDIM transfer after three pseudo Runge–Kutta steps. Order 2; 1 evaluation a step and 9 more at the start.",
			"Liu, Ren, Lin & Zhao 2022, Pseudo numerical methods for diffusion models on manifolds", "multistep"),
		ode("deis-tab3", deisTAB3(), "Noise prediction extrapolated by a cubic in t, integrated by quadrature. Order 4; 1 evaluation a step.",
			"Zhang & Chen 2023, Fast sampling of diffusion models with exponential integrator", "multistep"),
		ode("heun", heun(), "Trapezoidal rule in the noise level. Order 2; 2 evaluations a step.",
			"Karras et al. 2022, Elucidating the design space of diffusion-based generative models", "singlestep"),
	}
}
