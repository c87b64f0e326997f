package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"github.com/solverbench/solverbench/harness"
	"github.com/solverbench/solverbench/metrics"
	"github.com/solverbench/solverbench/problems"
	"github.com/solverbench/solverbench/problems/arrayio"
	"github.com/solverbench/solverbench/problems/registry"
	"github.com/solverbench/solverbench/results"
	"github.com/solverbench/solverbench/results/bundle"
)

// judgeRuns is the hidden subcommand under which this executable judges solutions for verify: somebody else's bundle says how large the
// instances are that it builds for that, and a process of its own can be limited and ended.
const judgeRuns = "judge-runs"

// ownMemory is what the process takes before it has read anything.
const ownMemory = 256 << 20

// question is a run whose solution is to be judged, and answered what came of it.
type (
	question struct {
		Run    int64
		Arrays map[string]string // files by the names of the arrays
	}
	answered struct {
		Outcome        bundle.Outcome
		Message        string
		Metrics, Exact int // of those that pass: how many metrics were computed, and how many are the same to the last bit
	}
)

func newJudgeRuns() *cobra.Command {
	return &cobra.Command{
		Use:    judgeRuns + " DATABASE BYTES",
		Short:  "Judge solutions for the process that launched this one",
		Hidden: true,
		Args:   cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			memory, err := strconv.ParseInt(args[1], 10, 64)
			if err == nil {
				debug.SetMemoryLimit(memory) // by then, garbage is collected
				most := uint64(memory) + ownMemory
				err = unix.Setrlimit(unix.RLIMIT_DATA, &unix.Rlimit{Cur: most, Max: most})
			}
			if err != nil {
				return fmt.Errorf("the memory to use: %w", err)
			}
			store, err := results.OpenReadOnly(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			defer store.Close()
			return answerQuestions(cmd.Context(), store, cmd.InOrStdin(), cmd.OutOrStdout())
		},
	}
}

func answerQuestions(ctx context.Context, store *results.Store, in io.Reader, out io.Writer) error {
	catalog := &harness.Catalog{Families: registry.Families()}
	questions, answers := json.NewDecoder(in), json.NewEncoder(out)
	for {
		var q question
		if err := questions.Decode(&q); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		runs, err := store.Runs(ctx, results.Filter{IDs: []int64{q.Run}})
		if err != nil {
			return err
		}
		if len(runs) != 1 {
			return fmt.Errorf("run %d: %w", q.Run, results.ErrNotFound)
		}
		r, err := judgeAgain(ctx, catalog, &runs[0], q.Arrays)
		if err := answers.Encode(judgement(&runs[0], r, err)); err != nil {
			return err
		}
	}
}

// judgeAgain reads a solution, and has the harness judge it.
func judgeAgain(ctx context.Context, catalog *harness.Catalog, run *results.Run, files map[string]string) (*harness.Rechecked, error) {
	arrays := map[string]metrics.Array{}
	for name, path := range files {
		var err error
		if arrays[name], err = arrayio.Read(path); err != nil {
			return nil, err
		}
	}
	return catalog.Recheck(ctx, run, arrays)
}

// judgement is what came of judging a run again.
func judgement(run *results.Run, r *harness.Rechecked, err error) answered {
	said := func(o bundle.Outcome, message string, args ...any) answered {
		return answered{Outcome: o, Message: fmt.Sprintf(message, args...)}
	}
	switch {
	case errors.Is(err, harness.ErrNeedsFile):
		return said(bundle.Skip, "%v", err)
	case err != nil:
		return said(bundle.Fail, "it cannot be judged again: %v", err)
	case len(r.Differ) > 0:
		return said(bundle.Fail, "%s", disagreements(r.Differ))
	case r.Verdict == problems.Solved && run.Status != results.Solved:
		return said(bundle.Warn, "its first answer solves it, and it is stored as %s: %s", run.Status, run.Reason)
	case len(r.Rounding) > 0:
		return said(bundle.Warn, "%s, which may be rounding: it was made on %s", disagreements(r.Rounding), run.Machine.Arch)
	}
	return answered{Outcome: bundle.Pass, Metrics: r.Metrics, Exact: r.Exact}
}

// judgeProcess is asked, and another one when that has ended.
type judgeProcess struct {
	database string
	memory   harness.Size
	timeout  time.Duration

	process *exec.Cmd // nil if there is none
	stderr  *bytes.Buffer
	in      io.WriteCloser
	out     *json.Decoder
}

// ask returns what came of judging a run, among which is that the process has not survived it. An error means that nobody can be asked, or
// that ctx has ended.
func (j *judgeProcess) ask(ctx context.Context, q question) (a answered, err error) {
	if j.process == nil {
		if err := j.start(); err != nil {
			return a, err
		}
	}
	limited, cancel := context.WithTimeout(ctx, j.timeout)
	defer cancel()
	process := j.process.Process
	stop := context.AfterFunc(limited, func() { _ = process.Kill() })
	err = json.NewEncoder(j.in).Encode(q)
	if err == nil {
		err = j.out.Decode(&a)
	}
	if stop() && err == nil {
		return a, nil
	}
	j.end()
	switch {
	case ctx.Err() != nil:
		return a, ctx.Err()
	case limited.Err() != nil:
		return answered{Outcome: bundle.Skip, Message: fmt.Sprintf("judging it again takes more than %v (--timeout)", j.timeout)}, nil
	}
	last, _, _ := strings.Cut(strings.TrimSpace(j.stderr.String()), "\n")
	if strings.Contains(last, "memory") || strings.Contains(last, "malloc") { // which is how Go and C end
		return answered{Outcome: bundle.Skip, Message: fmt.Sprintf("judging it again takes more than %s (--memory)", size(int64(j.memory)))}, nil
	}
	return answered{Outcome: bundle.Fail, Message: "it cannot be judged again: the process that did has ended: " + last}, nil
}

func (j *judgeProcess) start() error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("a process that judges solutions: %w", err)
	}
	j.stderr = &bytes.Buffer{}
	process := exec.Command(self, judgeRuns, j.database, strconv.FormatInt(int64(j.memory), 10))
	process.Stderr = j.stderr
	if j.in, err = process.StdinPipe(); err != nil {
		return err
	}
	out, err := process.StdoutPipe()
	if err != nil {
		return err
	}
	j.out = json.NewDecoder(out)
	if err := process.Start(); err != nil {
		return fmt.Errorf("a process that judges solutions: %w", err)
	}
	j.process = process
	return nil
}

// end ends the process, if there is one.
func (j *judgeProcess) end() {
	if j.process == nil {
		return
	}
	j.in.Close()
	_ = j.process.Process.Kill()
	_ = j.process.Wait() // it says how the process was ended
	j.process = nil
}
