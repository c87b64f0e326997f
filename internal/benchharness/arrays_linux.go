package main

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/solverbench/solverbench/internal/calibrated"
	"github.com/solverbench/solverbench/plugins/host"
	"github.com/solverbench/solverbench/plugins/null"
)

// arrays is what 256 MB to a plugin and as many back take, in a session that goes on, against copying as many bytes in memory
// that is in use already.
func arrays(ctx context.Context) ([]figure, error) {
	const bytes = 256 << 20
	instance, err := build(ctx, calibrated.Family(nil), "copy", map[string]string{"n": fmt.Sprint(bytes / 8)})
	if err != nil {
		return nil, err
	}
	task := instance.Task()
	solution, err := host.NewSolution(task, instance.SolutionShapes())
	if err != nil {
		return nil, err
	}
	answer, err := null.Encode(solution)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	o, err := open(ctx, calibrated.Null(), instance, host.SessionConfig{Solver: null.Solver, Options: map[string]string{null.Answer: answer}})
	if err != nil {
		return nil, err
	}
	defer o.close(ctx)
	if err := o.Load(ctx, 1); err != nil {
		return nil, err
	}
	begin := time.Since(began)
	first, err := o.thereAndBack(ctx, task)
	if err != nil {
		return nil, err
	}
	from, to := make([]byte, bytes), make([]byte, bytes)
	for i := range from {
		from[i], to[i] = byte(i), 1 // pages are there
	}
	var ratios, copies, there, back []float64
	for range 9 {
		began := time.Now()
		copy(to, from)
		copy(from, to)
		copied := time.Since(began)
		t, err := o.thereAndBack(ctx, task)
		if err != nil {
			return nil, err
		}
		copies = append(copies, copied.Seconds())
		there, back = append(there, t.put.Seconds()), append(back, t.answer.Seconds())
		ratios = append(ratios, t.all.Seconds()/copied.Seconds())
	}
	rate := func(seconds []float64, n float64) string {
		return fmt.Sprintf("%.1f GB/s", n*bytes/1e9/median(seconds))
	}
	return []figure{
		{
			what: "256 MB to a plugin and 256 MB back", format: "%.2f × memcpy", value: median(ratios), goal: 1.2,
			detail: fmt.Sprintf("there %s, back %s, memcpy %s", rate(there, 1), rate(back, 1), rate(copies, 2)),
		},
		{
			what: "the first time in a session", format: "%.2f × memcpy", value: first.all.Seconds() / median(copies),
			detail: fmt.Sprintf("opening it with 1.25 GB of shared memory took %.2f s", begin.Seconds()),
		},
	}, nil
}

// trip is what a task to the null solver and its answer took.
type trip struct {
	put, answer, all time.Duration
}

func (o *opened) thereAndBack(ctx context.Context, task proto.Message) (t trip, err error) {
	began := time.Now()
	if err := o.Put(0, task); err != nil {
		return t, err
	}
	t.put = time.Since(began)
	if _, err := o.Solve(ctx, host.SolveConfig{}); err != nil {
		return t, err
	}
	solved := time.Now()
	_, err = o.Answer(0)
	t.answer, t.all = time.Since(solved), time.Since(began)
	return t, err
}
