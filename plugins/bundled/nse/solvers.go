package nse

import (
	"github.com/solverbench/solverbench/plugins"
	"github.com/solverbench/solverbench/plugins/bundled/etd"
)

var (
	ifrk4  = method{scheme: etd.IFRK4, order: 4, factor: 2.5, courant: 1.5}
	etdrk4 = method{scheme: etd.ETDRK4, order: 4, factor: 2.5, courant: 1.5}
	cnab2  = method{scheme: etd.CNAB2, order: 2, factor: 0.5, courant: 0.3}
)

// Solvers returns what this package offers.
func Solvers() []plugins.Offer {
	return []plugins.Offer{
		spectral("spectral-ifrk4", ifrk4, "Pseudo-spectral; Runge–Kutta of order 4 on the integrating-factor variable.",
			"Basdevant 1983; Canuto, Hussaini, Quarteroni & Zang 2006"),
		spectral("spectral-etdrk4", etdrk4, "Pseudo-spectral; exponential time differencing, Runge–Kutta of order 4.",
			"Basdevant 1983; Cox & Matthews 2002; Kassam & Trefethen 2005"),
		spectral("spectral-cnab2", cnab2, "Pseudo-spectral; Crank–Nicolson and Adams–Bashforth of order 2.",
			"Basdevant 1983; Ascher, Ruuth & Wetton 1995"),
		plugins.New("arakawa", &Arakawa{}, plugins.About{
			Doc:      "Finite differences: the energy and enstrophy conserving Jacobian, a direct Poisson solver, Runge–Kutta of order 4.",
			Citation: "Arakawa 1966, eq. 45", Tags: []string{"finite-difference"}, Parallel: true,
		}),
	}
}

func spectral(name string, m method, doc, citation string) plugins.Offer {
	return plugins.New(name, &Spectral{Dealias: "two-thirds", method: m}, plugins.About{
		Doc: doc, Citation: citation, Tags: []string{"spectral"}, Parallel: true,
	})
}
