// Package null serves the null solver, which answers any task at once: what a call to it takes is the transport, and
// the harness measures that with it.
package null

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"math"

	plugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/solverbench/solverbench/plugins/internal/wire"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	pluginv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/plugin/v1"
	"github.com/solverbench/solverbench/plugins/shm"
)

// Solver is the name of the null solver.
const Solver = "null"

// Answer is the option that holds the answer to give, as Encode writes it.
const Answer = "answer"

// Encode writes a solution whose arrays have shapes; their elements do not matter.
func Encode(solution proto.Message) (string, error) {
	a, err := anypb.New(solution)
	if err != nil {
		return "", err
	}
	b, err := proto.Marshal(a)
	return base64.StdEncoding.EncodeToString(b), err
}

func decode(text string) (proto.Message, error) {
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, err
	}
	a := &anypb.Any{}
	if err := proto.Unmarshal(b, a); err != nil {
		return nil, err
	}
	return a.UnmarshalNew()
}

// Serve serves the plugin until the harness that launched this process is done with it.
func Serve() {
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: wire.Handshake(),
		Plugins:         plugin.PluginSet{wire.PluginName: &server{}},
		GRPCServer: func(opts []grpc.ServerOption) *grpc.Server {
			return grpc.NewServer(append(opts, grpc.MaxRecvMsgSize(math.MaxInt32), grpc.MaxSendMsgSize(math.MaxInt32))...)
		},
	})
}

// server is one session's.
type server struct {
	plugin.NetRPCUnsupportedPlugin
	pluginv1.UnimplementedSolverServiceServer
	solution proto.Message
	answer   *anypb.Any // the same, packed
	segment  *shm.Segment
}

func (s *server) GRPCServer(_ *plugin.GRPCBroker, g *grpc.Server) error {
	pluginv1.RegisterSolverServiceServer(g, s)
	return nil
}

func (*server) GRPCClient(context.Context, *plugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, errors.New("null: not a client")
}

func (*server) Describe(context.Context, *pluginv1.DescribeRequest) (*pluginv1.DescribeResponse, error) {
	return nil, errors.New("null: for the harness's own use")
}

func (s *server) Open(_ context.Context, req *pluginv1.OpenRequest) (resp *pluginv1.OpenResponse, err error) {
	if s.solution, err = decode(req.Options[Answer]); err != nil {
		return nil, fmt.Errorf("the answer to give: %w", err)
	}
	return &pluginv1.OpenResponse{}, s.place(req.Segment)
}

// place maps a segment as a solver's side does, and places the answer's arrays there; without one they are zeros in the
// message.
func (s *server) place(l *pluginv1.Segment) (err error) {
	if l != nil {
		_ = s.segment.Close() // the last one
		if s.segment, err = shm.Open(l.Path, int(l.Size), int(l.InputEnd)); err != nil {
			return err
		}
	}
	at := l.GetOutputBegin()
	err = commonv1.VisitArrays(s.solution, func(_ string, a *commonv1.Array) error {
		n, err := a.ByteSize()
		if l == nil {
			a.Place = &commonv1.Array_Inline{Inline: make([]byte, n)}
			return err
		}
		a.Place = &commonv1.Array_Offset{Offset: at}
		at += uint64(wire.AlignUp(n))
		return err
	})
	if err != nil {
		return err
	}
	s.answer, err = anypb.New(s.solution)
	return err
}

func (*server) Prepare(context.Context, *pluginv1.PrepareRequest) (*pluginv1.PrepareResponse, error) {
	return &pluginv1.PrepareResponse{}, nil
}

func (s *server) Load(_ context.Context, req *pluginv1.LoadRequest) (*pluginv1.LoadResponse, error) {
	return &pluginv1.LoadResponse{}, s.place(req.Segment)
}

func (s *server) Solve(_ *pluginv1.SolveRequest, stream grpc.ServerStreamingServer[pluginv1.SolveResponse]) error {
	return stream.Send(&pluginv1.SolveResponse{Event: &pluginv1.SolveResponse_Result{Result: &pluginv1.Result{Solution: s.answer}}})
}

func (s *server) Close(context.Context, *pluginv1.CloseRequest) (*pluginv1.CloseResponse, error) {
	return &pluginv1.CloseResponse{}, s.segment.Close()
}
