-- +goose Up
PRAGMA application_id = 0x736f6c76; -- "solv"

CREATE TABLE machine (
    id             INTEGER PRIMARY KEY,
    identity       TEXT    NOT NULL UNIQUE, -- SHA-256 of the columns below
    hostname       TEXT    NOT NULL,
    os             TEXT    NOT NULL,
    kernel         TEXT    NOT NULL,
    arch           TEXT    NOT NULL,
    cpu            TEXT    NOT NULL,
    physical_cores INTEGER NOT NULL,
    logical_cores  INTEGER NOT NULL,
    memory_bytes   INTEGER NOT NULL,
    governor       TEXT    NOT NULL,
    virtualisation TEXT    NOT NULL,
    details        TEXT    NOT NULL CHECK (json_valid(details)) -- caches and the rest
) STRICT;

CREATE TABLE experiment (
    id              INTEGER PRIMARY KEY,
    uid             TEXT    NOT NULL UNIQUE,
    machine_id      INTEGER NOT NULL REFERENCES machine (id),
    started         TEXT    NOT NULL, -- all times are ISO 8601, UTC
    finished        TEXT,             -- NULL while running
    outcome         TEXT    NOT NULL CHECK (outcome IN ('running', 'finished', 'interrupted')),
    command         TEXT    NOT NULL CHECK (json_valid(command)),
    suite           TEXT    NOT NULL,
    suite_text      TEXT    NOT NULL,
    settings        TEXT    NOT NULL CHECK (json_valid(settings)),
    seed            TEXT    NOT NULL, -- decimal: seeds have 64 bits, INTEGER has 63
    harness_version TEXT    NOT NULL,
    revision        TEXT    NOT NULL,
    go_version      TEXT    NOT NULL
) STRICT;

CREATE TABLE plugin (
    id       INTEGER PRIMARY KEY,
    identity TEXT    NOT NULL UNIQUE, -- SHA-256 of all but path
    name     TEXT    NOT NULL,
    version  TEXT    NOT NULL,
    path     TEXT    NOT NULL,
    sha256   TEXT    NOT NULL,
    language TEXT    NOT NULL,
    licence  TEXT    NOT NULL,
    bundled  INTEGER NOT NULL CHECK (bundled IN (0, 1)),
    protocol INTEGER NOT NULL
) STRICT;

CREATE TABLE configuration (
    id        INTEGER PRIMARY KEY,
    identity  TEXT    NOT NULL UNIQUE, -- SHA-256 of the plugin's identity, solver and options
    plugin_id INTEGER NOT NULL REFERENCES plugin (id),
    solver    TEXT    NOT NULL,
    options   TEXT    NOT NULL CHECK (json_valid(options)), -- keys sorted
    label     TEXT    NOT NULL,
    tags      TEXT    NOT NULL CHECK (json_valid(tags))
) STRICT;

CREATE TABLE instance (
    id        INTEGER PRIMARY KEY,
    identity  TEXT    NOT NULL UNIQUE, -- SHA-256 of all but label
    family    TEXT    NOT NULL,
    problem   TEXT    NOT NULL,
    label     TEXT    NOT NULL,
    params    TEXT    NOT NULL CHECK (json_valid(params)), -- keys sorted
    seed      TEXT    NOT NULL,
    hash      TEXT    NOT NULL,
    tolerance REAL    NOT NULL,
    "primary" TEXT    NOT NULL,
    rank_by   TEXT    NOT NULL,
    unknowns  INTEGER NOT NULL
) STRICT;

CREATE TABLE run (
    id                   INTEGER PRIMARY KEY,
    experiment_id        INTEGER NOT NULL REFERENCES experiment (id),
    configuration_id     INTEGER NOT NULL REFERENCES configuration (id),
    instance_id          INTEGER NOT NULL REFERENCES instance (id),
    ordinal              INTEGER NOT NULL,
    status               TEXT    NOT NULL CHECK (status IN ('solved', 'inaccurate', 'diverged', 'timeout',
                             'out-of-memory', 'crashed', 'protocol-error', 'unsupported', 'cancelled')),
    reason               TEXT    NOT NULL,
    started              TEXT    NOT NULL,
    finished             TEXT    NOT NULL,
    seed                 TEXT    NOT NULL,
    threads              INTEGER NOT NULL,
    timeout_seconds      REAL,
    startup_seconds      REAL,
    setup_seconds        REAL,
    first_seconds        REAL,
    peak_memory_bytes    INTEGER,
    evaluations          INTEGER NOT NULL,
    minor_faults         INTEGER NOT NULL,
    major_faults         INTEGER NOT NULL,
    voluntary_switches   INTEGER NOT NULL,
    involuntary_switches INTEGER NOT NULL,
    load_before          REAL    NOT NULL,
    limits               TEXT    NOT NULL CHECK (json_valid(limits)),
    flags                TEXT    NOT NULL CHECK (json_valid(flags)),
    exit                 TEXT    NOT NULL,
    stderr               TEXT    NOT NULL,
    UNIQUE (experiment_id, configuration_id, instance_id)
) STRICT;
CREATE INDEX run_instance ON run (instance_id);

