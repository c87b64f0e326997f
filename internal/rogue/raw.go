package rogue

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"time"

	plugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/anypb"

	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	pluginv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/plugin/v1"
	poissonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/poisson/v1"
)

// raw is a plugin without the SDK, which would keep it from what it does wrong. It does not implement Load. Its solver is
// called "raw".
type raw struct {
	plugin.NetRPCUnsupportedPlugin
	pluginv1.UnimplementedSolverServiceServer
	mode string
	task poissonv1.Task
}

// serveRaw serves it.
func serveRaw(mode string) {
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: plugin.HandshakeConfig{
			ProtocolVersion: 1, MagicCookieKey: "SOLVERBENCH_PLUGIN", MagicCookieValue: "a8c1f0d3-solverbench",
		},
		Plugins: plugin.PluginSet{"solverbench": &raw{mode: mode}},
		GRPCServer: func(opts []grpc.ServerOption) *grpc.Server {
			return grpc.NewServer(append(opts, grpc.MaxSendMsgSize(math.MaxInt32))...)
		},
	})
}

func (r *raw) GRPCServer(_ *plugin.GRPCBroker, s *grpc.Server) error {
	pluginv1.RegisterSolverServiceServer(s, r)
	return nil
}

func (*raw) GRPCClient(context.Context, *plugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, errors.New("rogue: not a client")
}

func (r *raw) Describe(context.Context, *pluginv1.DescribeRequest) (*pluginv1.DescribeResponse, error) {
	solver := &pluginv1.SolverDescription{Name: "raw", Doc: "misbehaves below the SDK", Schema: "solverbench.poisson.v1.Task"}
	d := &pluginv1.DescribeResponse{Name: "rogue-" + r.mode, Version: "1", Language: "go", License: "Apache-2.0", Solvers: []*pluginv1.SolverDescription{solver}}
	switch r.mode {
	case "no-solvers":
		d.Solvers = nil
	case "twins":
		d.Solvers = append(d.Solvers, solver)
	case "fickle": // another version each time it is launched
		d.Version = fmt.Sprint(os.Getpid(), time.Now().UnixNano())
	case "huge-describe":
		d.Solvers[0].Doc = string(make([]byte, 64<<20))
	}
	return d, nil
}

func (r *raw) Open(_ context.Context, req *pluginv1.OpenRequest) (*pluginv1.OpenResponse, error) {
	return &pluginv1.OpenResponse{}, req.Task.UnmarshalTo(&r.task)
}

func (*raw) Prepare(context.Context, *pluginv1.PrepareRequest) (*pluginv1.PrepareResponse, error) {
	return &pluginv1.PrepareResponse{}, nil
}

func (*raw) Close(context.Context, *pluginv1.CloseRequest) (*pluginv1.CloseResponse, error) {
	return &pluginv1.CloseResponse{}, nil
}

// zero is the right type of answer, of zeros.
func (r *raw) zero() (*anypb.Any, error) {
	n := 1
	for _, d := range r.task.Rhs.Dims() {
		n *= d
	}
	return anypb.New(&poissonv1.Solution{U: commonv1.Float64(make([]float64, n), r.task.Rhs.Dims()...)})
}

func (r *raw) Solve(_ *pluginv1.SolveRequest, stream grpc.ServerStreamingServer[pluginv1.SolveResponse]) error {
	began := time.Now()
	solution, err := r.zero()
	if err != nil {
		return err
	}
	result := &pluginv1.SolveResponse{Event: &pluginv1.SolveResponse_Result{Result: &pluginv1.Result{Solution: solution}}}
	switch r.mode {
	case "twice":
		if err := stream.Send(result); err != nil {
			return err
		}
	case "huge":
		solution.Value = make([]byte, math.MaxInt32-1<<20)
	case "huge-checkpoint":
		return stream.Send(&pluginv1.SolveResponse{Event: &pluginv1.SolveResponse_Checkpoint{
			Checkpoint: &pluginv1.Checkpoint{Solution: &anypb.Any{TypeUrl: solution.TypeUrl, Value: make([]byte, 512<<20)}},
		}})
	case "endless-checkpoints":
		for {
			if err := stream.Send(&pluginv1.SolveResponse{Event: &pluginv1.SolveResponse_Checkpoint{
				Checkpoint: &pluginv1.Checkpoint{Solution: solution},
			}}); err != nil {
				return err
			}
		}
	case "endless-progress":
		for {
			if err := stream.Send(&pluginv1.SolveResponse{Event: &pluginv1.SolveResponse_Progress{
				Progress: &pluginv1.Progress{Fraction: math.NaN(), Message: "\x1b[31m" + string(make([]byte, 1<<16))},
			}}); err != nil {
				return err
			}
		}
	case "exit-in-checkpoint":
		if err := stream.Send(&pluginv1.SolveResponse{Event: &pluginv1.SolveResponse_Checkpoint{
			Checkpoint: &pluginv1.Checkpoint{Solution: solution},
		}}); err != nil {
			return err
		}
		os.Exit(5)
	case "garbage-answer":
		solution.Value = []byte{0xff, 0xff, 0xff, 0xff, 0xff}
	case "other-type":
		result.GetResult().Solution, err = anypb.New(&pluginv1.DescribeRequest{})
		if err != nil {
			return err
		}
	case "empty-event":
		return stream.Send(&pluginv1.SolveResponse{})
	case "no-result":
		return nil
	case "odd-clock":
		result.GetResult().Seconds = math.NaN()
	}
	if r.mode != "odd-clock" {
		result.GetResult().Seconds = time.Since(began).Seconds()
	}
	return stream.Send(result)
}
