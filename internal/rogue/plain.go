package rogue

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sys/unix"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/anypb"

	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	pluginv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/plugin/v1"
	poissonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/poisson/v1"
	"github.com/solverbench/solverbench/plugins/shm"
)

// plain is a plugin without the SDK that does everything as it should, but for one thing in each mode. Its solver, "plain", answers
// a Poisson task with f itself.
type plain struct {
	pluginv1.UnimplementedSolverServiceServer
	mode     string
	launched time.Time
	stuck    bool     // in the mode "stuck"
	leaked   [][]byte // in the mode "leaks"
	child    bool     // one is left, in the mode "leaves-child"

	mu       sync.Mutex // one call at a time on the session
	prepared bool
	inputs   []*poissonv1.Task
	output   func(slot int) []byte // where its answer goes; nil if into the message
	segments []*shm.Segment
	first    []byte // answer, in the mode "remembers"
	solves   int    // in the mode "random"
}

func servePlain(mode string) {
	serve(&plain{mode: mode, launched: time.Now()}, dialect(mode)...)
}

func (p *plain) Describe(context.Context, *pluginv1.DescribeRequest) (*pluginv1.DescribeResponse, error) {
	d := &pluginv1.DescribeResponse{Name: "rogue-plain", Version: "1", Language: "go", License: "Apache-2.0", Solvers: []*pluginv1.SolverDescription{{
		Name: "plain", Doc: "returns f", Schema: "solverbench.poisson.v1.Task", Tags: []string{"direct"}, Citation: "none",
		Options: []*pluginv1.OptionDescription{{
			Name: "sweeps", Type: pluginv1.OptionType_OPTION_TYPE_INT, DefaultValue: "10", Minimum: "1", Maximum: "100", Doc: "is not used",
		}},
	}}}
	switch p.mode {
	case "odd-name":
		d.Name = "Rogue Plain"
	case "escapes":
		const red = "\x1b[31m"
		d.Name, d.Solvers[0].Name, d.Solvers[0].Options[0].Name = red+"rogue", red+"plain", red+"sweeps"
	case "unlicensed":
		d.License = ""
	case "fickle":
		d.Version = fmt.Sprint(p.launched.UnixNano())
	case "odd-default":
		d.Solvers[0].Options[0].DefaultValue = "0"
	}
	return d, nil
}

func refusal(kind pluginv1.Failure_Kind, format string, args ...any) *pluginv1.Failure {
	return &pluginv1.Failure{Kind: kind, Message: fmt.Sprintf(format, args...)}
}

// unacceptable says why a session cannot be opened.
func (p *plain) unacceptable(req *pluginv1.OpenRequest) *pluginv1.Failure {
	if p.stuck {
		return refusal(pluginv1.Failure_KIND_FAILED, "a session is open already")
	}
	if p.mode != "any-task" && (req.Solver != "plain" || req.Task.MessageName() != "solverbench.poisson.v1.Task") {
		return refusal(pluginv1.Failure_KIND_UNSUPPORTED, "no solver %q for %s", req.Solver, req.Task.MessageName())
	}
	for name, value := range req.Options {
		n, err := strconv.Atoi(value)
		if p.mode != "any-option" && (name != "sweeps" || err != nil || n < 1 || n > 100) {
			return refusal(pluginv1.Failure_KIND_INVALID, "option %s=%s", name, value)
		}
	}
	return nil
}

func (p *plain) Open(_ context.Context, req *pluginv1.OpenRequest) (*pluginv1.OpenResponse, error) {
	if f := p.unacceptable(req); f != nil {
		return &pluginv1.OpenResponse{Failure: f}, nil
	}
	if p.mode == "leaves-child" && !p.child {
		p.child = true
		if err := exec.Command("sleep", "1000").Start(); err != nil {
			return nil, err
		}
	}
	task := &poissonv1.Task{}
	if err := req.Task.UnmarshalTo(task); err != nil && p.mode != "any-task" {
		return nil, err
	}
	if _, known := poissonv1.Kind_name[int32(task.Kind)]; !known && p.mode != "any-kind" {
		return &pluginv1.OpenResponse{Failure: refusal(pluginv1.Failure_KIND_UNSUPPORTED, "kind %d", task.Kind)}, nil
	}
	p.prepared, p.first, p.output = false, nil, nil
	segment, err := p.open(req.Segment)
	if err != nil {
		return nil, err
	}
	if segment == nil && p.mode == "needs-segment" {
		panic("there is no segment")
	}
	if p.inputs = []*poissonv1.Task{task}; segment == nil {
		return &pluginv1.OpenResponse{}, nil
	}
	if err := p.attach(task, segment, 0, req.Segment); err != nil {
		return nil, err
	}
	if n := len(task.Rhs.GetInline()); n >= 4096 {
		p.output = func(int) []byte { return p.bytes(segment, req.Segment.OutputBegin, n) }
	}
	return &pluginv1.OpenResponse{}, nil
}

