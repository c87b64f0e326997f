package harness

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"github.com/goccy/go-yaml"
	"google.golang.org/protobuf/proto"

	"github.com/solverbench/solverbench/metrics"
	"github.com/solverbench/solverbench/plugins/host"
	"github.com/solverbench/solverbench/plugins/option"
	"github.com/solverbench/solverbench/problems"
	"github.com/solverbench/solverbench/results"
)

// Settings are those of every run of an experiment.
type Settings struct {
	Timeout     time.Duration
	Repetitions int
	Threads     int
	Seed        uint64
	Checkpoints int // the most a run keeps; 0 for none
}

// Observer is told how an experiment goes. Its methods are called from one goroutine at a time.
type Observer interface {
	// Planned is called once with the number of runs, and how many of them are done already.
	Planned(total, done int)
	// Started is called before a run.
	Started(ordinal int, job Job)
	// Progress is called during a run; fraction is 0 where it is not known.
	Progress(phase string, fraction float64, message string)
	// Finished is called after a run has been stored.
	Finished(run *results.Run)
	// Failed is called when the harness could not make a run.
	Failed(job Job, err error)
}

// Experiment is what is to be run, and where the results go.
type Experiment struct {
	Catalog  *Catalog
	Suite    *Suite
	Store    *results.Store
	Observer Observer
	// Checkpoints is the most intermediate solutions to evaluate in a run.
	Checkpoints int
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
	record := &results.Experiment{
		Command: e.Command, Suite: e.Suite.Name, SuiteText: string(text), Seed: e.Suite.Seed,
		Settings: map[string]any{
			"timeout": e.Suite.Timeout.String(), "repetitions": e.Suite.Repetitions, "threads": e.Suite.Threads,
			"checkpoints": e.Checkpoints, "save": e.SaveDir, "plugins": e.pluginCommands(),
		},
		HarnessVersion: e.Version, Revision: e.Revision, GoVersion: runtime.Version(), Machine: ThisMachine(),
	}
	id, err := e.Store.BeginExperiment(ctx, record)
	if err != nil {
		return Summary{}, err
	}
	return e.run(ctx, id, jobs, nil, saver)
}

// Resume goes on with a stored experiment, whose suite and settings the caller has put into e: jobs that are done are
// not repeated.
func (e *Experiment) Resume(ctx context.Context, id int64, jobs []Job) (Summary, error) {
	saver, err := newSaver(e.SaveDir)
	if err != nil {
		return Summary{}, err
	}
	done, err := e.Store.DoneRuns(ctx, id)
	if err != nil {
		return Summary{}, err
	}
	return e.run(ctx, id, jobs, done, saver)
}

// pluginCommands lists the plugins beside the bundled one, so that Resume can load them again.
func (e *Experiment) pluginCommands() [][]string {
	out := [][]string{}
	for _, p := range e.Catalog.Plugins {
		if !p.Bundled {
			out = append(out, p.Command)
		}
	}
	return out
}

func (e *Experiment) run(ctx context.Context, id int64, jobs []Job, done map[results.Key]bool, saver *saver) (Summary, error) {
	host.RemoveLeftovers()
	sum := Summary{ID: id, Planned: len(jobs)}
	jobs = Schedule(jobs, e.Suite.Seed)
	keys := make([]results.Key, len(jobs))
	for i, j := range jobs {
		var err error
		if keys[i], err = e.key(j); err != nil {
			return sum, err
		}
		if done[keys[i]] {
			sum.Before++
		}
	}
	e.Observer.Planned(sum.Planned, sum.Before)
	var current string
	var instance problems.Instance
	var buildErr error
	for i, j := range jobs {
		if ctx.Err() != nil {
			break
		}
		if done[keys[i]] {
			continue
		}
		if name := j.Instance.String(); name != current || instance == nil && buildErr == nil {
			current = name
			instance, buildErr = j.Instance.Build(ctx)
		}
		if buildErr != nil {
			if ctx.Err() == nil {
				sum.Failed++
				var bad *option.Error
				if sum.Misuse == nil && errors.As(buildErr, &bad) {
					sum.Misuse = buildErr
				}
				e.Observer.Failed(j, buildErr)
				e.note(ctx, id, "error", j, buildErr)
			}
			continue
		}
		run, err := e.one(ctx, id, i, j, instance, saver)
		if run == nil && err == nil {
			continue // interrupted
		}
		if err != nil {
			var stored *results.Error
			if errors.As(err, &stored) {
				return sum, err // without a store there is no point in going on
			}
			sum.Failed++
			e.Observer.Failed(j, err)
			e.note(ctx, id, "error", j, err)
			continue
		}
		sum.Runs++
		if run.Status != results.Solved {
			sum.Unsolved++
		}
		e.Observer.Finished(run)
	}
	outcome := results.Finished
	if ctx.Err() != nil {
		sum.Interrupted, outcome = true, results.Interrupted
	}
	return sum, errors.Join(saver.close(), e.Store.FinishExperiment(context.WithoutCancel(ctx), id, outcome))
}

// note keeps in the store what people should know: that a run could not be made, or how it was. A failure to keep it
// shows when the experiment ends.
func (e *Experiment) note(ctx context.Context, id int64, level string, j Job, err error) {
	_ = e.Store.AddEvent(context.WithoutCancel(ctx), id, results.Event{
		Time: time.Now().UTC(), Level: level, Kind: "harness",
		Message: fmt.Sprintf("%s on %s: %v", j.Configuration, j.Instance, err),
	})
}

