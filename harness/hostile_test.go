package harness

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"google.golang.org/protobuf/proto"

	"github.com/solverbench/solverbench/harness/sandbox"
	"github.com/solverbench/solverbench/internal/rogue"
	"github.com/solverbench/solverbench/plugins/host"
	"github.com/solverbench/solverbench/plugins/shm"
	"github.com/solverbench/solverbench/problems"
	"github.com/solverbench/solverbench/results"
)

// good is a solver that does as it should, in a few milliseconds.
const good = "rogue[mode=copy,pause=5]"

// trial is a plugin that misbehaves, and what is to become of it.
type trial struct {
	start       string // start-up mode of the plugin, see rogue.Command
	solver      string // selection; "raw" if empty
	n           int    // side of the problem, 8 if 0
	slow        int    // milliseconds that verifying an answer takes at least
	suite       func(*Suite)
	repetitions int           // 1 if 0
	timeout     time.Duration // a minute if 0, for the good solver in any case
	needs       string        // the protection without which the trial makes no sense
	statuses    []results.Status
	says        string // in the reason
	flag        string
}

// all makes trials, several at a time, and sees to it that nothing is left of any.
func all(t *testing.T, trials map[string]trial) {
	t.Helper()
	before := belongings(t)
	t.Run("all", func(t *testing.T) {
		for name, tr := range trials {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				tr.make(t)
			})
		}
	})
	nothingLeft(t, before)
}

// make makes a run of the plugin and, after it in the same experiment, one of a good solver, which must be solved. It returns nil if this machine cannot hold plugins to a limit that the trial sets, after having seen
// that the harness says so.
func (tr trial) make(t *testing.T) *results.Run {
	t.Helper()
	tr.skip(t)
	c := catalog(t)
	if tr.start != "" {
		p, err := LoadPlugin(t.Context(), host.Program{Command: rogue.Command(tr.start)}, false)
		if err != nil {
			t.Fatal(err)
		}
		c.Plugins = append(c.Plugins, p)
	}
	return tr.with(t, c)
}

// with makes it with the plugins of a catalog.
func (tr trial) with(t *testing.T, c *Catalog) *results.Run {
	t.Helper()
	c.Families = []problems.Family{varied()}
	if tr.solver == "" {
		tr.solver = "raw"
	}
	suite := AdHoc([]string{fmt.Sprintf("test/varied[n=%d,slow=%d]", max(tr.n, 8), tr.slow)}, []string{tr.solver, good})
	suite.Repetitions, suite.NoProbes = max(tr.repetitions, 1), true
	if tr.suite != nil {
		tr.suite(suite)
	}
	jobs, err := c.Plan(suite)
	if err != nil || len(jobs) != 2 {
		t.Fatalf("%d jobs, error %v, expected 2", len(jobs), err)
	}
	isGood := func(j Job) bool { return strings.Contains(j.Configuration.String(), "pause=5") }
	for isGood(Schedule(jobs, suite.Seed)[0][0]) {
		suite.Seed++
	}
	e := experiment(t, c, suite, filepath.Join(t.TempDir(), "x.db"))
	watch := &watcher{started: func(j Job) {
		suite.Timeout.Duration = time.Minute
		if tr.timeout > 0 && !isGood(j) {
			suite.Timeout.Duration = tr.timeout
		}
	}}
	e.Observer = watch
	sum, err := e.Start(t.Context(), jobs)
	if err != nil {
		t.Fatal(err)
	}
	watch.check(t)
	if name := unenforceable(suite); name != "" {
		var missing *sandbox.MissingError
		if sum.Failed != 2 || !errors.As(watch.failed[0], &missing) || missing.Limit != name {
			t.Errorf("%+v, errors %v, expected two that say that the %s limit cannot be enforced", sum, watch.failed, name)
		}
		return nil
	}
	runs, err := e.Store.Runs(t.Context(), results.Filter{})
	if err != nil || len(runs) != 2 {
		t.Fatalf("%d runs, errors %v and %v, expected 2", len(runs), watch.failed, err)
	}
	bad := &runs[0]
	for i := range runs {
		if r := &runs[i]; !strings.Contains(r.Configuration.Label, "pause=5") {
			bad = r
		} else if r.Status != results.Solved || r.Answers == 0 {
			t.Errorf("the good one is %s: %s", r.Status, r.Reason)
		}
	}
	tr.check(t, bad)
	return bad
}

