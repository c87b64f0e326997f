-- +goose Up
-- What a sceptic asks of a run. NULL means that it was not measured, as in all runs from before this version.
ALTER TABLE run ADD COLUMN peak_memory_source TEXT CHECK (peak_memory_source IN ('cgroup', 'sampled'));
ALTER TABLE run ADD COLUMN null_call_seconds  REAL;
ALTER TABLE run ADD COLUMN transport_seconds  REAL;
ALTER TABLE run ADD COLUMN background_seconds REAL;
ALTER TABLE run ADD COLUMN checkpoint_seconds REAL;
ALTER TABLE run ADD COLUMN stopped            TEXT CHECK (stopped IN ('precision', 'budget', 'repetitions'));
ALTER TABLE run ADD COLUMN precision          REAL;
ALTER TABLE run ADD COLUMN answers            INTEGER;
ALTER TABLE run ADD COLUMN verified           INTEGER;
ALTER TABLE run ADD COLUMN noise              REAL;
ALTER TABLE run ADD COLUMN attempts           INTEGER NOT NULL DEFAULT 1 CHECK (attempts >= 1);
ALTER TABLE run ADD COLUMN cpus               TEXT    NOT NULL DEFAULT '[]' CHECK (json_valid(cpus));

ALTER TABLE repetition ADD COLUMN minor_faults         INTEGER;
ALTER TABLE repetition ADD COLUMN major_faults         INTEGER;
ALTER TABLE repetition ADD COLUMN voluntary_switches   INTEGER;
ALTER TABLE repetition ADD COLUMN involuntary_switches INTEGER;
ALTER TABLE repetition ADD COLUMN verified             INTEGER;
ALTER TABLE repetition ADD COLUMN noise                REAL;

CREATE TABLE noise_probe (
    id              INTEGER PRIMARY KEY,
    experiment_id   INTEGER NOT NULL REFERENCES experiment (id),
    time            TEXT    NOT NULL,
    compute_seconds REAL    NOT NULL,
    memory_seconds  REAL    NOT NULL,
    ratio           REAL    NOT NULL -- to calm, of the worse of the two
) STRICT;
CREATE INDEX noise_probe_experiment ON noise_probe (experiment_id);
