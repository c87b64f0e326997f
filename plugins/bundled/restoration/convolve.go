package restoration

import "math"

// fold returns the index that half-sample symmetric reflection gives for i outside 0 … n−1.
func fold(i, n int) int {
	for i < 0 || i >= n {
		if i < 0 {
			i = -1 - i
		} else {
			i = 2*n - 1 - i
		}
	}
	return i
}

// wrap returns i modulo n.
func wrap(i, n int) int {
	if i %= n; i < 0 {
		i += n
	}
	return i
}

// separable is convolution of h×w planes with the outer product of two odd, centred kernels.
type separable struct {
	h, w     int
	rows     []float64 // taps along a column: across rows
	cols     []float64 // taps along a row
	extended func(i, n int) int
	even     bool      // both kernels are symmetric, which makes the convolution so
	line     []float64 // one row beyond both edges
	between  []float64 // h×w
}

// newSeparable makes the convolution; extended is fold or wrap. A separable is for one
// goroutine at a time.
func newSeparable(h, w int, rows, cols []float64, extended func(i, n int) int) *separable {
	return &separable{
		h: h, w: w, rows: rows, cols: cols, extended: extended,
		even:    symmetric(rows) && symmetric(cols),
		line:    make([]float64, w+len(cols)-1),
		between: make([]float64, h*w),
	}
}

// symmetric allows for the rounding of taps.
func symmetric(taps []float64) bool {
	for i, v := range taps {
		if math.Abs(v-taps[len(taps)-1-i]) > 1e-14*math.Abs(v) {
			return false
		}
	}
	return true
}

// apply sets dst to the convolution of src. dst and src may be the same.
func (s *separable) apply(dst, src []float64) {
	h, w := s.h, s.w
	for y := range h {
		extendLine(s.line, src[y*w:(y+1)*w], len(s.cols)/2, s.extended)
		correlate(s.between[y*w:(y+1)*w], s.line, s.cols)
	}
	r := len(s.rows) / 2
	for y := range h {
		out := dst[y*w : (y+1)*w]
		row := func(k int) []float64 { // the row that tap k of the convolution meets
			i := s.extended(y+r-k, h)
			return s.between[i*w : (i+1)*w]
		}
		scale(out, row(r), s.rows[r])
		k := 0
		for ; k+1 < r; k += 2 {
			addPairs(out, row(k), row(2*r-k), row(k+1), row(2*r-k-1), s.rows[k], s.rows[2*r-k], s.rows[k+1], s.rows[2*r-k-1])
		}
		if k < r {
			addPair(out, row(k), row(2*r-k), s.rows[k], s.rows[2*r-k])
		}
	}
}

// adjoint sets dst to the transpose of apply, of src.
func (s *separable) adjoint(dst, src []float64) {
	if s.even {
		s.apply(dst, src)
		return
	}
	h, w := s.h, s.w
	r := len(s.rows) / 2
	clear(s.between)
	for y := range h {
		in := src[y*w : (y+1)*w]
		for k, t := range s.rows {
			i := s.extended(y+r-k, h)
			addScaled(s.between[i*w:(i+1)*w], in, t)
		}
	}
	r = len(s.cols) / 2
	for y := range h {
		spread(s.line, s.between[y*w:(y+1)*w], s.cols)
		out := dst[y*w : (y+1)*w]
		copy(out, s.line[r:])
		for j := range r {
			out[s.extended(j-r, w)] += s.line[j]
			out[s.extended(w+j, w)] += s.line[r+w+j]
		}
	}
}

// extendLine copies row into line with r values of its continuation on both sides.
func extendLine(line, row []float64, r int, extended func(i, n int) int) {
	w := len(row)
	copy(line[r:], row)
	for j := range r {
		line[j] = row[extended(j-r, w)]
		line[r+w+j] = row[extended(w+j, w)]
	}
}

// correlate sets out[i] = Σ_k taps[k]·line[i+2r−k], a convolution on the extended line.
func correlate(out, line, taps []float64) {
	r := len(taps) / 2
	at := func(k int) []float64 { return line[2*r-k : 2*r-k+len(out)] }
	scale(out, at(r), taps[r])
	k := 0
	for ; k+1 < r; k += 2 {
		addPairs(out, at(k), at(2*r-k), at(k+1), at(2*r-k-1), taps[k], taps[2*r-k], taps[k+1], taps[2*r-k-1])
	}
	if k < r {
		addPair(out, at(k), at(2*r-k), taps[k], taps[2*r-k])
	}
}

// spread is the transpose of correlate.
func spread(line, in, taps []float64) {
	r := len(taps) / 2
	clear(line)
	for k, t := range taps {
		addScaled(line[2*r-k:2*r-k+len(in)], in, t)
	}
}

// gaussianTaps samples a Gaussian of standard deviation s out to 4s and makes its sum 1.
func gaussianTaps(s float64) []float64 {
	r := int(math.Ceil(4 * s))
	taps := make([]float64, 2*r+1)
	sum := 0.0
	for i := range taps {
		d := float64(i - r)
		taps[i] = math.Exp(-0.5 * d * d / (s * s))
		sum += taps[i]
	}
	for i := range taps {
		taps[i] /= sum
	}
	return taps
}