// skip skips a trial that makes no sense here.
func (tr trial) skip(t *testing.T) {
	t.Helper()
	if tr.needs != "" && !protected(tr.needs) {
		t.Skipf("this machine lacks the protection %q", tr.needs)
	}
}

// protected says whether this machine has a protection.
func protected(name string) bool { return protection(name).On }

// protection is what this machine has of it.
func protection(name string) sandbox.Protection {
	for _, p := range sandbox.Check(context.Background()) {
		if p.Name == name {
			return p
		}
	}
	return sandbox.Protection{}
}

// unenforceable is a limit of the suite that this machine cannot hold plugins to, if any.
func unenforceable(s *Suite) string {
	for name, asked := range map[string]bool{
		"memory": s.Limits.Memory > 0, "CPU": s.Limits.CPUs > 0, "process": s.Limits.Pids > 0, "disk": s.Limits.Disk > 0,
	} {
		if asked && !protected(name+" limit") {
			return name
		}
	}
	return ""
}

// check compares a run with what is expected.
func (tr trial) check(t *testing.T, r *results.Run) {
	t.Helper()
	if !slices.Contains(tr.statuses, r.Status) || !strings.Contains(r.Reason, tr.says) {
		t.Errorf("%s (%s), expected %v that says %q; stderr %.2000s", r.Status, r.Reason, tr.statuses, tr.says, r.Stderr)
	}
	if tr.flag != "" && !slices.Contains(r.Flags, tr.flag) {
		t.Errorf("flags %v, expected %s", r.Flags, tr.flag)
	}
	if r.Status != results.Solved && r.Reason == "" {
		t.Errorf("%s without a reason", r.Status)
	}
	if len(r.Reason) > 5000 || len(r.Stderr) > 20<<10 || strings.ContainsRune(r.Reason, '\x1b') {
		t.Errorf("a reason of %d bytes, %d of stderr: %q", len(r.Reason), len(r.Stderr), r.Reason[:min(len(r.Reason), 100)])
	}
}

// watcher is an observer that is told when a run is at it, and whether anything improper is said.
type watcher struct {
	silent
	started func(Job)
	wrong   string
}

func (w *watcher) Started(j Scheduled) { w.started(j.Job) }
func (w *watcher) Progress(_ Scheduled, _ string, fraction float64, message string) {
	if !(fraction >= 0 && fraction <= 1) || len(message) > 300 || strings.ContainsAny(message, "\x1b\x00") {
		w.wrong = fmt.Sprintf("progress %v with %d bytes: %.100q", fraction, len(message), message)
	}
}

func (w *watcher) check(t *testing.T) {
	t.Helper()
	if w.wrong != "" {
		t.Error(w.wrong)
	}
}

// belongings are what this process has outside the store: private directories, shared memory, cgroups.
func belongings(t *testing.T) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	for _, dir := range []string{os.TempDir(), "/tmp", shm.Dir} {
		paths, err := filepath.Glob(filepath.Join(dir, fmt.Sprintf("solverbench-%d-*", os.Getpid())))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			found[path] = true
		}
	}
	_ = filepath.WalkDir("/sys/fs/cgroup", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return nil // gone meanwhile
		}
		if name := d.Name(); strings.HasPrefix(name, "solverbench-") && strings.Contains(name, "-"+strconv.Itoa(os.Getpid())+"-") {
			found[path] = true
		}
		return nil
	})
	return found
}

// nothingLeft checks that nothing has been added.
func nothingLeft(t *testing.T, before map[string]bool) {
	t.Helper()
	var left []string
	for range 100 {
		left = nil
		for path := range belongings(t) {
			if !before[path] {
				left = append(left, path)
			}
		}
		if len(left) == 0 {
			return
		}
		time.Sleep(20 * time.Millisecond) // it may be about to go
	}
	t.Errorf("left behind: %v", left)
}

// varied is the family echo with instances that vary: a variation's data are those of the instance and its number.
func varied() problems.Family {
	type params struct {
		N    int `opt:"n,min=1,max=1000" doc:"side"`
		Slow int `opt:"slow" doc:"milliseconds that verifying takes at least"`
	}
	f := echo()
	f.Problems = []problems.Problem{problems.Define("varied", problems.Doc{Summary: "return f"}, "error", 1e-12, params{N: 8},
		func(_ context.Context, p params, c problems.Common) (problems.Instance, error) {
			return (&variedInstance{echoInstance{n: p.N, tol: c.Tolerance}, p.Slow}).vary(0), nil
		})}
	return f
}

