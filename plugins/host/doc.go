// Package host is the harness's side of the plugin protocol: it launches a plugin as a process
// group of its own, speaks with it over a Unix socket in a private directory, hands it
// tasks through shared memory, serves its oracles, checks everything that comes back, and
// ends the whole process tree.
//
// Everything that can go wrong is an *Error whose Kind says what it was.
package host
