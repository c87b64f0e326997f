package host

import (
	"bytes"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/solverbench/solverbench/internal/rogue"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	pluginv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/plugin/v1"
	poissonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/poisson/v1"
)

// A plugin that is newer than this harness works: what it says that we do not know is left out.
func TestNewerPlugin(t *testing.T) {
	c, err := Launch(t.Context(), Config{Command: rogue.Command("newer")})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	d, err := c.Describe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(d.ProtoReflect().GetUnknown()) > 0 || d.Name != "rogue-newer" {
		t.Errorf("described as %v, expected rogue-newer without unknown fields", d)
	}
	s, err := c.Open(t.Context(), SessionConfig{Solver: "raw", Task: task(3), Shapes: [][]int{{3, 3}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	got, err := s.Solve(t.Context(), SolveConfig{})
	if err != nil {
		t.Fatal(err)
	}
	want := &poissonv1.Solution{U: task(3).Rhs}
	if !proto.Equal(got.Solution, want) {
		t.Errorf("solution %v, expected %v", got.Solution, want)
	}
	if err := s.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// A plugin that does not ignore what it does not know is told so when it is loaded.
func TestPluginMustIgnore(t *testing.T) {
	for mode, says := range map[string]string{
		"strict":   "what is this?; expected that an unknown field in the request is ignored",
		"any-call": "expected the gRPC status UNIMPLEMENTED",
	} {
		c, err := Launch(t.Context(), Config{Command: rogue.Command(mode)})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := c.Describe(t.Context()); KindOf(err) != Protocol || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: error %v, expected a protocol error that says %q", mode, err, says)
		}
	}
}

// request is one with messages at every kind of place.
func request(t *testing.T) *pluginv1.OpenRequest {
	packed, err := anypb.New(&poissonv1.Task{Axes: []*poissonv1.Axis{{Points: 2}, {Points: 3}}, Rhs: commonv1.Float64([]float64{1}, 1)})
	if err != nil {
		t.Fatal(err)
	}
	return &pluginv1.OpenRequest{Session: "s", Task: packed, Options: map[string]string{"a": "b"}, Segment: &pluginv1.Segment{Size: 1}}
}

// Every message of a request gets an unknown field of a number that is kept free for that, and is otherwise as it was; equal seeds make equal ones.
func TestGreased(t *testing.T) {
	seen := map[protowire.Type]bool{}
	for seed := range uint64(20) {
		a, b := greased(newGrease(seed), request(t)), greased(newGrease(seed), request(t))
		// Any is compared by its bytes.
		if !proto.Equal(a, b) {
			t.Errorf("seed %d makes different grease", seed)
		}
		inner, err := a.Task.UnmarshalNew()
		if err != nil {
			t.Fatal(err)
		}
		task := inner.(*poissonv1.Task)
		for _, m := range []proto.Message{a, a.Task, a.Segment, task, task.Axes[0], task.Axes[1], task.Rhs} {
			unknown := m.ProtoReflect().GetUnknown()
			number, kind, n := protowire.ConsumeField(unknown)
			if n != len(unknown) || number < firstGrease || number > lastGrease {
				t.Errorf("%T: unknown bytes % x, expected one field", m, unknown)
			}
			seen[kind] = true
		}
		if err := withoutUnknown(a); err != nil {
			t.Fatal(err)
		}
		if err := withoutUnknown(task); err != nil {
			t.Fatal(err)
		}
		if a.Task, err = anypb.New(task); err != nil || !proto.Equal(a, request(t)) {
			t.Errorf("with grease taken off: %v (%v)", a, err)
		}
	}
	if len(seen) != 4 {
		t.Errorf("fields of types %v, expected all four", seen)
	}
	if bytes.Equal(newGrease(1).field(), newGrease(2).field()) {
		t.Error("other seeds make equal grease")
	}
}
