package fft

import "math"

// geometry says where the butterflies of a pass lie. Butterfly i of column q combines the inputs
// i·inStep + k·inLeg + q, k = 0 … radix−1, into the outputs i·outStep + k·outLeg + q.
//
// An inverse transform is the forward one with its inputs 1 … radix−1 reversed and its twiddle
// factors conjugated, so each radix needs one kernel.
type geometry struct {
	count, width    int
	inStep, inLeg   int
	outStep, outLeg int
	twiddle         []complex128 // radix−1 factors for each i; nil: all are 1
	inverse         bool
}

// in returns the columns of input k of butterfly i.
func (g *geometry) in(x []complex128, i, k, radix int) []complex128 {
	if g.inverse && k > 0 {
		k = radix - k
	}
	return x[i*g.inStep+k*g.inLeg:][:g.width]
}

// out returns the columns of output k of butterfly i.
func (g *geometry) out(y []complex128, i, k int) []complex128 {
	return y[i*g.outStep+k*g.outLeg:][:g.width]
}

// plain says that the factors of butterfly i are 1.
func (g *geometry) plain(i int) bool { return i == 0 || g.twiddle == nil }

func radix2(y, x []complex128, g *geometry) {
	for i := range g.count {
		x0, x1 := g.in(x, i, 0, 2), g.in(x, i, 1, 2)
		y0, y1 := g.out(y, i, 0), g.out(y, i, 1)
		x1, y0, y1 = x1[:len(x0)], y0[:len(x0)], y1[:len(x0)]
		w := complex(1, 0)
		if !g.plain(i) {
			w = g.twiddle[i]
		}
		for q := range x0 {
			a, b := x0[q], x1[q]
			y0[q] = a + b
			y1[q] = (a - b) * w
		}
	}
}

func radix3(y, x []complex128, g *geometry) {
	const h = 0.866025403784438646763723170752936183 // sin 2π/3
	w1, w2 := complex(1, 0), complex(1, 0)
	for i := range g.count {
		x0, x1, x2 := g.in(x, i, 0, 3), g.in(x, i, 1, 3), g.in(x, i, 2, 3)
		y0, y1, y2 := g.out(y, i, 0), g.out(y, i, 1), g.out(y, i, 2)
		x1, x2 = x1[:len(x0)], x2[:len(x0)]
		y0, y1, y2 = y0[:len(x0)], y1[:len(x0)], y2[:len(x0)]
		if !g.plain(i) {
			w := (*[2]complex128)(g.twiddle[2*i:])
			w1, w2 = w[0], w[1]
		}
		for q := range x0 {
			a, b, c := x0[q], x1[q], x2[q]
			t := b + c
			u := complex(h*(imag(b)-imag(c)), h*(real(c)-real(b)))
			e := complex(real(a)-0.5*real(t), imag(a)-0.5*imag(t))
			y0[q] = a + t
			y1[q] = (e + u) * w1
			y2[q] = (e - u) * w2
		}
	}
}

func radix5(y, x []complex128, g *geometry) {
	const (
		c1 = 0.309016994374947424102293417182819059 // cos 2π/5
		c2 = -0.80901699437494742410229341718281906
		s1 = 0.951056516295153572116439333379382143 // sin 2π/5
		s2 = 0.587785252292473129168705954639072769
	)
	one := [4]complex128{1, 1, 1, 1}
	for i := range g.count {
		x0, x1, x2, x3, x4 := g.in(x, i, 0, 5), g.in(x, i, 1, 5), g.in(x, i, 2, 5), g.in(x, i, 3, 5), g.in(x, i, 4, 5)
		y0, y1, y2, y3, y4 := g.out(y, i, 0), g.out(y, i, 1), g.out(y, i, 2), g.out(y, i, 3), g.out(y, i, 4)
		x1, x2, x3, x4 = x1[:len(x0)], x2[:len(x0)], x3[:len(x0)], x4[:len(x0)]
		y0, y1, y2, y3, y4 = y0[:len(x0)], y1[:len(x0)], y2[:len(x0)], y3[:len(x0)], y4[:len(x0)]
		w := &one
		if !g.plain(i) {
			w = (*[4]complex128)(g.twiddle[4*i:])
		}
		for q := range x0 {
			a := x0[q]
			t1, t2 := x1[q]+x4[q], x2[q]+x3[q]
			d1, d2 := x1[q]-x4[q], x2[q]-x3[q]
			y0[q] = a + t1 + t2
			e := complex(real(a)+c1*real(t1)+c2*real(t2), imag(a)+c1*imag(t1)+c2*imag(t2))
			f := complex(s1*imag(d1)+s2*imag(d2), -s1*real(d1)-s2*real(d2))
			y1[q] = (e + f) * w[0]
			y4[q] = (e - f) * w[3]
			e = complex(real(a)+c2*real(t1)+c1*real(t2), imag(a)+c2*imag(t1)+c1*imag(t2))
			f = complex(s2*imag(d1)-s1*imag(d2), s1*real(d2)-s2*real(d1))
			y2[q] = (e + f) * w[1]
			y3[q] = (e - f) * w[2]
		}
	}
}

