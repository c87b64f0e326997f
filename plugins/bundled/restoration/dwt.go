package restoration

import "math"

// scalingFilters are the scaling (low-pass) filters of orthonormal wavelets: Daubechies 1988 and
// her symlets (Ten Lectures on Wavelets, 1992, tables 6.1 and 6.3).
var scalingFilters = map[string][]float64{
	"db1":  {math.Sqrt2 / 2, math.Sqrt2 / 2},
	"db2":  {0.48296291314453416, 0.8365163037378079, 0.2241438680420134, -0.12940952255126037},
	"db3":  {0.33267055295008263, 0.8068915093110925, 0.45987750211849154, -0.13501102001025458, -0.08544127388202666, 0.03522629188570953},
	"db4":  {0.2303778133088965, 0.7148465705529157, 0.6308807679298589, -0.027983769416859854, -0.18703481171909309, 0.030841381835560764, 0.0328830116668852, -0.010597401785069032},
	"sym4": {0.0322231006040427, -0.012603967262037833, -0.09921954357684722, 0.29785779560527736, 0.8037387518059161, 0.49761866763201545, -0.02963552764599851, -0.07576571478927333},
	"sym8": {0.0018899503327594609, -0.0003029205147213668, -0.01495225833704823, 0.003808752013890615, 0.049137179673607506, -0.027219029917056003, -0.05194583810770904, 0.3644418948353314, 0.7771857517005235, 0.4813596512583722, -0.061273359067658524, -0.1432942383508097, 0.007607487324917605, 0.03169508781149298, -0.0005421323317911481, -0.0033824159510061256},
}

// dwt is the discrete wavelet transform of h×w planes over some levels. Lines are reflected beyond
// their ends, so that a line of n gives ⌊(n + L − 1)/2⌋ coefficients of each kind, L the filter's length.
type dwt struct {
	low, high []float64 // analysis filters
	levels    []dwtLevel
	line      []float64
	work      []float64 // rows transformed, columns not
}

// dwtLevel is one step: h×w values to four bands of bh×bw.
type dwtLevel struct {
	h, w, bh, bw int
	bands        [4][]float64 // low-low, then the details: low-high, high-low, high-high
}

// maxLevels is how many levels leave at least one coefficient untouched by the edges.
func maxLevels(n, filter int) int {
	if n < filter-1 {
		return 0
	}
	return int(math.Floor(math.Log2(float64(n) / float64(filter-1))))
}

func newDWT(h, w, levels int, scaling []float64) *dwt {
	length := len(scaling)
	t := &dwt{low: scaling, high: make([]float64, length)}
	for k := range scaling {
		t.high[k] = scaling[length-1-k]
		if k%2 == 1 {
			t.high[k] = -t.high[k]
		}
	}
	t.line = make([]float64, max(h, w)+2*length)
	t.work = make([]float64, (h+length)*(w+2*length))
	for range levels {
		level := dwtLevel{h: h, w: w, bh: (h + length - 1) / 2, bw: (w + length - 1) / 2}
		for k := range level.bands {
			level.bands[k] = make([]float64, level.bh*level.bw)
		}
		t.levels = append(t.levels, level)
		h, w = level.bh, level.bw
	}
	return t
}

// forward transforms src into the bands; the low-low bands above the last level are left
// for inverse to overwrite.
func (t *dwt) forward(src []float64) {
	for i := range t.levels {
		l := &t.levels[i]
		t.analyse(l, src)
		src = l.bands[0]
	}
}

// inverse transforms the bands into dst.
func (t *dwt) inverse(dst []float64) {
	for i := len(t.levels) - 1; i >= 0; i-- {
		out := dst
		if i > 0 {
			out = t.levels[i-1].bands[0]
		}
		t.synthesise(&t.levels[i], out)
	}
}

