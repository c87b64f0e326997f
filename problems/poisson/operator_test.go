package poisson

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	poissonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/poisson/v1"
)

// boundaries are all pairs of conditions an axis can have.
var boundaries = map[string][2]poissonv1.Boundary{
	"DD": {dirichlet, dirichlet}, "DN": {dirichlet, neumann}, "ND": {neumann, dirichlet},
	"NN": {neumann, neumann}, "PP": {periodic, periodic},
}

// finiteVolumes assembles Au = b of a task by another route than residual takes: as the balance of fluxes
// through the faces between the cells around the vertices, halved on Neumann sides. It holds for Neumann sides
// whose coefficients do not vary along them.
func finiteVolumes(task *poissonv1.Task) (a [][]float64, b []float64) {
	var axes []axis
	for _, m := range task.Axes {
		axes = append(axes, axis{int(m.Points), m.Lower, m.Upper, m.LowerBoundary, m.UpperBoundary})
	}
	shape := shapeOf(axes)
	n := product(shape)
	f, _ := task.Rhs.Float64s()
	volume := func(index []int, but int) float64 { // in units of the grid, along all axes but one
		v := 1.0
		for c, ax := range axes {
			if c == but {
				continue
			}
			if index[c] == 0 && ax.lowSide == neumann || index[c] == ax.n-1 && ax.highSide == neumann {
				v /= 2
			}
		}
		return v
	}
	a = make([][]float64, n)
	b = make([]float64, n)
	flat := func(index []int) int {
		p := 0
		for c, i := range index {
			p = p*shape[c] + i
		}
		return p
	}
	for p := range n {
		a[p] = make([]float64, n)
		b[p] = f[p]
	}
	for p := range n {
		index := make([]int, len(shape))
		for c, rest := len(shape)-1, p; c >= 0; c-- {
			index[c], rest = rest%shape[c], rest/shape[c]
		}
		cell := volume(index, -1)
		for c, ax := range axes {
			m := task.Axes[c]
			constant := m.Coefficient
			if constant == 0 {
				constant = 1
			}
			faces, _ := m.FaceCoefficients.Float64s()
			// Where this vertex lies among those of a side of axis c, and among the faces across it.
			side := 0
			for d, i := range index {
				if d != c {
					side = side*shape[d] + i
				}
			}
			face := func(i int) float64 {
				if faces == nil {
					return constant
				}
				q := 0
				for d, j := range index {
					extent := shape[d]
					if d == c {
						extent, j = extent+1, i
					}
					q = q*extent + j
				}
				return faces[q]
			}
			h, area := ax.spacing(), volume(index, c)
			flux := area / (cell * h * h)
			for _, step := range []int{-1, 1} {
				kind, data, i, inner := ax.lowSide, m.LowerValues, index[c], index[c]+1
				if step > 0 {
					kind, data, i, inner = ax.highSide, m.UpperValues, index[c]+1, index[c]
				}
				neighbour := append([]int(nil), index...)
				neighbour[c] += step
				inside := neighbour[c] >= 0 && neighbour[c] < ax.n
				if kind == periodic {
					neighbour[c] = (neighbour[c] + ax.n) % ax.n
					inside = true
				}
				values, _ := data.Float64s()
				g := 0.0
				if values != nil {
					g = values[side]
				}
				switch {
				case inside:
					a[p][p] += flux * face(i)
					a[p][flat(neighbour)] -= flux * face(i)
				case kind == dirichlet:
					a[p][p] += flux * face(i)
					b[p] += flux * face(i) * g
				default: // the flux through the side itself is given
					b[p] += flux * h * face(inner) * g
				}
			}
		}
	}
	return a, b
}

func randomArray(rng *rand.Rand, lo, hi float64, shape ...int) *commonv1.Array {
	x := make([]float64, product(shape))
	for i := range x {
		x[i] = lo + (hi-lo)*rng.Float64()
	}
	return commonv1.Float64(x, shape...)
}

