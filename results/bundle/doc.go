// Package bundle writes what was published as one archive that others can check without its author, and reads such archives.
//
// A bundle is a tar file, compressed by gzip, that any tar can unpack:
//
//	manifest.json      what is in it: versions, plugins, and each file with its size and SHA-256; always first
//	runs.db            the runs, with what they refer to
//	leaderboard.json   the rows of their leaderboards, as leaderboard --json prints them
//	suites/N.yaml      the suite of experiment N, as it was run
//	site/              their pages
//	solutions/         final solutions that run --save has kept
//	plugins/NAME/      sources of plugins whose licences permit to pass them on
//
// The same runs make the same bytes but for the date, which $SOURCE_DATE_EPOCH can fix.
//
// The manifest is written by whoever makes a bundle: its checksums tell of a copy that was damaged or changed on its way, not of an
// author who changes numbers. Against him stands what can be made again from what is in the archive, which [Bundle.Check] does for
// leaderboards and suites, and its callers for metrics of solutions and for pages. Docs/bundles.md says what a reader may conclude.
//
// An archive that is read is hostile content. [Open] unpacks files that the manifest lists and nothing else, below a folder of its own
// that no name or link leads out of, up to sizes that it has been told before. What no bundle of this package has is refused with an
// error that names the entry: other names than those above, links, an entry that is there twice, more or larger files than there may be.
package bundle
