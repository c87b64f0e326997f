package harness

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"google.golang.org/protobuf/proto"

	"github.com/solverbench/solverbench/metrics"
	"github.com/solverbench/solverbench/plugins/host"
	"github.com/solverbench/solverbench/problems"
	"github.com/solverbench/solverbench/problems/arrayio"
	"github.com/solverbench/solverbench/results"
)

// Saved is an entry of the index that lies beside saved solutions.
type Saved struct {
	Family   string            `json:"family"`
	Problem  string            `json:"problem"`
	Instance string            `json:"instance"`
	Plugin   string            `json:"plugin"`
	Solver   string            `json:"solver"`
	Options  map[string]any    `json:"options"`
	Status   string            `json:"status"`
	Arrays   map[string]string `json:"arrays"` // name → file, relative to the folder
}

// saver writes final solutions into a folder, with an index. The zero folder keeps nothing.
type saver struct {
	dir   string
	index []Saved
}

// indexName is the name of the index within the folder.
const indexName = "index.json"

func newSaver(dir string) (*saver, error) {
	s := &saver{dir: dir}
	if dir == "" {
		return s, nil
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, &UsageError{fmt.Errorf("--save: %w", err)}
	}
	text, err := os.ReadFile(filepath.Join(dir, indexName))
	switch {
	case errors.Is(err, os.ErrNotExist):
	case err != nil:
		return nil, &UsageError{fmt.Errorf("--save: %w", err)}
	default:
		if err := json.Unmarshal(text, &s.index); err != nil {
			return nil, &UsageError{fmt.Errorf("--save: %s: %w", filepath.Join(dir, indexName), err)}
		}
	}
	return s, nil
}

// keep copies a solution's arrays out of the memory shared with the plugin.
func (s *saver) keep(f *problems.Family, solution proto.Message) (map[string]metrics.Array, error) {
	arrays, err := f.Arrays(solution)
	if err != nil {
		return nil, err
	}
	for name, a := range arrays {
		a.Values = slices.Clone(a.Values)
		arrays[name] = a
	}
	return arrays, nil
}

var unsafeInNames = regexp.MustCompile(`[^A-Za-z0-9._=-]+`)

// fileName makes a readable file name of an instance and a configuration.
func fileName(j Job) string {
	name := unsafeInNames.ReplaceAllString(fmt.Sprintf("%s--%s", j.Instance, j.Configuration), "_")
	if len(name) > 180 {
		name = name[:180]
	}
	return name
}

// write saves a run's arrays, which become artifacts of the run, and renews the index, which names each file for good once it is complete.
func (s *saver) write(f *problems.Family, j Job, run *results.Run, arrays map[string]metrics.Array) error {
	entry := Saved{
		Family: j.Instance.Family, Problem: j.Instance.Problem, Instance: j.Instance.String(),
		Plugin: j.Configuration.Plugin.Name, Solver: j.Configuration.Solver.Name, Options: run.Configuration.Options,
		Status: string(run.Status), Arrays: map[string]string{},
	}
	for _, name := range slices.Sorted(maps.Keys(arrays)) {
		a := arrays[name]
		base := s.free(fileName(j)+"--"+name, entry)
		path := filepath.Join(s.dir, base+".npy")
		if err := arrayio.WriteNPY(path, a); err != nil {
			return fmt.Errorf("--save: %w", err)
		}
		artifact, err := artifactOf(name, path)
		if err != nil {
			return fmt.Errorf("--save: %w", err)
		}
		run.Artifacts = append(run.Artifacts, artifact)
		entry.Arrays[name] = base + ".npy"
		if f.Images {
			if err := writeImages(s.dir, base, a); err != nil {
				return fmt.Errorf("--save: %w", err)
			}
		}
	}
	s.index = slices.DeleteFunc(s.index, func(o Saved) bool { return o.same(entry) })
	s.index = append(s.index, entry)
	return s.close()
}

// artifactOf is what the store keeps of a file: the folder is written to again and again, and by the checksum one knows whether a file
// still is that of the run.
func artifactOf(name, path string) (results.Artifact, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return results.Artifact{}, err
	}
	sum, err := host.FileSum(path)
	if err != nil {
		return results.Artifact{}, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return results.Artifact{}, err
	}
	return results.Artifact{Name: name, Path: path, SHA256: sum, Bytes: info.Size()}, nil
}

func (o Saved) same(e Saved) bool {
	a, _ := json.Marshal(o.Options) // plain values
	b, _ := json.Marshal(e.Options)
	return o.Instance == e.Instance && o.Plugin == e.Plugin && o.Solver == e.Solver && string(a) == string(b)
}

// free returns base, or base with a number if another entry has that file.
func (s *saver) free(base string, entry Saved) string {
	for n := 1; ; n++ {
		candidate := base
		if n > 1 {
			candidate = fmt.Sprintf("%s-%d", base, n)
		}
		taken := slices.ContainsFunc(s.index, func(o Saved) bool {
			for _, file := range o.Arrays {
				if file == candidate+".npy" {
					return !o.same(entry)
				}
			}
			return false
		})
		if !taken {
			return candidate
		}
	}
}

// writeImages writes [N][H][W][C] images as PNG files.
func writeImages(dir, base string, a metrics.Array) error {
	n, h, w, c := a.Shape[0], a.Shape[1], a.Shape[2], a.Shape[3]
	size := h * w * c
	for i := range n {
		path := filepath.Join(dir, fmt.Sprintf("%s-%02d.png", base, i))
		if err := arrayio.WritePNG(path, metrics.Array{Shape: []int{h, w, c}, Values: a.Values[i*size : (i+1)*size]}); err != nil {
			return err
		}
	}
	return nil
}

// close writes the index, whole or not at all.
func (s *saver) close() error {
	if s.dir == "" {
		return nil
	}
	index := s.index
	if index == nil {
		index = []Saved{}
	}
	text, err := json.MarshalIndent(index, "", "  ")
	if err != nil {
		return fmt.Errorf("--save: %w", err)
	}
	path := filepath.Join(s.dir, indexName)
	if err := os.WriteFile(path+".new", append(text, '\n'), 0o666); err != nil {
		return fmt.Errorf("--save: %w", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("--save: %w", err)
	}
	return nil
}