func (p *plain) open(s *pluginv1.Segment) (*shm.Segment, error) {
	if s == nil {
		return nil, nil
	}
	segment, err := shm.Open(s.Path, int(s.Size), int(s.InputEnd))
	p.segments = append(p.segments, segment)
	return segment, err
}

// bytes are of a place that the harness named.
func (p *plain) bytes(s *shm.Segment, offset uint64, n int) []byte {
	b, err := s.Bytes(offset, n, 0, s.Size())
	if err != nil {
		panic(err)
	}
	return b
}

// attach makes the right-hand side that of a slot, a view of the segment if it lies there.
func (p *plain) attach(task *poissonv1.Task, s *shm.Segment, further uint64, layout *pluginv1.Segment) error {
	place, ok := task.Rhs.GetPlace().(*commonv1.Array_Offset)
	if !ok {
		return nil
	}
	n, err := task.Rhs.ByteSize()
	if err != nil {
		return err
	}
	offset := place.Offset
	if layout.SlotsBegin <= offset {
		offset += further
	}
	task.Rhs.Place = &commonv1.Array_Inline{Inline: p.bytes(s, offset, n)}
	if p.mode == "no-offsets" && further == 0 && n >= 4096 {
		task.Rhs.Place = &commonv1.Array_Inline{Inline: make([]byte, n)}
	}
	return nil
}

func (p *plain) Load(_ context.Context, req *pluginv1.LoadRequest) (*pluginv1.LoadResponse, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	segment, err := p.open(req.Segment)
	if err != nil {
		return nil, err
	}
	p.inputs = nil
	for k := range uint64(req.Slots) {
		task := &poissonv1.Task{}
		if err := req.Task.UnmarshalTo(task); err != nil {
			return nil, err
		}
		if err := p.attach(task, segment, k*req.InputStride, req.Segment); err != nil {
			return nil, err
		}
		p.inputs = append(p.inputs, task)
	}
	n := len(p.inputs[0].Rhs.GetInline())
	p.output = func(slot int) []byte {
		return p.bytes(segment, req.Segment.OutputBegin+uint64(slot)*req.OutputStride, n)
	}
	return &pluginv1.LoadResponse{}, nil
}

func (p *plain) Prepare(context.Context, *pluginv1.PrepareRequest) (*pluginv1.PrepareResponse, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.prepared = true
	return &pluginv1.PrepareResponse{}, nil
}

func (p *plain) Close(context.Context, *pluginv1.CloseRequest) (*pluginv1.CloseResponse, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stuck = p.mode == "stuck" && !p.prepared
	for _, s := range p.segments {
		_ = s.Close()
	}
	p.inputs, p.segments = nil, nil
	return &pluginv1.CloseResponse{}, nil
}

