package ks

import (
	"github.com/solverbench/solverbench/plugins"
	"github.com/solverbench/solverbench/plugins/bundled/etd"
)

// method is a time integrator as a solver.
type method struct {
	name          string
	scheme        etd.Scheme
	order, factor float64 // see equation.step
	doc, citation string
	tag           string
}

var methods = []method{
	{
		"etdrk4", etd.ETDRK4, 4, 2,
		"Exponential time differencing, Runge–Kutta of order 4: the linear part is exact, its functions are computed by contour means.",
		"Cox & Matthews 2002, eq. 26–29; Kassam & Trefethen 2005", "exponential",
	},
	{
		"ifrk4", etd.IFRK4, 4, 0.6,
		"Runge–Kutta of order 4 on the integrating-factor variable.",
		"Canuto, Hussaini, Quarteroni & Zang 2006, appendix D", "integrating-factor",
	},
	{
		"sbdf3", etd.SBDF3, 3, 1.5,
		"Semi-implicit backward differentiation of order 3, started by ETDRK4.",
		"Ascher, Ruuth & Wetton 1995, eq. 28", "imex",
	},
	{
		"cnab2", etd.CNAB2, 2, 0.8,
		"Crank–Nicolson and Adams–Bashforth of order 2, started by ETDRK4.",
		"Ascher, Ruuth & Wetton 1995, eq. 18", "imex",
	},
}

// solver returns the method with its default options.
func (m *method) solver() *Solver {
	return &Solver{Dealias: "two-thirds", scheme: m.scheme, order: m.order, factor: m.factor}
}

// Solvers returns what this package offers.
func Solvers() []plugins.Offer {
	offers := make([]plugins.Offer, len(methods))
	for i, m := range methods {
		offers[i] = plugins.New(m.name, m.solver(), plugins.About{
			Doc: m.doc, Citation: m.citation, Tags: []string{"spectral", m.tag},
		})
	}
	return offers
}
