package plugins

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"sync"
	"time"

	hclog "github.com/hashicorp/go-hclog"
	plugin "github.com/hashicorp/go-plugin"
	"golang.org/x/sys/unix"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/solverbench/solverbench/plugins/internal/wire"
	"github.com/solverbench/solverbench/plugins/option"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	pluginv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/plugin/v1"
	"github.com/solverbench/solverbench/plugins/shm"
)

// Plugin is a set of solvers served by one executable.
type Plugin struct {
	// Name is short and unique on a machine: lower-case letters, digits and dashes.
	Name    string
	Version string
	// License is an SPDX expression.
	License string
	// Language that the solvers are written in, for people; Go if empty.
	Language string
	Solvers  []Offer
}

// Serve serves the plugin until the harness that launched this process is done with it, and
// returns then. Call it from main. Launched by hand it explains itself and exits.
func Serve(p Plugin) {
	if err := p.check(); err != nil {
		fmt.Fprintln(os.Stderr, "plugins:", err)
		os.Exit(1)
	}
	if handshake := wire.Handshake(); os.Getenv(handshake.MagicCookieKey) != handshake.MagicCookieValue {
		p.explain(os.Stderr)
		os.Exit(1)
	}
	go endWithHarness()
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: wire.Handshake(),
		Plugins:         plugin.PluginSet{wire.PluginName: &grpcPlugin{plugin: p}},
		Logger:          hclog.New(&hclog.LoggerOptions{Level: hclog.Error, Output: os.Stderr}),
		GRPCServer: func(opts []grpc.ServerOption) *grpc.Server {
			return grpc.NewServer(append(opts, grpc.MaxRecvMsgSize(math.MaxInt32), grpc.MaxSendMsgSize(math.MaxInt32))...)
		},
	})
}

// check finds mistakes in what the plugin offers.
func (p Plugin) check() error {
	if p.Name == "" || len(p.Solvers) == 0 {
		return fmt.Errorf("plugin name %q with %d solvers, expected a name and at least one solver", p.Name, len(p.Solvers))
	}
	seen := map[[2]string]bool{}
	for _, o := range p.Solvers {
		key := [2]string{o.name, o.schema}
		if o.name == "" || seen[key] {
			return fmt.Errorf("solver name %q for %s is empty or taken, expected one that is unique", o.name, o.schema)
		}
		seen[key] = true
	}
	return nil
}

// explain tells somebody who has launched the plugin by hand what it is.
func (p Plugin) explain(w io.Writer) {
	fmt.Fprintf(w, "This is the solverbench plugin %s %s. The harness launches it:\n\n  solverbench run PROBLEM --plugin %s\n\nIts solvers:\n", p.Name, p.Version, os.Args[0])
	for _, o := range p.Solvers {
		fmt.Fprintf(w, "  %-16s takes %s\n", o.name, o.schema)
	}
}

// endWithHarness ends the process, with what it has started, when the harness has gone without saying so.
func endWithHarness() {
	if os.Getenv(wire.LifelineEnv) == "" {
		return
	}
	// Nothing is ever written to the pipe: reading returns when its other end closes.
	if _, err := io.Copy(io.Discard, os.NewFile(wire.LifelineFD, "lifeline")); err == nil {
		if unix.Getpgrp() == os.Getpid() { // the harness has made it so
			_ = unix.Kill(0, unix.SIGKILL) // ends us too
		}
		os.Exit(1)
	}
}

type grpcPlugin struct {
	plugin.NetRPCUnsupportedPlugin
	plugin Plugin
}

func (g *grpcPlugin) GRPCServer(_ *plugin.GRPCBroker, s *grpc.Server) error {
	pluginv1.RegisterSolverServiceServer(s, newServer(g.plugin))
	return nil
}

// GRPCClient is the harness's side, which has its own.
func (g *grpcPlugin) GRPCClient(context.Context, *plugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, fmt.Errorf("plugins: not a client")
}

// server implements the protocol on top of the offers.
type server struct {
	pluginv1.UnimplementedSolverServiceServer
	plugin Plugin

	mu       sync.Mutex
	sessions map[string]*openSession
}

