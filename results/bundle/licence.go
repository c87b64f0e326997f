package bundle

import (
	"fmt"
	"slices"
	"strings"
)

// permissive and copyleft are licences, by their SPDX identifiers, under which anybody may pass sources on to anybody as they are, with
// the notices in them. Versions of the copyleft ones may end in -only, -or-later or +.
var (
	permissive = []string{
		"0BSD", "Apache-2.0", "Artistic-2.0", "BlueOak-1.0.0", "BSD-1-Clause", "BSD-2-Clause", "BSD-3-Clause", "BSD-3-Clause-LBNL", "BSL-1.0",
		"CC0-1.0", "HPND", "ISC", "MIT", "MIT-0", "NCSA", "PostgreSQL", "PSF-2.0", "Python-2.0", "Unlicense", "UPL-1.0", "X11", "Zlib",
	}
	copyleft = []string{
		"AGPL-3.0", "CDDL-1.0", "CECILL-2.1", "CECILL-B", "CECILL-C", "EPL-1.0", "EPL-2.0", "EUPL-1.2", "GPL-2.0", "GPL-3.0", "LGPL-2.0",
		"LGPL-2.1", "LGPL-3.0", "MPL-1.1", "MPL-2.0",
	}
)

// mayPassOn says whether a licence, an SPDX expression, permits to pass sources on. Where it is unknown, or cannot be read, it does not.
func mayPassOn(licence string) bool {
	p := &expression{tokens: strings.Fields(strings.NewReplacer("(", " ( ", ")", " ) ").Replace(licence))}
	permits, err := p.or()
	return err == nil && permits && len(p.tokens) == 0
}

// expression reads SPDX expressions: of licences joined by OR one is enough, of those joined by AND each must permit. WITH adds a
// permission to a licence and takes none away.
type expression struct {
	tokens []string
	depth  int
}

func (e *expression) next() string {
	if len(e.tokens) == 0 {
		return ""
	}
	token := e.tokens[0]
	e.tokens = e.tokens[1:]
	return token
}

func (e *expression) follows(operator string) bool {
	if len(e.tokens) == 0 || !strings.EqualFold(e.tokens[0], operator) {
		return false
	}
	e.next()
	return true
}

func (e *expression) or() (permits bool, err error) {
	permits, err = e.and()
	for err == nil && e.follows("OR") {
		var other bool
		other, err = e.and()
		permits = permits || other
	}
	return permits, err
}

func (e *expression) and() (permits bool, err error) {
	permits, err = e.term()
	for err == nil && e.follows("AND") {
		var other bool
		other, err = e.term()
		permits = permits && other
	}
	return permits, err
}

func (e *expression) term() (permits bool, err error) {
	token := e.next()
	switch {
	case token == "(":
		if e.depth++; e.depth > 20 {
			return false, fmt.Errorf("more than 20 brackets within each other")
		}
		permits, err = e.or()
		if err == nil && e.next() != ")" {
			err = fmt.Errorf("expected )")
		}
		e.depth--
		return permits, err
	case token == "" || token == ")" || isOperator(token):
		return false, fmt.Errorf("%q, expected a licence", token)
	}
	if e.follows("WITH") {
		if exception := e.next(); exception == "" || exception == "(" || exception == ")" || isOperator(exception) {
			return false, fmt.Errorf("%q, expected an exception", exception)
		}
	}
	return isPermitted(token), nil
}

func isOperator(token string) bool {
	return slices.ContainsFunc([]string{"AND", "OR", "WITH"}, func(o string) bool { return strings.EqualFold(o, token) })
}

func isPermitted(identifier string) bool {
	is := func(name string) bool { return strings.EqualFold(name, identifier) }
	if slices.ContainsFunc(permissive, is) || slices.ContainsFunc(copyleft, is) {
		return true
	}
	for _, end := range []string{"-only", "-or-later", "+"} {
		if base, ok := strings.CutSuffix(identifier, end); ok {
			return slices.ContainsFunc(copyleft, func(name string) bool { return strings.EqualFold(name, base) })
		}
	}
	return false
}
