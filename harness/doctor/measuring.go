package doctor

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/solverbench/solverbench/harness/measure"
)

// coarse is a step of the clock that shows in batches of a tenth of a second.
const coarse = 10 * time.Microsecond

// measuring says how well times can be measured here and now.
func measuring(ctx context.Context, cfg *Config) error {
	cfg.Working("clock")
	e := measure.ReadEnvironment()
	cfg.Found(clock(measure.Clock()))
	cfg.Found(frequency(e))
	cores(runtime.NumCPU(), measure.Place, cfg.Found)
	cfg.Working("noise, about a second")
	cfg.Found(noise(ctx))
	warnings := e.Warnings()
	for _, w := range warnings {
		what, todo, _ := strings.Cut(w, ". ")
		cfg.Found(Finding{Section: Measuring, Check: "environment", State: Warning, Detail: strings.TrimSuffix(what, "."), Fix: strings.TrimSuffix(todo, ".")})
	}
	if len(warnings) == 0 {
		cfg.Found(Finding{Section: Measuring, Check: "environment", State: OK, Detail: "nothing that is known to disturb times"})
	}
	return nil
}

func clock(c measure.ClockInfo) Finding {
	f := Finding{
		Section: Measuring, Check: "clock", State: OK,
		Detail: fmt.Sprintf("source %s, smallest step %v, a reading takes %v", cmp.Or(c.Source, "unknown"), c.Resolution, c.Overhead),
		Values: map[string]float64{"resolution_seconds": c.Resolution.Seconds(), "overhead_seconds": c.Overhead.Seconds()},
	}
	if c.Resolution > coarse {
		f.State, f.Fix = Warning, "another clock source, or another machine: short times are uncertain by a step"
	}
	return f
}

func frequency(e measure.Environment) Finding {
	if e.Governor == "" {
		return Finding{Section: Measuring, Check: "frequency", State: Warning,
			Detail: "the frequency governor cannot be read, as on most virtual machines: times may drift with the clock rate"}
	}
	return Finding{Section: Measuring, Check: "frequency", State: OK,
		Detail: fmt.Sprintf("governor %s, driver %s, turbo %s, SMT %s", e.Governor, cmp.Or(e.FrequencyDriver, "unknown"), cmp.Or(e.Turbo, "unknown"), cmp.Or(e.SMT, "unknown"))}
}

// cores says up to how many threads plugins have cores of their own.
func cores(most int, place func(int) measure.Placement, found func(Finding)) {
	own := 0
	last := place(1)
	for n := 1; n <= most; n++ {
		p := place(n)
		if p.Short != "" {
			break
		}
		own, last = n, p
	}
	f := Finding{Section: Measuring, Check: "cores", State: OK, Values: map[string]float64{"own_cores": float64(own)}}
	switch own {
	case 0:
		f.State, f.Detail, f.Fix = Warning, "plugins have no core of their own: "+last.Short, "a machine with two cores or more"
		found(f)
		return
	case 1:
		f.Detail = fmt.Sprintf("--threads 1: the plugin is on CPU %s, the harness on %s", numbers(last.Plugin), numbers(last.Harness))
	default:
		f.Detail = fmt.Sprintf("up to --threads %d plugins have cores of their own; then they are on CPUs %s, the harness on %s", own, numbers(last.Plugin), numbers(last.Harness))
	}
	found(f)
	found(Finding{Section: Measuring, Check: "too few cores", State: Warning, Detail: fmt.Sprintf("with --threads %d and more: %s", own+1, place(own+1).Short),
		Fix: "fewer threads; runs that lacked cores of their own are flagged not-pinned"})
}

func numbers(cpus []int) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(slices.Sorted(slices.Values(cpus))), " ", ","), "[]")
}

// looks is how often the noise probe looks after it has been calibrated.
const looks = 5

// noise says whether the core that plugins would have is calm.
func noise(ctx context.Context) Finding {
	f := Finding{Section: Measuring, Check: "noise", State: OK}
	n, err := measure.Calibrate(ctx, measure.Place(1).Plugin)
	if err != nil {
		f.State, f.Detail = Warning, err.Error()
		return f
	}
	var ratios []float64
	for range looks {
		p, err := n.Probe()
		if err != nil {
			f.State, f.Detail = Warning, err.Error()
			return f
		}
		ratios = append(ratios, p.Ratio)
	}
	slices.Sort(ratios)
	now, worst := ratios[looks/2], ratios[looks-1]
	f.Values = map[string]float64{"spread_ratio": n.Spread, "now_ratio": now, "worst_ratio": worst, "threshold_ratio": n.Threshold}
	verdict := "calm"
	if now > n.Threshold || n.Spread > n.Threshold {
		verdict, f.State, f.Fix = "not calm right now", Warning, "end what else is running; run --retry-noisy 2 measures disturbed runs again"
	}
	f.Detail = fmt.Sprintf("%s: the reference kernels typically take %.3f × their calm time, %.3f × just now (at worst %.3f); runs beside more than %.2f × are flagged noisy",
		verdict, n.Spread, now, worst, n.Threshold)
	return f
}