type variedInstance struct {
	echoInstance
	pause int
}

func (v *variedInstance) vary(k int) *variedInstance {
	out := *v
	out.f = make([]float64, v.n*v.n)
	for i := range out.f {
		out.f[i] = float64(i + 1 + k)
	}
	return &out
}

func (v *variedInstance) Vary(_ context.Context, k int) (problems.Instance, error) {
	return v.vary(k), nil
}

func (v *variedInstance) Evaluate(ctx context.Context, s proto.Message) (problems.Evaluation, error) {
	time.Sleep(time.Duration(v.pause) * time.Millisecond)
	return v.echoInstance.Evaluate(ctx, s)
}

// one is a list of statuses.
func one(s ...results.Status) []results.Status { return s }

// Attacks on memory, processes, time and disk meet a limit, and the run says which.
func TestAttacksOnResources(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long under the race detector, and has no concurrency that others lack")
	}
	mark := rogue.NewMark()
	trials := map[string]trial{
		"fork bomb": {
			solver: fmt.Sprintf("rogue[mode=fork-bomb,mark=%d]", mark), timeout: 3 * time.Second,
			suite: func(s *Suite) { s.Limits.Pids = 64 }, statuses: one(results.Timeout, results.Crashed), says: "limit on their number",
		},
		"memory hog in a child": {
			solver: "rogue[mode=child-hog]", suite: func(s *Suite) { s.Limits.Memory = 256 << 20 },
			statuses: one(results.OutOfMemory), says: "reached the memory limit",
		},
		"memory hog that is not waited for": {
			solver: "rogue[mode=child-hog-ignored]", suite: func(s *Suite) { s.Limits.Memory = 256 << 20 }, timeout: 3 * time.Second,
			statuses: one(results.Timeout, results.OutOfMemory), says: "reached the memory limit",
		},
		"full disk": {
			solver: "rogue[mode=fill-disk]", suite: func(s *Suite) { s.Limits.Disk = 16 << 20 },
			statuses: one(results.Inaccurate), says: "no space left on device",
		},
		"many files": {
			solver: "rogue[mode=many-files]", suite: func(s *Suite) { s.Limits.Disk = 4 << 20 },
			statuses: one(results.Inaccurate), says: "no space left on device",
		},
		"open files": {solver: "rogue[mode=open-files]", statuses: one(results.Inaccurate), says: "too many open files"},
		"endless loop that ignores signals": {
			solver: fmt.Sprintf("rogue[mode=stubborn,mark=%d]", mark), timeout: time.Second, statuses: one(results.Timeout), says: "no answer within 1s",
		},
		"stops itself": {
			solver: fmt.Sprintf("rogue[mode=stop,mark=%d]", mark), timeout: time.Second, statuses: one(results.Timeout), says: "no answer within 1s",
		},
		"daemon": {solver: fmt.Sprintf("rogue[mode=daemon,mark=%d]", mark), statuses: one(results.Solved)},
	}
	if rogue.RaceEnabled { // whose shadow memory has no limits
		delete(trials, "memory hog in a child")
		delete(trials, "memory hog that is not waited for")
	}
	if !strings.HasPrefix(protection("process limit").How, "cgroup") { // nobody counts what is refused
		bomb := trials["fork bomb"]
		bomb.says = ""
		trials["fork bomb"] = bomb
	}
	all(t, trials)
	if !rogue.Gone(mark) {
		t.Errorf("processes %v are left", rogue.Marked(mark))
	}
}

