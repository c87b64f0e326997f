package harness

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/solverbench/solverbench/plugins/host"
	"github.com/solverbench/solverbench/plugins/option"
	"github.com/solverbench/solverbench/problems"
	"github.com/solverbench/solverbench/results"
)

// record is the part of a run that is known before it is made.
func (e *Experiment) record(j Job, instance problems.Instance) (*results.Run, error) {
	in, err := e.instance(j.Instance)
	if err != nil {
		return nil, err
	}
	in.Unknowns = int64(instance.Size())
	return &results.Run{
		Configuration: configuration(j.Configuration), Instance: in, Seed: e.Suite.Seed,
		Threads: e.Suite.Threads, Timeout: e.Suite.Timeout.Seconds(),
	}, nil
}

// key is the identity of a job in the store.
func (e *Experiment) key(j Job) (results.Key, error) {
	in, err := e.instance(j.Instance)
	if err != nil {
		return results.Key{}, err
	}
	return results.KeyOf(configuration(j.Configuration), in)
}

func configuration(c Configuration) *results.Configuration {
	options := map[string]any{}
	for i, v := range c.Options {
		options[v.Name] = plain(c.Solver.Options[i].Type, v.Text)
	}
	return &results.Configuration{
		Plugin: results.Plugin{
			Name: c.Plugin.Name, Version: c.Plugin.Version, Path: c.Plugin.Program.Path(), SHA256: c.Plugin.SHA256,
			Language: c.Plugin.Language, Licence: c.Plugin.License, Bundled: c.Plugin.Bundled, Protocol: 1,
		},
		Solver: c.Solver.Name, Options: options, Label: c.String(), Tags: c.Solver.Tags,
	}
}

// instance is what the store keeps of an instance.
func (e *Experiment) instance(s problems.Spec) (*results.Instance, error) {
	if known := e.identities[s.String()]; known != nil {
		return known, nil
	}
	params := map[string]any{}
	for i, v := range s.Params {
		params[v.Name] = plain(s.Definition().Params[i].Type, v.Text)
	}
	hash, err := contentHash(s)
	if err != nil {
		return nil, &UsageError{fmt.Errorf("%s: %w", s, err)}
	}
	in := &results.Instance{
		Family: s.Family, Problem: s.Problem, Label: s.String(), Params: params, Seed: s.Seed, Hash: hash,
		Tolerance: s.Tolerance, Primary: s.Definition().Primary, RankBy: cmp.Or(s.Definition().RankBy, e.Catalog.family(s.Family).RankBy),
	}
	if e.identities == nil {
		e.identities = map[string]*results.Instance{}
	}
	e.identities[s.String()] = in
	return in, nil
}

// plain turns a canonical value into the JSON value of its type.
func plain(t option.Type, text string) any {
	switch t {
	case option.Float:
		x, _ := strconv.ParseFloat(text, 64) // canonical
		return x
	case option.Int:
		n, _ := strconv.ParseInt(text, 10, 64)
		return n
	case option.Bool:
		return text == "true"
	}
	return text
}

// contentHash identifies an instance by its parameters and the content of the files they name.
func contentHash(s problems.Spec) (string, error) {
	h := sha256.New()
	fmt.Fprintf(h, "%s/%s\n%d\n%g\n", s.Family, s.Problem, s.Seed, s.Tolerance)
	for i, v := range s.Params {
		text := v.Text
		if s.Definition().Params[i].Path && text != "" {
			sum, err := pathDigest(text)
			if err != nil {
				return "", err
			}
			text = sum
		}
		fmt.Fprintf(h, "%s=%q\n", v.Name, text)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// pathDigest hashes a file, or the names and contents of a folder's files.
func pathDigest(path string) (string, error) {
	h := sha256.New()
	err := filepath.WalkDir(path, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := os.Stat(name) // follows links
		if err != nil || info.IsDir() {
			return err
		}
		sum, err := host.FileSum(name)
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(path, name)
		fmt.Fprintf(h, "%q %s\n", rel, sum)
		return nil
	})
	return hex.EncodeToString(h.Sum(nil)), err
}
