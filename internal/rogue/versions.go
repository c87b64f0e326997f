package rogue

import (
	"context"
	"path"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/emptypb"

	pluginv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/plugin/v1"
)

// dialect makes the server one of plugins that are of another version than the harness: "newer" says in every answer what this
// harness does not know; "strict" refuses what it does not know itself; "any-call" answers calls that there are not. In the modes
// "health-hangs" and "shutdown-hangs" those calls are not answered.
func dialect(mode string) []grpc.ServerOption {
	switch mode {
	case "newer":
		return []grpc.ServerOption{
			grpc.UnaryInterceptor(func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
				resp, err := next(ctx, req)
				if m, ok := resp.(proto.Message); ok && err == nil {
					addUnknown(m)
				}
				return resp, err
			}),
			grpc.StreamInterceptor(func(srv any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, next grpc.StreamHandler) error {
				return next(srv, &newerStream{stream})
			}),
		}
	case "strict":
		return []grpc.ServerOption{grpc.UnaryInterceptor(
			func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
				if m, ok := req.(proto.Message); ok && len(m.ProtoReflect().GetUnknown()) > 0 {
					return nil, status.Error(codes.InvalidArgument, "what is this?")
				}
				return next(ctx, req)
			})}
	case "health-hangs", "shutdown-hangs":
		method := map[string]string{"health-hangs": "Check", "shutdown-hangs": "Shutdown"}[mode]
		return []grpc.ServerOption{grpc.UnaryInterceptor(
			func(ctx context.Context, req any, call *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
				if path.Base(call.FullMethod) == method {
					time.Sleep(time.Hour)
				}
				return next(ctx, req)
			})}
	case "any-call":
		return []grpc.ServerOption{grpc.UnknownServiceHandler(func(_ any, stream grpc.ServerStream) error {
			return stream.SendMsg(&emptypb.Empty{})
		})}
	}
	return nil
}

// newerStream sends, before each event, one of another kind.
type newerStream struct{ grpc.ServerStream }

func (s *newerStream) SendMsg(m any) error {
	if e, ok := m.(*pluginv1.SolveResponse); ok {
		other := &pluginv1.SolveResponse{}
		addUnknown(other)
		if err := s.ServerStream.SendMsg(other); err != nil {
			return err
		}
		addUnknown(e)
		if r := e.GetResult(); r != nil {
			addUnknown(r)
			r.Solution = &anypb.Any{TypeUrl: r.Solution.TypeUrl, Value: appendUnknown(r.Solution.Value)}
		}
	}
	return s.ServerStream.SendMsg(m)
}

func addUnknown(m proto.Message) { m.ProtoReflect().SetUnknown(appendUnknown(nil)) }

// appendUnknown appends a field that this version of the contract does not have to a message on the wire.
func appendUnknown(b []byte) []byte {
	return protowire.AppendString(protowire.AppendTag(b, 999, protowire.BytesType), "news")
}
