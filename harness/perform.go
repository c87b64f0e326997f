package harness

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/solverbench/solverbench/metrics"
	"github.com/solverbench/solverbench/plugins/host"
	"github.com/solverbench/solverbench/plugins/option"
	"github.com/solverbench/solverbench/problems"
	"github.com/solverbench/solverbench/results"
)

// performance is an experiment while it is carried out.
type performance struct {
	*Experiment
	id    int64
	rig   *rig
	saver *saver
	sum   *Summary
	kept  map[*measured]map[string]metrics.Array // solutions to save once their runs are stored
}

// plan orders the jobs that are not done into blocks of one instance.
func (p *performance) plan(jobs []Job, done map[results.Key]bool) ([][]Scheduled, error) {
	var blocks [][]Scheduled
	ordinal := 0
	for _, b := range Schedule(jobs, p.Suite.Seed) {
		var block []Scheduled
		for _, j := range b {
			key, err := p.key(j)
			if err != nil {
				return nil, err
			}
			if done[key] {
				p.sum.Before++
			} else {
				block = append(block, Scheduled{j, ordinal})
			}
			ordinal++
		}
		if len(block) > 0 {
			blocks = append(blocks, block)
		}
	}
	return blocks, nil
}

// block makes the runs on one instance. Those that the machine disturbed are made again as often as asked for.
func (p *performance) block(ctx context.Context, jobs []Scheduled) error {
	instance, err := jobs[0].Instance.Build(ctx)
	if err != nil {
		if ctx.Err() == nil {
			for _, j := range jobs {
				p.failed(ctx, j, err)
			}
		}
		return nil
	}
	transport := p.transport(ctx, jobs[0].Job, instance)
	p.kept = map[*measured]map[string]metrics.Array{}
	var again []*measured
	b := &block{
		rig: p.rig, memory: memoryBytes(),
		turn: func(m *measured) { p.Observer.Started(m.job) },
		begun: func(m *measured) error {
			m.run.LoadBefore, m.run.Started = loadAverage(), time.Now().UTC()
			m.run.TransportSeconds = transport.Seconds()
			return p.Store.BeginRuns(context.WithoutCancel(ctx), p.id, []*results.Run{m.run})
		},
		ended: func(m *measured) error {
			m = calmer(m)
			if m.failed == nil && m.run.Attempts <= p.Suite.RetryNoisy && p.rig.noisy(m.run.Noise) && ctx.Err() == nil {
				again = append(again, m)
				return nil
			}
			return p.store(ctx, m)
		},
	}
	for _, j := range jobs {
		m, err := p.measured(ctx, j, instance, 0)
		if err != nil {
			p.failed(ctx, j, err)
			continue
		}
		b.runs = append(b.runs, m)
	}
	for len(b.runs) > 0 {
		if err := b.measure(ctx); err != nil {
			return err
		}
		b.runs = nil
		for _, m := range again {
			fresh, err := p.measured(ctx, m.job, instance, m.run.Attempts)
			if err != nil {
				return err
			}
			fresh.before = m
			b.runs = append(b.runs, fresh)
		}
		again = nil
		if ctx.Err() != nil { // what they were before is better than nothing
			for _, m := range b.runs {
				if err := p.store(ctx, m.before); err != nil {
					return err
				}
			}
			break
		}
	}
	if len(p.rig.probes) > 0 {
		probes := p.rig.probes
		p.rig.probes = nil
		return p.Store.AddNoise(context.WithoutCancel(ctx), p.id, probes)
	}
	return nil
}

// calmer is a run or, if that was made again without being calmer, what it was before, with the number of attempts.
func calmer(m *measured) *measured {
	before := m.before
	m.before = nil
	if before == nil || m.failed == nil && m.run.Status == results.Solved && m.run.Noise < before.run.Noise {
		return m
	}
	before.run.Attempts = m.run.Attempts
	return before
}

