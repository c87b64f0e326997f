//go:build linux

// Command crashtest tries to make solverbench lose a result. It starts the real command over and over and kills it, takes
// its disk away, makes its system calls fail, or cuts the power (by putting together what a disk might hold at that
// moment), and looks each time at what is left:
//
//   - every run that was acknowledged (its line was printed, which happens after it has been stored) is in the database,
//     whole and unchanged, and the database is sound;
//   - run --resume finishes exactly what is missing;
//   - no process, directory or shared memory is left behind;
//   - what goes wrong is said, with the database's name and the cause, and with exit code 4.
//
// make crashtest runs it. What it draws at random it draws from -seed, which it prints; what a moment hits is still up to
// the machine's timing. It exits with 1 at the first violation of a scenario, whose files are then kept.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
)

// amounts say how often what is done.
type amounts struct {
	kills, signals, failures, moments int
}

var (
	full  = amounts{kills: 1000, signals: 200, failures: 300, moments: 3000}
	short = amounts{kills: 200, signals: 50, failures: 30, moments: 300}
)

// scenario is one way to make trouble. It returns what it saw, in words.
type scenario struct {
	name, doc string
	run       func(context.Context, *bench) (string, error)
	mounts    bool // it mounts small disks
}

var scenarios = []scenario{
	{"kill", "SIGKILL at random moments of fresh and resumed experiments", killScenario, false},
	{"signals", "SIGINT, SIGTERM and SIGHUP at random moments", signalScenario, false},
	{"places", "databases that cannot be written, that disappear, and that two harnesses share", placesScenario, false},
	{"disk", "no space for the database, in TMPDIR, in /dev/shm", diskScenario, true},
	{"io", "the n-th write, sync, truncation or opening of the database fails", failureScenario, false},
	{"power", "power lost at random moments: un-synced writes are lost in part", powerScenario, false},
}

// skipped says why a scenario, or a part of it, was not run.
type skipped string

func (s skipped) Error() string { return string(s) }

func main() {
	if filepath.Base(os.Args[0]) == pluginName {
		servePlugin()
		return
	}
	if len(os.Args) > 1 && os.Args[1] == writerCommand {
		if err := writer(os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, "crashtest:", err)
			os.Exit(1)
		}
		return
	}
	if signal.Ignored(syscall.SIGHUP) { // under nohup harnesses would go on; what is listened for is not ignored by what we start
		signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
	}
	os.Exit(command())
}

// options of the command line.
type options struct {
	amounts
	seed    uint64
	binary  string
	only    string
	verbose bool
}

func parse() options {
	var o options
	brief := flag.Bool("short", false, "the short form: some minutes")
	flag.Uint64Var(&o.seed, "seed", 0, "of all that is random; 0 draws one")
	flag.StringVar(&o.binary, "binary", "bin/solverbench", "the solverbench to try")
	flag.StringVar(&o.only, "only", "", "names of scenarios, with commas")
	flag.IntVar(&o.kills, "kills", 0, "how often to kill")
	flag.IntVar(&o.signals, "signals", 0, "how often to interrupt")
	flag.IntVar(&o.failures, "failures", 0, "how many operations of the file system to let fail")
	flag.IntVar(&o.moments, "moments", 0, "how many losses of power")
	flag.BoolVar(&o.verbose, "v", false, "say what is being done")
	flag.Usage = func() {
		fmt.Fprint(flag.CommandLine.Output(), "Usage: crashtest [flags]\n\nScenarios:\n")
		for _, s := range scenarios {
			fmt.Fprintf(flag.CommandLine.Output(), "  %-8s %s\n", s.name, s.doc)
		}
		fmt.Fprint(flag.CommandLine.Output(), "\nFlags:\n")
		flag.PrintDefaults()
	}
	flag.Parse()
	form := full
	if *brief {
		form = short
	}
	for _, a := range []struct{ given, usual *int }{
		{&o.kills, &form.kills}, {&o.signals, &form.signals}, {&o.failures, &form.failures}, {&o.moments, &form.moments},
	} {
		if *a.given == 0 {
			*a.given = *a.usual
		}
	}
	if o.seed == 0 {
		o.seed = rand.Uint64N(1e6) + 1
	}
	return o
}

