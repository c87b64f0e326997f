// Package option declares typed, documented settings as struct fields, so that a solver's
// options and a problem's parameters are ordinary Go fields with a default, a range
// and a doc string. Attributes in the tag are min, max, choices, and path for strings that name
// a file or folder:
//
//	type Jacobi struct {
//		Omega float64 `opt:"omega,min=0,max=2" doc:"damping factor"`
//		Order string  `opt:"order,choices=lexicographic|red-black" doc:"sweep order"`
//	}
//
// The values of the struct are the defaults. Fields may be float64, int, bool or string;
// fields of embedded structs count as the struct's own.
package option

import (
	"cmp"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Type is the type of a setting.
type Type int

// The types a setting may have.
const (
	Float Type = iota + 1
	Int
	Bool
	String
)

// String returns the name of the type as people write it.
func (t Type) String() string {
	switch t {
	case Float:
		return "float"
	case Int:
		return "int"
	case Bool:
		return "bool"
	case String:
		return "string"
	}
	return fmt.Sprintf("Type(%d)", int(t))
}

// Spec describes one setting.
type Spec struct {
	Name     string
	Type     Type
	Default  string
	Doc      string
	Min, Max string   // inclusive bounds of a number; empty means none
	Choices  []string // allowed values of a string; empty means any
	Path     bool     // the string names a file or folder: its content is part of the value
}

// Value is a setting's name and its value as text in canonical form.
type Value struct {
	Name, Text string
}

// Error says what is wrong with one setting.
type Error struct {
	Name     string // of the setting
	Value    string // as given
	Expected string // what would have been right
	Unknown  bool   // there is no such setting
	What     string // what the setting is to people; "option" if empty
}

func (e *Error) Error() string {
	what := cmp.Or(e.What, "option")
	if e.Unknown {
		return fmt.Sprintf("unknown %s %q (%s)", what, e.Name, e.Expected)
	}
	return fmt.Sprintf("%s %s: %q, expected %s", what, e.Name, e.Value, e.Expected)
}

// Specs returns the settings of a struct or pointer to struct, in field order. It panics
// on a malformed declaration, which is a mistake in the program: an attribute or type unknown, a name
// given twice, or a default that is not allowed.
func Specs(of any) []Spec {
	fields := fieldsOf(reflect.Indirect(reflect.ValueOf(of)))
	specs := make([]Spec, len(fields))
	for i, f := range fields {
		if slices.ContainsFunc(specs[:i], func(s Spec) bool { return s.Name == f.spec.Name }) {
			panic(fmt.Sprintf("option: %T declares %s twice", of, f.spec.Name))
		}
		if _, err := f.spec.Parse(f.spec.Default); err != nil {
			panic(fmt.Sprintf("option: default in %T: %v", of, err))
		}
		specs[i] = f.spec
	}
	return specs
}

// Set assigns the named settings of the struct that ptr points to, checking names, types, ranges
// and choices. On an error, an *Error, nothing is assigned.
func Set(ptr any, values map[string]string) error {
	fields := fieldsOf(reflect.ValueOf(ptr).Elem())
	specs := make([]Spec, len(fields))
	for i, f := range fields {
		specs[i] = f.spec
	}
	canonical, err := Resolve(specs, values)
	if err != nil {
		return err
	}
	for i, v := range canonical {
		if _, given := values[v.Name]; given {
			assign(fields[i].value, v.Text)
		}
	}
	return nil
}

// Values returns the current settings of a struct or pointer to struct in canonical form, in field order.
func Values(of any) []Value {
	fields := fieldsOf(reflect.Indirect(reflect.ValueOf(of)))
	out := make([]Value, len(fields))
	for i, f := range fields {
		out[i] = Value{f.spec.Name, f.spec.Default}
	}
	return out
}

// Resolve completes the given values with the defaults of specs and returns all in the
// order of specs, in canonical form. An unknown name or bad value is an *Error.
func Resolve(specs []Spec, values map[string]string) ([]Value, error) {
	names := make([]string, len(specs))
	for i, s := range specs {
		names[i] = s.Name
	}
	given := make([]string, 0, len(values))
	for name := range values {
		given = append(given, name)
	}
	slices.Sort(given)
	for _, name := range given {
		if !slices.Contains(names, name) {
			return nil, &Error{Name: name, Value: values[name], Expected: expectedName(name, names), Unknown: true}
		}
	}
	out := make([]Value, len(specs))
	for i, s := range specs {
		text, ok := values[s.Name]
		if !ok {
			text = s.Default
		}
		canonical, err := s.Parse(text)
		if err != nil {
			return nil, err
		}
		out[i] = Value{s.Name, canonical}
	}
	return out, nil
}

// Parse checks one value against the spec and returns its canonical form.
func (s Spec) Parse(text string) (string, error) {
	bad := &Error{Name: s.Name, Value: text, Expected: s.Expected()}
	switch s.Type {
	case Float:
		x, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(x) || math.IsInf(x, 0) || !s.inRange(x) {
			return "", bad
		}
		if x == 0 {
			x = 0 // and not −0: equal values have one form
		}
		return strconv.FormatFloat(x, 'g', -1, 64), nil
	case Int:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || !s.inRange(float64(n)) {
			return "", bad
		}
		return strconv.FormatInt(n, 10), nil
	case Bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return "", bad
		}
		return strconv.FormatBool(b), nil
	default:
		if len(s.Choices) > 0 && !slices.Contains(s.Choices, text) {
			return "", bad
		}
		return text, nil
	}
}

