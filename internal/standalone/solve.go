package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/solverbench/solverbench/plugins"
	"github.com/solverbench/solverbench/plugins/bundled"
	"github.com/solverbench/solverbench/problems"
	"github.com/solverbench/solverbench/problems/registry"
	"github.com/solverbench/solverbench/problems/selection"
)

// inputMemory bounds what the inputs of a call take, about as in the harness: whether they are still in the caches matters.
const inputMemory = 64 << 20

// serveAlone makes as many solves as each number that is read says, all of inputs that no earlier solve has had as far as there is memory
// for, and writes the mean seconds of one.
func serveAlone(ctx context.Context, problem, solver, options string, in io.Reader, out io.Writer) error {
	from, err := newInputs(ctx, problem)
	if err != nil {
		return err
	}
	values := map[string]string{}
	for _, o := range strings.Split(options, ",") {
		if name, value, found := strings.Cut(o, "="); found {
			values[name] = value
		}
	}
	solve, err := plugins.NewTestSolver(ctx, plugins.NewTestRun(1, nil), bundled.Solvers(), solver, values, from.instance.Task())
	if err != nil {
		return err
	}
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		n, err := strconv.Atoi(lines.Text())
		if err != nil || n < 1 {
			return fmt.Errorf("%q, expected a number of solves", lines.Text())
		}
		tasks, err := from.draw(ctx, n)
		if err != nil {
			return err
		}
		runtime.GC() // what drawing them has left behind is no part of the solves
		began := time.Now()
		for i := range n {
			if _, err := solve(tasks[i%len(tasks)]); err != nil {
				return err
			}
		}
		fmt.Fprintln(out, time.Since(began).Seconds()/float64(n))
	}
	return lines.Err()
}

// inputs are those of an instance that the harness draws from, whose times differ: LSODA's of shifted initial values by 40 %.
type inputs struct {
	instance problems.Instance
}

func newInputs(ctx context.Context, text string) (*inputs, error) {
	p, err := selection.Parse(text)
	if err != nil {
		return nil, err
	}
	given, err := p.Expand()
	if err != nil {
		return nil, err
	}
	name, problem, _ := strings.Cut(p.Name, "/")
	for _, f := range registry.Families() {
		if f.Name != name || len(given) != 1 {
			continue
		}
		spec, err := f.Resolve(problem, given[0])
		if err != nil {
			return nil, err
		}
		instance, err := spec.Build(ctx)
		if err != nil {
			return nil, err
		}
		return &inputs{instance}, nil
	}
	return nil, fmt.Errorf("problem %q, expected one instance", text)
}

// draw returns n inputs, or as many as there is memory for, that no earlier solve has had.
func (in *inputs) draw(ctx context.Context, n int) ([]proto.Message, error) {
	v, ok := in.instance.(problems.Varier)
	if !ok {
		return []proto.Message{in.instance.Task()}, nil
	}
	n = max(1, min(n, inputMemory/max(proto.Size(in.instance.Task()), 1)))
	first := 1 + rand.IntN(1<<30)
	tasks := make([]proto.Message, n)
	for i := range tasks {
		varied, err := v.Vary(ctx, first+i)
		if errors.Is(err, problems.ErrNoVariation) {
			return []proto.Message{in.instance.Task()}, nil
		}
		if err != nil {
			return nil, fmt.Errorf("varying the input: %w", err)
		}
		tasks[i] = varied.Task()
	}
	return tasks, nil
}
