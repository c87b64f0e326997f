package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"strings"
	"time"

	hclog "github.com/hashicorp/go-hclog"
	plugin "github.com/hashicorp/go-plugin"
	"github.com/hashicorp/go-plugin/runner"
	"golang.org/x/sys/unix"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"github.com/solverbench/solverbench/harness/sandbox"
	"github.com/solverbench/solverbench/plugins/internal/wire"
	pluginv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/plugin/v1"
)

// Config says how to launch a plugin.
type Config struct {
	// Command is the executable and its arguments.
	Command []string
	// Threads the plugin may use; it is told by the usual variables. 0 means 1.
	Threads int
	// Cores are the CPUs it runs on; nil means those of this process.
	Cores []int
	// Limits on its process tree; they are enforced or Launch fails with a *sandbox.MissingError.
	Limits sandbox.Limits
	// Network allows it the network.
	Network bool
	// Readable are paths that it may read beside the system's and its own.
	Readable []string
	// Env are variables of its environment beside those that the harness sets, which prevail.
	Env []string
	// StartTimeout bounds the time from launch to handshake. 0 means 10 seconds.
	StartTimeout time.Duration
}

// Client is a launched plugin.
type Client struct {
	// Started is how long the launch took, to the connection.
	Started time.Duration

	threads int
	dir     string     // private
	shared  []string   // where segments go, the first that has room
	locks   []*os.File // on dir and shared, see RemoveLeftovers
	proc    *process
	client  *plugin.Client
	conn    *grpc.ClientConn
	rpc     pluginv1.SolverServiceClient
	grease  *grease
	stderr  *tail
	oracles *oracleServer
}

// Launch starts the plugin and shakes hands. The caller must Close the client.
func Launch(ctx context.Context, cfg Config) (_ *Client, err error) {
	begin := time.Now()
	dir, lock, err := privateDir()
	if err != nil {
		return nil, fmt.Errorf("launching a plugin: %w", err)
	}
	c := &Client{threads: max(cfg.Threads, 1), dir: dir, locks: []*os.File{lock}, stderr: &tail{}, grease: newGrease(0)}
	defer func() {
		if err != nil {
			c.Close()
		}
	}()
	shared, err := c.sharedDirs()
	if err != nil {
		return nil, err
	}
	c.proc = newProcess(sandbox.Config{
		Command: cfg.Command, Dir: dir, Shared: shared, Readable: cfg.Readable, Network: cfg.Network, Cores: cfg.Cores,
		Limits: cfg.Limits,
	})
	var refused error // by the sandbox
	c.client = plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig:  wire.Handshake(),
		Plugins:          plugin.PluginSet{wire.PluginName: dispenser{}},
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		RunnerFunc: func(_ hclog.Logger, spec *exec.Cmd, _ string) (runner.Runner, error) {
			env := append(environment(c.threads, sandbox.Sockets(dir), spec.Env), cfg.Env...)
			refused = c.proc.prepare(append(env, greaseEnv+"="+c.grease.word()))
			return c.proc, refused
		},
		UnixSocketConfig: &plugin.UnixSocketConfig{TempDir: dir},
		SkipHostEnv:      true,
		GRPCDialOptions: []grpc.DialOption{
			grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(replyLimit), grpc.MaxCallSendMsgSize(math.MaxInt32)),
		},
		StartTimeout: cmpOr(cfg.StartTimeout, 10*time.Second),
		Stderr:       c.stderr,
		SyncStdout:   io.MultiWriter(c.stderr, &c.proc.printed),
		SyncStderr:   c.stderr,
		Logger:       hclog.NewNullLogger(),
	})
	// go-plugin knows no context: give up waiting, and end the process, when ours ends.
	stop := context.AfterFunc(ctx, func() { _ = c.proc.Kill(ctx) })
	defer stop()
	protocol, err := c.client.Client()
	if err == nil {
		var raw any
		if raw, err = protocol.Dispense(wire.PluginName); err == nil {
			c.conn = raw.(*grpc.ClientConn)
			c.rpc = pluginv1.NewSolverServiceClient(c.conn)
		}
	}
	if refused != nil {
		return nil, refused
	}
	if err != nil {
		return nil, c.launchError(ctx, cfg.Command[0], err)
	}
	c.Started = time.Since(begin)
	return c, nil
}

// replyLimit is the most bytes of a message that we take from a plugin, beside the arrays that it may hold.
const replyLimit = 16 << 20

func cmpOr(d, fallback time.Duration) time.Duration {
	if d == 0 {
		return fallback
	}
	return d
}

