// Package screen is a terminal for tests: one to run programs on, and what is to be seen on it.
package screen

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Screen understands what is written to it as a terminal does: as far as programs here use it. What has scrolled off its top is kept.
type Screen struct {
	width, height int
	rows          []row // all that there ever were
	top           int   // the first one on the screen
	x, y          int   // of the cursor, among all rows
	hidden        bool
	wraps         int
	strange       []string
	rest          []byte // the beginning of something
}

// row is a row of characters of width one; one that has been wrapped goes on in the next.
type row struct {
	text    []rune
	wrapped bool
}

// New returns an empty screen.
func New(width, height int) *Screen {
	return &Screen{width: width, height: height, rows: make([]row, 1)}
}

// Write never fails.
func (s *Screen) Write(p []byte) (int, error) {
	b := append(s.rest, p...)
	for len(b) > 0 {
		n := s.next(b)
		if n == 0 {
			break
		}
		b = b[n:]
	}
	s.rest = slices.Clone(b)
	return len(p), nil
}

// next acts on the character or sequence at the beginning, and returns its length, 0 if that is not all of it.
func (s *Screen) next(b []byte) int {
	switch {
	case b[0] == 0x1b:
		if len(b) < 2 {
			return 0
		}
		if b[1] != '[' {
			s.strange = append(s.strange, fmt.Sprintf("%q", b[:2]))
			return 2
		}
		for i := 2; i < len(b); i++ {
			if b[i] >= 0x40 && b[i] <= 0x7e {
				s.sequence(string(b[2:i]), b[i])
				return i + 1
			}
		}
		return 0
	case b[0] == '\r':
		s.x = 0
		return 1
	case b[0] == '\n':
		s.down(false)
		return 1
	}
	if !utf8.FullRune(b) {
		return 0
	}
	r, n := utf8.DecodeRune(b)
	if r < ' ' || r == 0x7f || r == utf8.RuneError {
		s.strange = append(s.strange, fmt.Sprintf("%q", b[:n]))
		return n
	}
	if s.x == s.width {
		s.wraps++
		s.down(true)
		s.x = 0
	}
	text := s.rows[s.y].text
	for len(text) <= s.x {
		text = append(text, ' ')
	}
	text[s.x] = r
	s.rows[s.y].text = text
	s.x++
	return n
}

// sequence acts on a control sequence.
func (s *Screen) sequence(parameters string, final byte) {
	n, err := strconv.Atoi(parameters)
	switch {
	case final == 'm': // colours
	case parameters == "?25" && (final == 'l' || final == 'h'):
		s.hidden = final == 'l'
	case final == 'A' && err == nil:
		s.y = max(s.y-n, s.top)
	case final == 'K' && parameters == "":
		s.clear()
	case final == 'J' && parameters == "":
		s.clear()
		s.rows = s.rows[:s.y+1]
	default:
		s.strange = append(s.strange, fmt.Sprintf("%q", "\x1b["+parameters+string(final)))
	}
}

// clear empties a row from the cursor.
func (s *Screen) clear() {
	r := &s.rows[s.y]
	r.text, r.wrapped = r.text[:min(s.x, len(r.text))], false
}

func (s *Screen) down(wrapped bool) {
	s.rows[s.y].wrapped = wrapped
	s.y++
	if s.y == len(s.rows) {
		s.rows = append(s.rows, row{})
	}
	s.top = max(s.top, s.y-s.height+1)
}

// Resize changes the size, as terminals do that wrap lines anew.
func (s *Screen) Resize(width, height int) {
	old, y := s.rows, s.y
	s.width, s.height, s.rows = width, height, nil
	var line []rune
	for i, r := range old {
		if i == y {
			s.y = len(s.rows) + len(line)/width
		}
		line = append(line, r.text...)
		if r.wrapped {
			continue
		}
		for len(line) > width {
			s.rows = append(s.rows, row{line[:width:width], true})
			line = line[width:]
		}
		s.rows = append(s.rows, row{line, false})
		line = nil
	}
	s.x = min(s.x, width)
	s.top = max(len(s.rows)-height, 0)
}

// String is all that was ever left on the screen, without the empty rows at its end.
func (s *Screen) String() string { return text(s.rows) }

// Visible is what is to be seen now.
func (s *Screen) Visible() string { return text(s.rows[s.top:]) }

func text(rows []row) string {
	var b strings.Builder
	for _, r := range rows {
		b.WriteString(strings.TrimRight(string(r.text), " ") + "\n")
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

// Cursor says where the cursor is on the screen, and whether it is to be seen.
func (s *Screen) Cursor() (x, y int, seen bool) { return s.x, s.y - s.top, !s.hidden }

// Wraps is how often a line was too wide.
func (s *Screen) Wraps() int { return s.wraps }

// Strange lists what was written and is not understood.
func (s *Screen) Strange() []string { return s.strange }
