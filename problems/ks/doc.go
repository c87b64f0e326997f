// Package ks defines the problems of the Kuramoto–Sivashinsky equation
//
//	u_t = −u u_x − u_xx − u_xxxx,  periodic on [0, L),
//
// in the schema of semilinear equations. A solver is handed u(x, 0) sampled on enough points that its
// trigonometric interpolant is exact to rounding, and returns u at the times asked for on the output grid.
//
// The equation is chaotic for L above about 18 (leading Lyapunov exponent ≈ 0.05 to 0.09), so errors grow
// with T and a solution at T = 100 is right only if its local errors are very small. Truths for the standard
// cases are embedded (truth/README.md); others are computed with package reference and kept in the user's cache.
package ks
