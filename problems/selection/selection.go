// Package selection is the small language in which problems and solvers are named on the
// command line and in suites:
//
//	poisson/unit-2d                       one problem with its defaults
//	ks/*                                  every problem of a family; ks alone means the same
//	poisson/unit-2d[n=63|255,tol=1e-8]    alternatives, as a product with the other parameters
//	poisson/unit-2d[n=63..1023]           a range
//	multigrid[cycle=V|F]                  a solver's options, likewise
//	bundled/multigrid                     a solver of one plugin
//	matrix-market[file="a, b.mtx"]        values with special characters are quoted as in Go
//
// A range a..b means, where values are made (Expand): every integer from a to b; or, if both are
// 2^k−1, 2^k or 2^k+1 with k ≥ 2, those between them, doubling; or, for other numbers, a, a·10, … up to b (or down, by
// tenths). Where values are tested (Match) it means any number between.
package selection

import (
	"fmt"
	"maps"
	"math"
	"math/bits"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Pattern is a parsed selection.
type Pattern struct {
	// Name is a glob of the form path.Match takes.
	Name   string
	Params []Param
}

// Param constrains one parameter or option to any of some alternatives.
type Param struct {
	Name         string
	Alternatives []Alternative
}

// Alternative is a value, or a range if High is not empty.
type Alternative struct {
	Low, High string
}

// Error is a mistake in a selection.
type Error struct {
	Text     string // the whole selection
	Offset   int    // in bytes, of the mistake
	Found    string
	Expected string
}

func (e *Error) Error() string {
	return fmt.Sprintf("selection %q, column %d: found %s, expected %s", e.Text, e.Offset+1, e.Found, e.Expected)
}

// Parse parses a selection. Errors are *Error.
func Parse(text string) (Pattern, error) {
	p := &parser{text: text}
	pattern, err := p.pattern()
	if err != nil {
		return Pattern{}, err
	}
	if _, err := path.Match(pattern.Name, ""); err != nil {
		return Pattern{}, &Error{Text: text, Found: fmt.Sprintf("%q", pattern.Name), Expected: "a name or glob"}
	}
	return pattern, nil
}

type parser struct {
	text string
	at   int
}

func (p *parser) fail(expected string) error {
	found := "the end"
	if p.at < len(p.text) {
		found = fmt.Sprintf("%q", p.text[p.at:min(len(p.text), p.at+12)])
	}
	return &Error{Text: p.text, Offset: p.at, Found: found, Expected: expected}
}

// until takes the text up to any of the stop bytes or the end.
func (p *parser) until(stops string) string {
	n := strings.IndexAny(p.text[p.at:], stops)
	if n < 0 {
		n = len(p.text) - p.at
	}
	s := p.text[p.at : p.at+n]
	p.at += n
	return s
}

func (p *parser) eat(b byte) bool {
	if p.at < len(p.text) && p.text[p.at] == b {
		p.at++
		return true
	}
	return false
}

func (p *parser) pattern() (Pattern, error) {
	name := strings.TrimSpace(p.until("[],=|\""))
	if name == "" {
		return Pattern{}, p.fail("a name")
	}
	out := Pattern{Name: name}
	if p.at == len(p.text) {
		return out, nil
	}
	if !p.eat('[') {
		return Pattern{}, p.fail(`"[" or the end`)
	}
	for !p.eat(']') {
		if len(out.Params) > 0 && !p.eat(',') {
			return Pattern{}, p.fail(`"," or "]"`)
		}
		param, err := p.param()
		if err != nil {
			return Pattern{}, err
		}
		for _, other := range out.Params {
			if other.Name == param.Name {
				return Pattern{}, &Error{Text: p.text, Offset: p.at, Found: fmt.Sprintf("%s twice", param.Name), Expected: "each parameter once"}
			}
		}
		out.Params = append(out.Params, param)
	}
	if strings.TrimSpace(p.text[p.at:]) != "" {
		return Pattern{}, p.fail("the end")
	}
	return out, nil
}

func (p *parser) param() (Param, error) {
	name := strings.TrimSpace(p.until("[],=|\""))
	if name == "" {
		return Param{}, p.fail("a parameter's name")
	}
	if !p.eat('=') {
		return Param{}, p.fail(`"=" after ` + name)
	}
	out := Param{Name: name}
	for {
		a, err := p.alternative()
		if err != nil {
			return Param{}, err
		}
		out.Alternatives = append(out.Alternatives, a)
		if !p.eat('|') {
			return out, nil
		}
	}
}

func (p *parser) alternative() (Alternative, error) {
	for p.eat(' ') {
	}
	if p.at < len(p.text) && p.text[p.at] == '"' {
		quoted, err := strconv.QuotedPrefix(p.text[p.at:])
		if err != nil {
			return Alternative{}, p.fail("a quoted value that ends")
		}
		p.at += len(quoted)
		value, err := strconv.Unquote(quoted)
		if err != nil {
			return Alternative{}, p.fail("a quoted value")
		}
		for p.eat(' ') {
		}
		return Alternative{Low: value}, nil
	}
	text := strings.TrimSpace(p.until("[],=|\""))
	low, high, isRange := strings.Cut(text, "..")
	if isRange {
		_, errLow := strconv.ParseFloat(low, 64)
		_, errHigh := strconv.ParseFloat(high, 64)
		if errLow == nil && errHigh == nil {
			return Alternative{Low: low, High: high}, nil
		}
		// A path such as ../a.npy is a value.
	}
	return Alternative{Low: text}, nil
}

// Of selects just the given values, in the order of their names.
func Of(name string, values map[string]string) Pattern {
	p := Pattern{Name: name}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		p.Params = append(p.Params, Param{key, []Alternative{{Low: values[key]}}})
	}
	return p
}

