// Package results stores what an experiment measured, in one SQLite database.
//
// An [Experiment] is one invocation of the harness on one [Machine]. Its runs are saved one by one with
// [Store.SaveRun], each in one transaction with everything that belongs to it: the [Configuration] and its [Plugin],
// the [Instance], every [Repetition], [Checkpoint], [Measurement], [Artifact] and [Event]. A run that SaveRun
// acknowledged survives kill -9 and power loss (write-ahead log, synchronous=FULL); a run that it did not acknowledge
// leaves no trace.
//
// Machines, plugins, configurations and instances are identified by their content (see [Configuration.Identity]), so
// that saving them again adds nothing and databases from several machines can be joined. The package knows no problem
// family: metrics are rows, not columns.
//
// The schema is in migrations/, forward only. A newer database is refused ([ErrNewer]), an older one is migrated by
// [Open] after a backup copy. The views v_runs and v_leaderboard make the database readable in the sqlite3 shell:
//
//	sqlite3 -box solverbench.db "SELECT * FROM v_leaderboard"
//
// Every table and column is described in docs/database.md.
//
// Every error returned is an [*Error] that names the database and what was being done; the sentinel errors tell why.
package results
