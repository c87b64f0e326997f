package ks

import (
	"context"
	"embed"
	"fmt"
	"math"

	"github.com/solverbench/solverbench/problems"
	"github.com/solverbench/solverbench/problems/reference"
)

const mainArray = "u"

//go:embed truth/*.truth
var truths embed.FS

// Family returns the Kuramoto–Sivashinsky problems.
func Family() problems.Family {
	return problems.Family{
		Name:   "ks",
		Title:  "Kuramoto–Sivashinsky equation, one periodic dimension",
		Schema: "solverbench.semilinear.v1.Task",
		RankBy: "time",
		Problems: []problems.Problem{
			kassamTrefethen(), l22(), extensive(), custom(),
		},
		Solution:  solution,
		Arrays:    arrays,
		MainArray: mainArray,
	}
}

const equationText = "u_t = −u u_x − u_xx − u_xxxx"

// marks are the times at which truths are embedded and longer runs are looked at on the way.
var marks = []float64{10, 30, 60, 100}

// horizon is the parameter of the standard cases.
type horizon struct {
	T      float64 `opt:"T,min=0.1,max=100" doc:"time of the solution; times 10, 30 and 60 before it are asked for as well"`
	Frames int     `opt:"frames,min=0,max=1000" doc:"ask for so many equally spaced times up to T instead, for pictures of space and time; 0: do not"`
}

// times are those that the solution is asked for at.
func (h horizon) times() []float64 {
	if h.Frames == 0 {
		return reference.Times(h.T, marks...)
	}
	times := make([]float64, h.Frames)
	for k := range times {
		times[k] = h.T * float64(k+1) / float64(h.Frames)
	}
	return times
}

func kassamTrefethen() problems.Problem {
	doc := problems.Doc{
		Summary:  "the test case of Kassam & Trefethen: u0 = cos(x/16)(1 + sin(x/16))",
		Equation: equationText,
		Domain:   "[0, 32π), periodic; 128 output points",
		Truth:    "embedded for T = 10, 30, 60, 100 (ETDRK4 with 1024 points, step 1/512); else a Radau IIA Galerkin solution at two resolutions",
		Accuracy: "relative L2 5e-12, 2e-11, 9e-10 and 6e-9 at T = 10, 30, 60 and 100",
		Ladder:   []float64{1e-2, 1e-4, 1e-6, 1e-8},
		Source:   "Kassam & Trefethen, Fourth-order time-stepping for stiff PDEs, SIAM J. Sci. Comput. 26 (2005)",
	}
	u0 := sample(128, func(q float64) float64 { return math.Cos(q) * (1 + math.Sin(q)) })
	return standard("kassam-trefethen", doc, u0, 32*math.Pi)
}

func l22() problems.Problem {
	doc := problems.Doc{
		Summary:  "the small chaotic domain L = 22: u0 = cos q + ½ sin 2q + ¼ cos 3q, q = 2πx/L",
		Equation: equationText,
		Domain:   "[0, 22), periodic; 64 output points",
		Truth:    "embedded for T = 10, 30, 60, 100 (ETDRK4 with 256 points, step 1/512); else a Radau IIA Galerkin solution at two resolutions",
		Accuracy: "relative L2 8e-12, 3e-12, 7e-13 and 3e-11 at T = 10, 30, 60 and 100",
		Ladder:   []float64{1e-2, 1e-4, 1e-6, 1e-8},
		Source:   "domain: Cvitanović, Davidchack & Siminos, SIAM J. Appl. Dyn. Syst. 9 (2010); initial value: this project",
	}
	u0 := sample(64, func(q float64) float64 { return math.Cos(q) + 0.5*math.Sin(2*q) + 0.25*math.Cos(3*q) })
	return standard("l22", doc, u0, 22)
}

// sample evaluates f at q = 2πi/n.
func sample(n int, f func(q float64) float64) []float64 {
	u := make([]float64, n)
	for i := range u {
		u[i] = f(2 * math.Pi * float64(i) / float64(n))
	}
	return u
}

// standard is a case with embedded truths and the parameter T; output is on the points of u0.
func standard(name string, doc problems.Doc, u0 []float64, length float64) problems.Problem {
	build := func(ctx context.Context, p horizon, common problems.Common) (problems.Instance, error) {
		b, err := truths.ReadFile("truth/" + name + ".truth")
		if err != nil {
			return nil, err
		}
		embedded, err := reference.Decode(b)
		if err != nil {
			return nil, fmt.Errorf("embedded truth: %w", err)
		}
		times := p.times()
		truth, ok := embedded.At(times)
		if !ok {
			if truth, err = computed(ctx, u0, length, times, len(u0), common.Tolerance); err != nil {
				return nil, err
			}
		}
		return newInstance(u0, length, truth, common.Tolerance)
	}
	return problems.Define(name, doc, "rel-l2", 1e-6, horizon{T: 10}, build)
}

// computed returns the harness's own reference solution, from the cache if it is there.
func computed(ctx context.Context, u0 []float64, length float64, times []float64, points int, tolerance float64) (*reference.Trajectory, error) {
	target := reference.Target(tolerance, 1e-11)
	key := struct {
		Version        int
		Initial, Times []float64
		Length, Target float64
		Points         int
	}{1, u0, times, length, target, points}
	return reference.Cached(ctx, "ks", key, func(ctx context.Context) (*reference.Trajectory, error) {
		return compute(ctx, u0, length, times, points, target)
	})
}
