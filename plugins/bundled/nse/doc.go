// Package nse solves the two-dimensional Navier–Stokes equations in vorticity form on a periodic
// square (schema nse.v1).
//
// The spectral solvers are pseudo-spectral, with the modes beyond two thirds cut off or the grid
// padded by half, and differ in the time integrator, one of package etd. The nonlinear term is taken in the form
// of Basdevant (1983), which needs the velocity and two products only; velocity and products
// are each transformed as one complex field, and the passes over rows never leave the cache.
//
// The finite-difference solver conserves energy and enstrophy by the Jacobian of Arakawa (1966).
package nse
