package spectral

// Coefficients returns c[0..K] of the trigonometric interpolant of u with K = n/2; the highest mode of
// an even number of points is taken as a cosine.
func Coefficients(u []float64) []complex128 {
	n := len(u)
	z := make([]complex128, n)
	for i, v := range u {
		z[i] = complex(v/float64(n), 0)
	}
	NewFFT(n).Forward(z, 1)
	c := z[:n/2+1]
	if n%2 == 0 && n > 1 {
		c[n/2] /= 2
	}
	return c
}

// Sample evaluates the field with coefficients c at m equally spaced points from 0.
// The values are exact whether or not m points resolve the field.
func Sample(c []complex128, m int) []float64 {
	z := make([]complex128, m)
	z[0] = complex(real(c[0]), 0)
	for k, v := range c[1:] {
		// e^{2πikx/L} at m points is the same as e^{2πi(k mod m)x/L}.
		p := (k + 1) % m
		z[p] += v
		z[(m-p)%m] += complex(real(v), -imag(v))
	}
	NewFFT(m).Inverse(z, 1)
	u := make([]float64, m)
	for i, v := range z {
		u[i] = real(v)
	}
	return u
}
