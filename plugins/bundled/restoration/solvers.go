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
		plugins.New("gaussian", &Gaussian{}, plugins.About{
			Doc:      "Smooths with a Gaussian, whose width minimises Stein's unbiased estimate of the error. Restores noise and low light.",
			Citation: "Stein 1981, Annals of Statistics 9(6)",
			Tags:     []string{"direct", "linear"}, Parallel: true,
		}),
		plugins.New("tv", &TV{Iterations: 300, Tolerance: 1e-3, Isotropic: true}, plugins.About{
			Doc:      "Total variation by the primal–dual algorithm. Restores noise, low light and reduction.",
			Citation: "Rudin, Osher & Fatemi 1992, Physica D 60; Chambolle & Pock 2011, JMIV 40",
			Tags:     []string{"iterative", "variational"}, Parallel: true,
		}),
	}
}