type openSession struct {
	session session
	run     *Run
	mu      sync.Mutex // one call at a time
}

func newServer(p Plugin) *server {
	return &server{plugin: p, sessions: map[string]*openSession{}}
}

func (s *server) Describe(context.Context, *pluginv1.DescribeRequest) (*pluginv1.DescribeResponse, error) {
	resp := &pluginv1.DescribeResponse{Name: s.plugin.Name, Version: s.plugin.Version, Language: cmp.Or(s.plugin.Language, "go"), License: s.plugin.License}
	for _, o := range s.plugin.Solvers {
		d := &pluginv1.SolverDescription{
			Name: o.name, Doc: o.about.Doc, Schema: o.schema, Tags: o.about.Tags,
			Parallel: o.about.Parallel, Citation: o.about.Citation,
		}
		for _, spec := range o.options {
			d.Options = append(d.Options, describeOption(spec))
		}
		resp.Solvers = append(resp.Solvers, d)
	}
	return resp, nil
}

func describeOption(s option.Spec) *pluginv1.OptionDescription {
	return &pluginv1.OptionDescription{
		Name: s.Name, Type: pluginv1.OptionType(s.Type), DefaultValue: s.Default, Doc: s.Doc,
		Minimum: s.Min, Maximum: s.Max, Choices: s.Choices,
	}
}

func (s *server) Open(ctx context.Context, req *pluginv1.OpenRequest) (*pluginv1.OpenResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, taken := s.sessions[req.Session]; taken {
		return &pluginv1.OpenResponse{Failure: failure(ctx, fmt.Errorf("session %q is open already", req.Session))}, nil
	}
	opened, err := s.open(req)
	if err != nil {
		return &pluginv1.OpenResponse{Failure: failure(ctx, err)}, nil
	}
	s.sessions[req.Session] = opened
	return &pluginv1.OpenResponse{}, nil
}

func (s *server) open(req *pluginv1.OpenRequest) (_ *openSession, err error) {
	var offer *Offer
	for i, o := range s.plugin.Solvers {
		if o.name == req.Solver && o.schema == string(req.Task.MessageName()) {
			offer = &s.plugin.Solvers[i]
		}
	}
	if offer == nil {
		return nil, fmt.Errorf("%w: no solver %q for %s here", ErrUnsupported, req.Solver, req.Task.MessageName())
	}
	typed, err := offer.open(req.Options, req.Task.GetValue())
	if err != nil {
		return nil, err
	}
	run := &Run{threads: int(req.Threads), seed: req.Seed, layout: req.Segment}
	opened := &openSession{session: typed, run: run}
	defer func() {
		if err != nil {
			opened.close()
		}
	}()
	if l := req.Segment; l != nil {
		if run.segment, err = shm.Open(l.Path, int(l.Size), int(l.InputEnd)); err != nil {
			return nil, err
		}
		run.kept, run.next, run.top = l.OutputBegin, l.OutputBegin, l.OutputEnd
	}
	err = wire.Attach(typed.task(), func(offset uint64, n int) ([]byte, error) {
		if run.segment == nil {
			return nil, fmt.Errorf("an array lies in a segment, and none was named")
		}
		return run.segment.Bytes(offset, n, 0, int(req.Segment.InputEnd))
	})
	if err != nil {
		return nil, fmt.Errorf("task: %w", err)
	}
	if err := checkData(typed.task()); err != nil {
		return nil, err
	}
	if err := typed.load([]proto.Message{typed.task()}); err != nil {
		return nil, err
	}
	if req.OracleSocket != "" {
		if run.oracles, err = dialOracles(req.Session, req.OracleSocket, run.segment, req.Segment); err != nil {
			return nil, err
		}
	}
	return opened, nil
}

