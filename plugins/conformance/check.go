package conformance

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/solverbench/solverbench/plugins/host"
	"github.com/solverbench/solverbench/plugins/option"
	pluginv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/plugin/v1"
	"github.com/solverbench/solverbench/problems"
)

// Config says what to check.
type Config struct {
	// Launch is how the plugin is launched. Threads are the kit's to choose.
	Launch host.Config
	// Families are those that instances are taken from.
	Families []problems.Family
	// Solvers to check; nil means all, as they are by default.
	Solvers []Solver
	// Rules to check, by name; nil means all.
	Rules []string
	// Quick spends less time on rules that take many solves.
	Quick bool
	// Patience is what one call may take before it counts as hanging; 0 means 30 seconds, or 10 if it is to be quick.
	Patience time.Duration
	// Working is told what is being checked, and Found what came of it. Both may be nil.
	Working func(Step)
	Found   func(Finding)
}

// Solver is a solver with options to check it with.
type Solver struct {
	Name    string // or a glob
	Options map[string]string
}

// Step is a rule that is being checked.
type Step struct {
	Rule string
	// Solver is that of all Solvers which is at turn, counted from 1; empty and 0 while the plugin as a whole is.
	Solver      string
	At, Solvers int
}

// UsageError says that the Config asks for what there is not: a rule, a solver, an option of it or a value of that.
type UsageError struct{ Err error }

func (e *UsageError) Error() string { return e.Err.Error() }
func (e *UsageError) Unwrap() error { return e.Err }

// unknown says that there is none of a name.
func unknown(what, name string, known []string) error {
	if near, ok := option.Nearest(name, known); ok {
		return &UsageError{fmt.Errorf("no %s %q (did you mean %q?)", what, name, near)}
	}
	const most = 40
	list := strings.Join(known[:min(len(known), most)], ", ")
	if len(known) > most {
		list += ", …"
	}
	return &UsageError{fmt.Errorf("no %s %q, expected one of %s", what, name, list)}
}

// Check checks a plugin and returns what was found, in order. A plugin that cannot be launched, or does not say what it offers, has
// failed the rule handshake or describe, of which there is a finding, and no other is checked; that is an error, too. Other errors are
// that the machine cannot launch plugins, that ctx has ended, and *UsageError.
func Check(ctx context.Context, cfg Config) ([]Finding, error) {
	if cfg.Patience == 0 {
		cfg.Patience = 30 * time.Second
		if cfg.Quick {
			cfg.Patience = 10 * time.Second
		}
	}
	rules := Rules()
	for _, name := range cfg.Rules {
		if named(rules, name) < 0 {
			return nil, unknown("rule", name, names(rules))
		}
	}
	c := &checker{cfg: cfg, shelf: map[string]problems.Instance{}}
	c.meet(ctx)
	var theirs *host.Error
	if err := c.met.failure(); err != nil && !errors.As(err, &theirs) || ctx.Err() != nil {
		return nil, cmp.Or(ctx.Err(), err)
	}
	for _, r := range rules {
		if r.plugin != nil && (c.wants(r) || c.about == nil) {
			v := c.apply(ctx, r, nil, func() verdict { return r.plugin(ctx, c) })
			if v.outcome == Fail && c.about == nil {
				return c.found, c.met.failure()
			}
		}
	}
	all, err := c.subjects()
	if err != nil {
		return c.found, err
	}
	for i, s := range all {
		s.turn, s.turns = i+1, len(all)
		for _, r := range rules {
			if r.solver != nil && c.wants(r) && ctx.Err() == nil {
				c.apply(ctx, r, s, func() verdict { return s.under(ctx, r) })
			}
		}
		s.drop()
	}
	return c.found, ctx.Err()
}

// named is the index of a rule, or -1.
func named(rules []Rule, name string) int {
	return slices.IndexFunc(rules, func(r Rule) bool { return r.Name == name })
}

func names(rules []Rule) (all []string) {
	for _, r := range rules {
		all = append(all, r.Name)
	}
	return all
}

// checker checks one plugin.
type checker struct {
	cfg   Config
	met   meeting
	about *pluginv1.DescribeResponse   // nil until it has said what it offers
	shelf map[string]problems.Instance // those that were made
	found []Finding
}

// meeting is what came of the first launch.
type meeting struct {
	started, roundTrip time.Duration
	launching, asking  error
}

func (m *meeting) failure() error { return cmp.Or(m.launching, m.asking) }

// meet launches the plugin for the first time and asks what it offers.
func (c *checker) meet(ctx context.Context) {
	var client *host.Client
	if client, c.met.launching = c.launch(ctx, 1); c.met.launching != nil {
		return
	}
	defer client.Close()
	defer client.Kill()
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Patience)
	defer cancel()
	c.met.started = client.Started
	if c.met.roundTrip, c.met.launching = client.NullCall(ctx); c.met.launching == nil {
		c.about, c.met.asking = client.Describe(ctx)
	}
}

