package results

import (
	"database/sql/driver"
	"fmt"
	"strconv"
)

func repetitionColumns() []column[Repetition] {
	return []column[Repetition]{
		{"idx", false, func(p *Repetition) any { return &p.Index }},
		{"warmup", false, func(p *Repetition) any { return &p.Warmup }},
		{"batch", false, func(p *Repetition) any { return &p.Batch }},
		{"started", false, func(p *Repetition) any { return &p.Started }},
		{"wall_seconds", false, func(p *Repetition) any { return &p.WallSeconds }},
		{"plugin_seconds", false, func(p *Repetition) any { return &p.PluginSeconds }},
		{"user_seconds", false, func(p *Repetition) any { return &p.UserSeconds }},
		{"system_seconds", false, func(p *Repetition) any { return &p.SystemSeconds }},
		{"oracle_seconds", false, func(p *Repetition) any { return &p.OracleSeconds }},
		{"peak_memory_bytes", false, func(p *Repetition) any { return &p.PeakMemoryBytes }},
		{"evaluations", false, func(p *Repetition) any { return &p.Evaluations }},
		{"bytes_moved", false, func(p *Repetition) any { return &p.BytesMoved }},
		{"minor_faults", false, func(p *Repetition) any { return &p.MinorFaults }},
		{"major_faults", false, func(p *Repetition) any { return &p.MajorFaults }},
		{"voluntary_switches", false, func(p *Repetition) any { return &p.VoluntarySwitches }},
		{"involuntary_switches", false, func(p *Repetition) any { return &p.InvoluntarySwitches }},
		{"verified", false, func(p *Repetition) any { return &p.Verified }},
		{"noise", false, func(p *Repetition) any { return &p.Noise }},
	}
}

func (l *loader) loadRepetitions() error {
	names, columns := named(repetitionColumns(), false)
	var rows slab[Repetition]
	return l.part(names, "repetition", "TRUE", "idx", func(r *Run, row []driver.Value) error {
		return fill(rows.add(&r.Repetitions), columns, row)
	})
}

func timingColumns() []column[Timing] {
	return []column[Timing]{
		{"wall_seconds", true, func(t *Timing) any { return &t.WallSeconds }},
		{"coalesce(user_seconds, 0.0) + coalesce(system_seconds, 0.0)", true, func(t *Timing) any { return &t.CPUSeconds }},
		{"batch", true, func(t *Timing) any { return &t.Batch }},
	}
}

func (l *loader) loadTimings() error {
	names, columns := named(timingColumns(), true)
	var rows slab[Timing]
	return l.part(names, "repetition", "warmup = 0", "idx", func(r *Run, row []driver.Value) error {
		return fill(rows.add(&r.Timings), columns, row)
	})
}

func (l *loader) loadCheckpoints() error {
	names, columns := named([]column[Checkpoint]{
		{"idx", true, func(c *Checkpoint) any { return &c.Index }},
		{"seconds", true, func(c *Checkpoint) any { return &c.Seconds }},
		{"evaluations", true, func(c *Checkpoint) any { return &c.Evaluations }},
	}, false)
	return l.part(names, "checkpoint", "TRUE", "idx", func(r *Run, row []driver.Value) error {
		r.Checkpoints = append(r.Checkpoints, Checkpoint{})
		return fill(&r.Checkpoints[len(r.Checkpoints)-1], columns, row)
	})
}

// measured is a row of the table measurement.
type measured struct {
	Measurement
	checkpoint *int
	text       string
}

func (l *loader) loadMeasurements() error {
	names, columns := named([]column[measured]{
		{"name", true, func(m *measured) any { return &m.Name }},
		{"value", true, func(m *measured) any { return &m.Value }},
		{"text", true, func(m *measured) any { return &m.text }},
		{"unit", true, func(m *measured) any { return &m.Unit }},
		{"better", true, func(m *measured) any { return &m.Better }},
		{"role", true, func(m *measured) any { return &m.Role }},
		{"checkpoint", false, func(m *measured) any { return &m.checkpoint }},
	}, l.filter.bareNewest())
	where := "TRUE"
	if l.filter.bareNewest() {
		where = "checkpoint IS NULL"
	}
	var rows slab[Measurement]
	return l.part(names, "measurement", where, "checkpoint, id", func(r *Run, row []driver.Value) error {
		var m measured
		err := fill(&m, columns, row)
		if err == nil && m.text != "" {
			if m.Value, err = strconv.ParseFloat(m.text, 64); err != nil {
				err = fmt.Errorf("measurement %s: %w", m.Name, err)
			}
		}
		into := &r.Measurements
		if m.checkpoint != nil {
			for i := range r.Checkpoints {
				if r.Checkpoints[i].Index == *m.checkpoint {
					into = &r.Checkpoints[i].Measurements
				}
			}
		}
		*rows.add(into) = m.Measurement
		return err
	})
}

// bareNewest says whether runs come with what ranking needs and no more.
func (f Filter) bareNewest() bool { return f.Newest && !f.Checkpoints }

func (l *loader) loadArtifacts() error {
	names, columns := named([]column[Artifact]{
		{"artifact.id", true, func(a *Artifact) any { return &a.ID }},
		{"name", true, func(a *Artifact) any { return &a.Name }},
		{"path", true, func(a *Artifact) any { return &a.Path }},
		{"sha256", true, func(a *Artifact) any { return &a.SHA256 }},
		{"bytes", true, func(a *Artifact) any { return &a.Bytes }},
	}, false)
	return l.part(names, "artifact", "TRUE", "artifact.id", func(r *Run, row []driver.Value) error {
		r.Artifacts = append(r.Artifacts, Artifact{})
		return fill(&r.Artifacts[len(r.Artifacts)-1], columns, row)
	})
}

func (l *loader) loadEvents() error {
	names, columns := named([]column[Event]{
		{"time", true, func(e *Event) any { return &e.Time }},
		{"level", true, func(e *Event) any { return &e.Level }},
		{"kind", true, func(e *Event) any { return &e.Kind }},
		{"message", true, func(e *Event) any { return &e.Message }},
	}, false)
	return l.part(names, "event", "run_id IS NOT NULL", "event.id", func(r *Run, row []driver.Value) error {
		r.Events = append(r.Events, Event{})
		return fill(&r.Events[len(r.Events)-1], columns, row)
	})
}
