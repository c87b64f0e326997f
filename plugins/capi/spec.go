package capi

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/solverbench/solverbench/plugins/option"
)

// newSpec checks what a library declares of an option, and returns it with the default in canonical form.
func newSpec(s option.Spec) (option.Spec, error) {
	if s.Name == "" {
		return s, fmt.Errorf("sb_option.name is missing")
	}
	numeric := false
	switch s.Type {
	case option.Float, option.Int:
		numeric = true
	case option.Bool, option.String:
	default:
		return s, fmt.Errorf("%s: sb_option.type is %d, expected SB_FLOAT, SB_INT, SB_BOOL or SB_STRING", s.Name, s.Type)
	}
	for _, bound := range []struct{ field, text string }{{"minimum", s.Min}, {"maximum", s.Max}} {
		if bound.text == "" {
			continue
		}
		x, err := strconv.ParseFloat(bound.text, 64)
		if err != nil || math.IsNaN(x) || !numeric {
			return s, fmt.Errorf("%s: sb_option.%s is %q, expected a number, and that of a number", s.Name, bound.field, bound.text)
		}
	}
	if len(s.Choices) > 0 && s.Type != option.String {
		return s, fmt.Errorf("%s: sb_option.choices is %q, expected none but for SB_STRING", s.Name, strings.Join(s.Choices, "|"))
	}
	canonical, err := s.Parse(s.Default)
	if err != nil {
		return s, fmt.Errorf("sb_option.default_value: %w", err)
	}
	s.Default = canonical
	return s, nil
}

// choices are written as "a|b|c".
func choices(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, "|")
}

// tags are written as "a, b, c".
func tags(text string) []string {
	var out []string
	for _, tag := range strings.Split(text, ",") {
		if tag = strings.TrimSpace(tag); tag != "" {
			out = append(out, tag)
		}
	}
	return out
}

// optionField is an option's value as the library looks it up.
func optionField(t option.Type, o option.Value) field {
	// The text has been through Parse, so these cannot fail.
	f := field{path: o.Name, text: o.Text, as: asText}
	switch t {
	case option.Float:
		f.as |= asNumber
		f.number, _ = strconv.ParseFloat(o.Text, 64)
	case option.Int:
		f.as |= asNumber | asInteger
		f.integer, _ = strconv.ParseInt(o.Text, 10, 64)
		f.number = float64(f.integer)
	case option.Bool:
		f.as |= asInteger
		if o.Text == "true" {
			f.integer = 1
		}
	}
	return f
}
