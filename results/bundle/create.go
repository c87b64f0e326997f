package bundle

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/solverbench/solverbench/results"
	"github.com/solverbench/solverbench/results/rank"
	"github.com/solverbench/solverbench/results/report"
)

// Contents is what a bundle is made of.
type Contents struct {
	Store *results.Store
	Runs  []int64 // of the store
	// Solutions of them. Their File is where it is now.
	Solutions []Solution
	Plugins   []Source

	Selection         Selection
	Made              time.Time
	Version, Revision string

	// Title and Solvers are for the pages, and WritePages writes them into a new folder, of the runs in a database.
	Site       Site
	WritePages func(ctx context.Context, m *Manifest, database, dir string) error
}

// Create writes a bundle, in place of a file that is there once it is whole, and returns its manifest and SHA-256.
func Create(ctx context.Context, to string, c Contents) (m *Manifest, sum string, err error) {
	work, err := os.MkdirTemp(filepath.Dir(to), ".bundle-") // beside it, so that it can be renamed
	if err != nil {
		return nil, "", err
	}
	defer os.RemoveAll(work)
	stage := filepath.Join(work, "stage")
	if err := os.Mkdir(stage, 0o755); err != nil {
		return nil, "", err
	}
	m = &Manifest{
		Format: format, Made: c.Made.UTC().Truncate(time.Second), Version: c.Version, Revision: c.Revision,
		Selection: c.Selection, Site: c.Site, Plugins: []Plugin{}, Solutions: []Solution{}, Files: []File{},
	}
	for _, step := range []func(context.Context, string, *Manifest) error{c.database, c.solutions, c.sources, c.pages} {
		if err := step(ctx, stage, m); err != nil {
			return nil, "", err
		}
	}
	packed := filepath.Join(work, "packed")
	if sum, err = writeArchive(ctx, packed, stage, m); err != nil {
		return nil, "", err
	}
	return m, sum, os.Rename(packed, to)
}

// database copies the runs, and writes down what follows from them: suites and leaderboards.
func (c *Contents) database(ctx context.Context, stage string, _ *Manifest) error {
	path := filepath.Join(stage, DatabaseName)
	if err := c.Store.CopyRuns(ctx, path, c.Runs); err != nil {
		return err
	}
	store, err := results.OpenReadOnly(ctx, path)
	if err != nil {
		return err
	}
	defer store.Close()
	experiments, err := store.Experiments(ctx)
	if err != nil {
		return err
	}
	if err := os.Mkdir(filepath.Join(stage, suiteFolder), 0o755); err != nil {
		return err
	}
	for _, e := range experiments {
		if err := os.WriteFile(filepath.Join(stage, suiteName(e.ID)), []byte(e.SuiteText), 0o644); err != nil {
			return err
		}
	}
	rows, err := leaderboards(ctx, store)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(stage, LeaderboardName), rows, 0o644)
}

// suiteName is where the suite of an experiment is.
func suiteName(experiment int64) string {
	return fmt.Sprintf("%s/%d.yaml", suiteFolder, experiment)
}

// leaderboards are the rows of the leaderboards of a database.
func leaderboards(ctx context.Context, store *results.Store) ([]byte, error) {
	runs, err := store.Runs(ctx, results.Filter{Newest: true})
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	err = report.JSON(&text, rank.Rows(rank.Boards(runs, rank.Defaults)))
	return text.Bytes(), err
}

// solutions keep their names where these are names for files in a bundle, and of one only.
func (c *Contents) solutions(_ context.Context, stage string, m *Manifest) error {
	taken := map[string]bool{}
	for _, s := range c.Solutions {
		from := s.File
		if s.File = solutionFolder + "/" + filepath.Base(from); taken[s.File] || checkName(s.File) != nil {
			s.File = fmt.Sprintf("%s/run-%d-array-%d.npy", solutionFolder, s.Run, len(m.Solutions))
		}
		taken[s.File] = true
		if err := copyFile(from, filepath.Join(stage, s.File)); err != nil {
			return fmt.Errorf("the solution of run %d: %w", s.Run, err)
		}
		m.Solutions = append(m.Solutions, s)
	}
	return nil
}

func (c *Contents) sources(ctx context.Context, stage string, m *Manifest) error {
	for _, s := range c.Plugins {
		p, err := s.take(ctx, stage)
		if err != nil {
			return err
		}
		m.Plugins = append(m.Plugins, p)
	}
	return nil
}

func (c *Contents) pages(ctx context.Context, stage string, m *Manifest) error {
	return c.WritePages(ctx, m, filepath.Join(stage, DatabaseName), filepath.Join(stage, SiteFolder))
}

// fileSum is the size and the SHA-256 of a file.
func fileSum(path string) (bytes int64, sum string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, "", err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	return n, hex.EncodeToString(h.Sum(nil)), err
}
