// Package ks solves semilinear evolution equations in one periodic dimension (schema
// semilinear.v1): Kuramoto–Sivashinsky, Korteweg–de Vries, Burgers and their kin.
//
// All solvers are Fourier pseudo-spectral in space, with the nonlinear term as −(a/2) ∂_x u²
// dealiased, and differ in the time integrator, one of package etd. Resolution and step are chosen from the data
// and the tolerance unless given; a resolution that proves too coarse is doubled.
package ks