// first4 is radix4 for one column and adjacent butterflies: it loops over the butterflies.
func first4(y, x []complex128, g *geometry) {
	m := g.count
	x0, x1, x2, x3 := x[0:m], x[m:][:m], x[2*m:][:m], x[3*m:][:m]
	if g.inverse {
		x1, x3 = x3, x1
	}
	x1, x2, x3 = x1[:len(x0)], x2[:len(x0)], x3[:len(x0)]
	for i := range x0 {
		w := (*[3]complex128)(g.twiddle[3*i:])
		o := (*[4]complex128)(y[4*i:])
		a, b, c, d := x0[i], x1[i], x2[i], x3[i]
		ac, bd := a+c, b+d
		e, f := a-c, b-d
		f = complex(imag(f), -real(f))
		o[0] = ac + bd
		o[1] = (e + f) * w[0]
		o[2] = (ac - bd) * w[1]
		o[3] = (e - f) * w[2]
	}
}

func radix4(y, x []complex128, g *geometry) {
	for i := range g.count {
		x0, x1, x2, x3 := g.in(x, i, 0, 4), g.in(x, i, 1, 4), g.in(x, i, 2, 4), g.in(x, i, 3, 4)
		y0, y1, y2, y3 := g.out(y, i, 0), g.out(y, i, 1), g.out(y, i, 2), g.out(y, i, 3)
		if g.plain(i) {
			plain4(y0, y1, y2, y3, x0, x1, x2, x3)
			continue
		}
		x1, x2, x3 = x1[:len(x0)], x2[:len(x0)], x3[:len(x0)]
		y0, y1, y2, y3 = y0[:len(x0)], y1[:len(x0)], y2[:len(x0)], y3[:len(x0)]
		w := (*[3]complex128)(g.twiddle[3*i:])
		w1, w2, w3 := w[0], w[1], w[2]
		for q := range x0 {
			a, b, c, d := x0[q], x1[q], x2[q], x3[q]
			ac, bd := a+c, b+d
			e, f := a-c, b-d
			f = complex(imag(f), -real(f))
			y0[q] = ac + bd
			y1[q] = (e + f) * w1
			y2[q] = (ac - bd) * w2
			y3[q] = (e - f) * w3
		}
	}
}

// plain4 is radix4 with factors 1.
func plain4(y0, y1, y2, y3, x0, x1, x2, x3 []complex128) {
	x1, x2, x3 = x1[:len(x0)], x2[:len(x0)], x3[:len(x0)]
	y0, y1, y2, y3 = y0[:len(x0)], y1[:len(x0)], y2[:len(x0)], y3[:len(x0)]
	for q := range x0 {
		a, b, c, d := x0[q], x1[q], x2[q], x3[q]
		ac, bd := a+c, b+d
		e, f := a-c, b-d
		f = complex(imag(f), -real(f))
		y0[q] = ac + bd
		y1[q] = e + f
		y2[q] = ac - bd
		y3[q] = e - f
	}
}

const halfSqrt2 = math.Sqrt2 / 2

// first8 is radix8 for one column and adjacent butterflies: it loops over the butterflies.
func first8(y, x []complex128, g *geometry) {
	m := g.count
	x0, x1, x2, x3 := x[0:m], x[m:][:m], x[2*m:][:m], x[3*m:][:m]
	x4, x5, x6, x7 := x[4*m:][:m], x[5*m:][:m], x[6*m:][:m], x[7*m:][:m]
	if g.inverse {
		x1, x2, x3, x5, x6, x7 = x7, x6, x5, x3, x2, x1
	}
	x1, x2, x3 = x1[:len(x0)], x2[:len(x0)], x3[:len(x0)]
	x4, x5, x6, x7 = x4[:len(x0)], x5[:len(x0)], x6[:len(x0)], x7[:len(x0)]
	for i := range x0 {
		w := (*[7]complex128)(g.twiddle[7*i:])
		o := (*[8]complex128)(y[8*i:])
		a, b := x0[i]-x4[i], x1[i]-x5[i]
		c, d := x2[i]-x6[i], x3[i]-x7[i]
		c = complex(imag(c), -real(c))
		e, f := a+c, a-c
		b = complex(halfSqrt2*(real(b)+imag(b)), halfSqrt2*(imag(b)-real(b)))
		d = complex(halfSqrt2*(imag(d)-real(d)), -halfSqrt2*(real(d)+imag(d)))
		u, v := b+d, b-d
		v = complex(imag(v), -real(v))
		o[1] = (e + u) * w[0]
		o[5] = (e - u) * w[4]
		o[3] = (f + v) * w[2]
		o[7] = (f - v) * w[6]
		a, b = x0[i]+x4[i], x1[i]+x5[i]
		c, d = x2[i]+x6[i], x3[i]+x7[i]
		ac, bd := a+c, b+d
		e, f = a-c, b-d
		f = complex(imag(f), -real(f))
		o[0] = ac + bd
		o[2] = (e + f) * w[1]
		o[4] = (ac - bd) * w[3]
		o[6] = (e - f) * w[5]
	}
}

