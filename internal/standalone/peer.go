package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/solverbench/solverbench/harness/measure"
	"github.com/solverbench/solverbench/plugins/install"
)

// peerAlone returns the times of the peer's stand-alone program, on the cores that the harness would give it. The program makes about
// as many solves as fit the budget, which the harness says take so long each, of inputs as new as the harness's.
func (c comparison) peerAlone(options string, seconds float64, say bool) (t times, err error) {
	run, err := c.peerCommand()
	if err != nil {
		return t, err
	}
	solver, _, _ := strings.Cut(c.solver, "[") // its options follow by name
	if _, name, qualified := strings.Cut(solver, "/"); qualified {
		solver = name
	}
	solves := min(max(int(c.budget.Seconds()/seconds), 8), 5000)
	memory := "/dev/shm" // writing back what was written to a disk would disturb
	if _, err := os.Stat(memory); err != nil {
		memory = ""
	}
	tasks, err := os.MkdirTemp(memory, "standalone-*")
	if err != nil {
		return t, err
	}
	defer os.RemoveAll(tasks)
	if err := c.inputs.export(context.Background(), tasks, min(solves, 1000)); err != nil {
		return t, err
	}
	run.Args = append(run.Args, tasks, solver, strconv.Itoa(solves))
	for _, o := range strings.Split(options, ",") {
		if o != "" {
			run.Args = append(run.Args, o)
		}
	}
	run.Env = append(os.Environ(), "OMP_NUM_THREADS=1", "OPENBLAS_NUM_THREADS=1", "MKL_NUM_THREADS=1")
	if say {
		fmt.Printf("alone: OMP_NUM_THREADS=1 %s\n", strings.Join(quoted(run.Args), " "))
	}
	if restore, err := measure.Pin(measure.Place(1).Plugin); err == nil { // or wherever the scheduler puts both
		defer restore()
	}
	out, err := output(run)
	if err != nil {
		return t, err
	}
	var wall []float64
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		x, err := strconv.ParseFloat(lines.Text(), 64)
		if err != nil {
			return t, fmt.Errorf("%v: %q, expected seconds", run.Args, lines.Text())
		}
		wall = append(wall, x)
	}
	if len(wall) != solves {
		return t, fmt.Errorf("%v: %d times, expected %d", run.Args, len(wall), solves)
	}
	return times{wall: middle(batches(wall))}, nil
}

// batches are the means of as many solves at a time as the harness repeats in a call that lasts long enough to be timed: a median of
// single solves would leave out what disturbs some of them.
func batches(wall []float64) []float64 {
	size := measure.Batch(time.Duration(middle(wall)*float64(time.Second)), call, 1, 1e5)
	var means []float64
	for batch := range slices.Chunk(wall, size) {
		if len(batch) < size && len(means) > 0 {
			break // the last one is shorter
		}
		sum := 0.0
		for _, x := range batch {
			sum += x
		}
		means = append(means, sum/float64(len(batch)))
	}
	return means
}

// peerCommand is the peer's program: standalone, or standalone.py in the environment of the plugin.
func (c comparison) peerCommand() (*exec.Cmd, error) {
	program := filepath.Join(c.peer, "standalone")
	if _, err := os.Stat(program); err == nil {
		return exec.Command(program), nil
	}
	script := program + ".py"
	if _, err := os.Stat(script); err != nil {
		return nil, fmt.Errorf("neither %s nor %s is there: has it been built?", program, script)
	}
	plugin, err := c.plugin()
	if err != nil {
		return nil, err
	}
	return exec.Command(filepath.Join(plugin, ".venv", "bin", "python3"), script), nil
}

// plugin is the folder to launch the plugin from: that of the peer if it has been built there, else where it is installed.
func (c comparison) plugin() (string, error) {
	installed, err := install.DefaultDir()
	if err != nil {
		return "", err
	}
	name := filepath.Base(c.peer)
	for _, dir := range []string{c.peer, filepath.Join(installed, name)} {
		for _, built := range []string{name + ".so", ".venv"} {
			if _, err := os.Stat(filepath.Join(dir, built)); err == nil {
				return dir, nil
			}
		}
	}
	return "", fmt.Errorf("%s: neither built there nor installed (make peers PEERS=%s)", c.peer, name)
}
