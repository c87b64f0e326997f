// Package reference computes and keeps the reference solutions ("truths") that the evolution
// families ks and nse are judged by.
//
// A [Trajectory] holds a field at a few times with how accurate it is. The same small binary format
// serves the truths embedded in the program and those in the user's cache ([Cached]). What is not
// embedded is computed by integrators that no solver shares code or method with: an implicit
// Radau IIA collocation method of order 13 ([Radau]) in one dimension, the explicit Runge–Kutta
// pair DOP853 ([DOP853]) in two. [Refine] runs a computation at growing resolution and shrinking
// steps until two of them agree, and records how far they do as the accuracy of the finer.
package reference
