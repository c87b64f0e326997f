package etd

import (
	"math"
	"math/cmplx"
)

// expComplex is cmplx.Exp, with a real result for a real argument.
func expComplex(z complex128) complex128 {
	if imag(z) == 0 {
		return complex(math.Exp(real(z)), 0)
	}
	return cmplx.Exp(z)
}

// contourPoints on a circle around the argument give the functions below to rounding.
const contourPoints = 32

// mean returns f(z), where f is entire but its formula cancels near 0: there, as the mean over a
// circle of radius 1 around z (Kassam & Trefethen 2005, eq. 2.6).
func mean(f func(z complex128) complex128, z complex128) complex128 {
	if cmplx.Abs(z) > 4 { // the formula is good, and the circle would not be
		return f(z)
	}
	var sum complex128
	for j := range contourPoints {
		sum += f(z + cmplx.Rect(1, 2*math.Pi*(float64(j)+0.5)/contourPoints))
	}
	sum /= contourPoints
	if imag(z) == 0 {
		return complex(real(sum), 0)
	}
	return sum
}

// The functions of Cox & Matthews 2002, eq. 26–29, over the step h and its powers: q of h/2, the
// others of h.
func cmQ(z complex128) complex128 { return (cmplx.Exp(z/2) - 1) / z }

func cm1(z complex128) complex128 {
	return (-4 - z + cmplx.Exp(z)*(4-3*z+z*z)) / (z * z * z)
}

func cm2(z complex128) complex128 {
	return (2 + z + cmplx.Exp(z)*(z-2)) / (z * z * z)
}

func cm3(z complex128) complex128 {
	return (-4 - 3*z - z*z + cmplx.Exp(z)*(4-z)) / (z * z * z)
}
