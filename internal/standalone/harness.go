package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/solverbench/solverbench/harness"
	"github.com/solverbench/solverbench/plugins/host"
	"github.com/solverbench/solverbench/plugins/install"
	"github.com/solverbench/solverbench/problems/registry"
	"github.com/solverbench/solverbench/results"
)

// byHarness makes runs of one solver on one problem, as `solverbench run` does.
type byHarness struct {
	catalog *harness.Catalog
	suite   *harness.Suite
	jobs    []harness.Job
	store   *results.Store
	dir     string
	options []string // name=value, of all of them
}

func newHarness(ctx context.Context, c comparison) (h *byHarness, err error) {
	self, err := filepath.Abs(c.solverbench)
	if err != nil {
		return nil, err
	}
	program := host.Program{Command: []string{self, "serve-bundled"}}
	if c.peer != "" {
		path, err := c.plugin()
		if err != nil {
			return nil, err
		}
		found, err := (&install.Folder{Dir: filepath.Dir(path), Runner: []string{self, "serve-c"}}).Resolve(ctx, path)
		if err != nil {
			return nil, err
		}
		program = found.Program
	}
	plugin, err := harness.LoadPlugin(ctx, program, c.peer == "")
	if err != nil {
		return nil, err
	}
	h = &byHarness{
		catalog: &harness.Catalog{Families: registry.Families(), Plugins: []*harness.Plugin{plugin}},
		suite:   harness.AdHoc([]string{c.problem}, []string{c.solver}),
	}
	if h.jobs, err = h.catalog.Plan(h.suite); err != nil {
		return nil, err
	}
	if len(h.jobs) != 1 {
		return nil, fmt.Errorf("%s on %s: %d runs, expected 1", c.solver, c.problem, len(h.jobs))
	}
	for _, o := range h.jobs[0].Configuration.Options {
		h.options = append(h.options, o.Name+"="+o.Text)
	}
	if h.dir, err = os.MkdirTemp("", "standalone-*"); err != nil {
		return nil, err
	}
	if h.store, err = results.Open(ctx, filepath.Join(h.dir, "runs.db")); err != nil {
		return nil, errors.Join(err, os.RemoveAll(h.dir))
	}
	return h, nil
}

func (h *byHarness) close() {
	_ = h.store.Close()
	_ = os.RemoveAll(h.dir)
}

// run makes a run with so many timed calls, and puts down what they took.
func (h *byHarness) run(ctx context.Context, s *solves) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	h.suite.Settings.Repetitions = s.repetitions
	h.suite.Settings.NoProbes = true // what disturbs one side disturbs the other
	watch := &observer{solves: s, cancel: cancel}
	e := &harness.Experiment{
		Catalog: h.catalog, Suite: h.suite, Store: h.store, Observer: watch, Command: os.Args, Version: "standalone",
	}
	_, err := e.Start(ctx, h.jobs)
	switch {
	case watch.err != nil:
		return watch.err
	case err != nil:
		return err
	case watch.finished == nil:
		return errors.New("the run was not made")
	case watch.finished.Status != results.Solved:
		return fmt.Errorf("the run is %s: %s", watch.finished.Status, strings.TrimSpace(watch.finished.Reason))
	}
	return nil
}

// observer has the solver alone make its solves after each repetition, while the plugin is paused.
type observer struct {
	solves   *solves
	cancel   func()
	finished *results.Run
	err      error
}

func (o *observer) Repeated(_ harness.Scheduled, seconds []float64) {
	last := seconds[len(seconds)-1]
	o.solves.by = append(o.solves.by, last)
	if o.solves.repeated == nil || o.err != nil {
		return
	}
	if o.err = o.solves.repeated(last); o.err != nil {
		o.cancel()
	}
}

func (o *observer) Finished(run *results.Run) { o.finished = run }

func (o *observer) Failed(_ harness.Scheduled, err error) { o.err = errors.Join(o.err, err) }

func (*observer) Warned(string)                                       {}
func (*observer) Planned([]harness.Scheduled, int)                    {}
func (*observer) Started(harness.Scheduled)                           {}
func (*observer) Progress(harness.Scheduled, string, float64, string) {}
