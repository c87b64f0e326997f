// Package fft computes discrete Fourier, sine and cosine transforms of arrays of any length, in
// one, two or three dimensions: what spectral methods and fast direct solvers are made of.
//
// There are three kinds of plan, all for arrays in C order (last axis fastest) of any number of
// axes:
//
//   - Complex: complex to complex.
//   - Real: real to the non-negative half of the spectrum along the last axis, and back; the
//     spectrum may be cut to the coefficients that a dealiased method keeps.
//   - Trig: real to real, a sine, cosine or half-complex transform along each axis.
//
// Transforms are unnormalised, with the definitions of FFTW: Forward has the kernel
// exp(−2πi jk/n), and Inverse(Forward(x)) is x divided by the plan's Scale.
//
// Lengths 2^a 3^b 5^c take the Stockham autosort algorithm (Swarztrauber, FFT algorithms for vector
// computers, 1984) in radices 8, 5, 4, 3, 2; others the chirp algorithm of Bluestein (1970).
// Axes other than the last are transformed several adjacent columns at once, so that memory is read
// in whole cache lines.
//
// A plan owns its workspace: it serves one goroutine at a time. Clone returns a plan for another
// goroutine; the tables are shared. With one thread, executing a plan allocates nothing.
package fft