// What plugins may not do to the machine and its user is refused; they are none the worse for having tried.
func TestAttacksOnOthers(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long under the race detector, and has no concurrency that others lack")
	}
	mark := rogue.NewMark()
	home := secrets(t, userHome(t))
	memory := secrets(t, shm.Dir)
	all(t, map[string]trial{
		"write elsewhere": {solver: fmt.Sprintf("rogue[mode=write,mark=%d,target=%s]", mark, home), needs: "file access", statuses: one(results.Solved)},
		"write at home":   {solver: "rogue[mode=write-own-home]", statuses: one(results.Solved)},
		"read a secret":   {solver: fmt.Sprintf("rogue[mode=read,target=%s/secret]", home), needs: "file access", statuses: one(results.Solved)},
		"read what others share": {
			solver: fmt.Sprintf("rogue[mode=read,target=%s/secret]", memory), needs: "file access", statuses: one(results.Solved),
		},
		"read what is allowed": {
			solver: fmt.Sprintf("rogue[mode=read,target=%s/secret]", home), suite: func(s *Suite) { s.Readable = []string{home} },
			statuses: one(results.Inaccurate), says: "could read " + home + "/secret",
		},
		"kill others": {
			solver: fmt.Sprintf("rogue[mode=kill-others,target=%d]", os.Getpid()), needs: "no signals to others",
			statuses: one(results.Solved, results.Crashed),
		},
		"look into others": {
			solver: fmt.Sprintf("rogue[mode=peek,target=%d]", os.Getpid()), needs: "file access", statuses: one(results.Solved),
		},
		"leave its cgroup":       {solver: "rogue[mode=leave-cgroup]", needs: "file access", statuses: one(results.Solved)},
		"remove what is its own": {solver: "rogue[mode=remove-own]", statuses: one(results.Solved)},
	})
	for _, path := range []string{
		filepath.Join(home, "planted"), "/tmp/planted-" + strconv.Itoa(mark), "/dev/shm/planted-" + strconv.Itoa(mark), "/etc/planted-" + strconv.Itoa(mark),
	} {
		if _, err := os.Lstat(path); err == nil {
			t.Errorf("%s is there", path)
		}
	}
	if b, err := os.ReadFile(filepath.Join(home, "secret")); err != nil || string(b) != "password" {
		t.Errorf("the secret is %q, error %v", b, err)
	}
}

// userHome is the home of whoever runs the test, if it can be written to.
func userHome(t *testing.T) string {
	t.Helper()
	home, err := os.UserHomeDir()
	if err != nil || unix.Access(home, unix.W_OK) != nil {
		return t.TempDir()
	}
	return home
}

// secrets makes a directory below another with a file called secret that everybody may read.
func secrets(t *testing.T, parent string) string {
	t.Helper()
	dir, err := os.MkdirTemp(parent, "test-of-plugins-*")
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := errors.Join(os.Chmod(dir, 0o777), os.WriteFile(filepath.Join(dir, "secret"), []byte("password"), 0o644)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// Without --allow-network there is none.
func TestNetwork(t *testing.T) {
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Skip(err)
	}
	defer tcp.Close()
	go func() {
		for {
			c, err := tcp.Accept()
			if err != nil {
				return
			}
			_, _ = io.Copy(io.Discard, c)
			c.Close()
		}
	}()
	solver := fmt.Sprintf("rogue[mode=dial,target=%s]", tcp.Addr())
	t.Run("refused", func(t *testing.T) {
		r := trial{solver: solver, needs: "no network", statuses: one(results.Inaccurate), says: "dial tcp"}.make(t)
		if !strings.Contains(r.Reason, "dial udp") && protected("dangerous system calls") {
			t.Errorf("%s: it could send by UDP", r.Reason)
		}
	})
	t.Run("allowed", func(t *testing.T) {
		trial{solver: solver, suite: func(s *Suite) { s.Network = true }, statuses: one(results.Solved)}.make(t)
	})
}

// Whatever a plugin says or leaves unsaid, the harness goes on and tells what was wrong.
func TestAttacksOnTheProtocol(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long under the race detector, and has no concurrency that others lack")
	}
	checkpoints := func(s *Suite) { s.Checkpoints = 3 }
	protocol, solved, late := one(results.ProtocolError), one(results.Solved), one(results.Timeout)
	inTime := 500 * time.Millisecond
	trials := map[string]trial{
		"floods":                 {solver: "rogue[mode=flood]", statuses: solved},
		"floods on one line":     {solver: "rogue[mode=flood-one-line]", statuses: solved},
		"array out of bounds":    {solver: "rogue[mode=out-of-range]", n: 80, statuses: protocol, says: "outside"},
		"array in the input":     {solver: "rogue[mode=input-range]", n: 80, statuses: protocol, says: "outside"},
		"array beyond memory":    {solver: "rogue[mode=overflow]", n: 80, statuses: protocol, says: "beyond any memory"},
		"NaN":                    {solver: "rogue[mode=nan]", statuses: one(results.Diverged), says: "NaN"},
		"infinities":             {solver: "rogue[mode=infinite]", statuses: one(results.Diverged), says: "Inf"},
		"cuts its file short":    {solver: "rogue[mode=truncate]", n: 80, statuses: one(results.ProtocolError, results.Inaccurate, results.Crashed)},
		"cuts the segment":       {start: "truncate-file", n: 80, statuses: protocol},
		"closes its sockets":     {solver: "rogue[mode=close-sockets]", statuses: protocol, says: "no longer answers on its socket"},
		"answers twice":          {start: "twice", statuses: protocol, says: "more after the result"},
		"exits in checkpoint":    {start: "exit-in-checkpoint", suite: checkpoints, statuses: one(results.Crashed), says: "exit status 5"},
		"checkpoints for ever":   {start: "endless-checkpoints", suite: checkpoints, statuses: protocol, says: "more checkpoints than the 3 asked for"},
		"progress for ever":      {start: "endless-progress", timeout: inTime, statuses: late, says: "no answer within 500ms"},
		"NaN seconds":            {start: "seconds-nan", statuses: protocol, says: "seconds is NaN"},
		"infinite seconds":       {start: "seconds-inf", statuses: protocol, says: "seconds is +Inf"},
		"negative seconds":       {start: "seconds-negative", statuses: protocol, says: "seconds is -1"},
		"NaN of checkpoints":     {start: "checkpoint-nan", statuses: protocol, says: "checkpoint_seconds is NaN"},
		"years of checkpoints":   {start: "checkpoint-long", statuses: protocol, says: "more than the"},
		"less than nothing":      {start: "checkpoint-minus", statuses: protocol, says: "checkpoint_seconds is -Inf"},
		"checkpoint at NaN":      {start: "odd-checkpoint", suite: checkpoints, statuses: protocol, says: "a checkpoint's seconds is NaN"},
		"endless iterations":     {start: "iterations-endless", statuses: protocol, says: "iterations is 9223372036854775808"},
		"NaN of Prepare":         {start: "cheat-clock-of-prepare", statuses: protocol, says: "Prepare: seconds is NaN"},
		"another each time":      {start: "fickle", statuses: protocol, says: "describes itself otherwise"},
		"a long failure":         {start: "long-failure", statuses: one(results.Inaccurate), says: "why? why?"},
		"never opens":            {start: "open-hangs", timeout: inTime, statuses: late, says: "no answer within 500ms"},
		"never prepares":         {solver: "rogue[mode=prepare-hangs]", timeout: inTime, statuses: late, says: "no answer within 500ms"},
		"never loads":            {start: "cheat-load-hangs", timeout: inTime, statuses: late, says: "no answer within"},
		"never closes":           {start: "close-hangs", statuses: solved},
		"a message of gigabytes": {start: "huge", statuses: protocol, says: "larger than max"},
	}
	if testing.Short() {
		delete(trials, "a message of gigabytes")
	}
	all(t, trials)
}

