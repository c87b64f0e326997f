package live

import (
	"fmt"
	"slices"
	"time"

	"github.com/solverbench/solverbench/results/report"
)

// Run is a run to be made, as it is called on the screen.
type Run struct {
	ID                       int
	Family, Instance, Solver string
}

// Plan is what is to be made.
type Plan struct {
	// Runs in the order in which they are to be made, those on one instance next to each other.
	Runs []Run
	// Before is how many have been made before.
	Before int
	// Repetitions of each run, 0 if only measuring tells how many it needs. Budget is the time for them then.
	Repetitions int
	Budget      time.Duration
}

// Table is what has become of a plan so far.
type Table struct {
	plan     *Plan // nil before there is one
	clock    func() time.Time
	began    time.Time
	rows     []*row
	byID     map[int]*row
	families map[string]*family
	kinds    map[[2]string]*kind // by family and solver
	solved   mean                // of runs that have been
	any      mean                // of runs that have ended
	ended    int
	unsolved int

	current *row      // the one at it, or the last that was
	since   time.Time // when time was last accounted for
	notes   []string  // to be said above the table
}

// family is a part of the table.
type family struct {
	name                  string
	rows                  []*row
	instances             []string
	ended, solved, failed int
	mean                  mean // of those that have been solved
	spent                 time.Duration
}

type state int

const (
	waiting state = iota
	open
	solved
	failed
)

type row struct {
	Run
	family *family
	kind   *kind
	state  state
	// doing is what is done in it, or how it has ended.
	doing string
	// repetitions so far, the median of what a solve takes in them, and what they took altogether.
	repetitions int
	median      float64
	repeating   time.Duration
	// spent is all the time it had, and turn when its present turn began.
	spent time.Duration
	turn  time.Time
}

// NewTable returns a table for which there is no plan yet. The clock is time.Now but for tests.
func NewTable(clock func() time.Time) *Table {
	return &Table{clock: clock, began: clock(), byID: map[int]*row{}, families: map[string]*family{}, kinds: map[[2]string]*kind{}}
}

// Plan says what is to be made; it is called once, before a run is told of.
func (t *Table) Plan(p Plan) {
	t.plan = &p
	for _, r := range p.Runs {
		f := t.families[r.Family]
		if f == nil {
			f = &family{name: r.Family}
			t.families[r.Family] = f
		}
		k := t.kinds[[2]string{r.Family, r.Solver}]
		if k == nil {
			k = &kind{family: f}
			t.kinds[[2]string{r.Family, r.Solver}] = k
		}
		k.waiting++
		w := &row{Run: r, family: f, kind: k}
		f.rows = append(f.rows, w)
		if n := len(f.instances); n == 0 || f.instances[n-1] != r.Instance {
			f.instances = append(f.instances, r.Instance)
		}
		t.rows = append(t.rows, w)
		t.byID[r.ID] = w
	}
}

// Started says that a run has its turn: its first or another one.
func (t *Table) Started(id int) {
	now := t.account()
	r := t.byID[id]
	t.current, r.turn = r, now
	if r.state == waiting {
		r.state = open
		r.kind.waiting--
	}
}

// Doing says what is being done in a run.
func (t *Table) Doing(id int, what string) { t.byID[id].doing = what }

// Repeated says what solves took in the repetitions that a run has had, in seconds.
func (t *Table) Repeated(id int, seconds []float64) {
	now := t.account()
	r := t.byID[id]
	if len(seconds) < r.repetitions { // it is made again
		r.repeating = 0
	}
	r.repetitions, r.median = len(seconds), median(seconds)
	r.repeating += now.Sub(r.turn)
	r.turn = now
}

// Solved says that a run has been solved, with the median of its times in seconds, 0 if it has none.
func (t *Table) Solved(id int, median float64) {
	t.byID[id].median = median
	t.end(id, solved, "solved")
}

// Failed says that a run has ended otherwise, and how.
func (t *Table) Failed(id int, how string) { t.end(id, failed, how) }

func (t *Table) end(id int, s state, how string) {
	t.account()
	r := t.byID[id]
	f := r.family
	if r.state == waiting { // it was never begun, which tells nothing about others
		r.kind.waiting--
	} else {
		for _, m := range t.means(r, s) {
			m.add(r.spent)
		}
	}
	r.state, r.doing = s, how
	t.ended++
	f.ended++
	if s == solved {
		f.solved++
	} else {
		f.failed++
		t.unsolved++
	}
	if f.ended == len(f.rows) && len(t.families) > 1 {
		t.Note(fmt.Sprintf("%s: %d of %s solved, %s", f.name, f.solved, report.Plural(len(f.rows), "run"), span(f.spent)))
	}
}

// Note has a line written above the table, where it stays.
func (t *Table) Note(line string) { t.notes = append(t.notes, line) }

// takeNotes returns what is to be said and has not been.
func (t *Table) takeNotes() []string {
	notes := t.notes
	t.notes = nil
	return notes
}

// account gives the time since it was last called to the run that was at it.
func (t *Table) account() time.Time {
	now := t.clock()
	if r := t.current; r != nil {
		d := now.Sub(t.since)
		r.spent += d
		r.family.spent += d
		if r.state > open { // what comes after it, up to the next one, is part of what a run takes
			for _, m := range t.means(r, r.state) {
				m.sum += d
			}
		}
	}
	t.since = now
	return now
}

func median(seconds []float64) float64 {
	if len(seconds) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(seconds))
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}
