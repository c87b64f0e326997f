package poisson

import "github.com/solverbench/solverbench/plugins"

// Solvers returns what this package offers.
func Solvers() []plugins.Offer {
	return []plugins.Offer{
		plugins.New("multigrid", &Multigrid{
			Smoother: "rbgs", Cycle: "V", Pre: 2, Post: 2, Omega: 1, Krylov: "auto", FMG: true, MaxIterations: 200,
		}, plugins.About{
			Doc: "Geometric multigrid on grids in one to three dimensions, with semicoarsening where coefficients are " +
				"anisotropic and operator-dependent interpolation where they vary, by itself or as the preconditioner of conjugate gradients.",
			Citation: "Brandt 1977; Alcouffe, Brandt, Dendy & Painter 1981; Dendy 1982",
			Tags:     []string{"iterative", "multigrid"}, Parallel: true,
		}),
		plugins.New("cg", &CG{Precond: "ic0", Omega: 1.2, MaxIterations: 20000}, plugins.About{
			Doc:      "Conjugate gradients with Jacobi, SSOR or zero-fill incomplete Cholesky preconditioning, on grids and sparse matrices.",
			Citation: "Hestenes & Stiefel 1952; Meijerink & van der Vorst 1977",
			Tags:     []string{"iterative", "krylov"},
		}),
		plugins.New("sor", &SOR{Ordering: "auto", MaxIterations: 100000}, plugins.About{
			Doc: "Successive over-relaxation with a given or the optimal factor: from the known spectrum of Jacobi iteration " +
				"for constant coefficients, otherwise by Young's estimate.",
			Citation: "Young 1954",
			Tags:     []string{"iterative", "relaxation"}, Parallel: true,
		}),
		plugins.New("fast-poisson", &FastPoisson{Symbol: "auto", Direct: "auto"}, plugins.About{
			Doc: "Fast direct solver for constant coefficients: sine, cosine and Fourier transforms diagonalise the operator, " +
				"and along one axis tridiagonal systems may take their place.",
			Citation: "Hockney 1965; Swarztrauber 1977",
			Tags:     []string{"direct", "spectral"}, Parallel: true,
		}),
	}
}
