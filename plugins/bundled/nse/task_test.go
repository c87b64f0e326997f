package nse

import (
	"context"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/solverbench/solverbench/plugins"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	nsev1 "github.com/solverbench/solverbench/plugins/proto/solverbench/nse/v1"
)

func TestBadTasks(t *testing.T) {
	for name, change := range map[string]func(*nsev1.Task){
		"length":    func(k *nsev1.Task) { k.Length = -1 },
		"viscosity": func(k *nsev1.Task) { k.Viscosity = math.NaN() },
		"times":     func(k *nsev1.Task) { k.Times = []float64{2, 1} },
		"no times":  func(k *nsev1.Task) { k.Times = nil },
		"vorticity": func(k *nsev1.Task) { k.Vorticity = commonv1.Float64(make([]float64, 8), 2, 4) },
		"forcing":   func(k *nsev1.Task) { k.Forcing = commonv1.Float64(make([]float64, 8), 8) },
	} {
		task := problem("kolmogorov", 1)
		change(task)
		for _, s := range []solver{&Spectral{Dealias: "two-thirds", method: ifrk4}, &Arakawa{}} {
			if err := s.Prepare(t.Context(), plugins.NewTestRun(1, nil), task); !errors.Is(err, plugins.ErrUnsupported) {
				t.Errorf("%s: got %v", name, err)
			}
		}
	}
}

func TestDivergence(t *testing.T) {
	for _, s := range []solver{
		&Spectral{Modes: 64, DT: 1, Dealias: "two-thirds", method: ifrk4},
		&Arakawa{N: 64, DT: 1},
	} {
		task := problem("kolmogorov", 100)
		run := plugins.NewTestRun(1, nil)
		if err := s.Prepare(t.Context(), run, task); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Solve(t.Context(), run, task); !errors.Is(err, plugins.ErrDiverged) {
			t.Errorf("got %v", err)
		}
	}
}

func TestCancel(t *testing.T) {
	for _, s := range []solver{
		&Spectral{Modes: 256, DT: 1e-6, Dealias: "two-thirds", method: ifrk4},
		&Arakawa{N: 256, DT: 1e-6},
	} {
		task := problem("kolmogorov", 100)
		run := plugins.NewTestRun(1, nil)
		if err := s.Prepare(t.Context(), run, task); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		_, err := s.Solve(ctx, run, task)
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	}
}

// An unstable step of our own choosing is mended.
func TestUnstableChoice(t *testing.T) {
	task := problem("kolmogorov", 20)
	m := ifrk4
	m.courant, m.factor = 50, 1e3
	s := &Spectral{Modes: 64, Dealias: "two-thirds", method: m}
	for _, w := range solve(t, s, 1, task) {
		if math.Abs(w) > 100 {
			t.Fatal("the solution has blown up")
		}
	}
	fixed := &Spectral{Modes: 64, DT: s.space.system.DT, Dealias: "two-thirds", method: m}
	run := plugins.NewTestRun(1, nil)
	if err := fixed.Prepare(t.Context(), run, task); err != nil {
		t.Fatal(err)
	}
	if _, err := fixed.Solve(t.Context(), run, task); !errors.Is(err, plugins.ErrDiverged) {
		t.Errorf("the step was stable: %v", err)
	}
}

// Waves too short for the output grid have their true values at its points, and a field is what
// its spectrum says.
func TestAnalyseAndSample(t *testing.T) {
	const n = 12
	w := make([]float64, n*n)
	random(w, n, 5, 1, func(_, g float64) float64 { return g })
	s := newAnalyser(side(w)).analyse(w)
	for _, points := range []int{1, 2, 3, 4, 6, 12, 24} {
		u := make([]float64, points*points)
		newSampler(points, 1).sample(u, s)
		for j := range points {
			for i := range points {
				if points*(n/points) == n {
					want := w[j*n/points*n+i*n/points]
					if d := math.Abs(u[j*points+i] - want); d > 1e-13 {
						t.Errorf("%d points: off by %.1e at %d, %d", points, d, j, i)
					}
				} else if i%2 == 0 && j%2 == 0 && points == 2*n {
					if d := math.Abs(u[j*points+i] - w[j/2*n+i/2]); d > 1e-13 {
						t.Errorf("%d points: off by %.1e at %d, %d", points, d, j, i)
					}
				}
			}
		}
	}
}
