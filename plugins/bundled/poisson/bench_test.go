package poisson

import (
	"context"
	"fmt"
	"math"
	"syscall"
	"testing"
	"time"

	"github.com/solverbench/solverbench/plugins"
	poissonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/poisson/v1"
)

// unitTask is the Dirichlet problem on the unit square or cube, its right-hand side smooth and rough.
func unitTask(d, n int) *poissonv1.Task {
	points, bs := []int{n, n, n}[:d], []sides{allSides[0], allSides[0], allSides[0]}[:d]
	t := newTask(poissonv1.Kind_KIND_DISCRETE, points, bs)
	f := rhsOf(t)
	seed := random(1)
	seed.fill(f)
	h := 1 / float64(n+1)
	for i := range f {
		v, k := 1.0, i
		for a := range d {
			v *= math.Sin(math.Pi * float64(1+a%2) * float64(k%n+1) * h)
			k /= n
		}
		f[i] = v + 0.1*f[i]
	}
	return t
}

func defaultMultigrid() *Multigrid {
	return &Multigrid{Smoother: "rbgs", Cycle: "V", Pre: 2, Post: 2, Omega: 1, Krylov: "auto", FMG: true, MaxIterations: 200}
}

// cpu is the processor time of this process, steadier than wall time on a busy machine.
func cpu() time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		panic(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

func BenchmarkMultigrid(b *testing.B) {
	for _, c := range []struct {
		name string
		task *poissonv1.Task
	}{
		{"unit-2d/1023", unitTask(2, 1023)}, {"unit-3d/127", unitTask(3, 127)},
		{"jump-1e6/1023", jumpTask(1023, 1e6)}, {"anisotropic-1e-3/1023", anisotropicTask(1023, 1e-3)},
	} {
		for _, krylov := range []string{"none", "cg"} {
			s := defaultMultigrid()
			s.Krylov = krylov
			b.Run(c.name+"/"+krylov, func(b *testing.B) {
				benchmark(b, s, c.task)
				b.ReportMetric(float64(s.iterations), "cycles")
			})
		}
	}
}

func BenchmarkCG(b *testing.B) {
	for _, precond := range []string{"none", "jacobi", "ssor", "ic0"} {
		b.Run("unit-2d/255/"+precond, func(b *testing.B) {
			benchmark(b, &CG{Precond: precond, Omega: 1.2, MaxIterations: 5000}, unitTask(2, 255))
		})
	}
}

func BenchmarkFastPoisson(b *testing.B) {
	for _, direct := range []string{"transform", "tridiagonal"} {
		for _, c := range [][2]int{{2, 1023}, {2, 2047}, {3, 127}} {
			task := unitTask(c[0], c[1])
			s := &FastPoisson{Symbol: "difference", Direct: direct}
			if _, err := solveWith(b, s, task); err != nil {
				b.Fatal(err)
			}
			run := plugins.NewTestRun(1, nil)
			b.Run(fmt.Sprintf("unit-%dd/%d/%s", c[0], c[1], direct), func(b *testing.B) {
				b.SetBytes(int64(8 * len(rhsOf(task))))
				before := cpu()
				for b.Loop() {
					if _, err := s.Solve(context.Background(), run, task); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64((cpu()-before).Milliseconds())/float64(b.N), "cpu-ms/op")
			})
		}
	}
}

func BenchmarkSOR(b *testing.B) {
	for _, ordering := range []string{"red-black", "lexicographic"} {
		b.Run("unit-2d/255/"+ordering, func(b *testing.B) {
			benchmark(b, &SOR{Ordering: ordering, MaxIterations: 5000}, unitTask(2, 255))
		})
	}
}

// benchmark times set-up and solve together.
func benchmark(b *testing.B, s solver, task *poissonv1.Task) {
	b.SetBytes(int64(8 * len(rhsOf(task))))
	before := cpu()
	for b.Loop() {
		if _, err := solveWith(b, s, task); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((cpu()-before).Milliseconds())/float64(b.N), "cpu-ms/op")
}
