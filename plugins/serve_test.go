package plugins

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/solverbench/solverbench/plugins/internal/wire"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	pluginv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/plugin/v1"
	poissonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/poisson/v1"
	"github.com/solverbench/solverbench/plugins/shm"
)

// n is the size of the arrays here: large enough for the segment.
const n = wire.InlineLimit / 8

// adder adds what it is told to and how often it has solved to the right-hand side.
type adder struct {
	Add    float64 `opt:"add,min=0" doc:"what to add"`
	Mode   string  `opt:"mode,choices=plain|prepared|greedy|nil|wrapped" doc:"how"`
	solves int
	kept   *commonv1.Array
	closed chan<- struct{}
}

func (a *adder) Prepare(_ context.Context, run *Run, _ *poissonv1.Task) error {
	if a.Mode == "prepared" {
		out, u := run.Output(n)
		a.kept = out
		u[0] = 42
	}
	return nil
}

func (a *adder) Solve(_ context.Context, run *Run, task *poissonv1.Task) (*poissonv1.Solution, error) {
	f, err := task.Rhs.Float64s()
	if err != nil {
		return nil, err
	}
	out, u := run.Output(n)
	for _, v := range u {
		if v != 0 {
			return nil, fmt.Errorf("an output that holds %v, expected zeros", v)
		}
	}
	switch a.Mode {
	case "prepared":
		kept, err := a.kept.Float64s()
		if err != nil || kept[0] != 42 {
			return nil, fmt.Errorf("what Prepare made holds %v (%v), expected 42", kept[0], err)
		}
		u[n-1] = 1 // must not reach what Prepare made
	case "greedy":
		for range 10 {
			out, u = run.Output(n)
		}
	case "nil":
		return nil, nil
	case "wrapped":
		return nil, fmt.Errorf("grid of %d: %w", n, ErrUnsupported)
	}
	a.solves++
	for i := range u {
		u[i] = f[i] + a.Add + float64(a.solves)
	}
	for range 5 { // more than are ever wanted here
		run.Checkpoint(&poissonv1.Solution{U: out})
	}
	run.Iterations(a.solves)
	return &poissonv1.Solution{U: out}, nil
}

func (a *adder) Close() error {
	if a.closed != nil {
		close(a.closed)
	}
	return nil
}

