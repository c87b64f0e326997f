package harness

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/solverbench/solverbench/plugins/host"
	"github.com/solverbench/solverbench/problems"
	"github.com/solverbench/solverbench/results"
)

// ErrSolutionLost says that a solution was saved, and is not there as it was.
var ErrSolutionLost = errors.New("its solution is lost")

// SolutionFiles returns the files with the solution of a stored run, by the names of their arrays; none if it was run without --save. They
// are looked for in folders, of which an empty one stands for that in which they were saved. Later runs may have written to it: a file is
// that of the run if it has the checksum that is stored.
func SolutionFiles(run *results.Run, folders ...string) (map[string]string, error) {
	files := map[string]string{}
	for _, a := range run.Artifacts {
		if a.Path == "" {
			continue
		}
		path, err := solutionFile(&a, folders)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrSolutionLost, err)
		}
		files[a.Name] = path
	}
	return files, nil
}

func solutionFile(a *results.Artifact, folders []string) (string, error) {
	name := filepath.Base(a.Path)
	problem := fmt.Errorf("there is no %s", name)
	for _, folder := range folders {
		path := a.Path
		if folder != "" {
			path = filepath.Join(folder, name)
		}
		info, err := os.Stat(path)
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		switch sum, err := host.FileSum(path); {
		case err != nil:
			problem = err
		case sum != a.SHA256:
			problem = fmt.Errorf("%s has been written to since", path)
		default:
			return path, nil
		}
	}
	return "", problem
}

// BuildStored builds a stored instance again, with its family. It has every parameter as stored, whatever is the default by now, and files
// that it is made of must have the same contents.
func (c *Catalog) BuildStored(ctx context.Context, in *results.Instance) (problems.Instance, *problems.Family, error) {
	spec, err := c.specOf(in)
	if err != nil {
		return nil, nil, err
	}
	hash, err := contentHash(spec)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", in.Label, err)
	}
	if hash != in.Hash {
		return nil, nil, fmt.Errorf("%s is another instance by now", in.Label)
	}
	built, err := spec.Build(ctx)
	return built, c.family(in.Family), err
}
