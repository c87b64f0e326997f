package host

import (
	"context"
	"fmt"
	"math"
	"net"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/solverbench/solverbench/plugins/internal/wire"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	pluginv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/plugin/v1"
)

// Oracle serves the functions a task names.
type Oracle interface {
	EvaluateOracle(ctx context.Context, name string, dst, x []float64, scalars []float64) error
}

// oracleServer serves the oracles of one client's sessions on a socket of its own.
type oracleServer struct {
	pluginv1.UnimplementedOracleServiceServer
	path string
	grpc *grpc.Server

	mu       sync.Mutex
	sessions map[string]*Session
}

// oracleCounter counts what a session's solver has asked for.
type oracleCounter struct {
	calls   atomic.Int64
	nanos   atomic.Int64
	buffers sync.Pool // of *oracleBuffers
}

func serveOracles(dir string) (*oracleServer, error) {
	s := &oracleServer{
		path:     filepath.Join(dir, "oracle.sock"),
		grpc:     grpc.NewServer(grpc.MaxRecvMsgSize(math.MaxInt32), grpc.MaxSendMsgSize(math.MaxInt32)),
		sessions: map[string]*Session{},
	}
	l, err := net.Listen("unix", s.path)
	if err != nil {
		return nil, fmt.Errorf("serving oracles: %w", err)
	}
	pluginv1.RegisterOracleServiceServer(s.grpc, s)
	go s.grpc.Serve(l) // ends with Stop
	return s, nil
}

func (s *oracleServer) stop() {
	if s != nil {
		s.grpc.Stop()
	}
}

func (s *oracleServer) add(session *Session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sessions[session.name] = session
}

func (s *oracleServer) remove(session *Session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sessions, session.name)
}

// Evaluate computes one oracle for a plugin, counting the call and the time inside it.
func (s *oracleServer) Evaluate(ctx context.Context, req *pluginv1.EvaluateRequest) (*pluginv1.EvaluateResponse, error) {
	s.mu.Lock()
	session := s.sessions[req.Session]
	if session != nil {
		session.inUse.RLock()
		defer session.inUse.RUnlock()
	}
	s.mu.Unlock()
	if session == nil {
		return nil, status.Errorf(codes.NotFound, "session %q is not open", req.Session)
	}
	spec := session.oracleSpecs[req.Oracle]
	if spec == nil {
		return nil, status.Errorf(codes.NotFound, "oracle %q is not served", req.Oracle)
	}
	resp, err := session.evaluate(ctx, spec, req)
	if err != nil {
		return nil, status.Errorf(codes.InvalidArgument, "oracle %s: %v", req.Oracle, err)
	}
	resp.ProtoReflect().SetUnknown(session.unknown)
	return resp, nil
}

func (s *Session) evaluate(ctx context.Context, spec *commonv1.Oracle, req *pluginv1.EvaluateRequest) (*pluginv1.EvaluateResponse, error) {
	if req.Input == nil || len(req.Scalars) != len(spec.Scalars) {
		return nil, fmt.Errorf("%d scalars, expected %d and an input array", len(req.Scalars), len(spec.Scalars))
	}
	if err := wire.Attach(req, s.oracleArea); err != nil {
		return nil, err
	}
	in, batch := req.Input.Shape, int64(0)
	if len(in) == len(spec.InputShape) && len(in) > 0 {
		batch = in[0]
	}
	for i := range in {
		if len(in) != len(spec.InputShape) || batch > spec.InputShape[0] || i > 0 && in[i] != spec.InputShape[i] {
			return nil, fmt.Errorf("input of shape %v, expected %v", in, spec.InputShape)
		}
	}
	shape := []int{int(batch)}
	n := int(batch)
	for _, d := range spec.OutputShape[1:] {
		shape = append(shape, int(d))
		n *= int(d)
	}
	// Neither argument nor result is computed on in shared memory: what the plugin does to it meanwhile is its own affair.
	work := s.oracle.buffers.Get().(*oracleBuffers)
	defer s.oracle.buffers.Put(work)
	work.dst = resized(work.dst, n)
	err := guard(func() error {
		x, err := req.Input.Float64s()
		work.x = append(work.x[:0], x...)
		return err
	})
	if err != nil {
		return nil, err
	}
	begin := time.Now()
	err = s.cfg.Oracle.EvaluateOracle(ctx, spec.Name, work.dst, work.x, req.Scalars)
	s.oracle.nanos.Add(int64(time.Since(begin)))
	s.oracle.calls.Add(1)
	if err != nil {
		return nil, err
	}
	if req.OutputOffset == 0 {
		return &pluginv1.EvaluateResponse{Output: commonv1.Float64(slices.Clone(work.dst), shape...)}, nil
	}
	place, err := s.oracleArea(req.OutputOffset, 8*n)
	if err != nil {
		return nil, err
	}
	out := commonv1.Float64(work.dst, shape...)
	err = guard(func() error {
		copy(place, out.GetInline())
		return nil
	})
	out.Place = &commonv1.Array_Offset{Offset: req.OutputOffset}
	return &pluginv1.EvaluateResponse{Output: out}, err
}

// oracleBuffers are the arrays of one evaluation.
type oracleBuffers struct{ x, dst []float64 }

// resized returns a slice of n elements, which may be that given.
func resized(b []float64, n int) []float64 { return slices.Grow(b[:0], n)[:n] }

func (s *Session) oracleArea(offset uint64, n int) ([]byte, error) {
	if s.segment == nil {
		return nil, fmt.Errorf("an offset without a segment")
	}
	return s.segment.Bytes(offset, n, int(s.layout.OracleBegin), int(s.layout.OracleEnd))
}
