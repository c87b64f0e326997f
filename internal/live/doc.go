// Package live shows on a terminal how an experiment goes: the table of the family that is being measured, which fills in where
// it stands, and how much time is left by what has been measured so far.
//
// A Table knows what has happened and lays out a frame for a terminal of any size; it does no output. A Display draws the
// frames of one, at most ten a second and only when something has changed, as it shares the machine with what is measured. The
// cursor stands below the table at the beginning of a line and is seen whenever nothing is being written: a program that is
// killed leaves the terminal as it should be.
package live
