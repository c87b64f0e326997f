// Package bundled lists the reference solvers that come with the harness. They are ordinary
// plugin solvers: each package below imports the SDK and numerics, and nothing of the harness.
package bundled

import (
	"slices"

	"github.com/solverbench/solverbench/plugins"
	"github.com/solverbench/solverbench/plugins/bundled/ks"
	"github.com/solverbench/solverbench/plugins/bundled/nse"
	"github.com/solverbench/solverbench/plugins/bundled/poisson"
	"github.com/solverbench/solverbench/plugins/bundled/restoration"
	"github.com/solverbench/solverbench/plugins/bundled/sampling"
)

// Name is the name of the plugin that holds them.
const Name = "bundled"

// Solvers returns all bundled solvers.
func Solvers() []plugins.Offer {
	return slices.Concat(
		nse.Solvers(),
		poisson.Solvers(),
		ks.Solvers(),
		restoration.Solvers(),
		sampling.Solvers(),
	)
}
