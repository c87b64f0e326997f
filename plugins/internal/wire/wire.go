// Package wire holds what the two sides of the plugin protocol must agree on beside the
// messages themselves.
package wire

import (
	plugin "github.com/hashicorp/go-plugin"
)

// ProtocolVersion is the version of the services in solverbench.plugin.v1. A plugin built
// for another one is refused in the handshake.
const ProtocolVersion = 1

// PluginName is the name under which the service is dispensed.
const PluginName = "solverbench"

// LifelineFD is the descriptor of a pipe whose other end the harness holds for as long as
// it lives: end of file means that the harness is gone and the plugin should end too.
const (
	LifelineFD  = 3
	LifelineEnv = "SOLVERBENCH_LIFELINE"
)

// InlineLimit is the size in bytes from which arrays go to the shared segment.
const InlineLimit = 4096

// Align is the alignment of arrays in a segment: a cache line and an AVX-512 vector.
const Align = 64

// Handshake tells a plugin that it was launched by this harness rather than by hand.
func Handshake() plugin.HandshakeConfig {
	return plugin.HandshakeConfig{
		ProtocolVersion:  ProtocolVersion,
		MagicCookieKey:   "SOLVERBENCH_PLUGIN",
		MagicCookieValue: "a8c1f0d3-solverbench",
	}
}

// AlignUp rounds n up to the alignment of arrays.
func AlignUp(n int) int { return (n + Align - 1) &^ (Align - 1) }
