package plot

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// axis is one direction of a panel.
type axis struct {
	label    string
	log      bool
	min, max float64 // of the data, set by cover; fixed ends if fixed
	fixed    bool
	some     bool     // it covers a value
	names    []string // of the places 0, 1, …, instead of numbers
}

// cover widens the axis to hold a value. What a logarithm cannot show is passed over.
func (a *axis) cover(values ...float64) {
	for _, v := range values {
		if a.fixed || !finite(v) || a.log && v <= 0 {
			continue
		}
		if !a.some {
			a.min, a.max, a.some = v, v, true
		}
		a.min, a.max = math.Min(a.min, v), math.Max(a.max, v)
	}
}

// margin is how much of the range is left free on both sides of the data.
const margin = 0.05

// ends returns the ends of the axis as drawn.
func (a *axis) ends() (lo, hi float64) {
	lo, hi = a.min, a.max
	switch {
	case a.fixed:
		return lo, hi
	case !a.some && a.log:
		return 1, 10
	case !a.some:
		return 0, 1
	case a.log:
		l, h := math.Log10(lo), math.Log10(hi)
		room := math.Max(margin*(h-l), 0.06)
		if h-l < 0.3 {
			room = (0.5 - (h - l)) / 2 // a factor of three at least
		}
		return math.Pow(10, l-room), math.Pow(10, h+room)
	case lo == hi:
		return lo - 1, hi + 1
	}
	return lo - margin*(hi-lo), hi + margin*(hi-lo)
}

// tick is a mark on an axis; without a label it is a short one.
type tick struct {
	value float64
	label string
}

// ticks returns those of the axis, with at most about so many labels.
func (a *axis) ticks(most int) []tick {
	lo, hi := a.ends()
	switch {
	case a.names != nil:
		all := make([]tick, len(a.names))
		for i, name := range a.names {
			all[i] = tick{float64(i), name}
		}
		return all
	case a.log:
		return logTicks(lo, hi, most)
	}
	return linearTicks(lo, hi, most)
}

// place is where a value is between the ends of the axis, 0 to 1. What a logarithm cannot show is far below.
func (a *axis) place(v float64) float64 {
	lo, hi := a.ends()
	if a.log {
		if v <= 0 {
			return -1
		}
		return math.Log(v/lo) / math.Log(hi/lo)
	}
	return (v - lo) / (hi - lo)
}

// logTicks labels powers of ten, with marks at their multiples.
func logTicks(lo, hi float64, most int) []tick {
	first, last := int(math.Floor(math.Log10(lo))), int(math.Ceil(math.Log10(hi)))
	inside := 0
	for e := first; e <= last; e++ {
		if v := math.Pow(10, float64(e)); v >= lo && v <= hi {
			inside++
		}
	}
	every := max(1, (inside+most-1)/most)
	plain := first >= -2 && last <= 4
	var all []tick
	for e := first; e <= last; e++ {
		for m := 1.0; m < 10; m++ {
			v := m * math.Pow(10, float64(e))
			if v < lo*(1-1e-9) || v > hi*(1+1e-9) {
				continue
			}
			label := ""
			switch {
			case m == 1 && e%every == 0, inside < 2 && (m == 1 || m == 2 || m == 5):
				label = decade(m, e, plain)
			case m != 1 && every > 1: // marks between decades would be too dense
				continue
			}
			all = append(all, tick{v, label})
		}
	}
	return all
}

// decade writes m·10^e.
func decade(m float64, e int, plain bool) string {
	switch {
	case plain:
		return strconv.FormatFloat(m*math.Pow(10, float64(e)), 'g', 6, 64)
	case m == 1:
		return "10^{" + minus(strconv.Itoa(e)) + "}"
	}
	return fmt.Sprintf("%g·10^{%s}", m, minus(strconv.Itoa(e)))
}

// minus writes a sign as long as a digit is wide.
func minus(s string) string { return strings.Replace(s, "-", "−", 1) }

// linearTicks labels multiples of 1, 2 or 5 times a power of ten.
func linearTicks(lo, hi float64, most int) []tick {
	step := math.Pow(10, math.Floor(math.Log10((hi-lo)/float64(most))))
	for _, m := range []float64{1, 2, 5, 10} {
		if (hi-lo)/(m*step) <= float64(most) {
			step *= m
			break
		}
	}
	digits := max(0, -int(math.Floor(math.Log10(step)+1e-9)))
	var all []tick
	for k := math.Ceil(lo/step - 1e-9); k <= hi/step+1e-9; k++ {
		all = append(all, tick{k * step, minus(strconv.FormatFloat(k*step+0, 'f', digits, 64))})
	}
	return all
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
