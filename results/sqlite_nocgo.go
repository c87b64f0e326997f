//go:build !cgo

package results

// SQLite is in C. Without a C compiler its driver refuses to open databases and says so; all else works, and type-checks.
import _ "github.com/mattn/go-sqlite3"

func sqliteSentinel(error) error { return nil }

func cannotBeOpened(error) bool { return false }