func TestPluginThatNeverDescribesItself(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	var failed *PluginError
	if _, err := LoadPlugin(ctx, host.Program{Command: rogue.Command("describe-hangs")}, false); !errors.As(err, &failed) || !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		t.Errorf("error %v, expected that it was not in time", err)
	}
	c := catalog(t)
	p, err := LoadPlugin(t.Context(), host.Program{Command: rogue.Command("slow")}, false)
	if err != nil {
		t.Fatal(err)
	}
	p.Program.Command = rogue.Command("describe-hangs") // the second time
	c.Plugins = append(c.Plugins, p)
	trial{timeout: time.Second, statuses: one(results.Timeout), says: "no answer within 1s"}.with(t, c)
}

// A run is of the file that was loaded.
func TestReplacedExecutable(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long under the race detector, and has no concurrency that others lack")
	}
	for name, tr := range map[string]struct {
		trial
		more string
	}{
		"another file":  {trial{solver: "raw", statuses: one(results.ProtocolError), says: "is another than the one that was loaded"}, "more"},
		"the same file": {trial{solver: "raw", statuses: one(results.Solved)}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "plugin")
			install := func(more string) {
				b, err := os.ReadFile(rogue.Command("")[0])
				if err != nil {
					t.Fatal(err)
				}
				if err := errors.Join(os.WriteFile(path+".new", append(b, more...), 0o755), os.Rename(path+".new", path)); err != nil {
					t.Fatal(err)
				}
			}
			install("")
			c := catalog(t)
			p, err := LoadPlugin(t.Context(), host.Program{Command: append([]string{path}, rogue.Command("slow")[1:]...)}, false)
			if err != nil {
				t.Fatal(err)
			}
			install(tr.more)
			c.Plugins = append(c.Plugins, p)
			tr.with(t, c)
		})
	}
}
