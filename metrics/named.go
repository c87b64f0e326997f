package metrics

import (
	"fmt"
	"slices"
	"strings"
)

// Kind says what a metric compares.
type Kind string

// Kinds of metrics.
const (
	// Arrays of equal shape, element by element.
	Arrays Kind = "array"
	// Images of equal size, each with its own counterpart.
	Images Kind = "image"
	// ImageSets, each as a whole; numbers and sizes may differ.
	ImageSets Kind = "image-set"
	// Features: sets of samples [N][D], each as a whole.
	Features Kind = "features"
)

// Metric describes a metric that [Compare] computes.
type Metric struct {
	Name   string
	Unit   string // empty for a pure number or the unit of the data
	Better string // "lower" or "higher"
	Doc    string // one line
	Kind   Kind

	// pair computes Arrays and Images, set the other kinds on features.
	pair func(reference, candidate Array, opts Options) (float64, error)
	set  func(reference, candidate Array, opts Options) (float64, error)
}

// Options are the parameters of metrics; the zero value stands for the defaults.
type Options struct {
	DataRange   float64 // of images: largest value less smallest; 1 by default
	Neighbours  int     // k of precision and recall; 3 by default
	Projections int     // of the sliced Wasserstein distance; 128 by default
	Seed        uint64  // of its directions, and of the split for the floor
}

func (o Options) withDefaults() Options {
	if o.DataRange == 0 {
		o.DataRange = 1
	}
	if o.Neighbours == 0 {
		o.Neighbours = 3
	}
	if o.Projections == 0 {
		o.Projections = 128
	}
	return o
}

const (
	lower  = "lower"
	higher = "higher"
)

// All returns the metrics that can be computed by name.
func All() []Metric {
	return []Metric{
		{Name: "mse", Better: lower, Kind: Arrays, Doc: "mean squared error", pair: norm(MSE)},
		{Name: "rmse", Better: lower, Kind: Arrays, Doc: "root mean squared error", pair: norm(RMSE)},
		{Name: "rel-l2", Better: lower, Kind: Arrays, Doc: "L2 norm of the error over that of the reference", pair: norm(RelativeL2)},
		{Name: "max-error", Better: lower, Kind: Arrays, Doc: "largest absolute error", pair: norm(MaxError)},
		{Name: "psnr", Unit: "dB", Better: higher, Kind: Images, Doc: "peak signal-to-noise ratio", pair: ranged(PSNR)},
		{Name: "ssim", Better: higher, Kind: Images, Doc: "structural similarity (Wang et al. 2004)", pair: ranged(SSIM)},
		{Name: "ms-ssim", Better: higher, Kind: Images, Doc: "multi-scale structural similarity (Wang et al. 2003)", pair: ranged(MSSSIM)},
		{Name: "frechet", Better: lower, Kind: Features, Doc: "squared Fréchet distance of feature sets", set: plain(Frechet)},
		{Name: "kid", Better: lower, Kind: Features, Doc: "kernel distance of feature sets (Bińkowski et al. 2018)", set: plain(KID)},
		{Name: "swd", Better: lower, Kind: Features, Doc: "sliced 2-Wasserstein distance of feature sets (Rabin et al. 2011)", set: sliced},
		{Name: "precision", Better: higher, Kind: Features, Doc: "share of the candidate within the reference's manifold (Kynkäänniemi et al. 2019)",
			set: neighbours(Precision)},
		{Name: "recall", Better: higher, Kind: Features, Doc: "share of the reference within the candidate's manifold (Kynkäänniemi et al. 2019)",
			set: neighbours(Recall)},
		{Name: "fd-scattering", Better: lower, Kind: ImageSets, Doc: "squared Fréchet distance of log-scattering features of 64×64 patches", set: plain(Frechet)},
		{Name: "kid-scattering", Better: lower, Kind: ImageSets, Doc: "kernel distance of log-scattering features of 64×64 patches", set: plain(KID)},
	}
}

type comparison = func(reference, candidate Array, opts Options) (float64, error)

// norm adapts a function of values, the candidate first.
func norm(f func(got, want []float64) (float64, error)) comparison {
	return func(reference, candidate Array, _ Options) (float64, error) {
		if err := checkPair(reference, candidate); err != nil {
			return 0, err
		}
		return f(candidate.Values, reference.Values)
	}
}

func ranged(f func(reference, candidate Array, dataRange float64) (float64, error)) comparison {
	return func(reference, candidate Array, opts Options) (float64, error) {
		return f(reference, candidate, opts.DataRange)
	}
}

func plain(f func(reference, candidate Array) (float64, error)) comparison {
	return func(reference, candidate Array, _ Options) (float64, error) { return f(reference, candidate) }
}

func neighbours(f func(reference, candidate Array, k int) (float64, error)) comparison {
	return func(reference, candidate Array, opts Options) (float64, error) {
		return f(reference, candidate, opts.Neighbours)
	}
}

func sliced(reference, candidate Array, opts Options) (float64, error) {
	return SlicedWasserstein(reference, candidate, opts.Projections, opts.Seed)
}

// Lookup returns the metric of a name. The error for an unknown name suggests the nearest one.
func Lookup(name string) (Metric, error) {
	all := All()
	var names []string
	for _, m := range all {
		if m.Name == name {
			return m, nil
		}
		names = append(names, m.Name)
	}
	nearest := slices.MinFunc(names, func(a, b string) int { return editDistance(name, a) - editDistance(name, b) })
	if editDistance(name, nearest) <= max(2, len(nearest)/3) {
		return Metric{}, fmt.Errorf("metric %q is unknown, did you mean %q?", name, nearest)
	}
	return Metric{}, fmt.Errorf("metric %q is unknown, expected one of %s", name, strings.Join(names, ", "))
}

// editDistance counts insertions, deletions and substitutions (Levenshtein) of letters in either case.
func editDistance(a, b string) int {
	a, b = strings.ToLower(a), strings.ToLower(b)
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
