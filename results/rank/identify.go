package rank

import (
	"encoding/json"
	"strings"

	"github.com/solverbench/solverbench/results"
)

// identifiers number what runs share. Runs that were loaded together share pointers, so that each machine, instance
// and configuration is identified by its content once and not once a run.
type identifiers struct {
	machines       numbering[results.Machine]
	instances      numbering[results.Instance]
	configurations numbering[results.Configuration]
}

func newIdentifiers() *identifiers {
	return &identifiers{newNumbering(machine), newNumbering(instance), newNumbering(configuration)}
}

// numbering gives the same number to values with the same identity.
type numbering[T any] struct {
	identity  func(*T) string
	byPointer map[*T]int
	byText    map[string]int
}

func newNumbering[T any](identity func(*T) string) numbering[T] {
	return numbering[T]{identity, make(map[*T]int), make(map[string]int)}
}

func (n *numbering[T]) of(v *T) int {
	k, ok := n.byPointer[v]
	if ok {
		return k
	}
	text := n.identity(v)
	if k, ok = n.byText[text]; !ok {
		k = len(n.byText)
		n.byText[text] = k
	}
	n.byPointer[v] = k
	return k
}

// machine and instance fall back to a name where there is no identity, which no run from a store lacks.
func machine(m *results.Machine) string {
	if m == nil {
		return ""
	}
	if id, err := m.Identity(); err == nil {
		return id
	}
	return m.Hostname
}

func instance(i *results.Instance) string {
	if id, err := i.Identity(); err == nil {
		return id
	}
	return i.Label
}

// configuration identifies a configuration over versions of its plugin.
func configuration(c *results.Configuration) string {
	options, err := json.Marshal(c.Options)
	if err != nil || len(c.Options) == 0 {
		options = []byte("{}")
	}
	return strings.Join([]string{c.Plugin.Name, c.Solver, string(options)}, "\x00")
}
