package metrics

import (
	"fmt"
)

// Set is a list of named arrays: the files of a folder in the order of their names, or one file.
type Set []Item

// Item is an array of a set.
type Item struct {
	Name string // for messages, a file's name
	Array
}

// Result is a metric's value, and what one must know to judge it.
type Result struct {
	Metric Metric
	// Value, for Arrays and Images the mean over the pairs of the two sets.
	Value float64
	// Each pair's value under the candidate's name; nil for the other kinds.
	Each []ItemValue
	// N and M count the reference's and the candidate's samples, patches or arrays.
	N, M int
	// Dim is the number of features of a sample; 0 for Arrays and Images.
	Dim int
	// Floor is the distance between random halves of the reference, for Fréchet distances of sets large
	// enough to be halved: see SplitHalfFloor.
	Floor float64
	// Warnings are what limits the value's meaning.
	Warnings []string
}

// ItemValue is a metric's value for one pair of arrays.
type ItemValue struct {
	Name  string
	Value float64
}

// Compare computes the named metric of a candidate against a reference.
//
// Arrays and Images take sets of equal length, whose members are compared in order, and average. A
// batch of images, [N][H][W][C], or [N][H][W] with more than 4 columns, counts as N images. ImageSets use
// all images of either set. Features take [N][D] arrays, or vectors [D] as one sample each; several arrays in
// a set are put together.
func Compare(name string, reference, candidate Set, opts Options) (Result, error) {
	m, err := Lookup(name)
	if err != nil {
		return Result{}, err
	}
	r, err := compare(m, reference, candidate, opts.withDefaults())
	if err != nil {
		return Result{}, within(name, err)
	}
	return r, nil
}

func compare(m Metric, reference, candidate Set, opts Options) (Result, error) {
	if len(reference) == 0 {
		return Result{}, fmt.Errorf("reference: empty, expected at least one array")
	}
	if len(candidate) == 0 {
		return Result{}, fmt.Errorf("candidate: empty, expected at least one array")
	}
	switch m.Kind {
	case Arrays, Images:
		x, y := reference, candidate
		if m.Kind == Images {
			x, y = splitImages(x), splitImages(y)
		}
		r, err := comparePairs(m, x, y, opts)
		if err != nil {
			return Result{}, err
		}
		r.Warnings = append(r.Warnings, mismatch(reference, candidate)...)
		return r, nil
	}
	features := stackFeatures
	if m.Kind == ImageSets {
		features = scatteringOf
	}
	x, err := features(reference)
	if err != nil {
		return Result{}, within("reference", err)
	}
	y, err := features(candidate)
	if err != nil {
		return Result{}, within("candidate", err)
	}
	return compareFeatures(m, x, y, opts)
}

func comparePairs(m Metric, reference, candidate Set, opts Options) (Result, error) {
	if len(reference) != len(candidate) {
		return Result{}, fmt.Errorf("candidate: %d arrays, expected %d as in the reference", len(candidate), len(reference))
	}
	r := Result{Metric: m, N: len(reference), M: len(candidate)}
	for i, ref := range reference {
		cand := candidate[i]
		v, err := m.pair(ref.Array, cand.Array, opts)
		if err != nil {
			return Result{}, fmt.Errorf("%s against %s: %w", cand.Name, ref.Name, err)
		}
		r.Value += v
		r.Each = append(r.Each, ItemValue{cand.Name, v})
	}
	r.Value /= float64(len(reference))
	return r, nil
}

// mismatch warns of the first members of two folders that are compared though their names differ.
func mismatch(reference, candidate Set) []string {
	if len(reference) != len(candidate) || len(reference) == 1 {
		return nil
	}
	for i, ref := range reference {
		if cand := candidate[i]; cand.Name != ref.Name {
			return []string{fmt.Sprintf("%s is compared with %s: files are matched in the order of names", cand.Name, ref.Name)}
		}
	}
	return nil
}

func compareFeatures(m Metric, x, y Array, opts Options) (Result, error) {
	v, err := m.set(x, y, opts)
	if err != nil {
		return Result{}, err
	}
	r := Result{Metric: m, Value: v, N: x.Shape[0], M: y.Shape[0], Dim: x.Shape[1]}
	if m.Name != "frechet" && m.Name != "fd-scattering" {
		return r, nil
	}
	if smallest := min(r.N, r.M); smallest <= r.Dim {
		r.Warnings = append(r.Warnings, fmt.Sprintf("%d samples of %d features: covariances are singular and the distance is mostly bias", smallest, r.Dim))
	}
	if r.N != r.M {
		r.Warnings = append(r.Warnings, fmt.Sprintf("%d samples against %d: the distance's bias depends on both", r.M, r.N))
	}
	if r.N >= 4 {
		if r.Floor, err = SplitHalfFloor(x, opts.Seed); err != nil {
			return Result{}, within("floor", err)
		}
		if v < r.Floor {
			r.Warnings = append(r.Warnings, fmt.Sprintf("the distance is below that between halves of the reference, %.3g", r.Floor))
		}
	}
	return r, nil
}

// splitImages takes batches apart.
func splitImages(s Set) Set {
	var out Set
	for _, item := range s {
		shape := item.Shape
		batch := len(shape) == 4 || len(shape) == 3 && shape[2] > 4
		if !batch || item.check() != nil { // whoever uses a malformed array reports it
			out = append(out, item)
			continue
		}
		size := len(item.Values) / shape[0]
		for i := range shape[0] {
			out = append(out, Item{
				Name:  fmt.Sprintf("%s[%d]", item.Name, i),
				Array: Array{Shape: shape[1:], Values: item.Values[i*size : (i+1)*size]},
			})
		}
	}
	return out
}

// stackFeatures puts the samples of all arrays together.
func stackFeatures(s Set) (Array, error) {
	out := Array{Shape: []int{0, 0}}
	for _, item := range s {
		a := item.Array
		if len(a.Shape) == 1 {
			a.Shape = []int{1, a.Shape[0]}
		}
		n, d, err := featureExtents(a)
		if err != nil {
			return Array{}, within(item.Name, err)
		}
		if out.Shape[0] > 0 && d != out.Shape[1] {
			return Array{}, fmt.Errorf("%s: %d features a sample, expected %d as in %s", item.Name, d, out.Shape[1], s[0].Name)
		}
		out.Shape[0], out.Shape[1] = out.Shape[0]+n, d
		out.Values = append(out.Values, a.Values...)
	}
	return out, nil
}

func scatteringOf(s Set) (Array, error) {
	var planes []*imagePlane
	for _, item := range splitImages(s) {
		p, err := toLuminance(item.Array)
		if err != nil {
			return Array{}, within(item.Name, err)
		}
		planes = append(planes, p)
	}
	return scatterPatches(planes)
}
