package live

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/olekukonko/tablewriter/pkg/twwidth"
	"pgregory.net/rapid"

	"github.com/solverbench/solverbench/internal/screen"
)

// watch is a clock that is set by hand.
type watch struct{ now time.Time }

func (w *watch) wait(d time.Duration) { w.now = w.now.Add(d) }

// table returns the table of runs written "family/instance solver", with their numbers as IDs.
func table(p Plan, runs ...string) (*Table, *watch) {
	w := &watch{time.Unix(1e9, 0)}
	for i, text := range runs {
		instance, solver, _ := strings.Cut(text, " ")
		family, _, _ := strings.Cut(instance, "/")
		p.Runs = append(p.Runs, Run{i, family, instance, solver})
	}
	t := NewTable(func() time.Time { return w.now })
	t.Plan(p)
	return t, w
}

// The time left is what runs have taken so far, of what is left.
func TestTimeLeft(t *testing.T) {
	const s = time.Second
	six := []string{"f/a x", "f/a y", "f/b x", "f/b y", "g/c x", "g/c z"}
	run := func(t *Table, w *watch, id int, d time.Duration) {
		t.Started(id)
		w.wait(d)
		t.Solved(id, 1)
	}
	for _, tt := range []struct {
		name string
		plan Plan
		do   func(t *Table, w *watch)
		left time.Duration
		none bool
	}{
		{name: "nothing measured", none: true, do: func(*Table, *watch) {}},
		{name: "nothing measured to the end", none: true, do: func(t *Table, w *watch) {
			t.Started(0)
			w.wait(5 * s)
			t.Repeated(0, []float64{1, 1})
		}},
		{name: "all runs like the only one", left: 5 * 4 * s, do: func(t *Table, w *watch) { run(t, w, 0, 4*s) }},
		{name: "by solver, family, all", left: (4+2)*s /* f/b */ + 2*3*s /* g */, do: func(t *Table, w *watch) {
			run(t, w, 0, 4*s)
			run(t, w, 1, 2*s)
		}},
		{name: "what comes after a run is part of it", left: (4+2+1)*s + 2*7*s/2, do: func(t *Table, w *watch) {
			run(t, w, 0, 4*s)
			run(t, w, 1, 2*s)
			w.wait(s)
			t.Started(2)
			w.wait(0)
		}},
		{name: "less what the run at hand had", left: (4 - 1 + 2 + 3 + 3) * s, do: func(t *Table, w *watch) {
			run(t, w, 0, 4*s)
			run(t, w, 1, 2*s)
			t.Started(2)
			w.wait(s)
		}},
		{name: "never less than nothing", left: (0 + 2 + 3 + 3) * s, do: func(t *Table, w *watch) {
			run(t, w, 0, 4*s)
			run(t, w, 1, 2*s)
			t.Started(2)
			w.wait(60 * s)
		}},
		{name: "longer than others: the rest of its budget", plan: Plan{Budget: 10 * s}, left: (10 - 7 + 2 + 3 + 3) * s,
			do: func(t *Table, w *watch) {
				run(t, w, 0, 4*s)
				run(t, w, 1, 2*s)
				t.Started(2)
				w.wait(7 * s)
				t.Repeated(2, []float64{7})
			}},
		{name: "repetitions that are missing", plan: Plan{Repetitions: 10}, left: 5*20*s - 4*s, do: func(t *Table, w *watch) {
			run(t, w, 0, 20*s)
			t.Started(1)
			w.wait(2 * s)
			t.Repeated(1, []float64{1}) // 9 more
			w.wait(2 * s)
			t.Repeated(1, []float64{1, 1}) // 8 more
		}},
		{name: "by repetitions before any run has ended", plan: Plan{Repetitions: 4}, left: 3*s + 5*4*s, do: func(t *Table, w *watch) {
			t.Started(0)
			w.wait(s)
			t.Repeated(0, []float64{1})
		}},
		{name: "turns", plan: Plan{Repetitions: 3}, left: 1*s + 2*3*s + 4*(3+9)*s/2, do: func(t *Table, w *watch) {
			for n := 1; n <= 2; n++ {
				for id := range 2 {
					if id == 1 && n == 2 {
						continue
					}
					t.Started(id)
					w.wait(time.Duration(1+2*id) * s)
					t.Repeated(id, []float64{1, 1}[:n])
				}
			}
		}},
		{name: "what could not be begun tells nothing", left: 4 * 4 * s, do: func(t *Table, w *watch) {
			run(t, w, 0, 4*s)
			t.Failed(1, "could not be run")
		}},
		{name: "failures count", left: 5 * 4 * s, do: func(t *Table, w *watch) {
			t.Started(0)
			w.wait(4 * s)
			t.Failed(0, "timeout")
		}},
		{name: "failures tell about their solver alone", left: (1+9)*s /* f/b */ + 2*9*s, do: func(t *Table, w *watch) {
			t.Started(0)
			w.wait(s)
			t.Failed(0, "unsupported")
			run(t, w, 1, 9*s)
		}},
		{name: "everything is done", left: 0, do: func(t *Table, w *watch) {
			for id := range 6 {
				run(t, w, id, s)
			}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			table, w := table(tt.plan, six...)
			tt.do(table, w)
			left, known := table.left()
			if tt.none {
				if known {
					t.Errorf("%v left, expected that it is not known", left)
				}
				return
			}
			if !known || left != tt.left {
				t.Errorf("%v left (known: %v), expected %v", left, known, tt.left)
			}
		})
	}
}

