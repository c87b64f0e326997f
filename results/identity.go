package results

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"time"
)

// Key identifies a run within an experiment by content.
type Key struct{ Configuration, Instance string }

// KeyOf returns the key of a configuration on an instance, to be looked up in [Store.DoneRuns]. It fails if an option
// or parameter has no JSON form, as NaN and functions have none.
func KeyOf(c *Configuration, i *Instance) (Key, error) {
	ci, err := c.Identity()
	if err != nil {
		return Key{}, err
	}
	ii, err := i.Identity()
	if err != nil {
		return Key{}, err
	}
	return Key{ci, ii}, nil
}

// Identity returns the SHA-256 of every field: a new kernel or governor makes another machine.
func (m *Machine) Identity() (string, error) {
	n := *m
	n.Details = object(m.Details)
	return identity("machine", &n)
}

// Identity returns the SHA-256 of every field but Path, which differs between machines and builds of the same content.
func (p *Plugin) Identity() (string, error) {
	q := *p
	q.Path = ""
	return identity("plugin", &q)
}

// Identity returns the SHA-256 of the plugin's identity, the solver's name and its options.
func (c *Configuration) Identity() (string, error) {
	plugin, err := c.Plugin.Identity()
	if err != nil {
		return "", err
	}
	return identity("configuration", []any{plugin, c.Solver, object(c.Options)})
}

// Identity returns the SHA-256 of every field but Label and Unknowns, which follow from the others.
func (i *Instance) Identity() (string, error) {
	j := *i
	j.Unknowns = 0
	j.Label, j.Params, j.RankBy = "", object(i.Params), i.rankBy()
	return identity("instance", &j)
}

func (i *Instance) rankBy() string {
	if i.RankBy == "" {
		return ByTime
	}
	return i.RankBy
}

func identity(kind string, v any) (string, error) {
	text, err := canonical(v)
	if err != nil {
		return "", fmt.Errorf("%s: %w: %w", kind, ErrInvalid, err)
	}
	sum := sha256.Sum256([]byte(kind + "\x00" + text))
	return hex.EncodeToString(sum[:]), nil
}

// canonical returns JSON with sorted keys; json.Number and the number it was made from give the same text.
func canonical(v any) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // for people in the sqlite3 shell
	if err := e.Encode(v); err != nil {
		return "", err
	}
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n"))), nil
}

// object makes nil and empty maps the same, {}.
func object(m map[string]any) map[string]any {
	if m == nil {
		return map[string]any{}
	}
	return m
}

// parse is the inverse of canonical; numbers stay as they are written.
func parse(text string, v any) error {
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.UseNumber()
	return d.Decode(v)
}

// NewUID returns an identifier for an experiment: a UUID of version 7 (RFC 9562), so that they sort by time.
func NewUID() string {
	var u [16]byte
	rand.Read(u[:])
	ms := time.Now().UnixMilli()
	for i := range 6 {
		u[i] = byte(ms >> (40 - 8*i))
	}
	u[6] = u[6]&0x0f | 0x70
	u[8] = u[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
}

// MarshalJSON writes a value that is not finite as null with its text beside it.
func (m Measurement) MarshalJSON() ([]byte, error) {
	value, text := split(m.Value)
	return json.Marshal(struct {
		Name   string   `json:"name"`
		Value  *float64 `json:"value"`
		Text   string   `json:"text,omitempty"`
		Unit   string   `json:"unit"`
		Better Better   `json:"better"`
		Role   Role     `json:"role"`
	}{m.Name, value, text, m.Unit, m.Better, m.role()})
}

func (m *Measurement) role() Role {
	if m.Role == "" {
		return Info
	}
	return m.Role
}

// split returns a finite number, or nil and the name of one that is not finite.
func split(x float64) (*float64, string) {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil, strconv.FormatFloat(x, 'g', -1, 64)
	}
	return &x, ""
}
