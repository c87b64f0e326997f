// Package doctor examines a machine: what it has to build and run plugins, how well times can be measured on it right now, what keeps
// plugins contained and what does not, and what a call of a plugin costs. It says what to do about what is found wanting.
package doctor

import (
	"context"
	"fmt"

	"github.com/solverbench/solverbench/harness/sandbox"
)

// State says how a finding is to be taken.
type State string

// States of findings.
const (
	OK      State = "ok"
	Warning State = "warning" // something to know, or to do something about
	Failed  State = "failed"  // nothing can be measured
)

// Sections of an examination, in its order.
const (
	Machine    = "machine"
	Measuring  = "measuring"
	Protection = "protection"
	Plugins    = "plugins"
	Storage    = "storage"
)

// Finding is what one check has found.
type Finding struct {
	Section string             `json:"section"`
	Check   string             `json:"check"`
	State   State              `json:"state"`
	Detail  string             `json:"detail"`
	Fix     string             `json:"fix"`    // what would make it better, if anything would
	Values  map[string]float64 `json:"values"` // what was measured; the names end in the unit
}

// Config says what is to be examined.
type Config struct {
	Version, Revision string   // of the harness
	Bundled, Null     []string // commands of the bundled plugin and the null plugin
	Dir               string   // where a database would be
	// Found is told what has been found, Working what is being looked at next.
	Found   func(Finding)
	Working func(what string)
}

// Examine looks at everything. It fails if the bundled plugin cannot be run, with a *harness.PluginError, or when ctx ends.
func Examine(ctx context.Context, cfg Config) error {
	for _, part := range []func(context.Context, *Config) error{machine, measuring, protections, plugins, storage} {
		if err := part(ctx, &cfg); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("examining the machine: %w", err)
		}
	}
	return nil
}

// protections says what boxes on this machine do.
func protections(ctx context.Context, cfg *Config) error {
	cfg.Working("protections")
	for _, p := range sandbox.Check(ctx) {
		f := Finding{Section: Protection, Check: p.Name, State: OK, Detail: p.How}
		if !p.On {
			f.State, f.Detail, f.Fix = Warning, p.Why, p.Fix
		}
		cfg.Found(f)
	}
	return nil
}
