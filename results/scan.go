package results

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// column is one that is read into a field of T. NULL leaves the field as it is, zero.
type column[T any] struct {
	name string
	rank bool // needed to rank runs
	into func(*T) any
}

func named[T any](columns []column[T], rankOnly bool) (text string, kept []column[T]) {
	var names []string
	for _, c := range columns {
		if c.rank || !rankOnly {
			names, kept = append(names, c.name), append(kept, c)
		}
	}
	return strings.Join(names, ", "), kept
}

func fill[T any](row *T, columns []column[T], values []driver.Value) error {
	for i, c := range columns {
		if err := assign(c.into(row), values[i]); err != nil {
			return fmt.Errorf("column %s: %w", c.name, err)
		}
	}
	return nil
}

// stream calls f on every row of a query, whose values are valid until f returns. It goes around the conversions of
// database/sql, which take most of the time where there are a million rows.
func stream(ctx context.Context, c *sql.Conn, f func(row []driver.Value) error, query string, args ...any) error {
	bound := make([]driver.NamedValue, len(args))
	for i, a := range args {
		value, err := driver.DefaultParameterConverter.ConvertValue(a)
		if err != nil {
			return err
		}
		bound[i] = driver.NamedValue{Ordinal: i + 1, Value: value}
	}
	return c.Raw(func(conn any) error {
		queryer, ok := conn.(driver.QueryerContext)
		if !ok {
			return errors.New("the driver cannot query")
		}
		// A context that can end costs the driver a hand-over a row; looking at it now and then does as well.
		rows, err := queryer.QueryContext(context.WithoutCancel(ctx), query, bound)
		if err != nil {
			return err
		}
		defer rows.Close()
		row := make([]driver.Value, len(rows.Columns()))
		for n := 0; ; n++ {
			if n%4096 == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			switch err := rows.Next(row); {
			case err == io.EOF:
				return nil
			case err != nil:
				return err
			}
			if err := f(row); err != nil {
				return err
			}
		}
	})
}

// assign stores what SQLite has in a field.
func assign(into any, v driver.Value) error {
	switch v := v.(type) {
	case nil:
		return nil
	case int64:
		switch d := into.(type) {
		case *int64:
			*d = v
			return nil
		case *int:
			*d = int(v)
			return nil
		case **int:
			n := int(v)
			*d = &n
			return nil
		case *bool:
			*d = v != 0
			return nil
		}
	case float64:
		if d, ok := into.(*float64); ok {
			*d = v
			return nil
		}
	case string:
		return assignText(into, v)
	}
	return fmt.Errorf("%w: a %T, expected what fits a %T", ErrDamaged, v, into)
}

func assignText(into any, v string) (err error) {
	switch d := into.(type) {
	case *string:
		*d = v
	case *Status:
		*d = Status(v)
	case *Stop:
		*d = Stop(v)
	case *MemorySource:
		*d = MemorySource(v)
	case *Better:
		*d = Better(v)
	case *Role:
		*d = Role(v)
	case *time.Time:
		err = at{d}.Scan(v)
	case *uint64:
		err = seed{d}.Scan(v)
	case *[]string:
		if *d = []string{}; v != "[]" {
			err = json.Unmarshal([]byte(v), d)
		}
	case *[]int:
		if *d = []int{}; v != "[]" {
			*d, err = integers(v)
		}
	case *map[string]any:
		if *d = map[string]any{}; v != "{}" {
			err = parse(v, d)
		}
	default:
		err = errors.New("it is text")
	}
	if err != nil {
		return fmt.Errorf("%w: %.60q: %w", ErrDamaged, v, err)
	}
	return nil
}

// integers reads a JSON array of them, as of a run's cores, without what makes package json slow.
func integers(text string) (list []int, err error) {
	inner, opened := strings.CutPrefix(text, "[")
	inner, closed := strings.CutSuffix(inner, "]")
	if !opened || !closed {
		return nil, errors.New("expected an array of integers")
	}
	for word := range strings.SplitSeq(inner, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(word))
		if err != nil {
			return nil, err
		}
		list = append(list, n)
	}
	return list, nil
}

// slab hands out the elements of many short slices from few long ones.
type slab[T any] struct{ chunk []T }

// add lengthens list by one element and returns it. Lists are filled one after the other.
func (s *slab[T]) add(list *[]T) *T {
	n := len(*list)
	if len(s.chunk) == cap(s.chunk) {
		s.chunk = make([]T, n, max(4096, 2*n))
		copy(s.chunk, *list)
	}
	end := len(s.chunk) + 1
	s.chunk = s.chunk[:end]
	*list = s.chunk[end-n-1 : end : end]
	return &s.chunk[end-1]
}