func (p *plain) Solve(req *pluginv1.SolveRequest, stream grpc.ServerStreamingServer[pluginv1.SolveResponse]) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	began := time.Now()
	var answer *commonv1.Array
	for i := range max(int(req.Repeat), 1) {
		var err error
		if answer, err = p.solve(stream.Context(), i%len(p.inputs)); err == nil {
			err = stream.Context().Err()
		}
		if err != nil {
			return stream.Send(&pluginv1.SolveResponse{Event: &pluginv1.SolveResponse_Failure{Failure: refusal(pluginv1.Failure_KIND_FAILED, "%v", err)}})
		}
	}
	took := time.Since(began)
	if p.mode == "clock-quarter" {
		took /= 4
	}
	solution, err := anypb.New(&poissonv1.Solution{U: answer})
	if err != nil {
		return err
	}
	if p.mode == "more-checkpoints" && req.MaxCheckpoints > 0 {
		for range req.MaxCheckpoints + 1 {
			if err := stream.Send(&pluginv1.SolveResponse{Event: &pluginv1.SolveResponse_Checkpoint{
				Checkpoint: &pluginv1.Checkpoint{Solution: solution},
			}}); err != nil {
				return err
			}
		}
	}
	return stream.Send(&pluginv1.SolveResponse{Event: &pluginv1.SolveResponse_Result{Result: &pluginv1.Result{
		Solution: solution, Seconds: took.Seconds(),
	}}})
}

// solve answers the task in a slot.
func (p *plain) solve(ctx context.Context, slot int) (*commonv1.Array, error) {
	task := p.inputs[slot]
	f, err := task.Rhs.Float64s()
	switch {
	case p.mode == "trusting":
		_ = f[0]
	case err != nil:
		return nil, err
	case len(task.Rhs.Dims()) != 2 || len(f) == 0:
		return nil, fmt.Errorf("rhs has shape %v, expected [n][n]", task.Rhs.Dims())
	}
	answer := &commonv1.Array{ElementType: commonv1.ElementType_ELEMENT_TYPE_FLOAT64, Shape: task.Rhs.Shape}
	u := make([]byte, 8*len(f))
	if p.output != nil {
		u = p.output(slot)
	}
	answer.Place = &commonv1.Array_Inline{Inline: u}
	x, err := answer.Float64s()
	if err != nil {
		return nil, err
	}
	copy(x, f)
	p.spoil(task, x)
	if p.output != nil {
		place, ok := p.segments[len(p.segments)-1].Offset(u)
		if !ok {
			return nil, errors.New("the answer is not where it belongs")
		}
		answer.Place = &commonv1.Array_Offset{Offset: place}
	}
	return answer, nil
}

// spoil does to an answer, or to the machine meanwhile, what the mode says.
func (p *plain) spoil(task *poissonv1.Task, x []float64) {
	switch p.mode {
	case "zeros":
		clear(x)
	case "endless":
		for task.Tolerance < 1e-100 {
			time.Sleep(time.Millisecond)
		}
	case "deaf":
		for began := time.Now(); len(x) > 1e6 && time.Since(began) < time.Minute; {
		}
	case "random":
		p.solves++ // a coin that never falls on the same side twice: the test is to be sure
		x[0] += 9e-7 * float64(p.solves%2)
	case "trusts-nan":
		if math.IsNaN(x[0]) {
			clear(x)
		}
	case "rounds":
		x[0] *= 1 + 1e-15*float64(rand.IntN(100))
	case "remembers":
		if p.first == nil {
			p.first = append(p.first, task.Rhs.GetInline()...)
		}
		copy(x, remembered(p.first))
	case "leaks":
		b := make([]byte, 8*len(x))
		for i := range b {
			b[i] = 1
		}
		p.leaked = append(p.leaked, b)
	case "greedy":
		greedy()
	case "prints":
		_, _ = unix.Write(int(os.Stdout.Fd()), []byte("step 1\n"))
		_, _ = unix.Write(1, []byte("step 2\n"))
	}
}

// remembered are the elements of an answer.
func remembered(b []byte) []float64 {
	a := &commonv1.Array{
		ElementType: commonv1.ElementType_ELEMENT_TYPE_FLOAT64, Shape: []int64{int64(len(b) / 8)}, Place: &commonv1.Array_Inline{Inline: b},
	}
	x, err := a.Float64s()
	if err != nil {
		panic(err)
	}
	return x
}

// greedy computes on so many threads that most of a machine is theirs which others use, too.
func greedy() {
	const threads = 32
	runtime.GOMAXPROCS(threads)
	done := make(chan uint64)
	for range threads {
		go func() {
			x := uint64(1)
			for range 1 << 19 { // half a millisecond
				x ^= x<<13 ^ x>>7
			}
			done <- x
		}()
	}
	for range threads {
		<-done
	}
}
