package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/solverbench/solverbench/plugins/internal/wire"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	pluginv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/plugin/v1"
	"github.com/solverbench/solverbench/plugins/shm"
)

// SessionConfig says what a session is about.
type SessionConfig struct {
	Solver  string
	Options map[string]string
	Task    proto.Message
	// Shapes are those of the float64 arrays of the solution, in field order.
	Shapes [][]int
	// Oracle serves the oracles that the task names.
	Oracle Oracle
	// MaxCheckpoints is the most that a solve will be asked for: room is made for them.
	MaxCheckpoints int
	Seed           uint64
	// Inline sends every array in the messages instead of through shared memory. So it is done too where there is no
	// room for the segment; see Session.Inlined.
	Inline bool
}

// Session is a solver opened on a task.
type Session struct {
	client  *Client
	name    string
	cfg     SessionConfig
	segment *shm.Segment
	layout  *pluginv1.Segment
	slots   *slots // loaded, or nil
	inlined error
	// solutionType is the message that belongs to the task's.
	solutionType protoreflect.MessageType
	oracleSpecs  map[string]*commonv1.Oracle
	oracle       oracleCounter
	counted      int64 // evaluations that the caller knows of
	// skeleton is a solution without the elements of its arrays, of the last that was received.
	skeleton proto.Message
	// unknown is what oracles' answers carry that no plugin knows.
	unknown []byte
	// inUse is held for reading by whoever works on the segment beside the caller's goroutine.
	inUse sync.RWMutex
}

// Open starts a session. The caller must Close it.
func (c *Client) Open(ctx context.Context, cfg SessionConfig) (_ *Session, err error) {
	s := &Session{client: c, name: "s", cfg: cfg, oracleSpecs: map[string]*commonv1.Oracle{}}
	s.oracle.buffers.New = func() any { return new(oracleBuffers) }
	c.grease.reseed(cfg.Seed)
	s.unknown = c.grease.field()
	if s.solutionType, err = solutionType(cfg.Task); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			s.release()
		}
	}()
	visitOracles(cfg.Task.ProtoReflect(), func(o *commonv1.Oracle) { s.oracleSpecs[o.Name] = o })
	req := &pluginv1.OpenRequest{
		Session: s.name, Solver: cfg.Solver, Options: cfg.Options, Threads: uint32(c.threads), Seed: cfg.Seed,
	}
	place := func([]byte) (uint64, bool) { return 0, false }
	if !cfg.Inline {
		placed, err := s.makeSegment()
		var full *NoRoomError
		switch {
		case errors.As(err, &full) && full.message < maxMessage:
			s.inlined = err
		case err != nil:
			return nil, err
		default:
			place, req.Segment = placed, s.layout
		}
	}
	if req.Task, err = wire.Pack(cfg.Task, place); err != nil {
		return nil, fmt.Errorf("encoding the task: %w", err)
	}
	if len(s.oracleSpecs) > 0 {
		if cfg.Oracle == nil {
			return nil, errors.New("the task names oracles and nobody serves them")
		}
		if c.oracles == nil {
			if c.oracles, err = serveOracles(c.dir); err != nil {
				return nil, err
			}
		}
		c.oracles.add(s)
		req.OracleSocket = c.oracles.path
	}
	resp, err := c.rpc.Open(ctx, greased(c.grease, req))
	if err != nil {
		return nil, c.callError(ctx, "Open", err)
	}
	if resp.Failure != nil {
		return nil, told(resp.Failure)
	}
	// The plugin has it mapped: from here on nothing is left behind, whoever is killed.
	if err := s.segment.Unlink(); err != nil {
		return nil, fmt.Errorf("unlinking the shared segment: %w", err)
	}
	return s, nil
}

// OnDisk says whether arrays travel in a file on a disk, for want of room in memory.
func (s *Session) OnDisk() bool {
	for _, segment := range []*shm.Segment{s.segment, s.slots.memory()} {
		if segment != nil && !strings.HasPrefix(segment.Path(), shm.Dir+"/") {
			return true
		}
	}
	return false
}

// Inlined says why arrays travel in the messages although the caller did not ask for that, or is nil.
func (s *Session) Inlined() error { return s.inlined }

// maxMessage is the most bytes that messages can carry: protobuf's limit, less room for all but arrays.
const maxMessage = 1<<31 - 1<<20

// NoRoomError says that a segment could not be made.
type NoRoomError struct {
	message int // bytes of the largest message with its arrays inline
	err     error
}

func (e *NoRoomError) Error() string { return e.err.Error() }
func (e *NoRoomError) Unwrap() error { return e.err }