// A run that the machine disturbed is made again.
func TestMadeAgain(t *testing.T) {
	table, w := table(Plan{Repetitions: 2}, "f/a x")
	for range 2 {
		table.Started(0)
		for n := range 2 {
			w.wait(time.Second)
			table.Repeated(0, []float64{1, 1}[:n+1])
			if left, _ := table.left(); left != time.Duration(1-n)*time.Second {
				t.Errorf("%v left after repetition %d, expected %d s", left, n+1, 1-n)
			}
		}
	}
}

func TestAbout(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "about 5 s left", 5 * time.Second: "about 5 s left", 5100 * time.Millisecond: "about 10 s left",
		55 * time.Second: "about 55 s left", 56 * time.Second: "about 1 min left", 89 * time.Second: "about 1 min left",
		90 * time.Second: "about 2 min left", 59*time.Minute + 29*time.Second: "about 59 min left",
		59*time.Minute + 31*time.Second: "about 1 h left", 84 * time.Minute: "about 1 h 20 min left",
		9*time.Hour + 59*time.Minute: "about 10 h left", 30 * time.Hour: "about 30 h left", 60 * time.Hour: "about 3 days left",
	} {
		if got := about(d); got != want {
			t.Errorf("about(%v) = %q, expected %q", d, got, want)
		}
	}
	for d, want := range map[time.Duration]string{0: "0 s", 59900 * time.Millisecond: "59 s", 62 * time.Second: "1 min 02 s", 200 * time.Minute: "3 h 20 min"} {
		if got := span(d); got != want {
			t.Errorf("span(%v) = %q, expected %q", d, got, want)
		}
	}
}

// halfway is a table with everything in it.
func halfway() *Table {
	table, w := table(Plan{Before: 3, Repetitions: 10}, "poisson/unit-2d[n=255] fast-poisson", "poisson/unit-2d[n=255] multigrid[cycle=V]",
		"poisson/unit-2d[n=255] sor", "poisson/unit-2d[n=1023] fast-poisson", "poisson/unit-2d[n=1023] multigrid[cycle=V]",
		"poisson/unit-2d[n=1023] sor", "poisson/unit-2d[n=1023] mine/日本[x=1]", "ks/l22 etdrk4")
	for id := range 3 {
		table.Started(id)
		w.wait(2 * time.Second)
	}
	table.Solved(0, 0.00157)
	table.Failed(1, "inaccurate: rel-residual 2e-3 exceeds 1e-10 by a lot, which is more than there is room for on a line of any terminal")
	table.Solved(2, 0.108)
	table.Started(3)
	w.wait(time.Second)
	table.Repeated(3, []float64{0.003})
	table.Started(4)
	table.Doing(4, "repetition 3 of 10")
	w.wait(time.Second)
	table.Repeated(4, []float64{0.01, 0.02})
	return table
}

