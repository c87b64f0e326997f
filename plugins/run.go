package plugins

import (
	"context"
	"fmt"
	"time"
	"unsafe"

	"google.golang.org/protobuf/proto"

	"github.com/solverbench/solverbench/plugins/internal/wire"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	pluginv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/plugin/v1"
	"github.com/solverbench/solverbench/plugins/shm"
)

// Run is a solver's link to the harness during one session. It is for use by the goroutine that
// Prepare or Solve was called on.
type Run struct {
	threads int
	seed    uint64

	segment *shm.Segment
	layout  *pluginv1.Segment
	kept    uint64 // below it lies what Prepare allocated
	next    uint64 // solutions grow up from kept …
	top     uint64 // … and checkpoints down from output_end
	slots   *slots // loaded, or nil

	oracles *oracleClient
	local   map[string]OracleFunc // of a test run

	send           func(*pluginv1.SolveResponse) error
	maxCheckpoints int
	checkpoints    int
	nextCheckpoint time.Duration
	lastProgress   time.Time
	started        time.Time
	sending        time.Duration // spent in Checkpoint
	iterations     uint64
	err            error // the stream is broken
}

// Threads returns how many threads the solver may use, at least 1.
func (r *Run) Threads() int { return max(r.threads, 1) }

// Seed returns the seed for solvers that draw random numbers: equal seeds, equal answers.
func (r *Run) Seed() uint64 { return r.seed }

// Output returns a zeroed float64 array of the given shape to build the solution in, and its
// elements. It lies in memory shared with the harness if there is room, so that returning it
// copies nothing. It is valid until the next Solve, or, if called in Prepare, until
// the session ends.
func (r *Run) Output(shape ...int) (*commonv1.Array, []float64) {
	a, _ := r.OutputOf(commonv1.ElementType_ELEMENT_TYPE_FLOAT64, shape...)
	data, _ := a.Float64s() // right by construction
	return a, data
}

// OutputOf is Output for elements of any type, which it returns as bytes that begin at a multiple of 64.
func (r *Run) OutputOf(t commonv1.ElementType, shape ...int) (*commonv1.Array, []byte) {
	a := &commonv1.Array{ElementType: t, Shape: make([]int64, len(shape))}
	for i, s := range shape {
		a.Shape[i] = int64(s)
	}
	n, err := a.ByteSize()
	if err != nil {
		panic("plugins: output: " + err.Error()) // as make does
	}
	b, ok := r.reserve(n)
	if ok {
		clear(b)
	} else {
		b = aligned(n)
	}
	a.Place = &commonv1.Array_Inline{Inline: b}
	return a, b
}

// aligned makes n bytes that begin at a multiple of wire.Align.
func aligned(n int) []byte {
	b := make([]byte, n+wire.Align)
	skip := -uintptr(unsafe.Pointer(&b[0])) % wire.Align
	return b[skip:][:n:n]
}

// reserve takes n bytes of the output area.
func (r *Run) reserve(n int) ([]byte, bool) {
	size := uint64(wire.AlignUp(n))
	segment, layout := r.segment, r.layout
	switch {
	case r.slots != nil:
		segment, layout = r.slots.segment, r.slots.layout
	case n < wire.InlineLimit:
		return nil, false
	}
	if segment == nil || r.top-r.next < size {
		return nil, false
	}
	b, err := segment.Bytes(r.next, n, int(layout.OutputBegin), int(layout.OutputEnd))
	if err != nil {
		return nil, false
	}
	r.next += size
	return b, true
}

// Progress tells people how far the solve is: the share done, or 0 if unknown, and a short
// message. It costs little: at most ten a second are sent.
func (r *Run) Progress(fraction float64, format string, args ...any) {
	now := time.Now()
	if r.send == nil || r.err != nil || now.Sub(r.lastProgress) < 100*time.Millisecond {
		return
	}
	r.lastProgress = now
	r.err = r.send(&pluginv1.SolveResponse{Event: &pluginv1.SolveResponse_Progress{
		Progress: &pluginv1.Progress{Fraction: fraction, Message: fmt.Sprintf(format, args...)},
	}})
}

// WantCheckpoint says whether it is time for a checkpoint: the harness asked for some, and since
// the last one the time has grown by a quarter. Ask before making one.
func (r *Run) WantCheckpoint() bool {
	return r.checkpoints < r.maxCheckpoints && r.elapsed() >= r.nextCheckpoint
}

