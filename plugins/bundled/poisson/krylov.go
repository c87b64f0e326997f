package poisson

import (
	"context"
	"fmt"
	"math"

	"github.com/solverbench/solverbench/plugins"
)

// monitor decides when an iteration ends. Residuals are norms in row form.
type monitor struct {
	ctx       context.Context
	target    float64 // residual to reach
	reference float64 // ‖f‖, for messages and to tell divergence
	most      int     // iterations
	diagonal  float64 // the largest entry of A's diagonal, in row form
	step      int     // iterations between residuals; 0 means 1
	report    func(iteration int, residual float64)

	iteration int
	best      float64

	floor float64 // the lowest residual that stalled has seen
	idle  int     // calls since
}

// stalled says that rounding keeps the residual from falling further: it has not fallen in several
// calls and is of the order of rounding in Au, with u of norm size. The iterate is then as good as any.
func (m *monitor) stalled(residual float64, u []float64) bool {
	const patience, epsilon = 8, 0x1p-53
	if m.floor == 0 || residual < 0.9*m.floor {
		m.floor, m.idle = residual, 0
		return false
	}
	m.idle++
	return m.idle >= patience && residual > m.target && residual < 16*epsilon*m.diagonal*norm(u)
}

// done counts an iteration with its residual. It returns true to stop, with an error if that is
// not for success.
func (m *monitor) done(residual float64) (bool, error) {
	if m.iteration == 0 || residual < m.best {
		m.best = residual
	}
	if m.report != nil {
		m.report(m.iteration, residual)
	}
	switch {
	case residual <= m.target:
		return true, nil
	case math.IsNaN(residual) || math.IsInf(residual, 0) || residual > 1e8*max(m.best, m.reference):
		return true, fmt.Errorf("%w: relative residual %.3g after %d iterations", plugins.ErrDiverged, residual/m.reference, m.iteration)
	case m.ctx.Err() != nil:
		return true, m.ctx.Err()
	case m.iteration >= m.most:
		return true, fmt.Errorf("relative residual %.3g after %d iterations, expected %.3g", residual/m.reference, m.iteration, m.target/m.reference)
	}
	m.iteration += max(m.step, 1)
	return false, nil
}

// conjugateGradient solves Au = b in symmetric form from the guess u (Hestenes & Stiefel 1952).
type conjugateGradient struct {
	mul          func(v, u []float64) float64 // v = Au, returns uᵀv
	residual     func(r, b, u []float64)      // r = b − Au, accurately
	precondition func(z, r []float64)
	norm         func(r []float64) float64 // of a residual, in row form
	project      func(v []float64)         // onto the range of a singular A; nil if regular
	r, z, p, q   []float64
	x            []float64 // the correction since the residual was last computed, from the second time on
}

func newConjugateGradient(n int) *conjugateGradient {
	v := make([]float64, 4*n)
	c := &conjugateGradient{r: v[:n:n], z: v[n : 2*n : 2*n], p: v[2*n : 3*n : 3*n], q: v[3*n:]}
	c.residual = func(r, b, u []float64) {
		c.mul(c.q, u)
		for i, v := range b {
			r[i] = v - c.q[i]
		}
	}
	return c
}

// solve iterates. When the recurrence says that the target is met it computes the residual
// itself; if rounding has driven the two apart it starts again from there (iterative refinement), and
// ends when that no longer helps.
func (c *conjugateGradient) solve(u, b []float64, m *monitor) error {
	restart := true
	previous := math.Inf(1)
	rho := 0.0
	x, passes := u, 0
	for {
		if restart {
			if passes++; passes == 2 {
				// A correction is added in one go: u then holds one rounding error, not one an iteration.
				if c.x == nil {
					c.x = make([]float64, len(u))
				}
				x = c.x
			} else if passes > 2 {
				axpy(u, 1, x)
			}
			if passes > 1 {
				clear(x)
			}
			c.residual(c.r, b, u)
			if c.project != nil {
				c.project(c.r)
			}
		}
		residual := c.norm(c.r)
		if residual <= m.target && !restart {
			restart = true
			continue
		}
		if restart {
			if residual > m.target && residual > previous/2 {
				return nil // as far as rounding goes
			}
			previous = residual
		}
		if stop, err := m.done(residual); stop {
			return err
		}
		c.precondition(c.z, c.r)
		if err := m.ctx.Err(); err != nil {
			return err // the preconditioner may have been cut short
		}
		if c.project != nil {
			c.project(c.z) // the kernel is the constants on both sides
		}
		next := dot(c.r, c.z)
		if restart {
			copy(c.p, c.z)
		} else {
			xpby(c.p, c.z, next/rho)
		}
		rho, restart = next, false
		pq := c.mul(c.q, c.p)
		if !(pq > 0) {
			return fmt.Errorf("%w: direction of curvature %g, expected a positive one, at relative residual %.3g after %d iterations: the matrix is not positive definite to rounding",
				plugins.ErrDiverged, pq, residual/m.reference, m.iteration)
		}
		alpha := rho / pq
		axpy(x, alpha, c.p)
		axpy(c.r, -alpha, c.q)
	}
}

// xpby sets y = x + b·y.
func xpby(y, x []float64, b float64) {
	x = x[:len(y)]
	for i := range y {
		y[i] = x[i] + b*y[i]
	}
}

// dot returns the inner product, with four partial sums.
func dot(x, y []float64) float64 {
	y = y[:len(x)]
	var s0, s1, s2, s3 float64
	i := 0
	for ; i+4 <= len(x); i += 4 {
		a, b := x[i:i+4:i+4], y[i:i+4:i+4]
		s0 += a[0] * b[0]
		s1 += a[1] * b[1]
		s2 += a[2] * b[2]
		s3 += a[3] * b[3]
	}
	for ; i < len(x); i++ {
		s0 += x[i] * y[i]
	}
	return s0 + s1 + s2 + s3
}

func norm(x []float64) float64 { return math.Sqrt(dot(x, x)) }