func TestFrame(t *testing.T) {
	for _, tt := range []struct {
		width, height int
		want          string
	}{
		{80, 24, `
POISSON: 3 of 7 runs       median  reps
  poisson/unit-2d[n=255]
  ✓ fast-poisson          1.57 ms        solved
  ✗ multigrid[cycle=V]                   inaccurate: rel-residual 2e-3 exceeds…
  ✓ sor                    108 ms        solved
  poisson/unit-2d[n=1023]
  · fast-poisson          3.00 ms     1  waits for its turn
  ▸ multigrid[cycle=V]    15.0 ms     2  repetition 3 of 10
  · sor
  · mine/日本[x=1]
6 of 11 runs done, 1 not solved   about 20 s left   8 s so far
`},
		{80, 9, `
POISSON: 3 of 7 runs, instance 2 of 2     median  reps
  poisson/unit-2d[n=1023]
  · fast-poisson                         3.00 ms     1  waits for its turn
  ▸ multigrid[cycle=V]                   15.0 ms     2  repetition 3 of 10
  · sor
  · mine/日本[x=1]
6 of 11 runs done, 1 not solved   about 20 s left   8 s so far
`},
		{50, 7, `
POISSON: 3 of 7 runs, in…     median  reps
  poisson/unit-2d[n=1023]
    … 1 above
  ▸ multigrid[cycle=V]       15.0 ms     2  repe…
    … 2 below
6/11  about 20 s left  8 s so far
`},
		{24, 4, `
6/11  about 20 s left …
`},
	} {
		t.Run(fmt.Sprintf("%dx%d", tt.width, tt.height), func(t *testing.T) {
			got := "\n" + strings.Join(halfway().Frame(Style{Width: tt.width, Height: tt.height}), "\n") + "\n"
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("- expected, + got:\n%s", diff)
			}
		})
	}
}

// Whatever happens and however small the terminal is, a frame fits it.
func TestFrameFits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var runs []string
		for range rapid.IntRange(0, 20).Draw(t, "instances") {
			instance := rapid.StringMatching(`[fg]/[a-z界]{1,30}`).Draw(t, "instance")
			for range rapid.IntRange(1, 20).Draw(t, "runs") {
				runs = append(runs, instance+" "+rapid.StringMatching(`[a-zé界\[\]]{1,60}`).Draw(t, "solver"))
			}
		}
		table, w := table(Plan{Repetitions: rapid.IntRange(0, 3).Draw(t, "repetitions")}, runs...)
		for id := range runs {
			switch rapid.IntRange(0, 4).Draw(t, "what") {
			case 0:
				table.Failed(id, rapid.StringMatching(`[ -~é界]*`).Draw(t, "reason"))
			case 1:
				table.Started(id)
				w.wait(time.Duration(rapid.Int64Range(0, 1e12).Draw(t, "time")))
				table.Repeated(id, []float64{rapid.Float64Range(0, 1e6).Draw(t, "seconds")})
			case 2:
				table.Started(id)
				table.Solved(id, 1)
			case 3:
				table.Started(id)
				table.Doing(id, "preparing")
			}
		}
		s := Style{Width: rapid.IntRange(1, 200).Draw(t, "width"), Height: rapid.IntRange(1, 60).Draw(t, "height")}
		lines := table.Frame(s)
		if len(lines) > max(s.Height-1, 1) {
			t.Fatalf("%d lines on a terminal of %d", len(lines), s.Height)
		}
		for _, l := range lines {
			if n := twwidth.Width(l); n >= s.Width && n > 0 {
				t.Fatalf("%d characters on a terminal of %d: %q", n, s.Width, l)
			}
		}
	})
}