CREATE TABLE repetition (
    run_id            INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    idx               INTEGER NOT NULL,
    warmup            INTEGER NOT NULL CHECK (warmup IN (0, 1)),
    batch             INTEGER NOT NULL CHECK (batch >= 1),
    started           TEXT,
    wall_seconds      REAL    NOT NULL CHECK (wall_seconds >= 0), -- a solve, by the harness's clock
    plugin_seconds    REAL,                                       -- a solve, by the plugin's clock
    user_seconds      REAL,
    system_seconds    REAL,
    oracle_seconds    REAL    NOT NULL,
    peak_memory_bytes INTEGER,
    evaluations       INTEGER NOT NULL,
    bytes_moved       INTEGER NOT NULL,
    PRIMARY KEY (run_id, idx)
) STRICT, WITHOUT ROWID;

CREATE TABLE checkpoint (
    run_id      INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    idx         INTEGER NOT NULL,
    seconds     REAL    NOT NULL,
    evaluations INTEGER NOT NULL,
    PRIMARY KEY (run_id, idx)
) STRICT, WITHOUT ROWID;

CREATE TABLE measurement (
    id         INTEGER PRIMARY KEY,
    run_id     INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    checkpoint INTEGER, -- its idx; NULL for the final solution
    name       TEXT    NOT NULL,
    value      REAL,    -- NULL if not finite
    text       TEXT    NOT NULL DEFAULT '', -- 'NaN', '+Inf' or '-Inf' if not finite
    unit       TEXT    NOT NULL,
    better     TEXT    NOT NULL CHECK (better IN ('lower', 'higher', '')),
    role       TEXT    NOT NULL CHECK (role IN ('primary', 'secondary', 'info')),
    CHECK ((value IS NULL) = (text IN ('NaN', '+Inf', '-Inf'))),
    FOREIGN KEY (run_id, checkpoint) REFERENCES checkpoint (run_id, idx) ON DELETE CASCADE
) STRICT;
-- COALESCE because SQLite holds NULLs to be distinct.
CREATE UNIQUE INDEX measurement_name ON measurement (run_id, COALESCE(checkpoint, -1), name);
CREATE INDEX measurement_checkpoint ON measurement (run_id, checkpoint);

CREATE TABLE artifact (
    id     INTEGER PRIMARY KEY,
    run_id INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    name   TEXT    NOT NULL,
    path   TEXT,
    data   BLOB,
    sha256 TEXT    NOT NULL,
    bytes  INTEGER NOT NULL,
    UNIQUE (run_id, name)
) STRICT;

CREATE TABLE event (
    id            INTEGER PRIMARY KEY,
    experiment_id INTEGER NOT NULL REFERENCES experiment (id),
    run_id        INTEGER REFERENCES run (id) ON DELETE CASCADE, -- NULL if about the experiment
    time          TEXT    NOT NULL,
    level         TEXT    NOT NULL CHECK (level IN ('debug', 'info', 'warn', 'error')),
    kind          TEXT    NOT NULL,
    message       TEXT    NOT NULL
) STRICT;
CREATE INDEX event_run ON event (run_id);
CREATE INDEX event_experiment ON event (experiment_id);

-- One line a run, with the median over its repetitions without warm-up.
CREATE VIEW run_summary AS
WITH ordered AS (
    SELECT run_id, wall_seconds,
           row_number() OVER (PARTITION BY run_id ORDER BY wall_seconds) AS k,
           count(*) OVER (PARTITION BY run_id) AS n
      FROM repetition
     WHERE warmup = 0
), median AS (
    SELECT run_id, max(n) AS n, avg(wall_seconds) AS seconds
      FROM ordered
     WHERE k IN ((n + 1) / 2, (n + 2) / 2)
     GROUP BY run_id
)
SELECT run.id, experiment.uid AS experiment, machine.hostname AS machine,
       instance.family, instance.label AS instance, plugin.name AS plugin, configuration.label AS solver,
       run.status, run.reason, median.seconds AS median_seconds, coalesce(median.n, 0) AS repetitions,
       instance."primary" AS metric, measurement.value AS metric_value, instance.tolerance,
       run.evaluations, run.setup_seconds, run.peak_memory_bytes, run.threads, run.started
  FROM run
  JOIN experiment    ON experiment.id = run.experiment_id
  JOIN machine       ON machine.id = experiment.machine_id
  JOIN instance      ON instance.id = run.instance_id
  JOIN configuration ON configuration.id = run.configuration_id
  JOIN plugin        ON plugin.id = configuration.plugin_id
  LEFT JOIN median   ON median.run_id = run.id
  LEFT JOIN measurement ON measurement.run_id = run.id AND measurement.checkpoint IS NULL
                       AND measurement.name = instance."primary";

-- Solved runs in order within their experiment and instance, then the others with their reasons. Places are by plain
-- order; the leaderboard command also asks whether differences are significant.
CREATE VIEW leaderboard_rows AS
WITH scored AS (
    SELECT run_summary.*,
           CASE WHEN instance.rank_by = 'time' THEN run_summary.median_seconds
                WHEN score.better = 'higher'   THEN -score.value
                ELSE score.value END AS cost
      FROM run_summary
      JOIN run      ON run.id = run_summary.id
      JOIN instance ON instance.id = run.instance_id
      LEFT JOIN measurement AS score ON score.run_id = run.id AND score.checkpoint IS NULL
                                    AND score.name = instance.rank_by
)
SELECT family, instance, experiment, machine,
       CASE WHEN status = 'solved' AND cost IS NOT NULL
            THEN rank() OVER (PARTITION BY experiment, instance ORDER BY status <> 'solved', cost IS NULL, cost)
       END AS place,
       plugin, solver, status, reason, median_seconds, metric, metric_value, evaluations, setup_seconds,
       peak_memory_bytes, threads
  FROM scored
 ORDER BY family, instance, experiment, place IS NULL, place, solver;
