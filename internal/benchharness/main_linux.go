// Benchharness measures what the harness itself costs and prints it beside its goals: how much of a reported time is transport,
// large arrays against copying them in memory, and what checkpoints add to a solve. Figures are medians of calls that take turns with
// what they are compared with, and ratios of the two, so they hold on machines of any speed; a busy machine makes them worse.
//
// It is part of `make bench-harness`.
package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"text/tabwriter"

	"github.com/solverbench/solverbench/internal/calibrated"
	"github.com/solverbench/solverbench/plugins"
	"github.com/solverbench/solverbench/plugins/bundled"
)

// serveBundled as the first argument makes this program the bundled plugin.
const serveBundled = "serve-bundled"

func main() {
	calibrated.Main()
	if len(os.Args) > 1 && os.Args[1] == serveBundled {
		plugins.Serve(plugins.Plugin{Name: bundled.Name, Version: "1", License: "Apache-2.0", Solvers: bundled.Solvers()})
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "benchharness:", err)
		os.Exit(1)
	}
}

// figure is one line of the table.
type figure struct {
	what   string
	detail string  // in absolute terms
	value  float64 // to compare with the goal
	goal   float64 // 0 if there is none
	format string  // of value and goal
}

func run(ctx context.Context) error {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "what\tfigure\tgoal\t\tin detail")
	for _, part := range []func(context.Context) ([]figure, error){transports, arrays, checkpoints} {
		figures, err := part(ctx)
		if err != nil {
			return err
		}
		for _, f := range figures {
			goal, verdict := "", ""
			if f.goal != 0 {
				goal, verdict = "≤ "+fmt.Sprintf(f.format, f.goal), "met"
				if f.value > f.goal {
					verdict = "OVER"
				}
			}
			fmt.Fprintf(w, "%s\t"+f.format+"\t%s\t%s\t%s\n", f.what, f.value, goal, verdict, f.detail)
		}
	}
	return w.Flush()
}

func median[T cmp.Ordered](x []T) T {
	s := slices.Sorted(slices.Values(x))
	return s[len(s)/2]
}