// serve serves the solver in this process.
func serve(t *testing.T, prototype *adder) pluginv1.SolverServiceClient {
	t.Helper()
	listener := bufconn.Listen(1 << 20)
	server := grpc.NewServer()
	pluginv1.RegisterSolverServiceServer(server, newServer(Plugin{
		Name: "test", Version: "1", Solvers: []Offer{New("adder", prototype, About{Doc: "adds", Tags: []string{"direct"}})},
	}))
	go server.Serve(listener) // ends with Stop
	t.Cleanup(server.Stop)
	conn, err := grpc.NewClient("passthrough:test", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return pluginv1.NewSolverServiceClient(conn)
}

// request asks for a session with room for outputs arrays in a segment, or without one.
func request(t *testing.T, session string, outputs int, options map[string]string) (*pluginv1.OpenRequest, *shm.Segment) {
	t.Helper()
	task, err := anypb.New(&poissonv1.Task{Rhs: commonv1.Float64(make([]float64, n), n)})
	if err != nil {
		t.Fatal(err)
	}
	req := &pluginv1.OpenRequest{Session: session, Solver: "adder", Options: options, Task: task, Threads: 1}
	if outputs == 0 {
		return req, nil
	}
	size := 8 * n * outputs
	segment, err := shm.Create(size, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { segment.Close() })
	req.Segment = &pluginv1.Segment{
		Path: segment.Path(), Size: uint64(size), OutputEnd: uint64(size), OracleBegin: uint64(size), OracleEnd: uint64(size),
	}
	return req, segment
}

func mustOpen(t *testing.T, c pluginv1.SolverServiceClient, req *pluginv1.OpenRequest) {
	t.Helper()
	if resp, err := c.Open(t.Context(), req); err != nil || resp.Failure != nil {
		t.Fatalf("Open: %v, %v", resp, err)
	}
	if resp, err := c.Prepare(t.Context(), &pluginv1.PrepareRequest{Session: req.Session}); err != nil || resp.Failure != nil {
		t.Fatalf("Prepare: %v, %v", resp, err)
	}
}

// answer is what a call of Solve brought: the first element of each checkpoint and of the solution, and whether these
// lay in the segment.
type answer struct {
	checkpoints []float64
	solution    float64
	shared      []bool
	iterations  uint64
	failure     *pluginv1.Failure
}

func solve(t *testing.T, c pluginv1.SolverServiceClient, segment *shm.Segment, req *pluginv1.SolveRequest) (a answer) {
	stream, err := c.Solve(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	for {
		resp, err := stream.Recv()
		if err != nil {
			t.Fatal(err)
		}
		switch e := resp.Event.(type) {
		case *pluginv1.SolveResponse_Checkpoint:
			v, shared := first(t, segment, e.Checkpoint.Solution)
			a.checkpoints, a.shared = append(a.checkpoints, v), append(a.shared, shared)
		case *pluginv1.SolveResponse_Failure:
			a.failure = e.Failure
			return a
		case *pluginv1.SolveResponse_Result:
			v, shared := first(t, segment, e.Result.Solution)
			a.solution, a.shared, a.iterations = v, append(a.shared, shared), e.Result.Iterations
			return a
		}
	}
}

func first(t *testing.T, segment *shm.Segment, packed *anypb.Any) (float64, bool) {
	var s poissonv1.Solution
	if err := packed.UnmarshalTo(&s); err != nil {
		t.Fatal(err)
	}
	_, shared := s.U.Place.(*commonv1.Array_Offset)
	err := wire.Attach(&s, func(offset uint64, n int) ([]byte, error) { return segment.Bytes(offset, n, 0, segment.Size()) })
	if err != nil {
		t.Fatal(err)
	}
	u, err := s.U.Float64s()
	if err != nil || len(u) != n {
		t.Fatalf("%d elements, error %v", len(u), err)
	}
	return u[0], shared
}

func TestDescribe(t *testing.T) {
	d, err := serve(t, &adder{Add: 0.5, Mode: "plain"}).Describe(t.Context(), &pluginv1.DescribeRequest{})
	if err != nil {
		t.Fatal(err)
	}
	s := d.Solvers[0]
	if d.Name != "test" || s.Name != "adder" || s.Schema != "solverbench.poisson.v1.Task" || len(s.Options) != 2 {
		t.Fatalf("described as %v", d)
	}
	want := &pluginv1.OptionDescription{Name: "add", Type: pluginv1.OptionType_OPTION_TYPE_FLOAT, DefaultValue: "0.5", Doc: "what to add", Minimum: "0"}
	if !proto.Equal(s.Options[0], want) {
		t.Errorf("option %v, expected %v", s.Options[0], want)
	}
}

func TestOpenFailures(t *testing.T) {
	c := serve(t, &adder{Mode: "plain"})
	for _, tt := range []struct {
		change func(*pluginv1.OpenRequest)
		kind   pluginv1.Failure_Kind
		says   string
	}{
		{func(r *pluginv1.OpenRequest) { r.Options = map[string]string{"add": "-1"} }, pluginv1.Failure_KIND_INVALID, `"-1"`},
		{func(r *pluginv1.OpenRequest) { r.Options = map[string]string{"ad": "1"} }, pluginv1.Failure_KIND_INVALID, `"add"`},
		{func(r *pluginv1.OpenRequest) { r.Options = map[string]string{"mode": "odd"} }, pluginv1.Failure_KIND_INVALID, "plain"},
		{func(r *pluginv1.OpenRequest) { r.Solver = "subtractor" }, pluginv1.Failure_KIND_UNSUPPORTED, "subtractor"},
		{func(r *pluginv1.OpenRequest) { r.Task.TypeUrl = "type.googleapis.com/solverbench.nse.v1.Task" }, pluginv1.Failure_KIND_UNSUPPORTED, "nse"},
		{func(r *pluginv1.OpenRequest) { r.Task.Value = []byte{0xff} }, pluginv1.Failure_KIND_FAILED, "decoding the task"},
		{func(r *pluginv1.OpenRequest) { r.Task = nil }, pluginv1.Failure_KIND_UNSUPPORTED, "adder"},
		{func(r *pluginv1.OpenRequest) { r.Task.Value = nil }, pluginv1.Failure_KIND_INVALID, "the task has no rhs"},
		{func(r *pluginv1.OpenRequest) {
			r.Task, _ = anypb.New(&poissonv1.Task{Rhs: commonv1.Int32([]int32{1}, 1)})
		}, pluginv1.Failure_KIND_INVALID, "rhs is of"},
		{func(r *pluginv1.OpenRequest) { r.Segment.Path += "x" }, pluginv1.Failure_KIND_FAILED, "no such file"},
		{func(r *pluginv1.OpenRequest) { r.Segment.Size *= 2 }, pluginv1.Failure_KIND_FAILED, "bytes, expected"},
	} {
		req, _ := request(t, "s", 1, nil)
		tt.change(req)
		resp, err := c.Open(t.Context(), req)
		if err != nil || resp.Failure.GetKind() != tt.kind || !strings.Contains(resp.Failure.GetMessage(), tt.says) {
			t.Errorf("%v, error %v, expected %v that says %q", resp, err, tt.kind, tt.says)
		}
	}
}

// A second session of one name is refused and does the first no harm; closing twice does neither.
func TestSessionNames(t *testing.T) {
	closed := make(chan struct{})
	c := serve(t, &adder{Mode: "plain", closed: closed})
	req, segment := request(t, "s", 2, nil)
	mustOpen(t, c, req)
	if resp, err := c.Open(t.Context(), req); err != nil || !strings.Contains(resp.Failure.GetMessage(), "open already") {
		t.Errorf("opened twice: %v, error %v", resp, err)
	}
	if a := solve(t, c, segment, &pluginv1.SolveRequest{Session: "s"}); a.solution != 1 {
		t.Errorf("answer %+v, expected 1", a)
	}
	for range 2 {
		if _, err := c.Close(t.Context(), &pluginv1.CloseRequest{Session: "s"}); err != nil {
			t.Error(err)
		}
	}
	<-closed // the solver was told
	if a := solve(t, c, segment, &pluginv1.SolveRequest{Session: "s"}); !strings.Contains(a.failure.GetMessage(), "not open") {
		t.Errorf("answer %+v after Close, expected that the session is not open", a)
	}
}

// Sessions have their own solver, with their own options and state, and solve at the same time.
func TestSessionsInParallel(t *testing.T) {
	prototype := &adder{Mode: "plain"}
	c := serve(t, prototype)
	var all sync.WaitGroup
	for k := range 8 {
		name := fmt.Sprint(k)
		req, segment := request(t, name, 2, map[string]string{"add": name})
		all.Go(func() {
			mustOpen(t, c, req)
			for i := 1; i <= 5; i++ {
				if a := solve(t, c, segment, &pluginv1.SolveRequest{Session: name, Repeat: 3}); a.solution != float64(k+3*i) || a.iterations != uint64(3*i) {
					t.Errorf("session %d: answer %+v, expected %d", k, a, k+3*i)
				}
			}
		})
	}
	all.Wait()
	if prototype.solves != 0 || prototype.Add != 0 {
		t.Errorf("the prototype became %+v", prototype)
	}
}

// Wherever there is room, arrays lie in the segment; where there is none they go in the message. What Prepare made stays.
func TestOutputs(t *testing.T) {
	for _, tt := range []struct {
		mode        string
		outputs     int // that the segment has room for
		checkpoints uint32
		shared      string // of the checkpoints and the solution
	}{
		{"plain", 0, 0, "[false]"},
		{"plain", 1, 0, "[true]"},
		{"plain", 3, 2, "[true true true]"},
		{"plain", 2, 3, "[true false false true]"},
		{"plain", 0, 2, "[false false false]"},
		{"prepared", 2, 0, "[true]"},
		{"prepared", 1, 0, "[false]"}, // Prepare took the room
		{"greedy", 5, 0, "[false]"},   // the solver did
	} {
		c := serve(t, &adder{Mode: "plain"})
		req, segment := request(t, "s", tt.outputs, map[string]string{"mode": tt.mode})
		mustOpen(t, c, req)
		for i := range 3 {
			a := solve(t, c, segment, &pluginv1.SolveRequest{Session: "s", Repeat: 1, MaxCheckpoints: tt.checkpoints})
			want := float64(i + 1)
			if a.failure != nil || a.solution != want || len(a.checkpoints) != int(tt.checkpoints) || fmt.Sprint(a.shared) != tt.shared {
				t.Errorf("%+v, solve %d: answer %+v", tt, i, a)
			}
			for _, v := range a.checkpoints {
				if v != want {
					t.Errorf("%+v, solve %d: checkpoint of %v", tt, i, v)
				}
			}
		}
	}
}

func TestSolveFailures(t *testing.T) {
	c := serve(t, &adder{Mode: "plain"})
	for mode, want := range map[string]struct {
		kind pluginv1.Failure_Kind
		says string
	}{
		"nil":     {pluginv1.Failure_KIND_FAILED, "neither a solution nor an error"},
		"wrapped": {pluginv1.Failure_KIND_UNSUPPORTED, "grid of 512"},
	} {
		req, segment := request(t, mode, 1, map[string]string{"mode": mode})
		mustOpen(t, c, req)
		a := solve(t, c, segment, &pluginv1.SolveRequest{Session: mode})
		if a.failure.GetKind() != want.kind || !strings.Contains(a.failure.GetMessage(), want.says) {
			t.Errorf("%s: failure %v, expected %v that says %q", mode, a.failure, want.kind, want.says)
		}
	}
}

func TestLocalOracle(t *testing.T) {
	double := func(dst, x []float64, scalars []float64) error {
		for i := range dst {
			dst[i] = 2*x[2*i] + scalars[0]
		}
		return nil
	}
	run := NewTestRun(0, map[string]OracleFunc{"double": double})
	if run.Threads() != 1 {
		t.Errorf("%d threads, expected at least 1", run.Threads())
	}
	spec := &commonv1.Oracle{Name: "double", InputShape: []int64{4, 2}, OutputShape: []int64{4, 1}}
	o, err := run.Oracle(spec)
	if err != nil {
		t.Fatal(err)
	}
	dst := make([]float64, 2)
	if err := o.Evaluate(t.Context(), dst, []float64{1, 0, 3, 0}, 0.5); err != nil || dst[0] != 2.5 || dst[1] != 6.5 {
		t.Errorf("got %v, error %v", dst, err)
	}
	if err := o.Evaluate(t.Context(), dst, []float64{1, 0, 3}, 0.5); err == nil || !strings.Contains(err.Error(), "multiples of 2 and 1") {
		t.Errorf("error %v, expected one about the sizes", err)
	}
	for _, bad := range []*commonv1.Oracle{nil, {Name: "triple"}, {Name: "double"}, {Name: "double", InputShape: []int64{4, 2}}} {
		if _, err := run.Oracle(bad); err == nil {
			t.Errorf("oracle %v: no error", bad)
		}
	}
	if _, err := (&Run{}).Oracle(spec); err == nil || errors.Is(err, ErrUnsupported) {
		t.Errorf("error %v, expected that none is served", err)
	}
}
