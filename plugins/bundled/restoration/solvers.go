package restoration

import "github.com/solverbench/solverbench/plugins"

// Solvers returns what this package offers.
func Solvers() []plugins.Offer {
	return []plugins.Offer{
		plugins.New("bicubic", &Bicubic{}, plugins.About{
			Doc:      "Enlarges by cubic convolution (a = −½), with optional iterative back-projection. Restores reduction.",
			Citation: "Keys 1981, IEEE TASSP 29(6); Irani & Peleg 1991, CVGIP 53(3)",
			Tags:     []string{"direct", "linear"}, Parallel: true,
		}),
		plugins.New("bilateral", &Bilateral{SigmaSpatial: 2}, plugins.About{
			Doc:      "Averages pixels close both in place and in colour. Restores noise and low light.",
			Citation: "Tomasi & Manduchi 1998, ICCV",
			Tags:     []string{"direct", "local"}, Parallel: true,
		}),
		plugins.New("biharmonic", &Biharmonic{Tolerance: 1e-6}, plugins.About{
			Doc:      "Fills by the biharmonic equation. Restores missing pixels.",
			Citation: "Damelin & Hoang 2018, Int. J. Math. Math. Sci. 3950312",
			Tags:     []string{"direct", "iterative", "linear"}, Parallel: true,
		}),
		plugins.New("gaussian", &Gaussian{}, plugins.About{
			Doc:      "Smooths with a Gaussian, whose width minimises Stein's unbiased estimate of the error. Restores noise and low light.",
			Citation: "Stein 1981, Annals of Statistics 9(6)",
			Tags:     []string{"direct", "linear"}, Parallel: true,
		}),
		plugins.New("nl-means", &NLMeans{PatchSize: 5, PatchDistance: 6, H: 0.9}, plugins.About{
			Doc:      "Averages pixels with similar surroundings, by running sums for each offset. Restores noise and low light.",
			Citation: "Buades, Coll & Morel 2005, CVPR; Darbon et al. 2008, ISBI",
			Tags:     []string{"direct", "non-local"}, Parallel: true,
		}),
		plugins.New("richardson-lucy", &RichardsonLucy{}, plugins.About{
			Doc:      "Deblurs by the multiplicative iteration for Poisson noise, stopped at the noise level. Restores blur.",
			Citation: "Richardson 1972, JOSA 62; Lucy 1974, AJ 79",
			Tags:     []string{"iterative"}, Parallel: true,
		}),
		plugins.New("tv", &TV{Iterations: 300, Tolerance: 2e-3, Isotropic: true}, plugins.About{
			Doc:      "Total variation by the primal–dual algorithm. Restores all six degradations.",
			Citation: "Rudin, Osher & Fatemi 1992, Physica D 60; Chambolle & Pock 2011, JMIV 40",
			Tags:     []string{"iterative", "variational"}, Parallel: true,
		}),
		plugins.New("wavelet", &Wavelet{Wavelet: "db2", Shifts: 3}, plugins.About{
			Doc:      "Shrinks wavelet details by BayesShrink, averaged over shifts. Restores noise and low light.",
			Citation: "Chang, Yu & Vetterli 2000, IEEE TIP 9(9); Coifman & Donoho 1995",
			Tags:     []string{"direct", "multiscale"}, Parallel: true,
		}),
		plugins.New("wiener", &Wiener{Window: 7}, plugins.About{
			Doc:      "Linear least squares with a Laplacian prior for blur; local mean and variance for noise. Restores noise, low light and blur.",
			Citation: "Hunt 1973, IEEE TC 22(9); Lee 1980, IEEE PAMI 2(2); Mallows 1973, Technometrics 15(4)",
			Tags:     []string{"direct", "linear", "spectral"}, Parallel: true,
		}),
	}
}