// randomTask has random right-hand side, boundary data and, if variable, face coefficients.
func randomTask(rng *rand.Rand, axes []axis, variable bool) *poissonv1.Task {
	shape := shapeOf(axes)
	task := &poissonv1.Task{Kind: poissonv1.Kind_KIND_DISCRETE, Rhs: randomArray(rng, -1, 1, shape...)}
	for i, a := range axes {
		m := a.message()
		side := append(append([]int{}, shape[:i]...), shape[i+1:]...)
		if a.lowSide != periodic {
			m.LowerValues = randomArray(rng, -1, 1, side...)
			m.UpperValues = randomArray(rng, -1, 1, side...)
		}
		if m.Coefficient = 0.5 + rng.Float64(); variable {
			faces := append([]int{}, shape...)
			faces[i]++
			m.FaceCoefficients = randomArray(rng, 0.1, 10, faces...)
			if a.lowSide == periodic {
				wrap(m.FaceCoefficients, i)
			}
		}
		task.Axes = append(task.Axes, m)
	}
	return task
}

// wrap makes the last face across a periodic axis the first one.
func wrap(faces *commonv1.Array, axis int) {
	x, _ := faces.Float64s()
	shape := faces.Dims()
	inner := product(shape[axis+1:])
	block := shape[axis] * inner
	for o := range product(shape[:axis]) {
		copy(x[(o+1)*block-inner:(o+1)*block], x[o*block:o*block+inner])
	}
}

func TestResidualAgainstFiniteVolumes(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	extents := []int{4, 3, 5}
	var check func(name string, axes []axis)
	check = func(name string, axes []axis) {
		if len(axes) > 0 {
			for _, variable := range []bool{false, true} {
				task := randomTask(rng, axes, variable)
				u, _ := randomArray(rng, -1, 1, product(shapeOf(axes))).Float64s()
				got, err := residual(task, u)
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				a, b := finiteVolumes(task)
				for p, row := range a {
					want, scale := b[p], math.Abs(b[p])
					for q, v := range row {
						want -= v * u[q]
						scale += math.Abs(v * u[q])
					}
					if math.Abs(got[p]-want) > 1e-14*scale {
						t.Errorf("%s, variable %v: residual %d is %.17g, want %.17g", name, variable, p, got[p], want)
					}
				}
			}
		}
		if len(axes) == 3 {
			return
		}
		for sides, pair := range boundaries {
			d := len(axes)
			next := append(append([]axis{}, axes...), axis{extents[d], 0.5 * float64(d), 1 + float64(d), pair[0], pair[1]})
			check(name+sides, next)
		}
	}
	check("", nil)
}

// TestSmallestAxes takes axes so short that an unknown is both the first and the last, or its neighbours one.
func TestSmallestAxes(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, c := range []struct {
		sides string
		n     int
	}{{"DD", 1}, {"DD", 2}, {"DN", 2}, {"ND", 2}, {"NN", 2}, {"PP", 3}} {
		pair := boundaries[c.sides]
		task := randomTask(rng, []axis{{c.n, 0, 1, pair[0], pair[1]}, {3, 0, 1, dirichlet, dirichlet}}, true)
		u, _ := randomArray(rng, -1, 1, 3*c.n).Float64s()
		got, err := residual(task, u)
		if err != nil {
			t.Fatal(err)
		}
		a, b := finiteVolumes(task)
		for p, row := range a {
			want := b[p]
			for q, v := range row {
				want -= v * u[q]
			}
			if math.Abs(got[p]-want) > 1e-11 {
				t.Errorf("%s with n = %d: residual %d is %g, want %g", c.sides, c.n, p, got[p], want)
			}
		}
	}
}

// TestCrossCoefficient compares with D_y ⊗ D_x of the centred difference matrices.
func TestCrossCoefficient(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	const ny, nx, c = 4, 6, 0.37
	axes := []axis{{ny, 0, 2, dirichlet, dirichlet}, {nx, -1, 1, dirichlet, dirichlet}}
	task := randomTask(rng, axes, false)
	for _, a := range task.Axes {
		a.LowerValues, a.UpperValues = nil, nil
	}
	u, _ := randomArray(rng, -1, 1, ny*nx).Float64s()
	without, err := residual(task, u)
	if err != nil {
		t.Fatal(err)
	}
	task.CrossCoefficient = c
	with, err := residual(task, u)
	if err != nil {
		t.Fatal(err)
	}
	centred := func(n int, h float64) [][]float64 {
		d := make([][]float64, n)
		for i := range d {
			d[i] = make([]float64, n)
			if i > 0 {
				d[i][i-1] = -1 / (2 * h)
			}
			if i < n-1 {
				d[i][i+1] = 1 / (2 * h)
			}
		}
		return d
	}
	dy, dx := centred(ny, axes[0].spacing()), centred(nx, axes[1].spacing())
	for j := range ny {
		for i := range nx {
			want := without[j*nx+i]
			for q := range ny {
				for p := range nx {
					want += 2 * c * dy[j][q] * dx[i][p] * u[q*nx+p]
				}
			}
			if got := with[j*nx+i]; math.Abs(got-want) > 1e-12 {
				t.Errorf("residual (%d, %d) is %g, want %g", j, i, got, want)
			}
		}
	}

	task.Axes[1].UpperBoundary = neumann
	if _, err := residual(task, u); err == nil {
		t.Error("a cross coefficient next to a Neumann side has a residual, expected an error")
	}
	task.Axes = task.Axes[:1]
	if _, err := residual(task, u); err == nil {
		t.Error("a cross coefficient in one dimension has a residual, expected an error")
	}
}

