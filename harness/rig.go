package harness

import (
	"context"
	crand "crypto/rand"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/solverbench/solverbench/harness/measure"
	"github.com/solverbench/solverbench/plugins/host"
	"github.com/solverbench/solverbench/plugins/null"
	"github.com/solverbench/solverbench/problems"
	"github.com/solverbench/solverbench/results"
)

// rig is what an experiment measures with.
type rig struct {
	place measure.Placement
	noise *measure.Noise // nil if it cannot be had
	null  []string       // command of the null plugin, if any
	// dice choose inputs and the answers to verify. No plugin can foresee them: they do not come from the seed, and what has
	// been drawn does not tell what will be.
	dice   *rand.Rand
	order  *rand.Rand // of the turns, from the seed
	probes []results.NoiseProbe
}

// newRig calibrates it on the cores that plugins will have. It goes without a noise probe, and returns why, where there can
// be none.
func newRig(ctx context.Context, s *Settings, nullCommand []string) (*rig, error) {
	var seed [32]byte
	if _, err := crand.Read(seed[:]); err != nil {
		return nil, fmt.Errorf("drawing random numbers: %w", err)
	}
	r := &rig{
		place: measure.Place(s.Threads), null: nullCommand,
		dice: rand.New(rand.NewChaCha8(seed)), order: rand.New(rand.NewPCG(s.Seed, 0x7475726e73)),
	}
	restore, err := measure.Pin(r.place.Harness)
	if err != nil {
		r.place = measure.Placement{Short: fmt.Sprintf("plugins and the harness share all cores: %v", err)}
	} else {
		restore()
	}
	if s.NoProbes {
		return r, nil
	}
	if r.noise, err = measure.Calibrate(ctx, r.place.Plugin); err != nil {
		r.noise = nil
		return r, err
	}
	return r, nil
}

// probe looks how calm the machine is and returns the ratio to calm, 0 if that is not known.
func (r *rig) probe() float64 {
	if r.noise == nil {
		return 0
	}
	p, err := r.noise.Probe()
	if err != nil {
		return 0
	}
	r.probes = append(r.probes, results.NoiseProbe{Time: p.At.UTC(), Compute: p.Compute.Seconds(), Memory: p.Memory.Seconds(), Ratio: p.Ratio})
	return p.Ratio
}

// noisy says whether a ratio to calm is too much.
func (r *rig) noisy(ratio float64) bool { return r.noise != nil && ratio > r.noise.Threshold }

// aside calls f while the harness keeps off the cores of plugins, where there are enough.
func (r *rig) aside(f func()) {
	if r.place.Short == "" {
		if restore, err := measure.Pin(r.place.Harness); err == nil {
			defer restore()
		}
	}
	f()
}

// transportCalls is how many calls of the null solver are timed, after as many that warm up.
const transportCalls = 20

// transport measures what a call of Solve takes that does nothing, with arrays of an instance's sizes: the median of
// several. It is 0 if there is no null plugin.
func (r *rig) transport(ctx context.Context, cfg host.Config, session host.SessionConfig) (time.Duration, error) {
	if len(r.null) == 0 {
		return 0, nil
	}
	cfg.Command = r.null
	client, err := host.Launch(ctx, cfg)
	if err != nil {
		return 0, err
	}
	defer client.Close()
	if session.Options, err = nullOptions(session); err != nil {
		return 0, err
	}
	session.Solver, session.MaxCheckpoints = null.Solver, 0
	s, err := client.Open(ctx, session)
	if err != nil {
		return 0, err
	}
	if err := s.Load(ctx, 1); err != nil { // answers that stay where they are
		return 0, err
	}
	defer s.Close(ctx)
	var times []time.Duration
	r.aside(func() {
		for i := range 2 * transportCalls {
			var solved host.Solved
			if solved, err = s.Solve(ctx, host.SolveConfig{}); err != nil {
				return
			}
			if i >= transportCalls {
				times = append(times, solved.Wall)
			}
		}
	})
	if err != nil {
		return 0, err
	}
	slices.Sort(times)
	return times[len(times)/2], nil
}

// nullOptions tell the null solver what an answer looks like.
func nullOptions(session host.SessionConfig) (map[string]string, error) {
	solution, err := host.NewSolution(session.Task, session.Shapes)
	if err != nil {
		return nil, err
	}
	answer, err := null.Encode(solution)
	return map[string]string{null.Answer: answer}, err
}

// slotMemory bounds the shared memory for the inputs and answers of a batch.
const slotMemory = 128 << 20

// inputs hand out variations of an instance: those of a batch next to each other, so that they differ as far as there are as
// many, from a place drawn for each batch and in an order drawn too, so that a plugin that finds out which it has been given
// does not know which comes next.
type inputs struct {
	varier problems.Varier
	dice   *rand.Rand
}

// inputs is nil for an instance that cannot be varied.
func (r *rig) inputs(ctx context.Context, instance problems.Instance) (*inputs, error) {
	v, ok := instance.(problems.Varier)
	if !ok {
		return nil, nil
	}
	_, err := v.Vary(ctx, 1)
	if errors.Is(err, problems.ErrNoVariation) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("varying the input: %w", err)
	}
	return &inputs{varier: v, dice: r.dice}, nil
}

// draw returns n variations.
func (in *inputs) draw(ctx context.Context, n int) ([]problems.Instance, error) {
	first := 1 + in.dice.IntN(1<<30)
	drawn := make([]problems.Instance, n)
	for i := range drawn {
		var err error
		if drawn[i], err = in.varier.Vary(ctx, first+i); err != nil {
			return nil, fmt.Errorf("varying the input: %w", err)
		}
	}
	in.dice.Shuffle(n, func(i, k int) { drawn[i], drawn[k] = drawn[k], drawn[i] })
	return drawn, nil
}