// A region stays where it is, below what is said meanwhile and in a terminal whose size changes.
func TestRegion(t *testing.T) {
	s := screen.New(36, 7)
	r := region{w: s}
	fmt.Fprint(s, "$ solverbench run 'poisson/*' 'ks/*'\r\n")
	expect := func(want string) {
		t.Helper()
		if got := s.String(); got != want {
			t.Errorf("the screen has\n%s\nexpected\n%s", got, want)
		}
		if x, _, seen := s.Cursor(); x != 0 || !seen || len(s.Strange()) > 0 {
			t.Errorf("the cursor is in column %d, seen: %v; not understood: %v", x, seen, s.Strange())
		}
	}
	r.draw(36, 7, nil, []string{"one", "two"})
	above := "$ solverbench run 'poisson/*' 'ks/*'\n"
	expect(above + "one\ntwo\n")
	r.draw(36, 7, nil, []string{"ONE", "2", "three"})
	expect(above + "ONE\n2\nthree\n")
	r.draw(36, 7, []string{"warning: this one is longer than a line"}, []string{"1", "\x1b[1mtwo\x1b[0m"})
	above += "warning: this one is longer than a\nline\n"
	expect(above + "1\ntwo\n")
	fmt.Fprint(s, "^C") // what terminals show for it
	r.draw(36, 7, []string{"Stopping."}, []string{"1", "2", "3", "4", "5", "6"})
	above += "Stopping.\n"
	expect(above + "1\n2\n3\n4\n5\n6\n")
	r.draw(36, 7, nil, []string{"this line is a bit longer than 31"})
	expect(above + "this line is a bit longer than 31\n")
	s.Resize(31, 7)
	r.draw(31, 7, nil, []string{"narrower"})
	above = "$ solverbench run 'poisson/*' '\nks/*'\nwarning: this one is longer tha\nn a\nline\nStopping.\n"
	expect(above + "narrower\n")
	fmt.Fprint(s, "[1]+ Stopped\r\n")
	r.leave()
	r.draw(31, 7, nil, []string{"again"})
	r.draw(31, 7, nil, nil)
	expect(above + "narrower\n[1]+ Stopped\n")
}

// A display is told of things from wherever they happen, draws no more often than it may, and leaves notes alone behind.
func TestDisplay(t *testing.T) {
	t.Parallel()
	r, w, err := os.Pipe() // of no size, which is taken for 80 × 24
	if err != nil {
		t.Fatal(err)
	}
	s := screen.New(80, 24)
	var raw bytes.Buffer
	read := make(chan struct{})
	go func() {
		defer close(read)
		_, _ = io.Copy(io.MultiWriter(s, &raw), r)
	}()
	began := time.Now()
	d := Show(w, NewTable(time.Now), true)
	d.Do(func(t *Table) { t.Plan(Plan{Runs: []Run{{0, "f", "f/a", "x"}, {1, "f", "f/a", "y"}}}) })
	var told sync.WaitGroup
	for id := range 2 {
		told.Go(func() {
			for n := range 100 {
				d.Do(func(t *Table) { t.Started(id) })
				d.Do(func(t *Table) { t.Doing(id, fmt.Sprint(n)) })
				time.Sleep(5 * time.Millisecond)
			}
			d.Do(func(t *Table) {
				t.Note(fmt.Sprint("done ", id))
				t.Solved(id, 1)
			})
		})
	}
	told.Wait()
	d.Stop()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	<-read
	frames, most := bytes.Count(raw.Bytes(), []byte("\x1b[?25l")), int(time.Since(began)/interval)+1
	if frames < 2 || frames > most || !bytes.Contains(raw.Bytes(), []byte("F: 0 of 2 runs")) {
		t.Errorf("%d frames, expected 2 to %d, in %q", frames, most, raw.Bytes())
	}
	if text := s.String(); text != "done 0\ndone 1\n" && text != "done 1\ndone 0\n" {
		t.Errorf("what stays is\n%s", text)
	}
}
