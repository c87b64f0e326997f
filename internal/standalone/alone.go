package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"

	"github.com/solverbench/solverbench/harness/measure"
)

// program is the solver alone in a process of its own, waiting to be told how many solves to make.
type program struct {
	cmd       *exec.Cmd
	in        io.WriteCloser
	out       *bufio.Scanner
	complaint bytes.Buffer
	tasks     string // folder
}

// startAlone starts the solver alone on the cores that the harness gives the plugin: a bundled one in a process of ours, a peer's in its
// own program, with n inputs as new as the harness's.
func (c comparison) startAlone(ctx context.Context, options []string, n int, say bool) (*program, error) {
	p := &program{}
	if c.peer == "" {
		self, err := os.Executable()
		if err != nil {
			return nil, err
		}
		p.cmd = exec.CommandContext(ctx, self, "-alone", strings.Join(options, ","), c.problem, c.solver)
		p.cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	} else {
		run, err := c.peerCommand()
		if err != nil {
			return nil, err
		}
		memory := "/dev/shm" // writing back what was written to a disk would disturb
		if _, err := os.Stat(memory); err != nil {
			memory = ""
		}
		if p.tasks, err = os.MkdirTemp(memory, "standalone-*"); err != nil {
			return nil, err
		}
		if err := c.inputs.export(ctx, p.tasks, min(n, 1000)); err != nil {
			return nil, errors.Join(err, os.RemoveAll(p.tasks))
		}
		solver, _, _ := strings.Cut(c.solver, "[") // its options follow by name
		if _, name, qualified := strings.Cut(solver, "/"); qualified {
			solver = name
		}
		p.cmd = exec.CommandContext(ctx, run[0], slices.Concat(run[1:], []string{p.tasks, solver, "-"}, options)...)
		p.cmd.Env = append(os.Environ(), "OMP_NUM_THREADS=1", "OPENBLAS_NUM_THREADS=1", "MKL_NUM_THREADS=1")
	}
	if say {
		fmt.Println("alone:", strings.Join(quoted(p.cmd.Args), " "))
	}
	if err := p.start(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(p.tasks))
	}
	return p, nil
}

func (p *program) start() (err error) {
	p.cmd.Stderr = &p.complaint
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	p.out = bufio.NewScanner(out)
	if restore, err := measure.Pin(measure.Place(1).Plugin); err == nil { // or wherever the scheduler puts both
		defer restore()
	}
	return p.cmd.Start()
}

// solve has it make n solves and returns the mean seconds of one.
func (p *program) solve(n int) (float64, error) {
	if _, err := fmt.Fprintln(p.in, n); err != nil {
		return 0, fmt.Errorf("telling the solver alone to make %d solves: %w", n, err)
	}
	if !p.out.Scan() {
		return 0, fmt.Errorf("the solver alone has ended before %d solves: %w", n, errors.Join(p.out.Err(), io.ErrUnexpectedEOF))
	}
	seconds, err := strconv.ParseFloat(p.out.Text(), 64)
	if err != nil {
		return 0, fmt.Errorf("the solver alone printed %q, expected seconds", p.out.Text())
	}
	return seconds, nil
}

// end ends it, and adds to an error what it had to say.
func (p *program) end(err error) error {
	_ = p.in.Close()
	if ended := p.cmd.Wait(); ended != nil {
		err = errors.Join(err, fmt.Errorf("%v: %w: %s", p.cmd.Args, ended, &p.complaint))
	}
	return errors.Join(err, os.RemoveAll(p.tasks))
}

func quoted(args []string) []string {
	out := slices.Clone(args)
	for i, a := range out {
		if strings.ContainsAny(a, "[]|,* ") {
			out[i] = "'" + a + "'"
		}
	}
	return out
}
