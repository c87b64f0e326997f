// Package migrations embeds the schema of the results database as numbered goose migrations. They go forward only:
// a released file is never edited, a change is a new file.
package migrations

import "embed"

//go:embed *.sql
var FS embed.FS
