// Package registry lists the families of problems that the harness knows. Adding one is a line
// here.
package registry

import (
	"github.com/solverbench/solverbench/problems"
	"github.com/solverbench/solverbench/problems/poisson"
)

// Families returns all families, in the order they are listed.
func Families() []problems.Family {
	return []problems.Family{
		poisson.Family(),
	}
}