// TestEigenfunctions: the operator on a product of its eigenvectors is the sum of the eigenvalues
// (4/h²) sin²(θ/2) times it, for the conditions with an eigenvector in closed form.
func TestEigenfunctions(t *testing.T) {
	type mode struct {
		value func(i int) float64
		theta float64
	}
	modes := func(a axis, k int) mode {
		n := float64(a.n)
		switch [2]poissonv1.Boundary{a.lowSide, a.highSide} {
		case boundaries["DD"]:
			th := float64(k) * math.Pi / (n + 1)
			return mode{func(i int) float64 { return math.Sin(th * float64(i+1)) }, th}
		case boundaries["NN"]:
			th := float64(k) * math.Pi / (n - 1)
			return mode{func(i int) float64 { return math.Cos(th * float64(i)) }, th}
		case boundaries["DN"]:
			th := (float64(k) - 0.5) * math.Pi / n
			return mode{func(i int) float64 { return math.Sin(th * float64(i+1)) }, th}
		case boundaries["ND"]:
			th := (float64(k) - 0.5) * math.Pi / n
			return mode{func(i int) float64 { return math.Cos(th * float64(i)) }, th}
		default:
			th := 2 * math.Pi * float64(k) / n
			return mode{func(i int) float64 { return math.Cos(th*float64(i) + 0.7) }, th}
		}
	}
	for first, pair := range boundaries {
		for second, other := range boundaries {
			for _, k := range [][2]int{{1, 1}, {2, 3}, {9, 16}} {
				axes := []axis{{20, 0, 1, pair[0], pair[1]}, {33, 0, 2, other[0], other[1]}}
				lambda, m := 0.0, [2]mode{}
				task := &poissonv1.Task{Kind: poissonv1.Kind_KIND_DISCRETE}
				for a := range axes {
					m[a] = modes(axes[a], k[a])
					s := math.Sin(m[a].theta / 2)
					lambda += 4 * s * s / (axes[a].spacing() * axes[a].spacing())
					task.Axes = append(task.Axes, axes[a].message())
				}
				u, f := make([]float64, 20*33), make([]float64, 20*33)
				for j := range 20 {
					for i := range 33 {
						u[j*33+i] = m[0].value(j) * m[1].value(i)
						f[j*33+i] = lambda * u[j*33+i]
					}
				}
				task.Rhs = commonv1.Float64(f, 20, 33)
				r, err := residual(task, u)
				if err != nil {
					t.Fatal(err)
				}
				if e := maxAbs(r) / maxAbs(f); e > 1e-12 {
					t.Errorf("%s×%s, mode %v: relative residual %.2g of an eigenfunction", first, second, k, e)
				}
			}
		}
	}
}

func BenchmarkResidual(b *testing.B) {
	for _, c := range []struct {
		d, n     int
		variable bool
	}{{2, 2047, false}, {2, 2047, true}, {3, 127, false}} {
		b.Run(fmt.Sprintf("%dd/n=%d/variable=%v", c.d, c.n, c.variable), func(b *testing.B) {
			task := randomTask(rand.New(rand.NewPCG(1, 1)), unitAxes(c.d, c.n), c.variable)
			u, _ := task.Rhs.Float64s()
			b.SetBytes(int64(8 * len(u)))
			for b.Loop() {
				if _, err := residual(task, u); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
