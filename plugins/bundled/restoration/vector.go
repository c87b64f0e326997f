package restoration

import "math"

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

func dot(a, b []float64) float64 {
	b = b[:len(a)]
	sum := 0.0
	for i, v := range a {
		sum += v * b[i]
	}
	return sum
}

// scale sets dst = s·a.
func scale(dst, a []float64, s float64) {
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = s * a[i]
	}
}

// addScaled adds s·a.
func addScaled(dst, a []float64, s float64) {
	a = a[:len(dst)]
	for i := range dst {
		dst[i] += s * a[i]
	}
}

// addPair adds s·a + t·b.
func addPair(dst, a, b []float64, s, t float64) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] += s*a[i] + t*b[i]
	}
}

// addPairs adds s·a + t·b + u·c + v·d.
func addPairs(dst, a, b, c, d []float64, s, t, u, v float64) {
	a, b, c, d = a[:len(dst)], b[:len(dst)], c[:len(dst)], d[:len(dst)]
	for i := range dst {
		dst[i] += (s*a[i] + t*b[i]) + (u*c[i] + v*d[i])
	}
}

// addProduct adds a·b, element by element.
func addProduct(dst, a, b []float64) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] += a[i] * b[i]
	}
}