// analyse sets coefficient k of a line x to Σ_j filter[j]·x[2k + j − L + 2], along rows into work and
// then along columns into the bands.
func (t *dwt) analyse(l *dwtLevel, src []float64) {
	length := len(t.low)
	pad := length - 2
	line := t.line[:pad+2*l.bw]
	for y := range l.h {
		row := src[y*l.w : (y+1)*l.w]
		copy(line[pad:], row)
		for j := range pad {
			line[j] = row[fold(j-pad, l.w)]
		}
		for j := pad + l.w; j < len(line); j++ {
			line[j] = row[fold(j-pad, l.w)]
		}
		out := t.work[y*2*l.bw : (y+1)*2*l.bw]
		filterPairs(out[:l.bw], out[l.bw:], line, t.low, t.high)
	}
	for k := range l.bh {
		var rows [4][]float64
		for b := range rows {
			rows[b] = l.bands[b][k*l.bw : (k+1)*l.bw]
		}
		for j := range length {
			y := fold(2*k+j-pad, l.h)
			low, high := t.work[y*2*l.bw:(2*y+1)*l.bw], t.work[(2*y+1)*l.bw:(y+1)*2*l.bw]
			if j == 0 {
				scale(rows[0], low, t.low[j])
				scale(rows[1], high, t.low[j])
				scale(rows[2], low, t.high[j])
				scale(rows[3], high, t.high[j])
				continue
			}
			addScaled(rows[0], low, t.low[j])
			addScaled(rows[1], high, t.low[j])
			addScaled(rows[2], low, t.high[j])
			addScaled(rows[3], high, t.high[j])
		}
	}
}

// filterPairs sets low[k] and high[k] to the two filters' products with line from 2k on.
func filterPairs(low, high, line, f, g []float64) {
	high = high[:len(low)]
	if len(f) == 2 {
		f0, f1, g0, g1 := f[0], f[1], g[0], g[1]
		line = line[:2*len(low)]
		for k := range low {
			a, b := line[2*k], line[2*k+1]
			low[k], high[k] = f0*a+f1*b, g0*a+g1*b
		}
		return
	}
	g = g[:len(f)]
	for k := range low {
		part := line[2*k : 2*k+len(f)]
		a, b := 0.0, 0.0
		for j, v := range part {
			a += f[j] * v
			b += g[j] * v
		}
		low[k], high[k] = a, b
	}
}

// synthesise is the transpose of analyse without its edges, which is its inverse.
func (t *dwt) synthesise(l *dwtLevel, dst []float64) {
	length := len(t.low)
	pad := length - 2
	work := t.work[:l.h*2*l.bw]
	for y := range l.h {
		low, high := work[y*2*l.bw:(2*y+1)*l.bw], work[(2*y+1)*l.bw:(y+1)*2*l.bw]
		clear(low)
		clear(high)
		for j := (y + pad) % 2; j < length; j += 2 {
			k := (y + pad - j) / 2
			if y+pad < j || k >= l.bh {
				continue
			}
			at, end := k*l.bw, (k+1)*l.bw
			addPair(low, l.bands[0][at:end], l.bands[2][at:end], t.low[j], t.high[j])
			addPair(high, l.bands[1][at:end], l.bands[3][at:end], t.low[j], t.high[j])
		}
	}
	line := t.line[:pad+2*l.bw]
	for y := range l.h {
		low, high := work[y*2*l.bw:(2*y+1)*l.bw], work[(2*y+1)*l.bw:(y+1)*2*l.bw]
		clear(line)
		spreadPairs(line, low, high, t.low, t.high)
		copy(dst[y*l.w:(y+1)*l.w], line[pad:])
	}
}

// spreadPairs is the transpose of filterPairs.
func spreadPairs(line, low, high, f, g []float64) {
	high = high[:len(low)]
	if len(f) == 2 {
		f0, f1, g0, g1 := f[0], f[1], g[0], g[1]
		line = line[:2*len(low)]
		for k, a := range low {
			b := high[k]
			line[2*k], line[2*k+1] = f0*a+g0*b, f1*a+g1*b
		}
		return
	}
	g = g[:len(f)]
	for k, a := range low {
		b := high[k]
		part := line[2*k : 2*k+len(f)]
		for j := range part {
			part[j] += f[j]*a + g[j]*b
		}
	}
}
