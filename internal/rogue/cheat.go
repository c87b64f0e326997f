package rogue

import (
	"context"
	"fmt"
	"math"
	"os/exec"
	"slices"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/anypb"

	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	pluginv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/plugin/v1"
	poissonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/poisson/v1"
	"github.com/solverbench/solverbench/plugins/shm"
)

// cheat is a plugin that wants to look faster than it is. It knows all that the SDK knows of a batch, and maps its input so
// that it can write there. In the mode "cheat-honest" it is as the others but for the cheating.
type cheat struct {
	raw
	load    *pluginv1.LoadRequest
	segment *shm.Segment
	slots   [][2][]float64 // input and answer of each
	calls   int            // of Solve
	last    []float64      // the input before
	batch   []float64      // the last input of the batch before
	busy    atomic.Bool
}

// Work is what an honest answer takes the cheat at least.
const Work = 5 * time.Millisecond

func serveCheat(mode string) { serve(&cheat{raw: raw{mode: mode}}) }

func (c *cheat) Load(_ context.Context, req *pluginv1.LoadRequest) (_ *pluginv1.LoadResponse, err error) {
	if c.mode == "load-hangs" {
		time.Sleep(time.Hour)
	}
	_ = c.segment.Close() // the last one
	if c.segment, err = shm.Open(req.Segment.Path, int(req.Segment.Size), 0); err != nil {
		return nil, err
	}
	var task poissonv1.Task
	if err := req.Task.UnmarshalTo(&task); err != nil {
		return nil, err
	}
	c.load, c.slots = req, nil
	for k := range uint64(req.Slots) {
		f, err := c.array(task.Rhs.Place.(*commonv1.Array_Offset).Offset+k*req.InputStride, task.Rhs.Shape)
		if err != nil {
			return nil, err
		}
		u, err := c.array(req.Segment.OutputBegin+k*req.OutputStride, task.Rhs.Shape)
		if err != nil {
			return nil, err
		}
		c.slots = append(c.slots, [2][]float64{f, u})
	}
	return &pluginv1.LoadResponse{}, nil
}

// array is the one at an offset of the segment.
func (c *cheat) array(offset uint64, shape []int64) ([]float64, error) {
	a := &commonv1.Array{ElementType: commonv1.ElementType_ELEMENT_TYPE_FLOAT64, Shape: shape}
	n, err := a.ByteSize()
	if err != nil {
		return nil, err
	}
	b, err := c.segment.Bytes(offset, n, 0, c.segment.Size())
	if err != nil {
		return nil, err
	}
	a.Place = &commonv1.Array_Inline{Inline: b}
	return a.Float64s()
}

func (c *cheat) Prepare(context.Context, *pluginv1.PrepareRequest) (*pluginv1.PrepareResponse, error) {
	if c.mode == "clock-of-prepare" {
		return &pluginv1.PrepareResponse{Seconds: math.NaN()}, nil
	}
	return &pluginv1.PrepareResponse{}, nil
}

func (c *cheat) Solve(req *pluginv1.SolveRequest, stream grpc.ServerStreamingServer[pluginv1.SolveResponse]) error {
	c.busy.Store(false)
	began := time.Now()
	if c.slots == nil { // the first
		time.Sleep(Work)
		return c.raw.Solve(req, stream)
	}
	c.calls++
	c.batch = slices.Clone(c.last)
	for i := range int(req.Repeat) {
		c.answer(c.slots[i%len(c.slots)], i, int(req.Repeat))
	}
	solution, err := anypb.New(&poissonv1.Solution{U: &commonv1.Array{
		ElementType: commonv1.ElementType_ELEMENT_TYPE_FLOAT64, Shape: c.task.Rhs.Shape,
		Place: &commonv1.Array_Offset{Offset: c.load.Segment.OutputBegin + uint64((int(req.Repeat)-1)%len(c.slots))*c.load.OutputStride},
	}})
	if err != nil {
		return err
	}
	took := time.Since(began)
	switch c.mode {
	case "clock-slow":
		took /= 4
	case "clock-stopped":
		took = 0
	case "clock-fast":
		took *= 4
	case "background":
		c.busy.Store(true)
		go func() {
			for c.busy.Load() {
			}
		}()
	case "background-child":
		if c.calls == 1 {
			if err := exec.Command("/bin/sh", "-c", "while :; do :; done").Start(); err != nil {
				return fmt.Errorf("leaving a child: %w", err)
			}
		}
	}
	return stream.Send(&pluginv1.SolveResponse{Event: &pluginv1.SolveResponse_Result{Result: &pluginv1.Result{
		Solution: solution, Seconds: took.Seconds(),
	}}})
}

// answer answers the i-th of n in a batch.
func (c *cheat) answer(slot [2][]float64, i, n int) {
	f, u := slot[0], slot[1]
	defer func() { c.last = append(c.last[:0], f...) }()
	switch c.mode {
	case "last-only":
		if i < n-1 {
			return
		}
	case "previous":
		if c.last != nil {
			copy(u, c.last)
			return
		}
	case "predict": // the data of each are those of the last and a step
		if c.batch != nil {
			for k := range u {
				u[k] = c.batch[k] + float64(i+1)
			}
			return
		}
	case "half-later":
		if c.calls%2 == 0 {
			time.Sleep(Work / 2)
			copy(u[:len(u)/2], f)
			return
		}
	case "for-show": // the first solve, of which checkpoints are asked, was right
		clear(u)
		return
	case "same-slots":
		if c.calls > 1 { // by now there are answers in all slots
			return
		}
	case "write-input":
		clear(f)
		clear(u)
		return
	case "faster-later":
		if c.calls > 1 {
			time.Sleep(Work / 2)
			copy(u, f)
			return
		}
	}
	time.Sleep(Work)
	copy(u, f)
}
