PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO goose_db_version VALUES(1,0,1,'2026-11-25 01:04:39');
INSERT INTO goose_db_version VALUES(2,1,1,'2026-11-25 01:04:39');
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
INSERT INTO machine VALUES(1,'2ae5da90145c8d86f54c57d43e884f680b53f03fc9b447ef603e1837b5ba8055','vm','linux','6.18.44-fc-v595','amd64','AMD EPYC',2,2,25276514304,'','hypervisor+container','{"L1 cache":"32K","L2 cache":"1024K","L3 cache":"32768K","avx2":true,"avx512f":true,"microcode":"0x1000065","smt":"0"}');
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
INSERT INTO experiment VALUES(1,'01a2103b-b9f1-7f1f-81da-685493190687',1,'2026-11-25T01:04:39.409509Z','2026-11-25T01:04:40.735669Z','finished','["/usr/local/bin/solverbench","run","poisson/unit-2d[n=15]","ks/l22[T=1]","--solver","cg","--solver","multigrid[cycle=V]","--solver","etdrk4","--checkpoints","3","--reps","3","--db","v1.db","-q"]','command line',replace('name: command line\ndoc: ""\ntimeout: 1m0s\nrepetitions: 3\nthreads: 1\nseed: 0\nruns:\n- problems:\n  - poisson/unit-2d[n=15]\n  - ks/l22[T=1]\n  solvers:\n  - cg\n  - multigrid[cycle=V]\n  - etdrk4\n','\n',char(10)),'{"checkpoints":3,"plugins":[],"repetitions":3,"save":"","threads":1,"timeout":"1m0s"}','0','devel','','go1.26.8');
INSERT INTO experiment VALUES(2,'01a2103b-bf6c-767c-aebf-180c492b7f11',1,'2026-11-25T01:04:40.812867Z','2026-11-25T01:04:40.878333Z','finished','["/usr/local/bin/solverbench","run","poisson/unit-2d[n=1023]","--solver","cg","--timeout","10ms","--reps","3","--db","v1.db","-q"]','command line',replace('name: command line\ndoc: ""\ntimeout: 10ms\nrepetitions: 3\nthreads: 1\nseed: 0\nruns:\n- problems:\n  - poisson/unit-2d[n=1023]\n  solvers:\n  - cg\n','\n',char(10)),'{"checkpoints":0,"plugins":[],"repetitions":3,"save":"","threads":1,"timeout":"10ms"}','0','devel','','go1.26.8');
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
INSERT INTO plugin VALUES(1,'a0d805b362e9cf1087788d86c53227fa93755f741dfc88aab4f2f75f598fa880','bundled','devel','/usr/local/bin/solverbench','db585890234b6d566994cc60e903a3aa5cbe5f12dcbd44a48d0664470c7b0a14','go','Apache-2.0',1,1);
CREATE TABLE configuration (
    id        INTEGER PRIMARY KEY,
    identity  TEXT    NOT NULL UNIQUE, -- SHA-256 of the plugin's identity, solver and options
    plugin_id INTEGER NOT NULL REFERENCES plugin (id),
    solver    TEXT    NOT NULL,
    options   TEXT    NOT NULL CHECK (json_valid(options)), -- keys sorted
    label     TEXT    NOT NULL,
    tags      TEXT    NOT NULL CHECK (json_valid(tags))
) STRICT;
INSERT INTO configuration VALUES(1,'d9604b02da2dbfa9145246b30ed11b4c3464e37e609d2ed5c2f138965dc8f3ab',1,'multigrid','{"cycle":"V","fmg":true,"krylov":"auto","max-iterations":200,"omega":1,"post":2,"pre":2,"smoother":"rbgs","tol":0}','multigrid','["iterative","multigrid"]');
INSERT INTO configuration VALUES(2,'b8c86050b24806c9117387e740e2df1109713b0d8e8d552fc40bd8bc8211879a',1,'cg','{"max-iterations":20000,"omega":1.2,"precond":"ic0","tol":0}','cg','["iterative","krylov"]');
INSERT INTO configuration VALUES(3,'b5c7acec6c7389a41b6767316ab61d4cf6c0807176492e7e206f5b81351741d7',1,'etdrk4','{"dealias":"two-thirds","dt":0,"modes":0}','etdrk4','["spectral","exponential"]');
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
INSERT INTO instance VALUES(1,'0d4139653570e98f923b036a77e1230672f216301a508ed6107790ae725ef4f5','poisson','unit-2d','poisson/unit-2d[n=15]','{"n":15}','0','fe513fadbdc7d74886df3241376d31d29c958ea2216d502cfca396be26f44061',1.0000000000000000364e-10,'rel-residual','time',225);
INSERT INTO instance VALUES(2,'ff89241553ae9dc2a071bb8cc6372421132fd9a370c5c85f22fb1cdc40305a66','ks','l22','ks/l22[T=1]','{"T":1}','0','f42e3043378a4cc09ef8bebe95cb48fe8fbe4d4cc458a24c286fc1858d022fcc',9.9999999999999995472e-07,'rel-l2','time',64);
INSERT INTO instance VALUES(3,'07e1cac8b252762d81543aa9fff51cf391fff367c4eb2a0937142b91cad32e73','poisson','unit-2d','poisson/unit-2d[n=1023]','{"n":1023}','0','82a1642c06987850095f1660c7c5530564800f916da59829b09a05cf2bac1ada',1.0000000000000000364e-10,'rel-residual','time',1046529);
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
INSERT INTO run VALUES(1,1,1,1,0,'solved','','2026-11-25T01:04:39.410723Z','2026-11-25T01:04:39.889746Z','0',1,60.0,0.008374792000000000694,0.00037968200000000000126,0.00062245200000000000962,29777920,0,0,0,0,0,0.34999999999999997779,'{}','[]','','');
INSERT INTO run VALUES(2,1,2,1,1,'solved','','2026-11-25T01:04:39.891715Z','2026-11-25T01:04:40.291947Z','0',1,60.0,0.0071866819999999997925,0.0002839909999999999852,0.00059965799999999998357,28233728,0,0,0,0,0,0.34999999999999997779,'{}','[]','','');
INSERT INTO run VALUES(3,1,3,2,2,'solved','','2026-11-25T01:04:40.298664Z','2026-11-25T01:04:40.732792Z','0',1,60.0,0.0070697090000000004095,0.00033790099999999998912,0.00056125100000000002417,25374720,0,0,0,0,0,0.34999999999999997779,'{}','[]','','');
INSERT INTO run VALUES(4,2,2,3,0,'timeout','no answer within 10ms','2026-11-25T01:04:40.826295Z','2026-11-25T01:04:40.877099Z','0',1,0.010000000000000000208,0.0083971649999999998376,NULL,NULL,NULL,0,0,0,0,0,0.34999999999999997779,'{}','[]','','');
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
INSERT INTO repetition VALUES(1,0,1,1,'2026-11-25T01:04:39.420752Z',0.00062245200000000000962,0.00017207499999999999488,NULL,NULL,0.0,24403968,0,0);
INSERT INTO repetition VALUES(1,1,1,100,'2026-11-25T01:04:39.421581Z',8.5424699999999995445e-05,8.1082870000000000464e-05,0.00010000000000000000479,NULL,0.0,24981504,0,0);
INSERT INTO repetition VALUES(1,2,1,1171,'2026-11-25T01:04:39.430314Z',0.00011109714602903501183,0.00011002909564474807561,0.0001024765157984628463,8.5397096498719038586e-06,0.0,29380608,0,0);
INSERT INTO repetition VALUES(1,3,0,1171,'2026-11-25T01:04:39.560603Z',9.7278053800170792867e-05,9.6823258753202395034e-05,0.0001024765157984628463,NULL,0.0,29396992,0,0);
INSERT INTO repetition VALUES(1,4,0,1171,'2026-11-25T01:04:39.674726Z',9.3488149444918866061e-05,9.2868726729291212239e-05,8.539709649871904536e-05,NULL,0.0,29765632,0,0);
INSERT INTO repetition VALUES(1,5,0,1171,'2026-11-25T01:04:39.784501Z',8.2071511528608026148e-05,8.1476861656703674112e-05,7.6857386848847131341e-05,NULL,0.0,29777920,0,0);
INSERT INTO repetition VALUES(2,0,1,1,'2026-11-25T01:04:39.900111Z',0.00059965799999999998357,0.00019701300000000000582,NULL,NULL,0.0,24375296,0,0);
INSERT INTO repetition VALUES(2,1,1,100,'2026-11-25T01:04:39.900858Z',9.4069749999999994951e-05,8.4800880000000008595e-05,0.00010000000000000000479,NULL,0.0,24690688,0,0);
INSERT INTO repetition VALUES(2,2,1,1064,'2026-11-25T01:04:39.910554Z',8.8298109022556391274e-05,8.7780824248120308071e-05,7.5187969924812026443e-05,9.3984962406015033053e-06,0.0,27353088,0,0);
INSERT INTO repetition VALUES(2,3,0,1064,'2026-11-25T01:04:40.004752Z',9.0030241541353382694e-05,8.9476502819548864395e-05,9.3984962406015043218e-05,NULL,0.0,28164096,0,0);
INSERT INTO repetition VALUES(2,4,0,1064,'2026-11-25T01:04:40.100783Z',8.6969078007518793322e-05,8.6460312030075194712e-05,8.4586466165413528054e-05,9.3984962406015033053e-06,0.0,28225536,0,0);
INSERT INTO repetition VALUES(2,5,0,1064,'2026-11-25T01:04:40.193624Z',8.412560526315789695e-05,8.3516512218045110393e-05,8.4586466165413528054e-05,NULL,0.0,28233728,0,0);
INSERT INTO repetition VALUES(3,0,1,1,'2026-11-25T01:04:40.307283Z',0.00056125100000000002417,0.00034819499999999998238,NULL,NULL,0.0,24297472,0,0);
INSERT INTO repetition VALUES(3,1,1,100,'2026-11-25T01:04:40.308000Z',0.00040543287999999995689,0.00040135243000000001868,0.00040000000000000001916,NULL,0.0,24506368,0,0);
INSERT INTO repetition VALUES(3,2,1,247,'2026-11-25T01:04:40.348736Z',0.00034639059514170037531,0.00034401180971659924131,0.00032388663967611335718,NULL,0.0,24711168,0,0);
INSERT INTO repetition VALUES(3,3,0,247,'2026-11-25T01:04:40.434476Z',0.00039091285829959512062,0.00038850839271255060373,0.00040485829959514173714,NULL,0.0,24948736,0,0);
INSERT INTO repetition VALUES(3,4,0,247,'2026-11-25T01:04:40.531268Z',0.00035390408906882587407,0.00035245690688259111904,0.00028340080971659922142,NULL,0.0,25141248,0,0);
INSERT INTO repetition VALUES(3,5,0,247,'2026-11-25T01:04:40.618897Z',0.00039675955465587044125,0.00039451278542510122542,0.00036437246963562749295,NULL,0.0,25374720,0,0);
CREATE TABLE checkpoint (
    run_id      INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    idx         INTEGER NOT NULL,
    seconds     REAL    NOT NULL,
    evaluations INTEGER NOT NULL,
    PRIMARY KEY (run_id, idx)
) STRICT, WITHOUT ROWID;
INSERT INTO checkpoint VALUES(1,0,0.00011561100000000000152,0);
INSERT INTO checkpoint VALUES(1,1,0.00014517600000000000729,0);
INSERT INTO checkpoint VALUES(2,0,0.00011450999999999999969,0);
INSERT INTO checkpoint VALUES(2,1,0.00014392399999999999963,0);
INSERT INTO checkpoint VALUES(2,2,0.0001813490000000000013,0);
INSERT INTO checkpoint VALUES(3,0,0.00017228499999999999457,0);
INSERT INTO checkpoint VALUES(3,1,0.0002603540000000000216,0);
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
INSERT INTO measurement VALUES(1,1,0,'rel-residual',0.0063687489681172023206,'','','lower','primary');
INSERT INTO measurement VALUES(2,1,0,'max-residual',0.0094240025910649304063,'','','lower','secondary');
INSERT INTO measurement VALUES(3,1,1,'rel-residual',2.4638652834411388762e-07,'','','lower','primary');
INSERT INTO measurement VALUES(4,1,1,'max-residual',3.1749323367533639865e-07,'','','lower','secondary');
INSERT INTO measurement VALUES(5,1,NULL,'rel-residual',1.2795361645270407298e-11,'','','lower','primary');
INSERT INTO measurement VALUES(6,1,NULL,'max-residual',1.6422457266430632536e-11,'','','lower','secondary');
INSERT INTO measurement VALUES(7,1,NULL,'iterations',6.0,'','','','info');
INSERT INTO measurement VALUES(8,2,0,'rel-residual',1.0,'','','lower','primary');
INSERT INTO measurement VALUES(9,2,0,'max-residual',1.0,'','','lower','secondary');
INSERT INTO measurement VALUES(10,2,1,'rel-residual',0.010660314597980247511,'','','lower','primary');
INSERT INTO measurement VALUES(11,2,1,'max-residual',0.010348094344675561051,'','','lower','secondary');
INSERT INTO measurement VALUES(12,2,2,'rel-residual',1.9364684598698448251e-08,'','','lower','primary');
INSERT INTO measurement VALUES(13,2,2,'max-residual',2.5321860598748487578e-08,'','','lower','secondary');
INSERT INTO measurement VALUES(14,2,NULL,'rel-residual',6.5560822689699472911e-11,'','','lower','primary');
INSERT INTO measurement VALUES(15,2,NULL,'max-residual',7.7356109782257287607e-11,'','','lower','secondary');
INSERT INTO measurement VALUES(16,2,NULL,'iterations',22.0,'','','','info');
INSERT INTO measurement VALUES(17,3,0,'rel-l2',0.2306469094818248966,'','','lower','primary');
INSERT INTO measurement VALUES(18,3,0,'max-error',0.43645127351510426549,'','','lower','secondary');
INSERT INTO measurement VALUES(19,3,0,'spectrum-distance',0.25635824106003785027,'','','lower','secondary');
INSERT INTO measurement VALUES(20,3,0,'mean-drift',3.4694469519536141888e-18,'','','lower','secondary');
INSERT INTO measurement VALUES(21,3,0,'truth-accuracy',1.221771401769556094e-15,'','','','info');
INSERT INTO measurement VALUES(22,3,1,'rel-l2',0.12179675512730653297,'','','lower','primary');
INSERT INTO measurement VALUES(23,3,1,'max-error',0.24146654905952491532,'','','lower','secondary');
INSERT INTO measurement VALUES(24,3,1,'spectrum-distance',0.17855321815350441716,'','','lower','secondary');
INSERT INTO measurement VALUES(25,3,1,'mean-drift',4.5102810375396984454e-17,'','','lower','secondary');
INSERT INTO measurement VALUES(26,3,1,'truth-accuracy',1.221771401769556094e-15,'','','','info');
INSERT INTO measurement VALUES(27,3,NULL,'rel-l2',1.7646006726088293965e-10,'','','lower','primary');
INSERT INTO measurement VALUES(28,3,NULL,'max-error',4.4410430888319751829e-10,'','','lower','secondary');
INSERT INTO measurement VALUES(29,3,NULL,'spectrum-distance',4.3639245234826824983e-09,'','','lower','secondary');
INSERT INTO measurement VALUES(30,3,NULL,'mean-drift',5.7245874707234634115e-17,'','','lower','secondary');
INSERT INTO measurement VALUES(31,3,NULL,'truth-accuracy',1.221771401769556094e-15,'','','','info');
INSERT INTO measurement VALUES(32,3,NULL,'iterations',96.0,'','','','info');
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
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('goose_db_version',2);
CREATE INDEX run_instance ON run (instance_id);
CREATE UNIQUE INDEX measurement_name ON measurement (run_id, COALESCE(checkpoint, -1), name);
CREATE INDEX measurement_checkpoint ON measurement (run_id, checkpoint);
CREATE INDEX event_run ON event (run_id);
CREATE INDEX event_experiment ON event (experiment_id);
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
COMMIT;
