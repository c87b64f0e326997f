// Package report writes leaderboards and runs for people and programs: tables for a terminal, Markdown, CSV, JSON and
// the Go benchmark format, which benchstat reads.
//
// Names, reasons and messages come from plugins, which are other people's code. In terminal and Markdown output their
// control characters, escape sequences and directional overrides are made visible, they stay on their line, and they
// are cut at a reasonable length. CSV and JSON carry them as they are, quoted.
package report