// String returns the selection in canonical form.
func (p Pattern) String() string {
	if len(p.Params) == 0 {
		return p.Name
	}
	var b strings.Builder
	b.WriteString(p.Name + "[")
	for i, param := range p.Params {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(param.Name + "=")
		for j, a := range param.Alternatives {
			if j > 0 {
				b.WriteByte('|')
			}
			b.WriteString(a.String())
		}
	}
	b.WriteByte(']')
	return b.String()
}

func (a Alternative) String() string {
	if a.High != "" {
		return a.Low + ".." + a.High
	}
	return Quote(a.Low)
}

// Quote returns a value as it is written in a selection: quoted if it must be.
func Quote(value string) string {
	_, _, dots := strings.Cut(value, "..")
	if strings.ContainsAny(value, "[],=|\"\\") || strings.TrimSpace(value) != value || dots || !printable(value) {
		return strconv.Quote(value)
	}
	return value
}

func printable(s string) bool {
	for _, r := range s {
		if !strconv.IsPrint(r) {
			return false
		}
	}
	return true
}

// MatchName says whether the pattern's name matches one of the names.
func (p Pattern) MatchName(names ...string) bool {
	for _, name := range names {
		if ok, err := path.Match(p.Name, name); ok && err == nil {
			return true
		}
	}
	return false
}

// MatchParams says whether every parameter named in the pattern has one of its alternatives among values.
func (p Pattern) MatchParams(values map[string]string) bool {
	for _, param := range p.Params {
		value, ok := values[param.Name]
		if !ok || !param.match(value) {
			return false
		}
	}
	return true
}

func (p Param) match(value string) bool {
	x, err := strconv.ParseFloat(value, 64)
	number := err == nil
	for _, a := range p.Alternatives {
		if a.High == "" {
			y, err := strconv.ParseFloat(a.Low, 64)
			if a.Low == value || number && err == nil && x == y {
				return true
			}
			continue
		}
		low, _ := strconv.ParseFloat(a.Low, 64) // a number, says the parser
		high, _ := strconv.ParseFloat(a.High, 64)
		if number && x >= min(low, high) && x <= max(low, high) {
			return true
		}
	}
	return false
}

// maxExpansion bounds what one selection may stand for: a mistyped range should not fill the memory.
const maxExpansion = 100_000

// Expand returns the combinations of values that the parameters stand for, the last parameter varying
// fastest.
func (p Pattern) Expand() ([]map[string]string, error) {
	out := []map[string]string{{}}
	for _, param := range p.Params {
		var values []string
		for _, a := range param.Alternatives {
			vs, err := a.expand()
			if err != nil {
				return nil, fmt.Errorf("selection %s: %s: %w", p, param.Name, err)
			}
			values = append(values, vs...)
		}
		if len(out)*len(values) > maxExpansion {
			return nil, fmt.Errorf("selection %s stands for more than %d combinations", p, maxExpansion)
		}
		next := make([]map[string]string, 0, len(out)*len(values))
		for _, m := range out {
			for _, v := range values {
				c := make(map[string]string, len(m)+1)
				for k, x := range m {
					c[k] = x
				}
				c[param.Name] = v
				next = append(next, c)
			}
		}
		out = next
	}
	return out, nil
}

func (a Alternative) expand() ([]string, error) {
	if a.High == "" {
		return []string{a.Low}, nil
	}
	lo, errLo := strconv.ParseInt(a.Low, 10, 64)
	hi, errHi := strconv.ParseInt(a.High, 10, 64)
	if errLo == nil && errHi == nil {
		return expandInts(lo, hi)
	}
	low, _ := strconv.ParseFloat(a.Low, 64)
	high, _ := strconv.ParseFloat(a.High, 64)
	if !(low > 0) || !(high > 0) || math.IsInf(low, 0) || math.IsInf(high, 0) {
		return nil, fmt.Errorf("range %s: expected integers, or positive numbers to step through by tens", a)
	}
	decades := math.Log10(high / low)
	step := math.Copysign(1, decades)
	var out []string
	// Half a decade's hundredth of slack: 1e-2 · 10^k is not exact.
	for k := 0.0; k <= math.Abs(decades)+5e-3; k++ {
		out = append(out, decade(low, step*k))
	}
	return out, nil
}

// decade returns x·10^k rounded to what a person would write.
func decade(x, k float64) string {
	return strconv.FormatFloat(mustParse(strconv.FormatFloat(x*math.Pow(10, k), 'g', 12, 64)), 'g', -1, 64)
}

func mustParse(s string) float64 {
	x, _ := strconv.ParseFloat(s, 64) // s was formatted from a float
	return x
}

func expandInts(lo, hi int64) ([]string, error) {
	if lo > hi {
		return nil, fmt.Errorf("range %d..%d: expected the smaller number first", lo, hi)
	}
	next := func(n int64) int64 { return n + 1 }
	for _, c := range []int64{-1, 0, 1} {
		if powerOfTwo(lo-c) && powerOfTwo(hi-c) {
			next = func(n int64) int64 { return (n-c)*2 + c }
		}
	}
	var out []string
	for n := lo; n <= hi && n >= lo; n = next(n) {
		if len(out) > maxExpansion {
			return nil, fmt.Errorf("range %d..%d holds more than %d values", lo, hi, maxExpansion)
		}
		out = append(out, strconv.FormatInt(n, 10))
	}
	return out, nil
}

func powerOfTwo(n int64) bool { return n >= 4 && bits.OnesCount64(uint64(n)) == 1 }
