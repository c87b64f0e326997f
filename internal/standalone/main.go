// Standalone times a solver without the harness, in turns with the same solver in it, and says how far the two agree. A bundled solver
// runs in a process of its own that holds nothing but it: no protocol, no shared memory, no sandbox. Problem, options, inputs that
// differ from solve to solve, cores and GOMAXPROCS are the same.
//
//	go run ./internal/standalone -solverbench bin/solverbench 'poisson/unit-2d[n=255]' fast-poisson
//
// With -peer the solver is that of a plugin in plugins/peers, and its stand-alone program, which is written in the plugin's language
// and knows nothing of solverbench, makes the same solves:
//
//	go run ./internal/standalone -solverbench bin/solverbench -peer plugins/peers/fftw 'poisson/unit-2d[n=255]' fftw/fast-poisson
//
// With -all it compares whatever has such a program, or of these the peers that are named, and writes a table.
//
// With -alone it is only the bundled solver: for each number on standard input it makes as many solves, and prints the mean seconds of one.
// With -export it only writes inputs, for a peer's program.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"

	"github.com/solverbench/solverbench/harness/sandbox"
)

func main() {
	sandbox.Main() // the harness launches plugins through this program
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var c comparison
	alone := flag.String("alone", "", "only time the solver, with these options (name=value,…)")
	into := flag.String("export", "", "only write a few inputs of the problem into this `folder`, for programs in other languages")
	all := flag.Bool("all", false, "compare all that there is a stand-alone program for, and fail where the two differ by more than they may")
	page := flag.String("into", "", "with -all, put the table between the markers of this `file`, too")
	flag.StringVar(&c.solverbench, "solverbench", "bin/solverbench", "the `program` that is the bundled plugin and runs those in C")
	flag.StringVar(&c.peer, "peer", "", "compare with the stand-alone program of the peer in this `folder`")
	flag.IntVar(&c.turns, "turns", 32, "turns at most")
	flag.Parse()
	c.problem, c.solver = flag.Arg(0), flag.Arg(1)
	err := errors.New("expected a problem and a solver")
	isAlone := false
	flag.Visit(func(f *flag.Flag) { isAlone = isAlone || f.Name == "alone" })
	switch {
	case *all:
		err = compareAll(ctx, c, flag.Args(), *page)
	case *into != "" && flag.NArg() == 1:
		var in *inputs
		if in, err = newInputs(ctx, c.problem); err == nil {
			err = in.export(ctx, *into, 8)
		}
	case flag.NArg() != 2:
	case isAlone:
		err = serveAlone(ctx, c.problem, c.solver, *alone, os.Stdin, os.Stdout)
	default:
		_, err = c.compare(ctx)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "standalone:", err)
		os.Exit(1)
	}
}
