// Package poisson offers solvers for elliptic problems −∇·(K∇u) = f on boxes, and for sparse
// symmetric positive definite systems: the tasks of solverbench.poisson.v1.
//
// A method is a composition along four axes, each in small files of its own: the operator
// (constant.go, stencil.go, csr.go), the smoother (smoother.go), the transfer between grids
// (constant_transfer.go, dependent.go) and the cycle (cycle.go) make a multigrid hierarchy; the
// Krylov method (krylov.go) takes any preconditioner (precond.go, or a cycle). Fast direct solution by
// transforms stands beside them (fast.go, refine.go), as does plain relaxation (sor.go).
//
// Two forms of the same system occur. The row form is the one of the task. The symmetric form
// is the row form times the trapezoidal weights of the unknowns, ½ on a Neumann side and 1
// elsewhere, which makes the matrix symmetric. They are the same without Neumann sides.
package poisson
