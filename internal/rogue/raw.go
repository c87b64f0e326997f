package rogue

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"strings"
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
	pluginv1.UnimplementedSolverServiceServer
	mode string
	task poissonv1.Task
	file *os.File // the segment, in the mode "truncate-file"
}

// serveRaw serves it.
func serveRaw(mode string) { serve(&raw{mode: mode}, dialect(mode)...) }

// serve serves any plugin.
func serve(server pluginv1.SolverServiceServer, dialect ...grpc.ServerOption) {
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: plugin.HandshakeConfig{
			ProtocolVersion: 1, MagicCookieKey: "SOLVERBENCH_PLUGIN", MagicCookieValue: "a8c1f0d3-solverbench",
		},
		Plugins: plugin.PluginSet{"solverbench": &service{server: server}},
		GRPCServer: func(opts []grpc.ServerOption) *grpc.Server {
			return grpc.NewServer(append(append(opts, dialect...), grpc.MaxSendMsgSize(math.MaxInt32))...)
		},
	})
}

// service hands a server to go-plugin.
type service struct {
	plugin.NetRPCUnsupportedPlugin
	server pluginv1.SolverServiceServer
}

func (s *service) GRPCServer(_ *plugin.GRPCBroker, g *grpc.Server) error {
	pluginv1.RegisterSolverServiceServer(g, s.server)
	return nil
}

func (*service) GRPCClient(context.Context, *plugin.GRPCBroker, *grpc.ClientConn) (any, error) {
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
	case "describe-crashes":
		os.Exit(4)
	case "describe-hangs":
		time.Sleep(time.Hour)
	}
	return d, nil
}

func (r *raw) Open(_ context.Context, req *pluginv1.OpenRequest) (_ *pluginv1.OpenResponse, err error) {
	switch r.mode {
	case "open-hangs":
		time.Sleep(time.Hour)
	case "truncate-file":
		if r.file, err = os.OpenFile(req.Segment.GetPath(), os.O_RDWR, 0); err != nil {
			return nil, err
		}
	case "long-failure":
		return &pluginv1.OpenResponse{Failure: &pluginv1.Failure{Message: "\x1b[31m" + strings.Repeat("why? ", 1<<20)}}, nil
	}
	return &pluginv1.OpenResponse{}, req.Task.UnmarshalTo(&r.task)
}

func (*raw) Prepare(context.Context, *pluginv1.PrepareRequest) (*pluginv1.PrepareResponse, error) {
	return &pluginv1.PrepareResponse{}, nil
}

func (r *raw) Close(context.Context, *pluginv1.CloseRequest) (*pluginv1.CloseResponse, error) {
	if r.mode == "close-hangs" {
		time.Sleep(time.Hour)
	}
	return &pluginv1.CloseResponse{}, nil
}

// echo is the task's own f, or zeros if that is not in the message.
func (r *raw) echo() (*anypb.Any, error) {
	n := 1
	for _, d := range r.task.Rhs.Dims() {
		n *= d
	}
	u := make([]float64, n)
	if r.task.Rhs.GetInline() != nil {
		f, err := r.task.Rhs.Float64s()
		if err != nil {
			return nil, err
		}
		copy(u, f)
	}
	return anypb.New(&poissonv1.Solution{U: commonv1.Float64(u, r.task.Rhs.Dims()...)})
}

// claims are what the plugin says of its own time in modes of those names.
var claims = map[string]func(*pluginv1.Result){
	"seconds-nan":        func(r *pluginv1.Result) { r.Seconds = math.NaN() },
	"seconds-inf":        func(r *pluginv1.Result) { r.Seconds = math.Inf(1) },
	"seconds-negative":   func(r *pluginv1.Result) { r.Seconds = -1 },
	"checkpoint-nan":     func(r *pluginv1.Result) { r.CheckpointSeconds = math.NaN() },
	"checkpoint-long":    func(r *pluginv1.Result) { r.CheckpointSeconds = 1e9 },
	"checkpoint-minus":   func(r *pluginv1.Result) { r.CheckpointSeconds = math.Inf(-1) },
	"iterations-endless": func(r *pluginv1.Result) { r.Iterations = 1 << 63 },
}

func (r *raw) Solve(req *pluginv1.SolveRequest, stream grpc.ServerStreamingServer[pluginv1.SolveResponse]) error {
	began := time.Now()
	solution, err := r.echo()
	if err != nil {
		return err
	}
	result := &pluginv1.SolveResponse{Event: &pluginv1.SolveResponse_Result{Result: &pluginv1.Result{Solution: solution}}}
	switch r.mode {
	case "slow":
		time.Sleep(5 * time.Millisecond)
	case "truncate-file":
		if err := r.file.Truncate(0); err != nil {
			return err
		}
	case "odd-checkpoint":
		if err := stream.Send(&pluginv1.SolveResponse{Event: &pluginv1.SolveResponse_Checkpoint{
			Checkpoint: &pluginv1.Checkpoint{Solution: solution, Seconds: math.NaN()},
		}}); err != nil {
			return err
		}
	case "early-checkpoint":
		time.Sleep(100 * time.Millisecond)
		if req.MaxCheckpoints == 0 {
			break
		}
		if err := stream.Send(&pluginv1.SolveResponse{Event: &pluginv1.SolveResponse_Checkpoint{
			Checkpoint: &pluginv1.Checkpoint{Solution: solution, Seconds: 1e-6},
		}}); err != nil {
			return err
		}
	case "free-checkpoints":
		time.Sleep(100 * time.Millisecond)
		result.GetResult().CheckpointSeconds = 0.1
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
	}
	result.GetResult().Seconds = time.Since(began).Seconds()
	if claim := claims[r.mode]; claim != nil {
		claim(result.GetResult())
	}
	return stream.Send(result)
}