// makeSegment lays out and fills the shared memory of the session: the task's large arrays, room for two
// solutions and the checkpoints, and the oracles' arrays.
func (s *Session) makeSegment() (place func([]byte) (uint64, bool), err error) {
	input := 0
	var large [][]byte
	err = commonv1.VisitArrays(s.cfg.Task, func(_ string, a *commonv1.Array) error {
		if b := a.GetInline(); len(b) >= wire.InlineLimit {
			large = append(large, b)
			input += wire.AlignUp(len(b))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	input = (input + pageSize - 1) / pageSize * pageSize
	solution := s.solutionBytes()
	output := solution * (2 + s.cfg.MaxCheckpoints)
	oracle := 0
	for _, o := range s.oracleSpecs {
		oracle += oracleBytes(o.InputShape) + oracleBytes(o.OutputShape)
	}
	size := input + output + oracle
	if size == 0 {
		size = pageSize
	}
	if s.segment, err = shm.Create(size, s.client.shared...); err != nil {
		return nil, &NoRoomError{message: max(input, solution, oracle), err: err}
	}
	s.layout = &pluginv1.Segment{
		Path: s.segment.Path(), Size: uint64(size), InputEnd: uint64(input),
		OutputBegin: uint64(input), OutputEnd: uint64(input + output),
		OracleBegin: uint64(input + output), OracleEnd: uint64(size),
	}
	offsets := map[*byte]uint64{}
	at := uint64(0)
	for _, b := range large {
		dst, err := s.segment.Bytes(at, len(b), 0, input)
		if err != nil {
			return nil, err
		}
		copy(dst, b)
		offsets[&b[0]] = at
		at += uint64(wire.AlignUp(len(b)))
	}
	return func(b []byte) (uint64, bool) {
		if len(b) < wire.InlineLimit {
			return 0, false
		}
		offset, ok := offsets[&b[0]]
		return offset, ok
	}, nil
}

// solutionBytes is the room that the arrays of one solution take.
func (s *Session) solutionBytes() int {
	total := 0
	for _, shape := range s.cfg.Shapes {
		total += wire.AlignUp(arrayBytes(shape))
	}
	return total
}

func oracleBytes(shape []int64) int {
	n := 8
	for _, d := range shape {
		n *= int(d)
	}
	return wire.AlignUp(n)
}

// visitOracles calls visit for the oracles among m's fields.
func visitOracles(m protoreflect.Message, visit func(*commonv1.Oracle)) {
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		if f.Kind() == protoreflect.MessageKind && !f.IsList() && !f.IsMap() {
			if o, ok := v.Message().Interface().(*commonv1.Oracle); ok {
				visit(o)
			}
		}
		return true
	})
}

// Prepared is the outcome of Prepare.
type Prepared struct {
	Wall        time.Duration // by our clock
	Plugin      time.Duration // by the plugin's
	Usage       Usage         // of the process at the end
	Evaluations               // since the session was opened
}

// Evaluations are an oracle's.
type Evaluations struct {
	Count int
	Time  time.Duration // inside them
}

// Prepare lets the solver set up.
func (s *Session) Prepare(ctx context.Context) (Prepared, error) {
	req := greased(s.client.grease, &pluginv1.PrepareRequest{Session: s.name})
	begin := time.Now()
	resp, err := s.client.rpc.Prepare(ctx, req)
	wall := time.Since(begin)
	if err != nil {
		return Prepared{}, s.client.callError(ctx, "Prepare", err)
	}
	if resp.Failure != nil {
		return Prepared{}, s.told(ctx, "Prepare", resp.Failure)
	}
	plugin, err := seconds("Prepare: seconds", resp.Seconds)
	return Prepared{Wall: wall, Plugin: plugin, Usage: s.client.Usage(), Evaluations: s.evaluations()}, err
}

// resetOracle begins to count anew and returns how many evaluations there were that nobody has been told of.
func (s *Session) resetOracle() (untold int) {
	untold = int(s.oracle.calls.Swap(0) - s.counted)
	s.oracle.nanos.Store(0)
	s.counted = 0
	return untold
}

func (s *Session) evaluations() Evaluations {
	s.counted = s.oracle.calls.Load()
	return Evaluations{Count: int(s.counted), Time: time.Duration(s.oracle.nanos.Load())}
}

// seconds is a time that a plugin tells.
func seconds(what string, x float64) (time.Duration, error) {
	const longest = 1e9 // thirty years; and far from where int64 ends
	if !(x >= 0 && x <= longest) {
		return 0, protocolError("%s is %v, expected a number of seconds", what, x)
	}
	return time.Duration(x * float64(time.Second)), nil
}

// SolveConfig says how to solve.
type SolveConfig struct {
	// Repeat solves this many times in one call; 0 means once.
	Repeat int
	// Checkpoints asks for intermediate solutions, at most as many as the session has room for.
	Checkpoints bool
	// OnProgress is told what the solver says of itself.
	OnProgress func(fraction float64, message string)
}

// Solved is the outcome of Solve.
type Solved struct {
	// Solution is a copy of the last answer, as it was when the plugin gave it. It is nil with slots loaded, whose
	// answers Session.Answer returns.
	Solution    proto.Message
	Wall        time.Duration // of the whole batch, by our clock
	Plugin      time.Duration // by the plugin's
	Usage       Usage         // of the process tree meanwhile
	After       Usage         // of it since it was started, when it gave the answer
	Iterations  int
	Checkpoints []Checkpoint
	Sending     time.Duration // of checkpoints, by the plugin's clock; not part of Plugin
	Evaluations
	Between int           // evaluations since the call before, while there was nothing to do
	Closing time.Duration // from the result, once it was looked at, to the end of the call
}

// Checkpoint is an intermediate solution.
type Checkpoint struct {
	At       time.Duration // since the solve began, by the plugin's clock
	Arrived  time.Duration // by ours
	Solution proto.Message
}

// Solve solves the task. When ctx ends, the solver is asked to stop and Solve returns at once; a
// solver that does not stop is ended by Close.
func (s *Session) Solve(ctx context.Context, cfg SolveConfig) (Solved, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	req := &pluginv1.SolveRequest{Session: s.name, Repeat: uint32(max(cfg.Repeat, 1))}
	if cfg.Checkpoints {
		req.MaxCheckpoints = uint32(s.cfg.MaxCheckpoints)
	}
	req = greased(s.client.grease, req)
	between := s.resetOracle()
	s.client.proc.box.ResetPeak()
	before := s.client.Usage()
	begin := time.Now()
	stream, err := s.client.rpc.Solve(ctx, req, grpc.MaxCallRecvMsgSize(s.replyLimit()))
	if err != nil {
		return Solved{}, s.client.callError(ctx, "Solve", err)
	}
	out := Solved{Between: between}
	for {
		resp, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return Solved{}, protocolError("Solve: the stream ended without a result")
		}
		if err != nil {
			return Solved{}, s.client.callError(ctx, "Solve", err)
		}
		switch e := resp.Event.(type) {
		case *pluginv1.SolveResponse_Progress:
			if cfg.OnProgress != nil {
				cfg.OnProgress(share(e.Progress.Fraction), plain(e.Progress.Message, longestProgress))
			}
		case *pluginv1.SolveResponse_Checkpoint:
			if len(out.Checkpoints) >= int(req.MaxCheckpoints) {
				return Solved{}, protocolError("Solve: more checkpoints than the %d asked for", req.MaxCheckpoints)
			}
			c := Checkpoint{Arrived: time.Since(begin)}
			if c.At, err = seconds("Solve: a checkpoint's seconds", e.Checkpoint.Seconds); err != nil {
				return Solved{}, err
			}
			// It is a view as yet: what it shows stays until the next call.
			if c.Solution, err = s.receive(e.Checkpoint.Solution); err != nil {
				return Solved{}, fmt.Errorf("checkpoint: %w", err)
			}
			out.Checkpoints = append(out.Checkpoints, c)
		case *pluginv1.SolveResponse_Failure:
			return Solved{}, s.told(ctx, "Solve", e.Failure)
		case *pluginv1.SolveResponse_Result:
			out.Wall = time.Since(begin)
			after := s.client.Usage()
			if err := s.take(&out, e.Result.Solution); err != nil {
				return Solved{}, err
			}
			if err := out.claims(e.Result); err != nil {
				return Solved{}, err
			}
			out.Usage, out.After = since(before, after), after
			out.Evaluations = s.evaluations()
			answered := time.Now()
			if _, err := stream.Recv(); !errors.Is(err, io.EOF) {
				return Solved{}, protocolError("Solve: more after the result")
			}
			out.Closing = time.Since(answered)
			return out, nil
		default:
			if len(resp.ProtoReflect().GetUnknown()) == 0 {
				return Solved{}, protocolError("Solve: an event without content")
			} // else it is one that a newer harness would know
		}
	}
}

