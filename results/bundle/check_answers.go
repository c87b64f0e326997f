package bundle

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/solverbench/solverbench/results"
	"github.com/solverbench/solverbench/results/report"
)

// Answer is a run with the files that its final solution is in, by the names of the arrays.
type Answer struct {
	Run    results.Run
	Arrays map[string]string
}

// Answers are the runs of a bundle's database whose solutions are in the bundle as the database knows them, in order of runs.
func (b *Bundle) Answers(ctx context.Context, store *results.Store) ([]Answer, error) {
	arrays, _ := b.linked(ctx, store)
	if len(arrays) == 0 {
		return nil, nil
	}
	runs, err := store.Runs(ctx, results.Filter{IDs: slices.Collect(maps.Keys(arrays))})
	if err != nil {
		return nil, err
	}
	answers := make([]Answer, len(runs))
	for i := range runs {
		answers[i] = Answer{runs[i], arrays[runs[i].ID]}
	}
	return answers, nil
}

// linked has the solutions that runs name by their checksums, and what is wrong with others.
func (b *Bundle) linked(ctx context.Context, store *results.Store) (arrays map[int64]map[string]string, wrong []Finding) {
	f := &findings{check: "solutions"}
	var ids []int64
	for _, s := range b.Manifest.Solutions {
		ids = append(ids, s.Run)
	}
	if len(ids) == 0 {
		return nil, nil
	}
	runs, err := store.Runs(ctx, results.Filter{IDs: ids})
	if err != nil {
		f.add(Fail, DatabaseName, "%v", err)
		return nil, f.all
	}
	artifacts := map[int64][]results.Artifact{}
	for i := range runs {
		artifacts[runs[i].ID] = append(runs[i].Artifacts, results.Artifact{}) // there is a run, at least
	}
	sums := map[string]string{}
	for _, file := range b.Manifest.Files {
		sums[file.Path] = file.SHA256
	}
	for _, fault := range b.faults {
		delete(sums, fault.File)
	}
	arrays, bad := map[int64]map[string]string{}, map[int64]bool{}
	for _, s := range b.Manifest.Solutions {
		of := artifacts[s.Run]
		k := slices.IndexFunc(of, func(a results.Artifact) bool { return a.Name == s.Name && a.SHA256 != "" })
		sum, asListed := sums[s.File]
		subject := fmt.Sprintf("run %d", s.Run)
		before := len(f.all)
		switch {
		case !asListed:
			f.add(Fail, subject, "%s is not as the manifest lists it", s.File)
		case of == nil:
			f.add(Fail, subject, "%s is its solution by the manifest, and the database has no such run", s.File)
		case k < 0:
			f.add(Fail, subject, "%s is its array %s by the manifest, and the database knows of none", s.File, s.Name)
		case of[k].SHA256 != sum:
			f.add(Fail, subject, "%s has SHA-256 %.12s…, that of the run's %s was %.12s…", s.File, sum, s.Name, of[k].SHA256)
		default:
			if arrays[s.Run] == nil {
				arrays[s.Run] = map[string]string{}
			}
			arrays[s.Run][s.Name] = filepath.Join(b.Dir, filepath.FromSlash(s.File))
		}
		bad[s.Run] = bad[s.Run] || len(f.all) > before
	}
	maps.DeleteFunc(arrays, func(run int64, _ map[string]string) bool { return bad[run] })
	return arrays, f.all
}

// checkSolutions looks whether solutions, of so many runs, are those that the database has the checksums of.
func (b *Bundle) checkSolutions(ctx context.Context, store *results.Store, runs int) []Finding {
	arrays, wrong := b.linked(ctx, store)
	f := &findings{check: "solutions", all: wrong}
	if len(arrays) > 0 {
		f.add(Pass, "", "of %s, with the SHA-256 that the database has", report.Plural(len(arrays), "run"))
	}
	named := map[int64]bool{}
	for _, s := range b.Manifest.Solutions {
		named[s.Run] = true
	}
	if without := runs - len(named); without > 0 {
		f.add(Skip, "", "%s without: their metrics are their author's word", report.Plural(without, "run"))
	}
	return f.all
}

// CheckPages compares the pages with those that the program of that name has made in a folder.
func (b *Bundle) CheckPages(dir, program string) ([]Finding, error) {
	f := &findings{check: "site"}
	made := map[string]bool{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		inside, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		name := SiteFolder + "/" + filepath.ToSlash(inside)
		made[name] = true
		now, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if then, err := b.readListed(name); err != nil {
			f.add(Fail, name, "%v", err)
		} else if !bytes.Equal(then, now) {
			f.add(Fail, name, "is not the page that the runs make")
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, file := range b.Manifest.Files {
		if strings.HasPrefix(file.Path, SiteFolder+"/") && !made[file.Path] {
			f.add(Fail, file.Path, "is no page that the runs make")
		}
	}
	f.elsewhere(b.Manifest.program(), program)
	f.abridge()
	return f.orPass("made again from the runs, it is the same, in %s", report.Plural(len(made), "file")), nil
}

// program is the version and the revision that made a bundle.
func (m *Manifest) program() string { return Program(m.Version, m.Revision) }

// Program names a version of solverbench; two of the same name are the same program.
func Program(version, revision string) string { return strings.TrimSpace(version + " " + revision) }