// CheckpointsLeft returns how many more checkpoints this solve may send: where it is 0, none will be wanted any more.
func (r *Run) CheckpointsLeft() int { return max(r.maxCheckpoints-r.checkpoints, 0) }

// Checkpoint sends an intermediate solution, of the type Solve returns. Its arrays are copied:
// the solver may go on changing them. The time this takes is not counted as the solver's.
func (r *Run) Checkpoint(solution proto.Message) {
	if r.send == nil || r.err != nil || r.checkpoints >= r.maxCheckpoints {
		return
	}
	at := r.elapsed()
	begin := time.Now()
	packed, err := wire.Pack(solution, r.placeCheckpoint)
	if err == nil {
		err = r.send(&pluginv1.SolveResponse{Event: &pluginv1.SolveResponse_Checkpoint{
			Checkpoint: &pluginv1.Checkpoint{Seconds: at.Seconds(), Solution: packed},
		}})
	}
	r.err = err
	r.checkpoints++
	r.nextCheckpoint = at + at/4
	r.sending += time.Since(begin)
}

// Iterations records how many iterations or steps the solve took.
func (r *Run) Iterations(n int) { r.iterations = uint64(n) }

// Oracle returns the function that a task names.
func (r *Run) Oracle(o *commonv1.Oracle) (*Oracle, error) {
	if r.local != nil {
		return r.localOracle(o)
	}
	if r.oracles == nil {
		return nil, fmt.Errorf("oracle %q: the harness serves none in this session", o.GetName())
	}
	return r.oracles.oracle(o)
}

// elapsed is the solver's own time since the solve began.
func (r *Run) elapsed() time.Duration { return time.Since(r.started) - r.sending }

// placeCheckpoint copies an array to the top of the output area, where the solver's own arrays do not
// reach.
func (r *Run) placeCheckpoint(b []byte) (uint64, bool) {
	size := uint64(wire.AlignUp(len(b)))
	if r.segment == nil || r.slots != nil || len(b) < wire.InlineLimit || r.top-r.next < size {
		return 0, false
	}
	dst, err := r.segment.Bytes(r.top-size, len(b), int(r.layout.OutputBegin), int(r.layout.OutputEnd))
	if err != nil {
		return 0, false
	}
	copy(dst, b)
	r.top -= size
	return r.top, true
}

// placeSolution returns where an array of the solution lies in the output area, copying it there if it
// lies elsewhere: in the solver's own memory, or in the input that it hands back.
func (r *Run) placeSolution(b []byte) (uint64, bool) {
	if r.slots != nil {
		return r.slots.segment.Offset(b) // settled
	}
	if offset, ok := r.segment.Offset(b); ok && offset >= r.layout.OutputBegin && offset < r.layout.OutputEnd {
		return offset, true
	}
	dst, ok := r.reserve(len(b))
	if !ok {
		return 0, false
	}
	copy(dst, b)
	return r.segment.Offset(dst)
}

// solve runs one batch and returns the last solution with the seconds it took.
func (r *Run) solve(ctx context.Context, s session, repeat int) (proto.Message, time.Duration, error) {
	r.begin()
	var solution proto.Message
	for i := range max(repeat, 1) {
		task, k := s.task(), 0
		if r.slots == nil {
			r.next = r.kept
		} else {
			k = i % len(r.slots.tasks)
			task, r.next, r.top = r.slots.tasks[k], r.slots.begin(k), r.slots.begin(k+1)
		}
		var err error
		if solution, err = s.solve(ctx, r, task); err != nil {
			return nil, r.elapsed(), err
		}
		if r.slots != nil {
			if err := r.slots.settle(solution, k); err != nil {
				return nil, r.elapsed(), err
			}
		}
		if err := ctx.Err(); err != nil {
			return nil, r.elapsed(), err
		}
	}
	return solution, r.elapsed(), r.err
}

// begin starts the clock and forgets the last solve.
func (r *Run) begin() {
	r.top = r.layout.GetOutputEnd()
	r.checkpoints, r.nextCheckpoint, r.sending, r.iterations, r.err = 0, 0, 0, 0, nil
	r.started = time.Now()
}