// checkData refuses a task without any of the data that its schema has, and data that are not of float64, which those of all families are:
// solvers need not look.
func checkData(task proto.Message) error {
	there := false
	err := commonv1.VisitData(task, func(path string, a *commonv1.Array) error {
		there = true
		if a.ElementType != commonv1.ElementType_ELEMENT_TYPE_FLOAT64 {
			return fmt.Errorf("%w: %s is of %v, expected float64", ErrInvalid, path, a.ElementType)
		}
		return nil
	})
	if err != nil || there {
		return err
	}
	fields := task.ProtoReflect().Descriptor().Fields()
	for i := range fields.Len() {
		if proto.GetExtension(fields.Get(i).Options(), commonv1.E_Data).(bool) {
			return fmt.Errorf("%w: the task has no %s", ErrInvalid, fields.Get(i).Name())
		}
	}
	return nil
}

func (o *openSession) close() {
	o.session.do(o.session.close)
	o.run.close()
}

func (r *Run) close() {
	r.slots.close()
	// Nothing useful can be done about either error: the session is over.
	_ = r.oracles.close()
	_ = r.segment.Close()
}

func (s *server) find(name string) (*openSession, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, ok := s.sessions[name]
	if !ok {
		return nil, fmt.Errorf("session %q is not open", name)
	}
	return o, nil
}

func (s *server) Prepare(ctx context.Context, req *pluginv1.PrepareRequest) (*pluginv1.PrepareResponse, error) {
	o, err := s.find(req.Session)
	if err != nil {
		return &pluginv1.PrepareResponse{Failure: failure(ctx, err)}, nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	resp := &pluginv1.PrepareResponse{}
	o.session.do(func() {
		o.run.begin()
		err = o.session.prepare(ctx, o.run)
		resp.Seconds = o.run.elapsed().Seconds()
	})
	o.run.kept = o.run.next
	if err != nil {
		resp.Failure = failure(ctx, err)
	}
	return resp, nil
}

func (s *server) Load(ctx context.Context, req *pluginv1.LoadRequest) (*pluginv1.LoadResponse, error) {
	o, err := s.find(req.Session)
	if err != nil {
		return &pluginv1.LoadResponse{Failure: failure(ctx, err)}, nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	loaded, err := newSlots(req, o.session.decode)
	if err != nil {
		return &pluginv1.LoadResponse{Failure: failure(ctx, err)}, nil
	}
	if err := o.session.load(loaded.tasks); err != nil {
		loaded.close()
		return &pluginv1.LoadResponse{Failure: failure(ctx, err)}, nil
	}
	o.run.slots.close()
	o.run.slots = loaded
	return &pluginv1.LoadResponse{}, nil
}

func (s *server) Solve(req *pluginv1.SolveRequest, stream grpc.ServerStreamingServer[pluginv1.SolveResponse]) error {
	ctx := stream.Context()
	fail := func(err error) error {
		return stream.Send(&pluginv1.SolveResponse{Event: &pluginv1.SolveResponse_Failure{Failure: failure(ctx, err)}})
	}
	o, err := s.find(req.Session)
	if err != nil {
		return fail(err)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.run.send, o.run.maxCheckpoints = stream.Send, int(req.MaxCheckpoints)
	var (
		solution proto.Message
		took     time.Duration
	)
	o.session.do(func() { solution, took, err = o.run.solve(ctx, o.session, int(req.Repeat)) })
	if err != nil {
		return fail(err)
	}
	packed, err := wire.Pack(solution, o.run.placeSolution)
	if err != nil {
		return fail(fmt.Errorf("encoding the solution: %w", err))
	}
	return stream.Send(&pluginv1.SolveResponse{Event: &pluginv1.SolveResponse_Result{Result: &pluginv1.Result{
		Solution: packed, Seconds: took.Seconds(), CheckpointSeconds: o.run.sending.Seconds(), Iterations: o.run.iterations,
	}}})
}

func (s *server) Close(_ context.Context, req *pluginv1.CloseRequest) (*pluginv1.CloseResponse, error) {
	s.mu.Lock()
	o, ok := s.sessions[req.Session]
	delete(s.sessions, req.Session)
	s.mu.Unlock()
	if ok {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.close()
	}
	return &pluginv1.CloseResponse{}, nil
}
