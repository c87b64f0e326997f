package plot

import "github.com/solverbench/solverbench/results"

// Kind is a sort of figure that runs can be drawn as.
type Kind struct {
	Name  string
	Short string // what it shows, in a line
	Long  string // how it is read, and what runs it needs

	Example string   // command lines
	Flags   []string // options that it knows: metric, x, y, by

	// OneExperiment says that it is of the runs and the noise of one experiment.
	OneExperiment bool

	Make func(runs []results.Run, o Options) (*Figure, error)
}

// Kinds returns all kinds, in the order in which they are listed.
func Kinds() []Kind {
	return []Kind{
		{
			Name:  "work-precision",
			Short: "What precision costs: error against time or evaluations",
			Long: `A panel a problem, a curve a solver. The points of a curve are runs that differ in the tolerance of the problem or, if there
is one tolerance only, in a numeric option of the solver; solverbench run --sweep makes them. Points further left are
cheaper and, where less is better, points further down are more precise. Bars are the intervals of the medians. Hollow
points miss the tolerance.`,
			Example: `  solverbench run 'ks/l22' --sweep tol=1e-2..1e-8
  solverbench plot work-precision 'ks/l22' -o ks.svg
  solverbench plot work-precision 'sampling/*' --x evaluations -o sampling.pdf --data`,
			Flags: []string{"metric", "x", "y"},
			Make:  WorkPrecision,
		},
		{
			Name:  "profile",
			Short: "Dolan–Moré performance profile: who is how often near the best",
			Long: `For every solver the share of the selected instances that it solves within a factor of the best one's time: the height at 1
is how often it is the best, the height at the right how often it solves at all. What was not solved, or not tried, does not
count as solved. Higher is better. Where few instances are selected, steps are large; mind that a curve depends on who
else takes part.`,
			Example: `  solverbench plot profile 'poisson/*' -o profile.svg
  solverbench plot profile --metric memory -o memory.pdf`,
			Flags: []string{"metric"},
			Make:  Profile,
		},
		{
			Name:  "convergence",
			Short: "How the error falls while a solver solves, from checkpoints",
			Long: `A panel an instance, a curve a solver: the metric of the intermediate solutions of the first solve, as the harness computed
it, against the time since the solve began. The time that sending them took is not in it. The last point is the end of
that solve by the harness's clock, less a call that does nothing. Solvers that send checkpoints do so with
solverbench run --checkpoints N.`,
			Example: `  solverbench run 'poisson/unit-2d[n=255]' --checkpoints 40
  solverbench plot convergence 'poisson/unit-2d[n=255]' -o convergence.svg
  solverbench plot convergence 'sampling/*' --x evaluations -o samplers.pdf`,
			Flags: []string{"metric", "x"},
			Make:  Convergence,
		},
		{
			Name:  "scaling",
			Short: "Cost against size, with the fitted exponent of each solver",
			Long: `A panel a problem, a curve a solver, both axes in logarithms: a power law is a straight line. Lines are least-squares fits
to the solved runs, three at least, and their exponents stand in the legend with 95 % intervals. A fit says little where
points bend away from it: small sizes are often dominated by costs that do not grow.`,
			Example: `  solverbench run 'poisson/unit-2d[n=63|127|255|511]'
  solverbench plot scaling 'poisson/unit-2d' -o scaling.svg
  solverbench plot scaling 'poisson/unit-2d' --by n --y memory -o memory.pdf`,
			Flags: []string{"by", "y"},
			Make:  Scaling,
		},
		{
			Name:  "box",
			Short: "How the times of repetitions are spread",
			Long: `A panel an instance, a row a solver: quartiles as a box, the median as a line with its interval as a bar, the range as
whiskers, and every repetition as a point if there are at most 60, from the first at the bottom to the last at the top: a
slope among them is drift.`,
			Example: `  solverbench plot box 'poisson/unit-2d[n=255]' -o spread.svg`,
			Make:    Box,
		},
		{
			Name:  "timeline",
			Short: "When runs were made, how they took turns, and how calm the machine was",
			Long: `The newest experiment among the selected runs, or that of --experiment. A row a solver: pale from a run's begin to its end,
dark while a repetition was timed, a cross where it is not solved. Shades tell instances apart. The lowest row is
the time of the reference kernels as a ratio to that on a calm machine.`,
			Example:       `  solverbench plot timeline -o timeline.svg`,
			OneExperiment: true,
			Make:          Timeline,
		},
		{
			Name:  "pareto",
			Short: "Two quantities of every run, with the front that no other beats in both",
			Long: `A panel a problem, a point a run. Dark points are on the front: no other is at least as good in both quantities and better
in one. Hollow ones miss their tolerance.`,
			Example: `  solverbench plot pareto 'restoration/*' -o pareto.svg
  solverbench plot pareto 'poisson/unit-2d[n=511]' --y memory -o memory.pdf`,
			Flags: []string{"x", "y"},
			Make:  Pareto,
		},
		{
			Name:  "heatmap",
			Short: "Solvers against instances: ratio to the best, and what was not solved",
			Long: `A row a solver, a column an instance. Numbers and colours are the ratio of a solver's time to that of the best on the
instance, bright near 1. A grey cell was not solved, for the reason that its letter stands for; an empty one was not run.`,
			Example: `  solverbench plot heatmap 'poisson/*' -o heatmap.svg
  solverbench plot heatmap --metric memory -o memory.pdf`,
			Flags: []string{"metric"},
			Make:  Heatmap,
		},
	}
}
