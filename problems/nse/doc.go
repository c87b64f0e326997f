// Package nse defines problems of the two-dimensional incompressible Navier–Stokes equations in vorticity form,
//
//	ω_t + (u+U)·∇ω = ν Δω − μ ω + f,  u = (ψ_y, −ψ_x),  −Δψ = ω,  periodic on [0, L)².
//
// Arrays are [n][n] in C order, row = y, column = x, from 0 with spacing L/n. A solver is handed ω at t = 0 on enough
// points that its trigonometric interpolant is exact to rounding, the forcing likewise, and returns ω at the
// times asked for on the output grid, 64² points unless a custom problem says otherwise.
//
// One truth is exact (taylor-green), those of the standard cases are embedded (truth/README.md), others are computed with
// package reference and kept in the user's cache.
package nse