func (c *checker) wants(r Rule) bool {
	return c.cfg.Rules == nil || slices.Contains(c.cfg.Rules, r.Name)
}

// apply notes what comes of a rule, unless it was cut short.
func (c *checker) apply(ctx context.Context, r Rule, s *subject, check func() verdict) verdict {
	f := Finding{Rule: r.Name, Wants: r.Wants, Options: map[string]string{}}
	if c.about != nil {
		f.Plugin = c.about.Name
	}
	step := Step{Rule: r.Name}
	if s != nil {
		f.Solver, f.Family = s.about.Name, s.familyName()
		maps.Copy(f.Options, s.options)
		step.Solver, step.At, step.Solvers = f.Solver, s.turn, s.turns
	}
	if c.cfg.Working != nil {
		c.cfg.Working(step)
	}
	began := time.Now()
	v := check()
	if ctx.Err() != nil {
		return v
	}
	f.Outcome, f.Message, f.Seconds = v.outcome, v.message, time.Since(began).Seconds()
	c.found = append(c.found, f)
	if c.cfg.Found != nil {
		c.cfg.Found(f)
	}
	return v
}

// launch starts the plugin anew.
func (c *checker) launch(ctx context.Context, threads int) (*host.Client, error) {
	cfg := c.cfg.Launch
	cfg.Threads = threads
	return host.Launch(ctx, cfg)
}

// visit launches the plugin for a look at it, and ends it without asking.
func (c *checker) visit(ctx context.Context, look func(context.Context, *host.Client) verdict) verdict {
	client, err := c.launch(ctx, 1)
	if err != nil {
		return fail("%s", explain(err))
	}
	defer client.Close()
	defer client.Kill()
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Patience)
	defer cancel()
	return look(ctx, client)
}

// subjects are the solvers to check.
func (c *checker) subjects() ([]*subject, error) {
	wanted := c.cfg.Solvers
	if wanted == nil {
		for _, d := range c.about.Solvers {
			if !slices.ContainsFunc(wanted, func(s Solver) bool { return s.Name == d.Name }) {
				wanted = append(wanted, Solver{Name: d.Name})
			}
		}
	}
	var all []*subject
	for _, w := range wanted {
		var (
			known   []string
			refused error
		)
		n := len(all)
		for _, d := range c.about.Solvers {
			known = append(known, d.Name)
			if matches, err := path.Match(w.Name, d.Name); !matches && (err == nil || w.Name != d.Name) {
				continue
			}
			if err := validate(d, w.Options); err != nil {
				refused = cmp.Or(refused, error(&UsageError{fmt.Errorf("solver %s: %w", d.Name, err)}))
				continue
			}
			s := &subject{checker: c, about: d, options: w.Options}
			if i := slices.IndexFunc(c.cfg.Families, func(f problems.Family) bool { return f.Schema == d.Schema }); i >= 0 {
				s.family = &c.cfg.Families[i]
			}
			all = append(all, s)
		}
		if len(all) == n {
			return nil, cmp.Or(refused, unknown("solver", w.Name, known))
		}
	}
	return all, nil
}

// validate says what is wrong with options that a solver is to be checked with.
func validate(d *pluginv1.SolverDescription, given map[string]string) error {
	specs := specsOf(d)
	for name, value := range given {
		i := slices.IndexFunc(specs, func(s option.Spec) bool { return s.Name == name })
		if i < 0 {
			_, err := option.Resolve(specs, map[string]string{name: value})
			return err
		}
		if _, err := specs[i].Parse(value); err != nil {
			return err
		}
	}
	return nil
}

// specsOf are the options that a solver declares.
func specsOf(d *pluginv1.SolverDescription) (specs []option.Spec) {
	for _, o := range d.Options {
		specs = append(specs, option.Spec{
			Name: o.Name, Type: option.Type(o.Type), Default: o.DefaultValue, Min: o.Minimum, Max: o.Maximum, Choices: o.Choices, Doc: o.Doc,
		})
	}
	return specs
}

// subject is the solver being checked.
type subject struct {
	*checker
	about       *pluginv1.SolverDescription
	turn, turns int              // which of how many
	family      *problems.Family // nil if we have none of its schema
	options     map[string]string
	running     *host.Client // with one thread
	printed     int64        // on standard output, by those that no longer run
	looked      bool         // for a problem that it solves
	problem     *problems.Problem
}

func (s *subject) familyName() string {
	if s.family == nil {
		return s.about.Schema
	}
	return s.family.Name
}

