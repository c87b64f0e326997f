// Package poisson defines elliptic problems −∇·(K∇u) = f and symmetric positive definite systems.
//
// Discrete problems (unit-2d, unit-3d, jump, anisotropic, matrix-market) ask for the solution of a linear system:
// what is judged is ‖f − Au‖₂/‖f‖₂, by an operator written for this purpose alone. Continuous ones (manufactured,
// high-frequency) ask for the solution of the differential equation by any method: what is judged is the relative
// L2 error against the closed form at the unknowns, after taking means off where u is free up to a constant.
// poissonv1.Task says how grids, boundary data and coefficients are laid out.
package poisson

import (
	"github.com/solverbench/solverbench/problems"
)

// Family returns the family poisson.
func Family() problems.Family {
	return problems.Family{
		Name:   "poisson",
		Title:  "elliptic equations −∇·(K∇u) = f and symmetric positive definite systems",
		Schema: "solverbench.poisson.v1.Task",
		RankBy: "time",
		Problems: []problems.Problem{
			unit2DProblem(), unit3DProblem(), manufactured2DProblem(), manufactured3DProblem(),
			highFrequencyProblem(), jumpProblem(), anisotropicProblem(), matrixMarketProblem(),
		},
		Solution: solution, Arrays: arrays, MainArray: mainArray,
	}
}