// claims takes what a plugin says of its own work.
func (out *Solved) claims(r *pluginv1.Result) (err error) {
	if out.Plugin, err = seconds("Solve: seconds", r.Seconds); err != nil {
		return err
	}
	if out.Sending, err = seconds("Solve: checkpoint_seconds", r.CheckpointSeconds); err != nil {
		return err
	}
	// It is subtracted.
	if out.Sending > out.Wall+out.Wall/100+time.Millisecond {
		return protocolError("Solve: checkpoint_seconds is %v, more than the %v that the call took", r.CheckpointSeconds, out.Wall.Seconds())
	}
	if r.Iterations > mostIterations {
		return protocolError("Solve: iterations is %d, expected a number that can be counted to", r.Iterations)
	}
	out.Iterations = int(r.Iterations)
	return nil
}

// mostIterations are all that a float64, as which they are stored, can tell apart.
const mostIterations = 1 << 53

// share is a fraction that a plugin tells; 0, not known, if it is none.
func share(x float64) float64 {
	if !(x >= 0 && x <= 1) {
		return 0
	}
	return x
}

// since is what has been used between two readings; memory and processes are those of the later.
func since(before, after Usage) Usage {
	u := after
	// The split is that of clock ticks, and an estimate: it may move a little in favour of either.
	u.User, u.System = max(u.User-before.User, 0), max(u.System-before.System, 0)
	u.MinorFaults, u.MajorFaults = u.MinorFaults-before.MinorFaults, u.MajorFaults-before.MajorFaults
	u.VoluntarySwitches -= before.VoluntarySwitches
	u.InvoluntarySwitches -= before.InvoluntarySwitches
	return u
}