// transport measures what a call takes with arrays of an instance's sizes; 0 where it cannot be measured.
func (p *performance) transport(ctx context.Context, j Job, instance problems.Instance) time.Duration {
	limited, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	took, err := p.rig.transport(limited, host.Config{Threads: 1, Cores: p.rig.place.Plugin}, taskConfig(instance))
	if err != nil && ctx.Err() == nil {
		p.note(ctx, "warn", j, fmt.Errorf("the transport could not be measured: %w", err))
	}
	return took
}

// measured is a run to be made for the n-th time, from 0.
func (p *performance) measured(ctx context.Context, j Scheduled, instance problems.Instance, n int) (*measured, error) {
	record, err := p.record(j.Job, instance)
	if err != nil {
		return nil, err
	}
	record.Ordinal, record.Attempts = j.Ordinal, n+1
	m := &measured{job: j, instance: instance, settings: &p.Suite.Settings, rig: p.rig, run: record}
	m.progress = func(phase string, fraction float64, message string) {
		p.Observer.Progress(j, phase, fraction, message)
	}
	m.repeated = func() { p.Observer.Repeated(j, m.times) }
	m.warn = func(err error) {
		p.Observer.Warned(fmt.Sprintf("%s on %s: %v", j.Configuration, j.Instance, err))
		p.note(ctx, "warn", j.Job, err)
	}
	if p.SaveDir != "" {
		m.save = func(solution proto.Message) (err error) {
			p.kept[m], err = p.saver.keep(p.Catalog.family(j.Instance.Family), solution)
			return err
		}
	}
	return m, nil
}

// store keeps a run that has ended as what it was.
func (p *performance) store(ctx context.Context, m *measured) error {
	m.run.Finished = time.Now().UTC()
	if m.failed != nil {
		p.failed(ctx, m.job, m.failed)
		m.run.Status, m.run.Reason = results.Cancelled, "could not be made: "+m.failed.Error()
		return p.Store.SaveRun(context.WithoutCancel(ctx), p.id, m.run)
	}
	interrupted := m.run.Status == results.Cancelled && ctx.Err() != nil
	var unsaved error
	if p.SaveDir != "" && !interrupted {
		unsaved = p.saver.write(p.Catalog.family(m.job.Instance.Family), m.job.Job, m.run, p.kept[m])
		delete(p.kept, m)
	}
	if err := p.Store.SaveRun(context.WithoutCancel(ctx), p.id, m.run); err != nil {
		return err
	}
	switch {
	case interrupted:
		return nil // resuming replaces it
	case unsaved != nil:
		p.failed(ctx, m.job, fmt.Errorf("it is in the database, but: %w", unsaved))
		return nil
	}
	p.sum.Runs++
	if m.run.Status != results.Solved {
		p.sum.Unsolved++
	}
	p.Observer.Finished(m.run)
	return nil
}

// failed tells of a run that could not be made.
func (p *performance) failed(ctx context.Context, j Scheduled, err error) {
	p.sum.Failed++
	var bad *option.Error
	if p.sum.Misuse == nil && errors.As(err, &bad) {
		p.sum.Misuse = err
	}
	p.Observer.Failed(j, err)
	p.note(ctx, "error", j.Job, err)
}

// note keeps in the store what people should know about a run. A failure to keep it shows when the experiment ends.
func (p *performance) note(ctx context.Context, level string, j Job, err error) {
	_ = p.Store.AddEvent(context.WithoutCancel(ctx), p.id, results.Event{
		Time: time.Now().UTC(), Level: level, Kind: "harness",
		Message: fmt.Sprintf("%s on %s: %v", j.Configuration, j.Instance, err),
	})
}

// warn tells and keeps what people should know about the machine.
func (p *performance) warn(message string) {
	p.Observer.Warned(message)
	_ = p.Store.AddEvent(context.Background(), p.id, results.Event{Time: time.Now().UTC(), Level: "warn", Kind: "machine", Message: message})
}
