package conformance

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/solverbench/solverbench/plugins/host"
	"github.com/solverbench/solverbench/plugins/option"
	pluginv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/plugin/v1"
)

func handshake(_ context.Context, c *checker) verdict {
	if c.met.launching != nil {
		return fail("%s", explain(c.met.launching))
	}
	return pass("ready after %v, a call takes %v", rounded(c.met.started), rounded(c.met.roundTrip))
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func rounded(d time.Duration) time.Duration {
	if d > time.Millisecond {
		return d.Round(10 * time.Microsecond)
	}
	return d.Round(time.Microsecond)
}

var plainName = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

func describe(_ context.Context, c *checker) verdict {
	if c.met.asking != nil {
		return fail("%s", explain(c.met.asking))
	}
	named := func(what, name string) string {
		if plainName.MatchString(name) {
			return ""
		}
		return fmt.Sprintf("%s is named %.80q, expected lower-case letters, digits and dashes", what, name)
	}
	var wrong, lacking []string
	wrong = add(wrong, named("the plugin", c.about.Name))
	for what, text := range map[string]string{"version": c.about.Version, "license": c.about.License} {
		if strings.TrimSpace(text) == "" {
			lacking = append(lacking, "the plugin's "+what)
		}
	}
	for _, s := range c.about.Solvers {
		wrong = add(wrong, named("a solver", s.Name))
		lacking = append(lacking, without(s)...)
		seen := map[string]bool{}
		for _, o := range s.Options {
			// Those of Python are names there.
			wrong = add(wrong, named("an option of "+s.Name, strings.ReplaceAll(o.Name, "_", "-")))
			if seen[o.Name] {
				wrong = append(wrong, fmt.Sprintf("%s has two options named %q", s.Name, o.Name))
			}
			seen[o.Name] = true
			if o.Doc == "" {
				lacking = append(lacking, fmt.Sprintf("the doc of %s's option %s", s.Name, o.Name))
			}
		}
	}
	switch {
	case len(wrong) > 0:
		return fail("%s", strings.Join(wrong, "; "))
	case len(lacking) > 0:
		return warn("empty in Describe: %s", strings.Join(lacking, ", "))
	}
	return pass("%s %s, %s, %s", c.about.Name, c.about.Version, c.about.License, counted(len(c.about.Solvers), "solver"))
}

// without lists what a solver does not say of itself.
func without(s *pluginv1.SolverDescription) (lacking []string) {
	if s.Doc == "" {
		lacking = append(lacking, "the doc of "+s.Name)
	}
	if s.Citation == "" {
		lacking = append(lacking, "the citation of "+s.Name)
	}
	if len(s.Tags) == 0 {
		lacking = append(lacking, "the tags of "+s.Name)
	}
	return lacking
}

func add(list []string, text string) []string {
	if text == "" {
		return list
	}
	return append(list, text)
}

func stable(ctx context.Context, c *checker) verdict {
	return c.visit(ctx, func(ctx context.Context, client *host.Client) verdict {
		for _, when := range []string{"launched again", "asked again"} {
			again, err := client.Describe(ctx)
			if err != nil {
				return fail("%s", explain(err))
			}
			if !proto.Equal(again, c.about) {
				return fail("%s, it describes itself otherwise: %s", when, difference(c.about, again))
			}
		}
		return pass("the same three times")
	})
}

// difference says where two descriptions begin to differ.
func difference(a, b *pluginv1.DescribeResponse) string {
	switch {
	case a.Name != b.Name:
		return fmt.Sprintf("name %q, then %q", a.Name, b.Name)
	case a.Version != b.Version:
		return fmt.Sprintf("version %q, then %q", a.Version, b.Version)
	case len(a.Solvers) != len(b.Solvers):
		return fmt.Sprintf("%d solvers, then %d", len(a.Solvers), len(b.Solvers))
	}
	for i, s := range a.Solvers {
		if !proto.Equal(s, b.Solvers[i]) {
			return fmt.Sprintf("solver %d, %s, then %s", i, s.Name, b.Solvers[i].Name)
		}
	}
	return "language or licence"
}

// endsWithin is how long a plugin may take to end itself, or a solver to stop.
const endsWithin = time.Second

func shutdown(ctx context.Context, c *checker) verdict {
	client, err := c.launch(ctx, 1)
	if err != nil {
		return fail("%s", explain(err))
	}
	began := time.Now()
	client.Close()
	took := time.Since(began)
	if took > endsWithin {
		return fail("it was still there %v after plugin.GRPCController/Shutdown; end the process when that is called", rounded(took))
	}
	return pass("ended in %v", rounded(took))
}

// wrongValue is a value that an option must not accept.
type wrongValue struct{ name, value, why string }

func options(ctx context.Context, s *subject) verdict {
	var bad []string
	wrong := []wrongValue{{"no-such-option", "1", "there is no such option"}}
	right := map[string]bool{}
	for _, spec := range specsOf(s.about) {
		if _, err := spec.Parse(spec.Default); err != nil {
			bad = append(bad, fmt.Sprintf("the default of %s is %q, expected %s as it declares", spec.Name, spec.Default, spec.Expected()))
		}
		right[spec.Name+"="+spec.Default] = true
		wrong = append(wrong, wrongValues(spec)...)
	}
	if len(bad) > 0 {
		return fail("%s", strings.Join(bad, "; "))
	}
	for _, w := range wrong {
		err := s.opens(ctx, map[string]string{w.name: w.value})
		switch kind := host.KindOf(err); {
		case err == nil:
			bad = append(bad, fmt.Sprintf("%s=%s was accepted: %s", w.name, w.value, w.why))
		case kind != host.Invalid && kind != host.Unsupported:
			bad = append(bad, fmt.Sprintf("%s=%s (%s): %s, expected a failure of the kind invalid", w.name, w.value, w.why, explain(err)))
		}
	}
	for _, given := range s.acceptable() {
		if err := s.opens(ctx, given); err != nil && host.KindOf(err) != host.Unsupported {
			bad = append(bad, fmt.Sprintf("%s is what it declares to accept: %s", written(given), explain(err)))
		}
	}
	if len(bad) > 0 {
		return fail("%s", strings.Join(bad, "; "))
	}
	return pass("%s, %d wrong values refused", counted(len(s.about.Options), "option"), len(wrong))
}

// opens tries options: they may be refused when the session is opened, or when it is prepared.
func (s *subject) opens(ctx context.Context, given map[string]string) error {
	in, err := s.anything(ctx)
	if err != nil {
		return err
	}
	c, err := s.client(ctx)
	if err != nil {
		return err
	}
	n, err := s.prepared(ctx, c, in, func(cfg *host.SessionConfig) { cfg.Options = given })
	if err != nil {
		s.dropAfter(err)
		return err
	}
	n.end(ctx)
	return nil
}

// acceptable are sets of options that it says it accepts: all defaults, and each bound and choice.
func (s *subject) acceptable() []map[string]string {
	defaults := map[string]string{}
	all := []map[string]string{defaults}
	for _, d := range s.about.Options {
		defaults[d.Name] = d.DefaultValue
		for _, v := range append([]string{d.Minimum, d.Maximum}, d.Choices...) {
			if v != "" {
				all = append(all, map[string]string{d.Name: v})
			}
		}
	}
	return all
}

func written(given map[string]string) string {
	if len(given) == 1 {
		for name, value := range given {
			return name + "=" + value
		}
	}
	return "all defaults"
}

// wrongValues are those that a spec excludes.
func wrongValues(s option.Spec) (all []wrongValue) {
	if s.Type == option.String {
		if len(s.Choices) > 0 {
			all = append(all, wrongValue{s.Name, "no-such-choice", "not one of its choices"})
		}
		return all
	}
	all = append(all, wrongValue{s.Name, "three", "not of its type"}, wrongValue{s.Name, "", "not of its type"})
	for _, bound := range []struct {
		text, why string
		step      float64
	}{{s.Min, "below its minimum", -1}, {s.Max, "above its maximum", 1}} {
		if x, err := strconv.ParseFloat(bound.text, 64); err == nil {
			all = append(all, wrongValue{s.Name, strconv.FormatFloat(x+bound.step*max(1, abs(x)), 'f', -1, 64), bound.why})
		}
	}
	if s.Type == option.Int {
		all = append(all, wrongValue{s.Name, "1.5", "not an integer"})
	}
	return all
}

func abs(x float64) float64 { return max(x, -x) }