// launchError says why a plugin could not be loaded.
func (c *Client) launchError(ctx context.Context, path string, err error) error {
	if ctx.Err() != nil {
		return &Error{Kind: Cancelled, Message: "launching " + path}
	}
	if !c.proc.started() && exhausted(err) {
		return fmt.Errorf("launching %s: %w", path, err) // not for what the plugin is
	}
	// This waits until all that the process has written is read.
	c.client.Kill()
	e := &Error{Kind: Protocol, Stderr: c.stderr.String(), Exit: c.proc.ending()}
	text := err.Error()
	switch {
	case !c.proc.started():
		e.Kind, e.Exit, e.Message = Crashed, "", fmt.Sprintf("%s could not be started: %v", path, errors.Unwrap(err))
	case strings.Contains(text, "ncompatible"):
		e.Message = fmt.Sprintf("%s speaks another version of the protocol than this harness (%d): %s", path, wire.ProtocolVersion, firstLine(text))
	case strings.Contains(text, "Failed to read any lines") && e.Exit == endedByHarness:
		e.Exit = "" // we ended it for that
		e.Message = path + " printed no line, expected a handshake such as " + handshakeExample
	case strings.Contains(text, "exited before"), strings.Contains(text, "Failed to read any lines"):
		e.Kind, e.Message = Crashed, path+" ended before it had shaken hands"
		c.blameLimits(e)
	case strings.Contains(text, "timeout while waiting"):
		e.Message = path + " printed no handshake in time"
	case strings.Contains(text, "Unrecognized remote plugin message"):
		e.Message = fmt.Sprintf("%s printed %q, expected a handshake line such as %s", path, handshakeOf(text), handshakeExample)
	default:
		e.Message = fmt.Sprintf("%s: %s", path, firstLine(text))
	}
	return e
}

// exhausted says whether an error is for lack of what all processes share: this one has too much open, or the machine can hold no more.
func exhausted(err error) bool {
	for _, lack := range []error{unix.EMFILE, unix.ENFILE, unix.EAGAIN, unix.ENOMEM, unix.ENOSPC} {
		if errors.Is(err, lack) {
			return true
		}
	}
	return false
}

// handshakeExample is what a plugin of our protocol version prints first.
var handshakeExample = fmt.Sprintf("1|%d|unix|PATH|grpc", wire.ProtocolVersion)

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

func handshakeOf(text string) string {
	return clip(strings.TrimPrefix(firstLine(text), "Unrecognized remote plugin message: "), 80)
}

// Describe asks the plugin what it offers and checks the answer.
func (c *Client) Describe(ctx context.Context) (*pluginv1.DescribeResponse, error) {
	d, err := c.rpc.Describe(ctx, greased(c.grease, &pluginv1.DescribeRequest{}))
	if err != nil {
		if _, plain := c.rpc.Describe(ctx, &pluginv1.DescribeRequest{}); plain == nil {
			return nil, protocolError("Describe: %s; expected that an unknown field in the request is ignored: without it there is an answer", message(err))
		}
		return nil, c.callError(ctx, "Describe", err)
	}
	if err := withoutUnknown(d); err != nil {
		return nil, protocolError("Describe: %v", err)
	}
	if err := c.unknownCall(ctx); err != nil {
		return nil, err
	}
	if d.Name == "" || len(d.Solvers) == 0 {
		return nil, protocolError("Describe: plugin name %q with %d solvers, expected a name and at least one solver", d.Name, len(d.Solvers))
	}
	seen := map[[2]string]bool{}
	for i, s := range d.Solvers {
		if s.Name == "" || s.Schema == "" {
			return nil, protocolError("Describe: solver %d has name %q and schema %q, expected both", i, s.Name, s.Schema)
		}
		key := [2]string{s.Name, s.Schema}
		if seen[key] {
			return nil, protocolError("Describe: two solvers are named %q for %s, expected unique names", s.Name, s.Schema)
		}
		seen[key] = true
	}
	return d, nil
}

// callError finds out what an RPC error means: the process may have ended, the caller may have given
// up, or the plugin may have broken the contract.
func (c *Client) callError(ctx context.Context, call string, err error) error {
	if e := c.given(ctx, call, err); e != nil {
		return e
	}
	// A process that has just ended may show as a broken connection first.
	select {
	case <-c.proc.exited:
	case <-time.After(500 * time.Millisecond):
		e := &Error{Kind: Protocol, Message: fmt.Sprintf("%s: %s", call, message(err)), Stderr: c.stderr.String()}
		c.blameLimits(e)
		return e
	}
	// The last words may still be in the pipe.
	time.Sleep(20 * time.Millisecond)
	e := &Error{Kind: Crashed, Message: "the process ended during " + call, Exit: c.proc.ending(), Stderr: c.stderr.String()}
	c.blameLimits(e)
	return e
}

