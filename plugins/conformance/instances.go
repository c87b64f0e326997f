package conformance

import (
	"cmp"
	"context"
	"strings"

	"github.com/solverbench/solverbench/problems"
)

// size says how large an instance is.
type size int

const (
	small  size = iota // solved at once
	medium             // its arrays lie in shared memory
	large              // takes long enough to be cancelled
	ample              // medium, or more where a fast solver is fast all the same: what it does not free is seen
)

// sizes are the parameters of problems for each size; of those that are not in it the default instance is taken. Tolerances are such
// that simple methods can meet them: whether a solver is a good one is for a benchmark to say.
var sizes = map[string][3]string{
	"poisson/unit-2d":              {"n=15,tol=1e-6", "n=47,tol=1e-6", "n=1023"},
	"poisson/unit-3d":              {"n=7,tol=1e-6", "n=15,tol=1e-6", "n=127"},
	"poisson/manufactured-2d":      {"n=31,tol=0.05", "n=47,tol=0.05", "n=1023"},
	"poisson/manufactured-3d":      {"n=15,tol=0.1", "n=15,tol=0.1", "n=127"},
	"poisson/high-frequency":       {"u=sin6-cos100,n=1023,tol=0.1", "u=sin6-cos100,n=8191,tol=0.1", "u=four-waves-2d,n=1023"},
	"poisson/jump":                 {"n=15,contrast=1", "n=47,contrast=1", "n=1023"},
	"poisson/anisotropic":          {"n=15,epsilon=0.5,tol=1e-6", "n=47,epsilon=0.5,tol=1e-6", "n=1023"},
	"ks/kassam-trefethen":          {"T=1,tol=1e-3", "T=10,tol=1e-3", "T=100"},
	"ks/l22":                       {"T=1,tol=1e-3", "T=10,tol=1e-3", "T=100"},
	"ks/extensive":                 {"T=1,tol=1e-3", "T=10,tol=1e-3", "k=6,T=20"},
	"nse/taylor-green":             {"T=0.1,tol=1e-3", "T=0.1,tol=1e-3", "T=10"},
	"nse/shear-layer":              {"T=0.5,tol=0.05", "T=0.5,tol=0.05", "T=1"},
	"nse/kolmogorov":               {"T=1,tol=1e-3", "T=1,tol=1e-3", "T=5"},
	"nse/fno-forcing":              {"T=5,tol=1e-3", "T=5,tol=1e-3", "T=20"},
	"nse/decay":                    {"T=2,tol=0.05", "T=2,tol=0.05", "T=4"},
	"restoration/denoise":          {"size=32,count=1", "size=64,count=1", "size=256,count=8"},
	"restoration/deblur":           {"size=32,count=1", "size=64,count=1", "size=256,count=8"},
	"restoration/inpaint":          {"size=32,count=1", "size=64,count=1", "size=256,count=8"},
	"restoration/super-resolution": {"size=32,count=1", "size=64,count=1", "size=256,count=8"},
	"restoration/jpeg":             {"size=32,count=1", "size=64,count=1", "size=256,count=8"},
	"restoration/low-light":        {"size=32,count=1", "size=64,count=1", "size=256,count=8"},
	"sampling/mixture-ring":        {"batch=256,nfe=100,tol=0.5", "batch=1024,nfe=100,tol=0.5", "batch=4096"},
	"sampling/mixture-random":      {"batch=256,nfe=100,tol=0.5", "batch=1024,nfe=100,tol=0.5", "batch=4096"},
	"sampling/gaussian-field":      {"n=8,batch=64,nfe=100,tol=0.5", "n=8,batch=256,nfe=100,tol=0.5", "batch=1024"},
}

// amples are the parameters of those whose ample instance is not the medium one.
var amples = map[string]string{
	"poisson/unit-2d":         "n=127,tol=1e-6",
	"poisson/unit-3d":         "n=31,tol=1e-6",
	"poisson/manufactured-2d": "n=127,tol=0.05",
	"poisson/manufactured-3d": "n=31,tol=0.1",
	"poisson/jump":            "n=127,contrast=1",
	"poisson/anisotropic":     "n=127,epsilon=0.5,tol=1e-6",
}

// parameters of a problem for an instance of a size.
func parameters(problem string, z size) string {
	if z != ample {
		return sizes[problem][z]
	}
	return cmp.Or(amples[problem], sizes[problem][medium])
}

// instance makes an instance of a problem of the subject's family, or takes it from the shelf.
func (s *subject) instance(ctx context.Context, p *problems.Problem, z size) (problems.Instance, error) {
	return s.of(ctx, s.family, p, z)
}

// of makes an instance of any family's problem.
func (c *checker) of(ctx context.Context, f *problems.Family, p *problems.Problem, z size) (problems.Instance, error) {
	given := map[string]string{}
	for part := range strings.SplitSeq(parameters(f.Name+"/"+p.Name, z), ",") {
		if name, value, ok := strings.Cut(part, "="); ok {
			given[name] = value
		}
	}
	spec, err := f.Resolve(p.Name, given)
	if err != nil {
		return nil, err
	}
	if in, ok := c.shelf[spec.String()]; ok {
		return in, nil
	}
	in, err := spec.Build(ctx)
	if err == nil {
		c.shelf[spec.String()] = in
	}
	return in, err
}

// its makes an instance of the problem that the solver is known to solve.
func (s *subject) its(ctx context.Context, z size) (problems.Instance, error) {
	return s.instance(ctx, s.problem, z)
}
