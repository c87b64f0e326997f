// Package measure holds the policies of measuring: when a run has been repeated enough (Policy), how many short solves make
// a call that can be timed (Batch), whether the machine was calm meanwhile (Noise), what about it disturbs or explains times
// (Environment), and which cores a plugin and the harness run on (Place, Pin).
//
// It knows nothing of plugins, runs or stores: it is told times and answers with decisions, and what it reads of the machine it
// puts in words for people. What cannot be read on a machine stays empty and is never guessed.
package measure