// replyLimit is what an honest answer needs at most.
func (s *Session) replyLimit() int {
	if s.segment != nil {
		return replyLimit
	}
	return min(replyLimit+s.solutionBytes(), math.MaxInt32)
}

// told turns a failure that the solver reported into an error; one that stopped because it was asked to did so for our
// reason.
func (s *Session) told(ctx context.Context, call string, f *pluginv1.Failure) error {
	e := told(f)
	if e.Kind == Failed {
		s.client.blameLimits(e) // a child of it may have
	}
	if e.Kind == Cancelled {
		if ours := s.client.given(ctx, call, e); ours != nil {
			return ours
		}
	}
	return e
}

// take moves the solution and the checkpoints out of the memory shared with the plugin, whatever it writes there
// afterwards. With slots loaded it notes what a solution looks like.
func (s *Session) take(out *Solved, packed *anypb.Any) error {
	solution, err := s.receive(packed)
	if err != nil {
		return err
	}
	if s.slots != nil {
		err := commonv1.VisitArrays(solution, func(_ string, a *commonv1.Array) error {
			a.Place = nil
			return nil
		})
		s.skeleton = solution
		return err
	}
	return guard(func() error {
		out.Solution = proto.Clone(solution)
		for i, c := range out.Checkpoints {
			out.Checkpoints[i].Solution = proto.Clone(c.Solution)
		}
		return nil
	})
}

// receive decodes a solution and checks that it is what the task calls for.
func (s *Session) receive(a *anypb.Any) (proto.Message, error) {
	want := s.solutionType.Descriptor().FullName()
	if a == nil || a.MessageName() != want {
		return nil, protocolError("solution is a %q, expected %s", a.GetTypeUrl(), want)
	}
	m := s.solutionType.New().Interface()
	if err := unmarshal(a.Value, m); err != nil {
		return nil, protocolError("solution: %v", err)
	}
	err := wire.Attach(m, func(offset uint64, n int) ([]byte, error) {
		switch {
		case s.slots != nil:
			return s.slots.segment.Bytes(offset, n, s.slots.output, s.slots.segment.Size())
		case s.segment == nil:
			return nil, errors.New("an offset without a segment")
		}
		return s.segment.Bytes(offset, n, int(s.layout.OutputBegin), int(s.layout.OutputEnd))
	})
	if err != nil {
		return nil, protocolError("solution: %v", err)
	}
	if err := CheckShapes(m, s.cfg.Shapes); err != nil {
		return nil, protocolError("solution: %v", err)
	}
	return m, nil
}

// Close ends the session. A solver that is still at work is given until ctx ends.
func (s *Session) Close(ctx context.Context) error {
	defer s.release()
	if _, err := s.client.rpc.Close(ctx, greased(s.client.grease, &pluginv1.CloseRequest{Session: s.name})); err != nil {
		return s.client.callError(ctx, "Close", err)
	}
	return nil
}

func (s *Session) release() {
	if s.client.oracles != nil {
		s.client.oracles.remove(s)
	}
	s.inUse.Lock()
	defer s.inUse.Unlock()
	_ = s.segment.Close() // unlinked already, or given up
	_ = s.slots.close()
}
