package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/solverbench/solverbench/results/report"
)

// pairs are a solver of each bundled family and of each peer, with a problem that it solves in milliseconds to a second.
var pairs = []struct{ peer, problem, solver string }{
	{"", "poisson/unit-2d[n=255]", "multigrid"},
	{"", "poisson/unit-2d[n=1023]", "multigrid"},
	{"", "poisson/unit-2d[n=255]", "fast-poisson"},
	{"", "ks/kassam-trefethen", "etdrk4"},
	{"", "nse/kolmogorov", "spectral-ifrk4"},
	{"", "restoration/denoise", "tv"},
	{"fftw", "poisson/unit-2d[n=1023]", "fftw/fast-poisson"},
	{"fftw", "ks/kassam-trefethen", "fftw/etdrk4"},
	{"fftw", "nse/kolmogorov", "fftw/spectral-ifrk4"},
	{"hypre", "poisson/unit-2d[n=255]", "hypre/pfmg-pcg"},
	{"hypre", "poisson/unit-2d[n=255]", "hypre/smg-pcg"},
	{"hypre", "poisson/unit-2d[n=255]", "hypre/boomeramg-pcg"},
	{"petsc", "poisson/unit-2d[n=255]", "petsc/cg"},
	{"suitesparse", "poisson/unit-2d[n=255]", "suitesparse/cholmod"},
	{"scipy", "poisson/unit-2d[n=127]", "scipy/splu"},
	{"scipy", "ks/kassam-trefethen", "scipy/lsoda"},
	{"pyamg", "poisson/unit-2d[n=255]", "pyamg/ruge-stuben"},
	{"pyamg", "poisson/unit-2d[n=255]", "pyamg/smoothed-aggregation"},
	{"scikit-image", "restoration/denoise", "scikit-image/tv-chambolle"},
	{"scikit-image", "restoration/denoise", "scikit-image/nl-means"},
	{"opencv", "restoration/denoise", "opencv/nl-means"},
	{"bm3d", "restoration/denoise", "bm3d/bm3d"},
	{"pywavelets", "restoration/denoise", "pywavelets/swt"},
}

// compareAll compares all pairs whose peer is there, of these peers if any are named, and puts the table into a page.
func compareAll(ctx context.Context, c comparison, peers []string, page string) error {
	table := [][]string{{"solver", "problem", "alone", "median ratio", "95 % interval", "turns", "ratio of least times", ""}}
	var apart, absent []string
	for _, p := range pairs {
		if len(peers) > 0 && !slices.Contains(peers, cmp.Or(p.peer, "bundled")) {
			continue
		}
		c.problem, c.solver, c.peer = p.problem, p.solver, ""
		if p.peer != "" {
			c.peer = filepath.Join("plugins", "peers", p.peer)
			if err := c.build(); err != nil {
				if !slices.Contains(absent, p.peer) {
					absent = append(absent, p.peer)
					fmt.Println("left out:", err)
				}
				continue
			}
		}
		fmt.Printf("%s on %s\n", c.solver, c.problem)
		r, err := c.compare(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			apart = append(apart, fmt.Sprintf("%s: %v", c.solver, err))
			continue
		}
		ratio := r.interval()
		if r.verdict() != agree {
			apart = append(apart, fmt.Sprintf("%s on %s: %s", c.solver, c.problem, r))
		}
		interval := "–" // of too few turns there is none
		if !math.IsInf(ratio.Precision(), 1) {
			interval = fmt.Sprintf("%.3f–%.3f", ratio.Lo, ratio.Hi)
		}
		table = append(table, []string{"`" + c.solver + "`", c.problem, report.Seconds(r.leastAlone), fmt.Sprintf("%.3f", ratio.Median), interval,
			fmt.Sprint(len(r.all)), fmt.Sprintf("%.3f", r.least()), r.verdict()})
		if page != "" { // what has been measured stays if the rest is not waited for
			if err := report.Into(page, "standalone", markdown(table)); err != nil {
				return err
			}
		}
	}
	fmt.Println()
	if err := report.Columns(os.Stdout, table); err != nil {
		return err
	}
	if len(apart) > 0 {
		return errors.New("the harness and the solver alone do not agree:\n" + strings.Join(apart, "\n"))
	}
	return nil
}

func markdown(table [][]string) string {
	var b strings.Builder
	for i, row := range table {
		fmt.Fprintf(&b, "| %s |\n", strings.Join(row, " | "))
		if i == 0 {
			b.WriteString(strings.Repeat("|---", len(row)) + "|\n")
		}
	}
	return b.String()
}
