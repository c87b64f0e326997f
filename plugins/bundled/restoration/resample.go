package restoration

import "math"

// keys is the cubic convolution kernel with a = −½ (Keys 1981, IEEE TASSP 29(6), eq. 15).
func keys(t float64) float64 {
	t = math.Abs(t)
	switch {
	case t < 1:
		return (1.5*t-2.5)*t*t + 1
	case t < 2:
		return ((-0.5*t+2.5)*t-4)*t + 2
	}
	return 0
}

// resampler is a linear map of a line of in values to one of out values: every output is the
// weighted sum of as many taps inputs. Edges are reflected, weights sum to 1.
type resampler struct {
	in, out, taps int
	index         []int // [out][taps]
	weight        []float64
}

// newResampler makes the cubic interpolation from in values to out, both lines covering the same
// interval: output i is centred at input (i + ½)·in/out − ½. Reductions stretch the kernel by in/out.
func newResampler(in, out int) *resampler {
	ratio := float64(in) / float64(out)
	stretch := max(ratio, 1)
	taps := int(math.Ceil(4*stretch)) + 1
	r := &resampler{in: in, out: out, taps: taps, index: make([]int, out*taps), weight: make([]float64, out*taps)}
	for i := range out {
		centre := (float64(i)+0.5)*ratio - 0.5
		first := int(math.Floor(centre-2*stretch)) + 1
		weight, sum := r.weight[i*taps:(i+1)*taps], 0.0
		for k := range weight {
			weight[k] = keys((float64(first+k) - centre) / stretch)
			sum += weight[k]
			r.index[i*taps+k] = fold(first+k, in)
		}
		for k := range weight {
			weight[k] /= sum
		}
	}
	return r
}

// scaling resamples planes along both axes.
type scaling struct {
	rows, cols *resampler
	between    []float64 // rows.in × cols.out
}

func newScaling(inH, inW, outH, outW int) *scaling {
	return &scaling{rows: newResampler(inH, outH), cols: newResampler(inW, outW), between: make([]float64, inH*outW)}
}

// apply resamples src to dst.
func (s *scaling) apply(dst, src []float64) {
	c, wide := s.cols, s.cols.out
	for y := range s.rows.in {
		in, out := src[y*c.in:(y+1)*c.in], s.between[y*wide:(y+1)*wide]
		for i := range out {
			index, sum := c.index[i*c.taps:(i+1)*c.taps], 0.0
			for k, weight := range c.weight[i*c.taps : (i+1)*c.taps] {
				sum += weight * in[index[k]]
			}
			out[i] = sum
		}
	}
	r := s.rows
	for i := range r.out {
		out := dst[i*wide : (i+1)*wide]
		clear(out)
		for k := i * r.taps; k < (i+1)*r.taps; k++ {
			if r.weight[k] != 0 {
				addScaled(out, s.between[r.index[k]*wide:(r.index[k]+1)*wide], r.weight[k])
			}
		}
	}
}

// adjoint sets dst, of the size of the input of apply, to the transpose of apply, of src.
func (s *scaling) adjoint(dst, src []float64) {
	r, wide := s.rows, s.cols.out
	clear(s.between)
	for i := range r.out {
		in := src[i*wide : (i+1)*wide]
		for k := i * r.taps; k < (i+1)*r.taps; k++ {
			if r.weight[k] != 0 {
				addScaled(s.between[r.index[k]*wide:(r.index[k]+1)*wide], in, r.weight[k])
			}
		}
	}
	c := s.cols
	for y := range r.in {
		out := dst[y*c.in : (y+1)*c.in]
		clear(out)
		for i, v := range s.between[y*wide : (y+1)*wide] {
			index := c.index[i*c.taps : (i+1)*c.taps]
			for k, weight := range c.weight[i*c.taps : (i+1)*c.taps] {
				out[index[k]] += weight * v
			}
		}
	}
}
