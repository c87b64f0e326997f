// Package registry lists the families of problems that the harness knows. Adding one is a line
// here.
package registry

import (
	"github.com/solverbench/solverbench/problems"
	"github.com/solverbench/solverbench/problems/ks"
	"github.com/solverbench/solverbench/problems/nse"
	"github.com/solverbench/solverbench/problems/poisson"
	"github.com/solverbench/solverbench/problems/restoration"
	"github.com/solverbench/solverbench/problems/sampling"
)

// Families returns all families, in the order they are listed.
func Families() []problems.Family {
	return []problems.Family{
		poisson.Family(),
		ks.Family(),
		nse.Family(),
		restoration.Family(),
		sampling.Family(),
	}
}
