package restoration

import "math"

// tvPlane is the state of the primal–dual algorithm for min λ TV(x) + data(x) on one plane.
type tvPlane struct {
	h, w       int
	x          []float64 // the estimate
	bar        []float64 // x extrapolated
	px, py     []float64 // the dual of the gradient: length at most λ
	band       []float64 // bandRows rows
	before     []float64 // x before a round
	weight     float64   // λ
	isotropic  bool
	tau, sigma float64 // primal and dual steps
	iteration  int
	change     float64 // RMS, of the last round
	distance   float64 // see iterate
}

// slowest is the largest ratio of successive changes that is extrapolated from.
const slowest = 0.95

// bandRows is how many rows are updated together: the height of a JPEG block.
const bandRows = 8

// dataTerm is the part of the objective that holds y.
type dataTerm interface {
	// begin forgets an earlier solve; x is the first estimate.
	begin(x []float64)
	// steps returns the first primal and dual steps.
	steps() (tau, sigma float64)
	// prox replaces v, which holds rows from … from + len(v)/w − 1, by
	// argmin_u ‖u − v‖²/(2τ) + data(u).
	prox(v []float64, from, w int, tau float64)
	// advance takes the dual step of terms that see x through an operator.
	advance(bar []float64)
}

func newTVPlane(h, w int, x []float64) *tvPlane {
	return &tvPlane{
		h: h, w: w, x: x, bar: make([]float64, h*w), px: make([]float64, h*w), py: make([]float64, h*w),
		band: make([]float64, bandRows*w), before: make([]float64, h*w),
	}
}

// begin starts from x.
func (t *tvPlane) begin(weight float64, isotropic bool) {
	t.weight, t.isotropic, t.iteration, t.tau, t.change = weight, isotropic, 0, 0, 0
	copy(t.bar, t.x)
	clear(t.px)
	clear(t.py)
}

// iterate takes so many steps, accelerated by the data term's convexity γ if that is above 0
// (Chambolle & Pock 2011, eq. 39), and sets t.distance to the RMS distance to the minimiser: for
// denoising the bound √(2 gap/pixels), else an extrapolation from the last two changes.
func (t *tvPlane) iterate(term dataTerm, convexity float64, steps int) error {
	if t.tau == 0 {
		t.tau, t.sigma = term.steps()
	}
	fit, certified := term.(*fidelity)
	if !certified {
		copy(t.before, t.x)
	}
	for range steps {
		theta := 1 / math.Sqrt(1+2*convexity*t.tau)
		t.sweep(term, theta)
		t.tau *= theta
		t.sigma /= theta
		term.advance(t.bar)
		t.iteration++
	}
	if certified {
		t.distance = math.Sqrt(2 * max(t.gap(fit.y), 0) / float64(len(t.x)))
	} else {
		change := 0.0
		for i, v := range t.x {
			change += (v - t.before[i]) * (v - t.before[i])
		}
		change = math.Sqrt(change / float64(len(t.x)))
		// Were changes geometric with this ratio, this much would be left.
		ratio := min(change/max(t.change, change/slowest), slowest)
		t.change, t.distance = change, change*ratio/(1-ratio)
	}
	if !finite(t.distance) {
		return errDiverged("tv", t.iteration)
	}
	return nil
}

// sweep is one iteration: p ← the projection of p + σ∇bar, x ← prox(x + τ div p), and then
// bar ← x + θ(x − x before). It goes down the plane once, in bands: the dual of a band
// needs bar in that band and the row below only, which is then free to be overwritten.
func (t *tvPlane) sweep(term dataTerm, theta float64) {
	h, w := t.h, t.w
	for from := 0; from < h; from += bandRows {
		to := min(from+bandRows, h)
		for y := from; y < to; y++ {
			a := t.bar[y*w : (y+1)*w]
			b := a // no difference below the last row
			if y+1 < h {
				b = t.bar[(y+1)*w : (y+2)*w]
			}
			if t.isotropic {
				ascend(t.px[y*w:(y+1)*w], t.py[y*w:(y+1)*w], a, b, t.sigma, t.weight)
			} else {
				ascendEach(t.px[y*w:(y+1)*w], t.py[y*w:(y+1)*w], a, b, t.sigma, t.weight)
			}
		}
		band := t.band[:(to-from)*w]
		for y := from; y < to; y++ {
			var above []float64
			if y > 0 {
				above = t.py[(y-1)*w : y*w]
			}
			descend(band[(y-from)*w:(y-from+1)*w], t.x[y*w:(y+1)*w], t.px[y*w:(y+1)*w], t.py[y*w:(y+1)*w], above, t.tau)
		}
		term.prox(band, from, w, t.tau)
		extrapolate(t.x[from*w:to*w], t.bar[from*w:to*w], band, theta)
	}
}

