package measure

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// DefaultThreshold is the ratio to calm beyond which a probe is off.
const DefaultThreshold = 1.15

const (
	warmups = 3
	idle    = 30 * time.Millisecond
	// window is how many probes in a row say what calm is.
	window = 15
	// patience is how many probes a calibration waits for a window that is calm, and calmSpread how calm that is.
	patience   = 4 * window
	calmSpread = 1.05
)

// Noise tells a calm machine from one where something competes for cores, caches or memory. It runs two reference kernels, one
// bound by arithmetic and one by memory, on given cores and compares their times with those of the same machine when calm. It
// is not for concurrent use.
//
// Calm is the lower quartile of 15 probes in a row, each after a moment of rest, and the lowest of these ever seen, so a machine that was disturbed when
// it was calibrated is found to be calmer later, and one lucky probe does not make all others look disturbed.
type Noise struct {
	// Threshold is the ratio to calm beyond which a probe is off; it may be changed.
	Threshold float64
	// Spread is the typical ratio to calm when it was calibrated, such as 1.02. One near the threshold says that the machine was
	// not calm.
	Spread float64

	chain chain
	cores []*reference
}

// Probe is one run of the reference kernels.
type Probe struct {
	At              time.Time
	Compute, Memory time.Duration // on the slowest core
	// Ratio is the time of the worse kernel, on the worst core, relative to its calm time.
	Ratio float64
}

// reference is what the kernels take on one core.
type reference struct {
	core            int // or anyCore
	at              [4]uint32
	compute, memory kernel
	err             error
}

// kernel is what one kernel takes on one core.
type kernel struct {
	last, calm time.Duration
	recent     []time.Duration // the last few
}

// anyCore is where the scheduler puts it.
const anyCore = -1

// Calibrate prepares probes of some cores, all at once: those that plugins will run on; of whichever core it happens to be if
// cores is empty. It takes 64 MB and about a second, or up to three if the machine is not calm.
func Calibrate(ctx context.Context, cores []int) (*Noise, error) {
	if len(cores) == 0 {
		cores = []int{anyCore}
	}
	n := &Noise{Threshold: DefaultThreshold, chain: newChain()}
	for i, c := range cores {
		n.cores = append(n.cores, &reference{core: c, at: n.chain.starts(i * len(n.chain) / len(cores) / 4 / perLine * perLine)})
	}
	for i := range warmups + patience {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("calibrating the noise probe: %w", err)
		}
		// As before later probes the cores have nothing to do for a while: memory is some 10 % slower then than in a row.
		time.Sleep(idle)
		if _, err := n.run(); err != nil {
			return nil, fmt.Errorf("calibrating the noise probe: %w", err)
		}
		if i < warmups {
			continue
		}
		n.learn()
		if i+1 >= warmups+window {
			if n.Spread = n.spread(); n.Spread <= calmSpread {
				break
			}
		}
	}
	return n, nil
}

// Probe runs the kernels, for some 12 ms. If they were off, it runs them once more and returns the better of the two: what
// disturbs for a few milliseconds is part of every machine, and what matters to its neighbours lasts.
func (n *Noise) Probe() (Probe, error) {
	p, err := n.run()
	if err == nil && n.Off(p) {
		var again Probe
		if again, err = n.run(); again.Ratio < p.Ratio {
			p = again
		}
	}
	if err != nil {
		return Probe{}, fmt.Errorf("probing for noise: %w", err)
	}
	n.learn()
	return p, nil
}

// Off says whether the machine was disturbed.
func (n *Noise) Off(p Probe) bool { return p.Ratio > n.Threshold }

// run runs both kernels on all cores at once.
func (n *Noise) run() (Probe, error) {
	p := Probe{At: time.Now()}
	var all sync.WaitGroup
	for _, r := range n.cores {
		all.Go(func() { r.err = onCore(r.core, func() { r.run(n.chain) }) })
	}
	all.Wait()
	for _, r := range n.cores {
		if r.err != nil {
			return Probe{}, r.err
		}
		p.Compute, p.Memory = max(p.Compute, r.compute.last), max(p.Memory, r.memory.last)
		p.Ratio = max(p.Ratio, r.compute.ratio(), r.memory.ratio())
	}
	return p, nil
}

// learn lowers what is called calm if the last probes were calmer.
func (n *Noise) learn() {
	for _, r := range n.cores {
		r.compute.learn()
		r.memory.learn()
	}
}

// spread is the median ratio of the last probes to calm.
func (n *Noise) spread() float64 {
	var ratios []float64
	for i := range window {
		worst := 0.0
		for _, r := range n.cores {
			for _, k := range []kernel{r.compute, r.memory} {
				worst = max(worst, float64(k.recent[i])/float64(k.calm))
			}
		}
		ratios = append(ratios, worst)
	}
	return Median(ratios, 0.5).Median
}

// run times both kernels. Before each, something untimed wakes up the core and brings the caches into the state that they
// had when calibrating.
func (r *reference) run(c chain) {
	compute(computeSteps / 4)
	began := time.Now()
	compute(computeSteps)
	r.compute.last = time.Since(began)
	c.stream()
	began = time.Now()
	r.at = c.chase(r.at, chaseSteps)
	r.memory.last = time.Since(began)
}

// ratio compares the last time with calm; 1 as long as that is unknown.
func (k *kernel) ratio() float64 {
	if k.calm == 0 {
		return 1
	}
	return float64(k.last) / float64(k.calm)
}

func (k *kernel) learn() {
	k.recent = append(k.recent, k.last)
	if len(k.recent) < window {
		return
	}
	k.recent = k.recent[len(k.recent)-window:]
	sorted := slices.Sorted(slices.Values(k.recent))
	if quartile := sorted[window/4]; k.calm == 0 || quartile < k.calm {
		k.calm = quartile
	}
}