// blameLimits finds out whether a failure is due to a limit: to that of memory if a process was killed at it.
func (c *Client) blameLimits(e *Error) {
	var met []string
	events := c.proc.box.Events()
	if events.OOMKills > 0 {
		met = append(met, "its processes reached the memory limit")
	}
	if events.ForksRefused > 0 {
		met = append(met, fmt.Sprintf("it was refused new processes or threads %d times, by the limit on their number", events.ForksRefused))
	}
	e.Limits = strings.Join(met, "; ")
	if events.OOMKills > 0 && e.Kind != Timeout || e.Kind == Crashed && outOfMemory(e.Stderr) {
		e.Kind = OutOfMemory
	}
}

// given returns the error for a call that the caller gave up, or nil if err has another cause.
func (c *Client) given(ctx context.Context, call string, err error) *Error {
	// The deadline travels with the call, and the plugin's end of it may fire a little before ours.
	if d, ok := ctx.Deadline(); ok && time.Until(d) < 100*time.Millisecond && cancellation(err) {
		<-ctx.Done()
	}
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		e := &Error{Kind: Timeout, Message: call + " did not answer within the time limit", Stderr: c.stderr.String()}
		c.blameLimits(e)
		return e
	case ctx.Err() != nil:
		return &Error{Kind: Cancelled, Message: call}
	}
	return nil
}

// cancellation says whether an error looks like that of a call that was given up.
func cancellation(err error) bool {
	if KindOf(err) == Cancelled {
		return true // said the plugin
	}
	code := status.Code(err)
	return code == codes.Canceled || code == codes.DeadlineExceeded || strings.Contains(err.Error(), "RST_STREAM with error code: CANCEL")
}

func message(err error) string {
	s := status.Convert(err)
	switch s.Code() {
	case codes.Unimplemented:
		return "not implemented by the plugin"
	case codes.Unavailable:
		return "the plugin no longer answers on its socket, although its process lives (" + s.Message() + ")"
	}
	return plain(s.Message(), longestMessage)
}

// NullCall measures the round trip of a call that does nothing: the least of several.
func (c *Client) NullCall(ctx context.Context) (time.Duration, error) {
	least := time.Duration(math.MaxInt64)
	health := healthpb.NewHealthClient(c.conn)
	for range nullCalls {
		req := greased(c.grease, &healthpb.HealthCheckRequest{Service: plugin.GRPCServiceName})
		begin := time.Now()
		if _, err := health.Check(ctx, req); err != nil {
			return 0, c.callError(ctx, "the health check (grpc.health.v1.Health, service plugin)", err)
		}
		least = min(least, time.Since(begin))
	}
	return least, nil
}

// nullCalls are enough for one of them to be undisturbed.
const nullCalls = 20

// Usage is what the plugin's process tree has used.
type Usage = sandbox.Usage

// Usage is what the plugin's process tree has used since it was started.
func (c *Client) Usage() Usage { return c.proc.box.Usage() }

// Protections are what contains the plugin, and what does not.
func (c *Client) Protections() []sandbox.Protection { return c.proc.box.Applied() }

// Freeze stops the plugin's processes until Thaw.
func (c *Client) Freeze() error { return c.proc.box.Freeze() }

// Thaw lets them go on.
func (c *Client) Thaw() error { return c.proc.box.Thaw() }

// Stderr returns the end of what the plugin wrote to its standard error.
func (c *Client) Stderr() string { return c.stderr.String() }

// Printed is how many bytes the plugin wrote to its standard output after the handshake. They are of no use to anybody.
func (c *Client) Printed() int64 { return c.proc.printed.bytes.Load() }

// Close ends the plugin, gracefully if it answers, with everything it has started, and removes what was
// made for it.
func (c *Client) Close() {
	if c.proc != nil && c.proc.started() {
		if c.rpc == nil {
			c.Kill()
		}
		late := time.AfterFunc(closePatience, c.Kill) // go-plugin waits for an answer to Shutdown without end
		c.client.Kill()
		late.Stop()
		c.Kill()
		<-c.proc.exited
	}
	if c.proc != nil {
		c.proc.close()
	}
	c.oracles.stop()
	for _, dir := range append(c.shared, c.dir) {
		_ = removeAll(dir)
	}
	for _, lock := range c.locks {
		lock.Close()
	}
}

// closePatience is how long a plugin may take to end itself when it is asked to.
const closePatience = 2 * time.Second

// Kill ends the plugin's process tree at once.
func (c *Client) Kill() { _ = c.proc.Kill(context.Background()) }

// dispenser hands out go-plugin's connection.
type dispenser struct {
	plugin.NetRPCUnsupportedPlugin
}

func (dispenser) GRPCServer(*plugin.GRPCBroker, *grpc.Server) error {
	return errors.New("host: not a server")
}

func (dispenser) GRPCClient(_ context.Context, _ *plugin.GRPCBroker, conn *grpc.ClientConn) (any, error) {
	return conn, nil
}