// ascend updates a row of the dual: p + s∇bar, shortened to length bound where longer. a is the row
// of bar and b the one below.
func ascend(px, py, a, b []float64, s, bound float64) {
	n := len(a)
	if n == 0 {
		return
	}
	px, py, b = px[:n], py[:n], b[:n]
	most := bound * bound
	for j := 0; j < n-1; j++ {
		v := a[j]
		x, y := px[j]+s*(a[j+1]-v), py[j]+s*(b[j]-v)
		if m := x*x + y*y; m > most {
			f := bound / math.Sqrt(m)
			x *= f
			y *= f
		}
		px[j], py[j] = x, y
	}
	// px stays 0 in the last column.
	py[n-1] = min(max(py[n-1]+s*(b[n-1]-a[n-1]), -bound), bound)
}

// ascendEach is ascend for the anisotropic total variation.
func ascendEach(px, py, a, b []float64, s, bound float64) {
	n := len(a)
	if n == 0 {
		return
	}
	px, py, b = px[:n], py[:n], b[:n]
	for j := 0; j < n-1; j++ {
		v := a[j]
		px[j] = min(max(px[j]+s*(a[j+1]-v), -bound), bound)
		py[j] = min(max(py[j]+s*(b[j]-v), -bound), bound)
	}
	py[n-1] = min(max(py[n-1]+s*(b[n-1]-a[n-1]), -bound), bound)
}

// descend sets a row v = x + τ div p. above is the row of py above, nil in the first row.
func descend(v, x, px, py, above []float64, tau float64) {
	n := len(v)
	if n == 0 {
		return
	}
	x, px, py = x[:n], px[:n], py[:n]
	if above == nil {
		v[0] = x[0] + tau*(px[0]+py[0])
		for j := 1; j < n; j++ {
			v[j] = x[j] + tau*(px[j]-px[j-1]+py[j])
		}
		return
	}
	above = above[:n]
	v[0] = x[0] + tau*(px[0]+py[0]-above[0])
	for j := 1; j < n; j++ {
		v[j] = x[j] + tau*(px[j]-px[j-1]+py[j]-above[j])
	}
}

func extrapolate(x, bar, v []float64, theta float64) {
	bar, v = bar[:len(x)], v[:len(x)]
	for i, old := range x {
		x[i] = v[i]
		bar[i] = v[i] + theta*(v[i]-old)
	}
}

// gap returns the primal objective ½‖x − y‖² + λ TV(x) less the dual one at p, ½‖y‖² − ½‖y + div p‖².
func (t *tvPlane) gap(y []float64) float64 {
	h, w := t.h, t.w
	sum := 0.0
	for i := range h {
		var above []float64
		if i > 0 {
			above = t.py[(i-1)*w : i*w]
		}
		row := t.x[i*w : (i+1)*w]
		below := row
		if i+1 < h {
			below = t.x[(i+1)*w : (i+2)*w]
		}
		sum += t.gapRow(row, below, y[i*w:(i+1)*w], t.px[i*w:(i+1)*w], t.py[i*w:(i+1)*w], above)
	}
	return sum
}

func (t *tvPlane) gapRow(row, below, y, px, py, above []float64) float64 {
	sum, variation, left := 0.0, 0.0, 0.0
	last := len(row) - 1
	for j, v := range row {
		gx, gy := 0.0, below[j]-v
		if j < last {
			gx = row[j+1] - v
		}
		if t.isotropic {
			variation += math.Sqrt(gx*gx + gy*gy)
		} else {
			variation += math.Abs(gx) + math.Abs(gy)
		}
		div := px[j] - left + py[j]
		left = px[j]
		if above != nil {
			div -= above[j]
		}
		// ½(x − y)² − ½y² + ½(y + div p)²
		sum += 0.5*(v-y[j])*(v-y[j]) + div*(y[j]+0.5*div)
	}
	return sum + t.weight*variation
}