func command() int {
	o := parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if os.Getenv(childEnv) != "" {
		return scenarioProcess(ctx, o)
	}
	var chosen []scenario
	for _, s := range scenarios {
		if o.only == "" || slices.Contains(strings.Split(o.only, ","), s.name) {
			chosen = append(chosen, s)
		}
	}
	if len(chosen) == 0 {
		fmt.Fprintf(os.Stderr, "crashtest: -only %s: no such scenario (-h lists them)\n", o.only)
		return 2
	}
	fmt.Printf("crash tests of %s, -seed %d\n", o.binary, o.seed)
	// Each in a process, as each has mounts of its own; two at a time, as they wait much.
	var all errgroup.Group
	all.SetLimit(2)
	if o.verbose {
		all.SetLimit(1)
	}
	for _, s := range chosen {
		all.Go(func() error { return s.spawn(ctx, o) })
	}
	if err := all.Wait(); err != nil {
		return 1
	}
	return 0
}

// scenarioProcess runs one scenario in this process and returns the exit code.
func scenarioProcess(ctx context.Context, o options) int {
	private := os.Getenv(childEnv) == withMounts
	if private {
		if err := privateMounts(); err != nil {
			fmt.Fprintf(os.Stderr, "crashtest: %s: %v\n", o.only, err)
			return 1
		}
	}
	for _, s := range scenarios {
		if s.name == o.only && s.try(ctx, o, private) {
			return 0
		}
	}
	return 1
}

// try runs a scenario, prints a line, and says whether all went as it should.
func (s scenario) try(ctx context.Context, o options, private bool) bool {
	start := time.Now()
	b, err := newBench(o, s.name, private)
	if err != nil {
		fmt.Printf("%-8s FAILED to begin: %v\n", s.name, err)
		return false
	}
	text, err := s.run(ctx, b)
	took := time.Since(start).Round(100 * time.Millisecond)
	var skip skipped
	switch {
	case ctx.Err() != nil:
		fmt.Printf("%-8s stopped\n", s.name)
		b.remove()
		return false
	case errors.As(err, &skip):
		fmt.Printf("%-8s skipped: %v\n", s.name, skip)
	case err != nil:
		fmt.Printf("%-8s FAILED after %v, -seed %d: %v\n         files are in %s\n", s.name, took, o.seed, err, b.dir)
		return false
	default:
		fmt.Printf("%-8s ok  %s  (%v)\n", s.name, text, took)
	}
	b.remove()
	return true
}

// newBench makes the folder of a scenario and copies what runs into it, so that whatever runs from there is ours.
func newBench(o options, name string, private bool) (*bench, error) {
	dir, err := makeDir()
	if err != nil {
		return nil, err
	}
	seed := fnv.New64a()
	io.WriteString(seed, name)
	b := &bench{
		amounts: o.amounts, dir: dir, verbose: o.verbose, private: private,
		harness: filepath.Join(dir, "solverbench"), plugin: filepath.Join(dir, pluginName), tmp: filepath.Join(dir, "t"),
		random: rand.New(rand.NewPCG(o.seed, seed.Sum64())),
	}
	self, err := os.Executable()
	if err == nil {
		err = errors.Join(copyFile(b.harness, o.binary), copyFile(b.plugin, self), os.Mkdir(b.tmp, 0o777), os.Chmod(b.tmp, 0o777|os.ModeSticky), os.Chmod(dir, 0o755))
	}
	if err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	return b, nil
}

// makeDir makes a folder with a path of 11 characters. Below TMPDIR are sockets, whose paths have to be short: from one of
// more than some 15 the harness flees to /tmp, where we do not look.
func makeDir() (string, error) {
	for {
		dir := fmt.Sprintf("/tmp/ct%04x", rand.Uint32N(1<<16))
		if err := os.Mkdir(dir, 0o755); !errors.Is(err, fs.ErrExist) {
			return dir, err
		}
	}
}

func copyFile(to, from string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
