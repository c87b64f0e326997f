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

DROP VIEW leaderboard_rows;
DROP VIEW run_summary;

-- One line a run. lo and hi are the order statistics between which the true median is with 95 % confidence, whatever
-- the distribution: the k-th least and greatest with n + 1 - 2 k >= 1.96 sqrt(n), NULL below 6. Leaving out as many on
-- either side, they may be one place wider than those of the leaderboard command.
CREATE VIEW v_runs AS
WITH ordered AS (
    SELECT run_id, batch, wall_seconds,
           row_number() OVER (PARTITION BY run_id ORDER BY wall_seconds) AS k,
           count(*) OVER (PARTITION BY run_id) AS n
      FROM repetition
     WHERE warmup = 0
), timed AS (
    SELECT run_id, count(*) AS n, sum(batch) AS solves,
           avg(CASE WHEN k IN ((n + 1) / 2, (n + 2) / 2) THEN wall_seconds END) AS median,
           max(CASE WHEN n + 1 > 2 * k AND (n + 1 - 2 * k) * (n + 1 - 2 * k) >= 3.8416 * n THEN wall_seconds END) AS lo,
           min(CASE WHEN n + 1 < 2 * k AND (n + 1 - 2 * k) * (n + 1 - 2 * k) >= 3.8416 * n THEN wall_seconds END) AS hi
      FROM ordered
     GROUP BY run_id
)
SELECT run.id AS run, run.experiment_id AS experiment, machine.hostname AS machine,
       instance.family, instance.label AS instance, plugin.name AS plugin, configuration.label AS solver,
       run.status, run.reason,
       timed.median AS median_seconds, timed.lo AS lo_seconds, timed.hi AS hi_seconds,
       coalesce(timed.n, 0) AS repetitions, coalesce(timed.solves, 0) AS solves, run.precision, run.stopped,
       instance."primary" AS metric, measurement.value AS metric_value, instance.tolerance,
       run.evaluations, run.startup_seconds, run.setup_seconds, run.first_seconds, run.transport_seconds,
       run.background_seconds, run.peak_memory_bytes, run.peak_memory_source, run.answers, run.verified, run.noise,
       (SELECT coalesce(group_concat(value, ' '), '') FROM json_each(run.flags)) AS flags,
       run.threads, run.started, run.finished
  FROM run
  JOIN experiment    ON experiment.id = run.experiment_id
  JOIN machine       ON machine.id = experiment.machine_id
  JOIN instance      ON instance.id = run.instance_id
  JOIN configuration ON configuration.id = run.configuration_id
  JOIN plugin        ON plugin.id = configuration.plugin_id
  LEFT JOIN timed    ON timed.run_id = run.id
  LEFT JOIN measurement ON measurement.run_id = run.id AND measurement.checkpoint IS NULL
                       AND measurement.name = instance."primary";

-- The newest run of each configuration on each instance, machine and number of threads: solved ones in order, then the
-- others with their reasons; cancelled ones where there is no other. Places are by plain order; the leaderboard command also asks whether differences are
-- significant.
CREATE VIEW v_leaderboard AS
WITH newest AS (
    SELECT run.id AS run, experiment.machine_id, run.instance_id, instance.problem, instance.unknowns, instance.rank_by,
           row_number() OVER (PARTITION BY experiment.machine_id, run.instance_id, plugin.name, configuration.solver,
                                           configuration.options, run.threads
                                  ORDER BY run.status = 'cancelled', run.started DESC, run.id DESC) AS age
      FROM run
      JOIN experiment    ON experiment.id = run.experiment_id
      JOIN instance      ON instance.id = run.instance_id
      JOIN configuration ON configuration.id = run.configuration_id
      JOIN plugin        ON plugin.id = configuration.plugin_id
), scored AS (
    SELECT v_runs.*, machine_id, instance_id, problem, unknowns,
           CASE WHEN v_runs.status <> 'solved'   THEN NULL
                WHEN rank_by = 'time'            THEN v_runs.median_seconds
                WHEN score.better = 'higher'     THEN -score.value
                WHEN score.id IS NOT NULL        THEN score.value
                WHEN rank_by = 'evaluations'     THEN v_runs.evaluations
           END AS cost
      FROM newest
      JOIN v_runs ON v_runs.run = newest.run
      LEFT JOIN measurement AS score ON score.run_id = newest.run AND score.checkpoint IS NULL AND score.name = rank_by
     WHERE age = 1
)
SELECT family, machine, instance,
       CASE WHEN cost IS NOT NULL
            THEN rank() OVER (PARTITION BY machine_id, instance_id ORDER BY cost IS NULL, cost)
       END AS place,
       plugin, solver, status, reason, median_seconds, lo_seconds, hi_seconds,
       CASE WHEN status = 'solved'
            THEN median_seconds / min(CASE WHEN status = 'solved' THEN median_seconds END)
                                      OVER (PARTITION BY machine_id, instance_id)
       END AS ratio,
       metric, metric_value, tolerance, repetitions, flags, evaluations, setup_seconds, peak_memory_bytes, threads,
       experiment, run
  FROM scored
 ORDER BY family, machine, machine_id, problem, unknowns, instance, instance_id, place IS NULL, place, solver, run;
