package live

import (
	"fmt"
	"time"
)

// mean is that of what runs took.
type mean struct {
	sum time.Duration
	n   int
}

func (m *mean) add(d time.Duration) { m.sum, m.n = m.sum+d, m.n+1 }

func (m *mean) of() time.Duration { return m.sum / time.Duration(m.n) }

// means are those that a run counts in once it has ended. What has not been solved was not repeated either, which is expected of other runs
// of its solver alone.
func (t *Table) means(r *row, s state) []*mean {
	if s == solved {
		return []*mean{&r.kind.mean, &r.family.mean, &t.solved, &t.any}
	}
	return []*mean{&r.kind.mean, &t.any}
}

// kind is the runs of a solver in a family: what some of them took is expected of the others.
type kind struct {
	family  *family
	mean    mean // however they have ended
	waiting int  // not begun
}

// left estimates the time until everything is done; it is not known before anything has been measured to the end.
//
// A run that has not begun is expected to take what the solver's runs in the family took on average, or else what was solved in the family,
// or else all that was solved, or all runs. Of one that is at it the repetitions that are missing count, if it is known how many there will be, or what
// it is expected to take less what it had.
func (t *Table) left() (left time.Duration, known bool) {
	now := t.clock()
	all, projected := t.solved, mean{}
	var opened []*row
	for _, r := range t.rows {
		if r.state != open {
			continue
		}
		opened = append(opened, r)
		if rest, ok := r.rest(t.plan); ok {
			projected.add(r.spent + rest)
		}
	}
	for _, m := range []mean{projected, t.any} {
		if all.n == 0 {
			all = m
		}
	}
	if all.n == 0 {
		return 0, t.ended == len(t.rows)
	}
	for _, k := range t.kinds {
		left += time.Duration(k.waiting) * k.expected(all)
	}
	for _, r := range opened {
		rest, ok := r.rest(t.plan)
		if !ok {
			rest = r.kind.expected(all) - r.had(t, now)
		}
		if rest < 0 && r.repetitions > 0 { // it takes longer than the others: as long as it may
			rest = t.plan.Budget - r.repeating
		}
		left += max(rest, 0)
	}
	return left, true
}

// expected is what a run that has not begun will take.
func (k *kind) expected(all mean) time.Duration {
	for _, m := range []mean{k.mean, k.family.mean} {
		if m.n > 0 {
			return m.of()
		}
	}
	return all.of()
}

// rest is what the repetitions will take that a run still needs, if their number is known.
func (r *row) rest(p *Plan) (time.Duration, bool) {
	if p.Repetitions == 0 || r.repetitions == 0 {
		return 0, false
	}
	return time.Duration(max(p.Repetitions-r.repetitions, 0)) * r.repeating / time.Duration(r.repetitions), true
}

// had is the time that an open run has had so far.
func (r *row) had(t *Table, now time.Time) time.Duration {
	if r == t.current {
		return r.spent + now.Sub(t.since)
	}
	return r.spent
}

// about says how much time is left, no finer than it can be known.
func about(d time.Duration) string {
	switch {
	case d <= 55*time.Second:
		return fmt.Sprintf("about %d s left", max((d+5*time.Second-1).Truncate(5*time.Second)/time.Second, 5))
	case d < 59*time.Minute+30*time.Second:
		return fmt.Sprintf("about %d min left", max(d.Round(time.Minute)/time.Minute, 1))
	case d < 10*time.Hour:
		d = d.Round(10 * time.Minute)
		if d%time.Hour == 0 {
			return fmt.Sprintf("about %d h left", d/time.Hour)
		}
		return fmt.Sprintf("about %d h %d min left", d/time.Hour, d%time.Hour/time.Minute)
	case d < 48*time.Hour:
		return fmt.Sprintf("about %d h left", d.Round(time.Hour)/time.Hour)
	}
	return fmt.Sprintf("about %d days left", d.Round(24*time.Hour)/(24*time.Hour))
}

// span writes a time that has passed.
func span(d time.Duration) string {
	switch d = d.Truncate(time.Second); {
	case d < time.Minute:
		return fmt.Sprintf("%d s", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%d min %02d s", d/time.Minute, d%time.Minute/time.Second)
	}
	return fmt.Sprintf("%d h %02d min", d/time.Hour, d%time.Hour/time.Minute)
}
