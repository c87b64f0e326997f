package plugins

import (
	"context"
	"fmt"
	"testing"
	"unsafe"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/solverbench/solverbench/plugins/option"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	pluginv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/plugin/v1"
	poissonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/poisson/v1"
)

// recorder is a Dynamic that records its calls, and whether they are made in Do.
type recorder struct {
	log    *[]string
	within bool
}

func (r *recorder) note(what string) { *r.log = append(*r.log, fmt.Sprintf("%s %v", what, r.within)) }

func (r *recorder) Load(tasks []proto.Message) error {
	r.note(fmt.Sprintf("load %d", len(tasks)))
	return nil
}

func (r *recorder) Prepare(context.Context, *Run) error {
	r.note("prepare")
	return nil
}

func (r *recorder) Solve(_ context.Context, run *Run, task proto.Message) (proto.Message, error) {
	r.note("solve")
	out, b := run.OutputOf(commonv1.ElementType_ELEMENT_TYPE_INT32, 3)
	if len(b) != 12 || uintptr(unsafe.Pointer(&b[0]))%64 != 0 {
		return nil, fmt.Errorf("%d bytes at %p, expected 12 at a multiple of 64", len(b), b)
	}
	b[4] = byte(task.(*poissonv1.Task).Rhs.Dims()[0])
	return &poissonv1.Solution{U: out}, nil
}

func (r *recorder) Do(f func()) {
	r.within = true
	f()
	r.within = false
}

func (r *recorder) Close() { r.note("close") }

func TestDynamic(t *testing.T) {
	var (
		log    []string
		opened []option.Value
	)
	specs := []option.Spec{{Name: "a", Type: option.Int, Default: "1"}, {Name: "b", Type: option.Float, Default: "2"}}
	offer := func(name, schema string) Offer {
		return NewDynamic(name, schema, specs, About{}, func(options []option.Value) (Dynamic, error) {
			opened = options
			return &recorder{log: &log}, nil
		})
	}
	s := newServer(Plugin{Name: "test", Solvers: []Offer{offer("known", "solverbench.poisson.v1.Task"), offer("unknown", "nowhere.Task")}})
	task, err := anypb.New(&poissonv1.Task{Rhs: commonv1.Float64(make([]float64, 5), 5)})
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	open := &pluginv1.OpenRequest{Session: "s", Solver: "known", Task: task, Options: map[string]string{"a": "7"}}
	if resp, err := s.Open(ctx, open); err != nil || resp.Failure != nil {
		t.Fatal(resp, err)
	}
	if fmt.Sprint(opened) != "[{a 7} {b 2}]" {
		t.Errorf("opened with %v", opened)
	}
	if resp, err := s.Prepare(ctx, &pluginv1.PrepareRequest{Session: "s"}); err != nil || resp.Failure != nil {
		t.Fatal(resp, err)
	}
	o := s.sessions["s"]
	var solution proto.Message
	o.session.do(func() { solution, _, err = o.run.solve(ctx, o.session, 2) })
	if err != nil {
		t.Fatal(err)
	}
	if u, err := solution.(*poissonv1.Solution).U.Int32s(); err != nil || len(u) != 3 || u[1] != 5 {
		t.Errorf("solution %v, error %v, want 0 5 0", u, err)
	}
	if _, err := s.Close(ctx, &pluginv1.CloseRequest{Session: "s"}); err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(log), "[load 1 false prepare true solve true solve true close true]"; got != want {
		t.Errorf("calls %s, want %s", got, want)
	}

	open.Options = map[string]string{"a": "seven"}
	if resp, _ := s.Open(ctx, open); resp.Failure.GetKind() != pluginv1.Failure_KIND_INVALID {
		t.Errorf("a bad option: %v", resp)
	}
	open.Solver, open.Options = "unknown", nil
	open.Task = &anypb.Any{TypeUrl: "type.googleapis.com/nowhere.Task"}
	if resp, _ := s.Open(ctx, open); resp.Failure.GetKind() != pluginv1.Failure_KIND_UNSUPPORTED {
		t.Errorf("an unknown schema: %v", resp)
	}
}