// one makes and stores a run.
func (e *Experiment) one(ctx context.Context, id int64, ordinal int, j Job, instance problems.Instance, saver *saver) (*results.Run, error) {
	e.Observer.Started(ordinal, j)
	record, err := e.record(j, instance)
	if err != nil {
		return nil, err
	}
	record.Ordinal, record.LoadBefore, record.Started = ordinal, loadAverage(), time.Now().UTC()
	family := e.Catalog.family(j.Instance.Family)
	m := &measured{job: j, instance: instance, settings: e.settings(), run: record, progress: e.Observer.Progress}
	m.warn = func(err error) { e.note(ctx, id, "warn", j, err) }
	var kept map[string]metrics.Array
	if e.SaveDir != "" {
		m.save = func(solution proto.Message) (err error) {
			kept, err = saver.keep(family, solution)
			return err
		}
	}
	if err := m.execute(ctx); err != nil {
		return nil, err
	}
	record.Finished = time.Now().UTC()
	if record.Status == results.Cancelled && ctx.Err() != nil {
		// Kept as what it was; resuming replaces it.
		return nil, e.Store.SaveRun(context.WithoutCancel(ctx), id, record)
	}
	if e.SaveDir != "" {
		if err := saver.write(family, j, record, kept); err != nil {
			return nil, err
		}
	}
	if err := e.Store.SaveRun(context.WithoutCancel(ctx), id, record); err != nil {
		return nil, err
	}
	return record, nil
}

func (e *Experiment) settings() Settings {
	return Settings{
		Timeout: e.Suite.Timeout.Duration, Repetitions: e.Suite.Repetitions, Threads: e.Suite.Threads,
		Seed: e.Suite.Seed, Checkpoints: e.Checkpoints,
	}
}

// record is the part of a run that is known before it is made.
func (e *Experiment) record(j Job, instance problems.Instance) (*results.Run, error) {
	in, err := e.instance(j.Instance)
	if err != nil {
		return nil, err
	}
	in.Unknowns = int64(instance.Size())
	return &results.Run{
		Configuration: configuration(j.Configuration), Instance: in, Seed: e.Suite.Seed,
		Threads: e.Suite.Threads, Timeout: e.Suite.Timeout.Seconds(),
	}, nil
}

// key is the identity of a job in the store.
func (e *Experiment) key(j Job) (results.Key, error) {
	in, err := e.instance(j.Instance)
	if err != nil {
		return results.Key{}, err
	}
	return results.KeyOf(configuration(j.Configuration), in)
}

func configuration(c Configuration) *results.Configuration {
	options := map[string]any{}
	for i, v := range c.Options {
		options[v.Name] = plain(c.Solver.Options[i].Type, v.Text)
	}
	return &results.Configuration{
		Plugin: results.Plugin{
			Name: c.Plugin.Name, Version: c.Plugin.Version, Path: c.Plugin.Command[0], SHA256: c.Plugin.SHA256,
			Language: c.Plugin.Language, Licence: c.Plugin.License, Bundled: c.Plugin.Bundled, Protocol: 1,
		},
		Solver: c.Solver.Name, Options: options, Label: c.String(), Tags: c.Solver.Tags,
	}
}

// instance is what the store keeps of an instance.
func (e *Experiment) instance(s problems.Spec) (*results.Instance, error) {
	if known := e.identities[s.String()]; known != nil {
		return known, nil
	}
	params := map[string]any{}
	for i, v := range s.Params {
		params[v.Name] = plain(s.Definition().Params[i].Type, v.Text)
	}
	hash, err := contentHash(s)
	if err != nil {
		return nil, &UsageError{fmt.Errorf("%s: %w", s, err)}
	}
	in := &results.Instance{
		Family: s.Family, Problem: s.Problem, Label: s.String(), Params: params, Seed: s.Seed, Hash: hash,
		Tolerance: s.Tolerance, Primary: s.Definition().Primary, RankBy: cmp.Or(s.Definition().RankBy, e.Catalog.family(s.Family).RankBy),
	}
	if e.identities == nil {
		e.identities = map[string]*results.Instance{}
	}
	e.identities[s.String()] = in
	return in, nil
}

// plain turns a canonical value into the JSON value of its type.
func plain(t option.Type, text string) any {
	switch t {
	case option.Float:
		x, _ := strconv.ParseFloat(text, 64) // canonical
		return x
	case option.Int:
		n, _ := strconv.ParseInt(text, 10, 64)
		return n
	case option.Bool:
		return text == "true"
	}
	return text
}

// contentHash identifies an instance by its parameters and the content of the files they name.
func contentHash(s problems.Spec) (string, error) {
	h := sha256.New()
	fmt.Fprintf(h, "%s/%s\n%d\n%g\n", s.Family, s.Problem, s.Seed, s.Tolerance)
	for i, v := range s.Params {
		text := v.Text
		if s.Definition().Params[i].Path && text != "" {
			sum, err := pathDigest(text)
			if err != nil {
				return "", err
			}
			text = sum
		}
		fmt.Fprintf(h, "%s=%q\n", v.Name, text)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// pathDigest hashes a file, or the names and contents of a folder's files.
func pathDigest(path string) (string, error) {
	h := sha256.New()
	err := filepath.WalkDir(path, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := os.Stat(name) // follows links
		if err != nil || info.IsDir() {
			return err
		}
		sum, err := checksum(name)
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(path, name)
		fmt.Fprintf(h, "%q %s\n", rel, sum)
		return nil
	})
	return hex.EncodeToString(h.Sum(nil)), err
}
