package site

import (
	"io/fs"
	"os"
	"testing"
)

// BenchmarkPages makes and writes the pages of 100 000 runs of 10 repetitions, which have been read and ranked.
func BenchmarkPages(b *testing.B) {
	in := sample(334, 100, 10)
	dir := b.TempDir()
	for b.Loop() {
		if err := New(in).WriteDir(b.Context(), dir); err != nil {
			b.Fatal(err)
		}
	}
	var bytes int64
	err := fs.WalkDir(os.DirFS(dir), ".", func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			bytes += info.Size()
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(len(in.Runs)), "runs")
	b.ReportMetric(float64(bytes)/1e6, "MB")
}
