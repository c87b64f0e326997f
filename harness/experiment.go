package harness

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"

	"github.com/goccy/go-yaml"

	"github.com/solverbench/solverbench/harness/measure"
	"github.com/solverbench/solverbench/plugins/host"
	"github.com/solverbench/solverbench/results"
)

// Observer is told how an experiment goes. Its methods are called from one goroutine at a time.
type Observer interface {
	// Planned is called once with the runs to be made, in the order of their instances, and how many have been made before.
	Planned(runs []Scheduled, before int)
	// Started is called before a run, and whenever it has its turn again: runs on one instance take turns.
	Started(run Scheduled)
	// Progress is called during a run; fraction is 0 where it is not known.
	Progress(run Scheduled, phase string, fraction float64, message string)
	// Repeated is called after a repetition with what a solve took in each so far, in seconds.
	Repeated(run Scheduled, seconds []float64)
	// Finished is called after a run has been stored.
	Finished(run *results.Run)
	// Failed is called when the harness could not make a run.
	Failed(run Scheduled, err error)
	// Warned is called with what people should know about the machine or the measurement.
	Warned(message string)
}

// Experiment is what is to be run, and where the results go.
type Experiment struct {
	Catalog  *Catalog
	Suite    *Suite
	Store    *results.Store
	Observer Observer
	// Null is the command of the null plugin (package plugins/null), with which the transport is measured. Without
	// it, it is not.
	Null []string
	// SaveDir is where final solutions go, empty for nowhere.
	SaveDir string
	Command []string
	Version string
	// Revision of the harness in version control.
	Revision string

	// identities of the instances met so far: files are hashed once.
	identities map[string]*results.Instance
}

// Summary says how an experiment went.
type Summary struct {
	ID          int64
	Planned     int
	Before      int // done before, of those planned
	Runs        int // made now
	Unsolved    int
	Failed      int   // that the harness could not make
	Misuse      error // the first reason for that which is a mistake in a parameter
	Interrupted bool
}

// Start begins a new experiment and runs its jobs. When ctx ends it stops cleanly: what is stored stays, and
// Resume goes on.
func (e *Experiment) Start(ctx context.Context, jobs []Job) (Summary, error) {
	saver, err := newSaver(e.SaveDir)
	if err != nil {
		return Summary{}, err
	}
	text, err := yaml.Marshal(e.Suite)
	if err != nil {
		return Summary{}, fmt.Errorf("writing down the suite: %w", err)
	}
	settings, err := e.settings(jobs)
	if err != nil {
		return Summary{}, err
	}
	record := &results.Experiment{
		Command: e.Command, Suite: e.Suite.Name, SuiteText: string(text), Seed: e.Suite.Seed,
		Settings:       settings,
		HarnessVersion: e.Version, Revision: e.Revision, GoVersion: runtime.Version(), Machine: ThisMachine(),
	}
	id, err := e.Store.BeginExperiment(ctx, record)
	if err != nil {
		return Summary{}, err
	}
	return e.run(ctx, id, jobs, false, saver)
}

// Resume goes on with a stored experiment, whose suite and settings the caller has put into e: jobs that are done are
// not repeated.
func (e *Experiment) Resume(ctx context.Context, id int64, jobs []Job) (Summary, error) {
	saver, err := newSaver(e.SaveDir)
	if err != nil {
		return Summary{}, err
	}
	return e.run(ctx, id, jobs, true, saver)
}

// settings are what the store keeps of the settings, those of the suite in its own words.
func (e *Experiment) settings(jobs []Job) (map[string]any, error) {
	text, err := yaml.Marshal(e.Suite.Settings)
	settings := map[string]any{}
	if err == nil {
		err = yaml.Unmarshal(text, &settings)
	}
	if err != nil {
		return nil, fmt.Errorf("writing down the settings: %w", err)
	}
	settings["save"], settings["plugins"] = e.SaveDir, pluginCommands(jobs)
	return settings, nil
}

// pluginCommands lists the plugins of jobs beside the bundled one, so that Resume can load them again.
func pluginCommands(jobs []Job) [][]string {
	out := [][]string{}
	listed := map[*Plugin]bool{}
	for _, j := range jobs {
		if p := j.Configuration.Plugin; !p.Bundled && !listed[p] {
			listed[p] = true
			out = append(out, []string{p.Program.Path()})
		}
	}
	return out
}

// run makes the runs of an experiment; of one that is resumed, those that are missing.
func (e *Experiment) run(ctx context.Context, id int64, jobs []Job, resumed bool, saver *saver) (Summary, error) {
	sum := Summary{ID: id, Planned: len(jobs)}
	release, err := e.Store.Claim(ctx, id)
	if err != nil {
		return sum, err
	}
	defer release()
	var done map[results.Key]bool
	if resumed {
		if done, err = e.Store.DoneRuns(ctx, id); err != nil {
			return sum, err
		}
	}
	host.RemoveLeftovers()
	p := &performance{Experiment: e, id: id, saver: saver, sum: &sum}
	blocks, err := p.plan(jobs, done)
	if err != nil {
		return sum, err
	}
	e.Observer.Planned(slices.Concat(blocks...), sum.Before)
	before := measure.ReadEnvironment()
	for _, w := range before.Warnings() {
		p.warn(w)
	}
	if p.rig, err = newRig(ctx, &e.Suite.Settings, e.Null); p.rig == nil {
		return sum, err
	} else if err != nil && ctx.Err() == nil {
		p.warn(fmt.Sprintf("noise cannot be measured: %v", err))
	}
	if p.rig.place.Short != "" {
		p.warn(p.rig.place.Short)
	}
	for _, b := range blocks {
		if ctx.Err() != nil {
			break
		}
		if err := p.block(ctx, b); err != nil {
			return sum, errors.Join(err, saver.close())
		}
	}
	for _, w := range measure.Since(before, measure.ReadEnvironment()) {
		p.warn(w)
	}
	outcome := results.Finished
	switch {
	case ctx.Err() != nil:
		sum.Interrupted, outcome = true, results.Interrupted
	case sum.Failed > 0 && sum.Misuse == nil:
		outcome = results.Interrupted // what could not be made now may be made by resuming
	}
	return sum, errors.Join(saver.close(), e.Store.FinishExperiment(context.WithoutCancel(ctx), id, outcome))
}