// under checks a rule. After a failure the plugin is launched again: who knows what state it is in.
func (s *subject) under(ctx context.Context, r Rule) verdict {
	if s.family == nil {
		return skip("the harness has no problems of the schema %s", s.about.Schema)
	}
	if !r.alone {
		if !s.looked {
			s.look(ctx, 0)
		}
		if s.problem == nil {
			return skip("it has solved no instance")
		}
	}
	v := r.solver(ctx, s)
	if v.outcome == Fail {
		s.drop()
	}
	return v
}

// client is the plugin as it runs, launched now if it does not.
func (s *subject) client(ctx context.Context) (*host.Client, error) {
	if s.running != nil {
		return s.running, nil
	}
	var err error
	s.running, err = s.launch(ctx, 1)
	return s.running, err
}

// drop ends the plugin; the next client is another.
func (s *subject) drop() {
	if s.running != nil {
		s.running.Close()
		s.printed += s.running.Printed()
		s.running = nil
	}
}

// session is an open one, with what it is about.
type session struct {
	*host.Session
	instance problems.Instance
	patience time.Duration
}

// open opens a session on a running plugin; change, if not nil, changes what is asked for.
func (s *subject) open(ctx context.Context, c *host.Client, in problems.Instance, change func(*host.SessionConfig)) (*session, error) {
	cfg := host.SessionConfig{
		Solver: s.about.Name, Options: s.options, Task: in.Task(), Shapes: in.SolutionShapes(), Seed: 7,
	}
	if o, ok := in.(problems.OracleServer); ok {
		cfg.Oracle = o
	}
	if change != nil {
		change(&cfg)
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Patience)
	defer cancel()
	opened, err := c.Open(ctx, cfg)
	if err != nil {
		return nil, err
	}
	return &session{opened, in, s.cfg.Patience}, nil
}

// prepared opens a session and prepares it.
func (s *subject) prepared(ctx context.Context, c *host.Client, in problems.Instance, change func(*host.SessionConfig)) (*session, error) {
	n, err := s.open(ctx, c, in, change)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Patience)
	defer cancel()
	if _, err := n.Prepare(ctx); err != nil {
		n.end(ctx)
		return nil, err
	}
	return n, nil
}

// solve solves within the limit of patience.
func (n *session) solve(ctx context.Context, cfg host.SolveConfig) (host.Solved, error) {
	ctx, cancel := context.WithTimeout(ctx, n.patience)
	defer cancel()
	return n.Solve(ctx, cfg)
}

// end closes the session; whether that works is of no interest any more.
func (n *session) end(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, n.patience)
	defer cancel()
	_ = n.Close(ctx)
}

// once solves an instance in a session of its own, on the running plugin.
func (s *subject) once(ctx context.Context, in problems.Instance, change func(*host.SessionConfig)) (host.Solved, error) {
	c, err := s.client(ctx)
	if err != nil {
		return host.Solved{}, err
	}
	n, err := s.prepared(ctx, c, in, change)
	if err != nil {
		s.dropAfter(err)
		return host.Solved{}, err
	}
	solved, err := n.solve(ctx, host.SolveConfig{})
	n.end(ctx)
	s.dropAfter(err)
	return solved, err
}

// dropAfter ends the plugin if after such an error it is not to be used again.
func (s *subject) dropAfter(err error) {
	if err != nil && !refused(err) {
		s.drop()
	}
}

// refused says whether an error is a failure that the plugin reported as it should.
func refused(err error) bool {
	switch host.KindOf(err) {
	case host.Unsupported, host.Failed, host.Diverged, host.Invalid:
		return true
	}
	return false
}

// judge says in words what is wrong with an answer, or nothing.
func judge(ctx context.Context, in problems.Instance, solution proto.Message, evaluations int) (string, error) {
	var (
		e   problems.Evaluation
		err error
	)
	if r, ok := in.(problems.RunEvaluator); ok {
		e, err = r.EvaluateRun(ctx, solution, evaluations)
	} else {
		e, err = in.Evaluate(ctx, solution)
	}
	if err != nil {
		return "", fmt.Errorf("verifying an answer: %w", err)
	}
	if e.Verdict == problems.Solved {
		return "", nil
	}
	return fmt.Sprintf("%s: %s", e.Verdict, e.Reason), nil
}

// right says what is wrong with the outcome of a solve, or nothing.
func right(ctx context.Context, in problems.Instance, solved host.Solved, err error) string {
	if err != nil {
		return explain(err)
	}
	wrong, err := judge(ctx, in, solved.Solution, solved.Count)
	if err != nil {
		return err.Error()
	}
	return wrong
}

// explain is an error with what its kind means to an author.
func explain(err error) string {
	var e *host.Error
	if !errors.As(err, &e) {
		return err.Error()
	}
	switch e.Kind {
	case host.Timeout:
		return "it hangs: " + e.Reason()
	case host.Crashed:
		return "it crashed: " + e.Reason()
	}
	return e.Error()
}
