package host

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	plugin "github.com/hashicorp/go-plugin"

	"github.com/solverbench/solverbench/harness/sandbox"
	"github.com/solverbench/solverbench/plugins/internal/wire"
)

// process runs a plugin's executable for go-plugin (it is a runner.Runner), in a box.
type process struct {
	cfg            sandbox.Config
	box            *sandbox.Box
	stdout, stderr *os.File
	lifeline       *os.File // our end: when it closes, the plugin ends
	printed        counter  // on standard output, after the handshake
	exited         chan struct{}

	mu      sync.Mutex // held while it starts
	begun   bool
	killed  bool       // by us, perhaps before it was started
	folders []*os.File // of sockets that we are connected to

	exit    sandbox.Exit // valid once exited is closed, as is the next
	waitErr error
}

// newProcess prepares a command to be run in a box.
func newProcess(cfg sandbox.Config) *process {
	return &process{cfg: cfg, exited: make(chan struct{})}
}

// prepare makes the box, for a plugin with the given environment.
func (p *process) prepare(env []string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cfg.Env = env
	var err error
	p.box, err = sandbox.New(p.cfg)
	return err
}

// Start launches the process, unless it has been killed already.
func (p *process) Start(context.Context) (err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var ours, theirs [3]*os.File
	defer func() {
		for i := range theirs {
			theirs[i].Close() // nil ones too
			if err != nil {
				ours[i].Close()
			}
		}
		if err != nil {
			close(p.exited)
			err = fmt.Errorf("launching the plugin: %w", err)
		}
	}()
	if p.killed {
		return errors.New("given up")
	}
	for i := range ours {
		if ours[i], theirs[i], err = os.Pipe(); err != nil {
			return err
		}
	}
	ours[2], theirs[2] = theirs[2], ours[2] // we write to the lifeline
	p.stdout, p.stderr, p.lifeline = ours[0], ours[1], ours[2]
	if err := p.box.Start(theirs[0], theirs[1], theirs[2]); err != nil {
		return err
	}
	p.begun = true
	slog.Debug("plugin started", "pid", p.box.Pid(), "command", strings.Join(p.cfg.Command, " "))
	go p.reap()
	return nil
}

// reap waits for the end of the process and lets the readers of its output finish.
func (p *process) reap() {
	p.exit, p.waitErr = p.box.Wait()
	close(p.exited)
	// Where something has escaped it may still hold the pipes: whoever reads them must not wait for it.
	soon := time.Now().Add(200 * time.Millisecond)
	_ = p.stdout.SetReadDeadline(soon)
	_ = p.stderr.SetReadDeadline(soon)
	p.lifeline.Close()
}

// Wait waits until the process has ended.
func (p *process) Wait(context.Context) error {
	<-p.exited
	if p.waitErr == nil && !p.exit.Success() {
		return errors.New(p.exit.String())
	}
	return p.waitErr
}

// Kill ends the whole process tree.
func (p *process) Kill(context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.exited:
		return nil
	default:
	}
	p.killed = true
	if p.box != nil {
		p.box.Kill()
	}
	return nil
}

// started says whether there is, or was, a process.
func (p *process) started() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.begun
}

// close removes what was made for it. It has been killed, if it was started.
func (p *process) close() {
	if p.box != nil {
		_ = p.box.Close() // what is left is removed by RemoveLeftovers
	}
	for _, f := range append(p.folders, p.stdout, p.stderr) {
		f.Close() // once more, or nil, does no harm
	}
}

// endedByHarness is how a process ended that we have killed.
const endedByHarness = "ended by the harness"

// ending describes how the process ended, or is empty while it runs.
func (p *process) ending() string {
	select {
	case <-p.exited:
	default:
		return ""
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.waitErr != nil:
		return p.waitErr.Error()
	case p.killed && p.exit.Signal == syscall.SIGKILL:
		return endedByHarness
	}
	return p.exit.String()
}

// Stdout is read by go-plugin for the handshake.
func (p *process) Stdout() io.ReadCloser { return &firstLineOf{ReadCloser: p.stdout, rest: &p.printed} }

// firstLineOf is a stream of which only the first line is passed on. The rest is read and counted: go-plugin would stop reading at a
// line that is too long for it, and who writes it would wait for ever.
type firstLineOf struct {
	io.ReadCloser
	rest *counter
	over bool
}

func (f *firstLineOf) Read(b []byte) (int, error) {
	if f.over {
		_, err := io.Copy(f.rest, f.ReadCloser)
		return 0, cmp.Or(err, io.EOF)
	}
	n, err := f.ReadCloser.Read(b)
	if i := bytes.IndexByte(b[:n], '\n'); i >= 0 {
		f.over = true
		_, _ = f.rest.Write(b[i+1 : n])
		n = i + 1
	}
	return n, err
}

// counter counts what is written to it.
type counter struct{ bytes atomic.Int64 }

func (c *counter) Write(b []byte) (int, error) {
	c.bytes.Add(int64(len(b)))
	return len(b), nil
}

// Stderr is read by go-plugin and kept as a tail.
func (p *process) Stderr() io.ReadCloser { return p.stderr }

// Name is the executable.
func (p *process) Name() string { return p.cfg.Command[0] }

// ID is the process id.
func (p *process) ID() string {
	if pid := p.box.Pid(); pid != 0 {
		return strconv.Itoa(pid)
	}
	return ""
}

// Diagnose has nothing to add to what Client reports.
func (p *process) Diagnose(context.Context) string { return "" }

// PluginToHost finds the plugin's socket, which may lie in a file system of its own. Its folder goes by a descriptor where
// there are such names, for the path of a socket holds little.
func (p *process) PluginToHost(network, addr string) (string, string, error) {
	path := p.box.HostPath(addr)
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return network, path, nil // connecting says what is wrong
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.folders = append(p.folders, folder)
	short := fmt.Sprintf("/proc/self/fd/%d/%s", folder.Fd(), filepath.Base(path))
	if _, err := os.Stat(short); err != nil {
		return network, path, nil
	}
	return network, short, nil
}

// HostToPlugin has nothing to do: go-plugin makes no socket for the plugin.
func (p *process) HostToPlugin(network, addr string) (string, string, error) {
	return network, addr, nil
}

// inherited are the variables of the harness's environment that plugins get.
var inherited = []string{"PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH"}

// environment is a plugin's: little of ours, the numbers of threads, and what go-plugin wants it to have.
func environment(threads int, socketDir string, goPlugin []string) []string {
	var env []string
	for _, name := range inherited {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	n := strconv.Itoa(threads)
	for _, name := range []string{
		"GOMAXPROCS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "NUMEXPR_NUM_THREADS",
	} {
		env = append(env, name+"="+n)
	}
	// It would have the socket where the plugin cannot make one.
	goPlugin = slices.DeleteFunc(slices.Clone(goPlugin), func(v string) bool { return strings.HasPrefix(v, plugin.EnvUnixSocketDir+"=") })
	env = append(env, goPlugin...)
	return append(env, plugin.EnvUnixSocketDir+"="+socketDir, wire.LifelineEnv+"="+strconv.Itoa(wire.LifelineFD))
}