func radix8(y, x []complex128, g *geometry) {
	for i := range g.count {
		x0, x1, x2, x3 := g.in(x, i, 0, 8), g.in(x, i, 1, 8), g.in(x, i, 2, 8), g.in(x, i, 3, 8)
		x4, x5, x6, x7 := g.in(x, i, 4, 8), g.in(x, i, 5, 8), g.in(x, i, 6, 8), g.in(x, i, 7, 8)
		y0, y1, y2, y3 := g.out(y, i, 0), g.out(y, i, 1), g.out(y, i, 2), g.out(y, i, 3)
		y4, y5, y6, y7 := g.out(y, i, 4), g.out(y, i, 5), g.out(y, i, 6), g.out(y, i, 7)
		x1, x2, x3 = x1[:len(x0)], x2[:len(x0)], x3[:len(x0)]
		x4, x5, x6, x7 = x4[:len(x0)], x5[:len(x0)], x6[:len(x0)], x7[:len(x0)]
		y0, y1, y2, y3 = y0[:len(x0)], y1[:len(x0)], y2[:len(x0)], y3[:len(x0)]
		y4, y5, y6, y7 = y4[:len(x0)], y5[:len(x0)], y6[:len(x0)], y7[:len(x0)]
		if g.plain(i) {
			plain8(&[8][]complex128{y0, y1, y2, y3, y4, y5, y6, y7}, &[8][]complex128{x0, x1, x2, x3, x4, x5, x6, x7})
			continue
		}
		w := (*[7]complex128)(g.twiddle[7*i:])
		for q := range x0 {
			a, b := x0[q]-x4[q], x1[q]-x5[q]
			c, d := x2[q]-x6[q], x3[q]-x7[q]
			c = complex(imag(c), -real(c))
			e, f := a+c, a-c
			b = complex(halfSqrt2*(real(b)+imag(b)), halfSqrt2*(imag(b)-real(b)))
			d = complex(halfSqrt2*(imag(d)-real(d)), -halfSqrt2*(real(d)+imag(d)))
			u, v := b+d, b-d
			v = complex(imag(v), -real(v))
			t := x0[q] + x4[q] // the outputs may lie where the inputs do
			r := x1[q] + x5[q]
			k := x2[q] + x6[q]
			l := x3[q] + x7[q]
			y1[q] = (e + u) * w[0]
			y5[q] = (e - u) * w[4]
			y3[q] = (f + v) * w[2]
			y7[q] = (f - v) * w[6]
			ac, bd := t+k, r+l
			e, f = t-k, r-l
			f = complex(imag(f), -real(f))
			y0[q] = ac + bd
			y2[q] = (e + f) * w[1]
			y4[q] = (ac - bd) * w[3]
			y6[q] = (e - f) * w[5]
		}
	}
}

// plain8 is radix8 with factors 1.
func plain8(y, x *[8][]complex128) {
	x0, y0 := x[0], y[0][:len(x[0])]
	x1, x2, x3 := x[1][:len(x0)], x[2][:len(x0)], x[3][:len(x0)]
	x4, x5, x6, x7 := x[4][:len(x0)], x[5][:len(x0)], x[6][:len(x0)], x[7][:len(x0)]
	y1, y2, y3 := y[1][:len(x0)], y[2][:len(x0)], y[3][:len(x0)]
	y4, y5, y6, y7 := y[4][:len(x0)], y[5][:len(x0)], y[6][:len(x0)], y[7][:len(x0)]
	for q := range x0 {
		a, b := x0[q]-x4[q], x1[q]-x5[q]
		c, d := x2[q]-x6[q], x3[q]-x7[q]
		c = complex(imag(c), -real(c))
		e, f := a+c, a-c
		b = complex(halfSqrt2*(real(b)+imag(b)), halfSqrt2*(imag(b)-real(b)))
		d = complex(halfSqrt2*(imag(d)-real(d)), -halfSqrt2*(real(d)+imag(d)))
		u, v := b+d, b-d
		v = complex(imag(v), -real(v))
		t := x0[q] + x4[q] // the outputs may lie where the inputs do
		r := x1[q] + x5[q]
		k := x2[q] + x6[q]
		l := x3[q] + x7[q]
		y1[q], y5[q], y3[q], y7[q] = e+u, e-u, f+v, f-v
		ac, bd := t+k, r+l
		e, f = t-k, r-l
		f = complex(imag(f), -real(f))
		y0[q], y2[q], y4[q], y6[q] = ac+bd, e+f, ac-bd, e-f
	}
}
