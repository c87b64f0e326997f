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
	}
}
