// Package poisson defines elliptic problems −∇·(K∇u) = f and judges their solutions: by the residual of the
// harness's own discrete operator, or by the error against an exact solution.
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
			highFrequencyProblem(), jumpProblem(), anisotropicProblem(),
		},
		Solution: solution, Arrays: arrays, MainArray: mainArray,
	}
}
