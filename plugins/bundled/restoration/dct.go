package restoration

import "math"

// dctBasis[k][j] = c_k cos(π(2j + 1)k/16), orthonormal.
var dctBasis = func() (basis [8][8]float64) {
	for k := range basis {
		c := 0.5
		if k == 0 {
			c = math.Sqrt(0.125)
		}
		for j := range basis[k] {
			basis[k][j] = c * math.Cos(math.Pi*float64((2*j+1)*k)/16)
		}
	}
	return basis
}()

// dct8 transforms an 8×8 block by the orthonormal DCT-II along both axes, or back.
func dct8(block *[64]float64, back bool) {
	line := dct8Line
	if back {
		line = idct8Line
	}
	var turned [64]float64
	for i := range 8 {
		line((*[8]float64)(block[i*8:]))
		for j := range 8 {
			turned[j*8+i] = block[i*8+j]
		}
	}
	for i := range 8 {
		line((*[8]float64)(turned[i*8:]))
		for j := range 8 {
			block[j*8+i] = turned[i*8+j]
		}
	}
}

// dct8Line splits into even and odd parts, which the even and odd coefficients see.
func dct8Line(x *[8]float64) {
	var even, odd [4]float64
	for j := range even {
		even[j], odd[j] = x[j]+x[7-j], x[j]-x[7-j]
	}
	for k := 0; k < 8; k += 2 {
		b, c := &dctBasis[k], &dctBasis[k+1]
		x[k] = b[0]*even[0] + b[1]*even[1] + b[2]*even[2] + b[3]*even[3]
		x[k+1] = c[0]*odd[0] + c[1]*odd[1] + c[2]*odd[2] + c[3]*odd[3]
	}
}

func idct8Line(x *[8]float64) {
	var out [8]float64
	for j := range 4 {
		even := dctBasis[0][j]*x[0] + dctBasis[2][j]*x[2] + dctBasis[4][j]*x[4] + dctBasis[6][j]*x[6]
		odd := dctBasis[1][j]*x[1] + dctBasis[3][j]*x[3] + dctBasis[5][j]*x[5] + dctBasis[7][j]*x[7]
		out[j], out[7-j] = even+odd, even-odd
	}
	*x = out
}
