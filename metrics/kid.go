package metrics

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// KID returns the kernel inception distance of two feature sets [N][D] and [M][D] (Bińkowski,
// Sutherland, Arbel & Gretton 2018, ICLR): the unbiased estimate of the squared maximum mean discrepancy
// with the cubic polynomial kernel k(x, y) = (x·y/D + 1)³. Unbiased means that it is negative about
// half the time for equal distributions. Each set takes at least two samples.
func KID(reference, candidate Array) (float64, error) {
	n, m, d, err := checkFeatures(reference, candidate, 2)
	if err != nil {
		return 0, err
	}
	x, y := reference.Values, candidate.Values
	within := func(z []float64, n int) float64 {
		total := kernelSum(z, z, n, n, d)
		for i := range n {
			row := blas64.Vector{N: d, Data: z[i*d : (i+1)*d], Inc: 1}
			total -= cubic(blas64.Dot(row, row), d)
		}
		return total / (float64(n) * float64(n-1))
	}
	between := kernelSum(x, y, n, m, d) / (float64(n) * float64(m))
	return within(x, n) + within(y, m) - 2*between, nil
}

func cubic(dot float64, d int) float64 {
	k := dot/float64(d) + 1
	return k * k * k
}

// kernelSum sums k(x_i, y_j) over all pairs, in blocks of rows so that memory stays small.
func kernelSum(x, y []float64, n, m, d int) float64 {
	const block = 256
	gram := make([]float64, min(block, n)*min(block, m))
	var total float64
	for i := 0; i < n; i += block {
		rows := min(block, n-i)
		a := blas64.General{Rows: rows, Cols: d, Stride: d, Data: x[i*d : (i+rows)*d]}
		for j := 0; j < m; j += block {
			cols := min(block, m-j)
			b := blas64.General{Rows: cols, Cols: d, Stride: d, Data: y[j*d : (j+cols)*d]}
			g := gram[:rows*cols]
			blas64.Gemm(blas.NoTrans, blas.Trans, 1, a, b, 0, blas64.General{Rows: rows, Cols: cols, Stride: cols, Data: g})
			var sum float64
			for _, dot := range g {
				sum += cubic(dot, d)
			}
			total += sum
		}
	}
	return total
}