// Expected says in words which values are right: "a number in [0, 2]".
func (s Spec) Expected() string {
	if len(s.Choices) > 0 {
		return "one of " + strings.Join(s.Choices, ", ")
	}
	if s.Path {
		return "a path"
	}
	kind := map[Type]string{Float: "a number", Int: "an integer", Bool: "true or false", String: "text"}[s.Type]
	switch {
	case s.Min != "" && s.Max != "":
		return fmt.Sprintf("%s in [%s, %s]", kind, s.Min, s.Max)
	case s.Min != "":
		return fmt.Sprintf("%s ≥ %s", kind, s.Min)
	case s.Max != "":
		return fmt.Sprintf("%s ≤ %s", kind, s.Max)
	}
	return kind
}

func (s Spec) inRange(x float64) bool {
	if lo, err := strconv.ParseFloat(s.Min, 64); err == nil && x < lo {
		return false
	}
	if hi, err := strconv.ParseFloat(s.Max, 64); err == nil && x > hi {
		return false
	}
	return true
}

type field struct {
	spec  Spec
	value reflect.Value
}

func fieldsOf(v reflect.Value) []field {
	if v.Kind() != reflect.Struct {
		return nil // a solver without options may be any type
	}
	var out []field
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if f.Anonymous {
			if _, tagged := f.Tag.Lookup("opt"); !tagged {
				out = append(out, fieldsOf(v.Field(i))...)
				continue
			}
		}
		tag, ok := f.Tag.Lookup("opt")
		if !ok {
			continue
		}
		if !f.IsExported() {
			panic(fmt.Sprintf("option: field %s.%s is not exported", v.Type(), f.Name))
		}
		out = append(out, field{specOf(v.Type(), f, tag, v.Field(i)), v.Field(i)})
	}
	return out
}

func specOf(t reflect.Type, f reflect.StructField, tag string, v reflect.Value) Spec {
	parts := strings.Split(tag, ",")
	s := Spec{Name: parts[0], Doc: f.Tag.Get("doc")}
	if s.Name == "" {
		panic(fmt.Sprintf("option: field %s.%s has no name", t, f.Name))
	}
	for _, p := range parts[1:] {
		key, value, _ := strings.Cut(p, "=")
		switch key {
		case "min", "max":
			if _, err := strconv.ParseFloat(value, 64); err != nil {
				panic(fmt.Sprintf("option: field %s.%s: %s is %q, expected a number", t, f.Name, key, value))
			}
			if key == "min" {
				s.Min = value
			} else {
				s.Max = value
			}
		case "choices":
			s.Choices = strings.Split(value, "|")
		case "path":
			s.Path = true
		default:
			panic(fmt.Sprintf("option: field %s.%s: unknown attribute %q", t, f.Name, p))
		}
	}
	switch v.Kind() {
	case reflect.Float64:
		s.Type, s.Default = Float, strconv.FormatFloat(v.Float(), 'g', -1, 64)
	case reflect.Int:
		s.Type, s.Default = Int, strconv.FormatInt(v.Int(), 10)
	case reflect.Bool:
		s.Type, s.Default = Bool, strconv.FormatBool(v.Bool())
	case reflect.String:
		s.Type, s.Default = String, v.String()
	default:
		panic(fmt.Sprintf("option: field %s.%s has type %s, expected float64, int, bool or string", t, f.Name, v.Type()))
	}
	return s
}

func assign(v reflect.Value, canonical string) {
	// The text has been through Parse, so these cannot fail.
	switch v.Kind() {
	case reflect.Float64:
		x, _ := strconv.ParseFloat(canonical, 64)
		v.SetFloat(x)
	case reflect.Int:
		n, _ := strconv.ParseInt(canonical, 10, 64)
		v.SetInt(n)
	case reflect.Bool:
		b, _ := strconv.ParseBool(canonical)
		v.SetBool(b)
	case reflect.String:
		v.SetString(canonical)
	}
}

func expectedName(name string, names []string) string {
	if near, ok := Nearest(name, names); ok {
		return fmt.Sprintf("did you mean %q?", near)
	}
	if len(names) == 0 {
		return "there are none"
	}
	return "expected one of " + strings.Join(names, ", ")
}

// Nearest returns the candidate closest to name by edit distance, if one is close enough to be
// what was meant.
func Nearest(name string, candidates []string) (string, bool) {
	best, bestDistance := "", len(name)/2+1
	for _, c := range candidates {
		if d := distance(name, c); d < bestDistance {
			best, bestDistance = c, d
		}
	}
	return best, best != ""
}

// distance is the Levenshtein distance.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j]+1, row[j+1]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
