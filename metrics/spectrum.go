package metrics

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/dsp/fourier"
)

// Field is a periodic scalar field sampled on ny rows of nx equidistant points of [0, L)², in C order, row = y.
type Field struct {
	Ny, Nx int
	L      float64
	Values []float64
}

func (f Field) check() error {
	if f.Ny < 1 || f.Nx < 1 {
		return fmt.Errorf("field of %d×%d points: expected at least one each way", f.Ny, f.Nx)
	}
	if !(f.L > 0) || math.IsInf(f.L, 1) {
		return fmt.Errorf("side length: %v, expected a positive number", f.L)
	}
	a := Array{Shape: []int{f.Ny, f.Nx}, Values: f.Values}
	if err := a.check(); err != nil {
		return err
	}
	return a.checkFinite()
}

// Spectrum1D returns the energy spectrum of a periodic signal, E[k] = (|û_k|² + |û_−k|²)/2 with
// û_k = Σ u_j e^{−2πijk/n} / n, for wave numbers k = 0 … n/2 in units of 2π/L. It sums to the mean of u²/2.
func Spectrum1D(u []float64) ([]float64, error) {
	a := Array{Shape: []int{len(u)}, Values: u}
	if err := a.check(); err != nil {
		return nil, err
	}
	if err := a.checkFinite(); err != nil {
		return nil, err
	}
	n := len(u)
	e := make([]float64, n/2+1)
	for k, c := range fourier.NewFFT(n).Coefficients(nil, u) {
		e[k] = sidedWeight(k, n) * squareAbs(c) / (2 * float64(n) * float64(n))
	}
	return e, nil
}

// sidedWeight counts how many of ±k a coefficient of the half spectrum of n real values stands for.
func sidedWeight(k, n int) float64 {
	if k == 0 || 2*k == n {
		return 1
	}
	return 2
}

func squareAbs(c complex128) float64 { return real(c)*real(c) + imag(c)*imag(c) }

// IsotropicSpectrum returns the shell-summed spectrum of a field, E[s] = ½ Σ |f̂_k|² over the wave
// vectors k (integers, in units of 2π/L) with s − ½ ≤ |k| < s + ½, up to the shell that holds the corner
// of the grid's wave numbers. It sums to the mean of f²/2: for a vorticity it is the enstrophy spectrum.
func IsotropicSpectrum(f Field) ([]float64, error) {
	return shellSum(f, func(float64) float64 { return 1 })
}

// EnergySpectrum returns the shell-summed kinetic energy spectrum, E[s] = ½ Σ |û_k|² over the shell
// as in [IsotropicSpectrum], of the incompressible flow u = (ψ_y, −ψ_x), −Δψ = ω whose vorticity is given.
// It sums to [KineticEnergy].
func EnergySpectrum(vorticity Field) ([]float64, error) {
	return shellSum(vorticity, velocityWeight(vorticity.L))
}

// velocityWeight is |û_k|² / |ω̂_k|² as a function of |k|² in units of (2π/L)²; a mean vorticity drives no periodic flow.
func velocityWeight(l float64) func(k2 float64) float64 {
	unit := 2 * math.Pi / l
	return func(k2 float64) float64 {
		if k2 == 0 {
			return 0
		}
		return 1 / (unit * unit * k2)
	}
}

// KineticEnergy returns the mean of |u|²/2 of the flow with this vorticity and no mean flow.
func KineticEnergy(vorticity Field) (float64, error) {
	e, err := EnergySpectrum(vorticity)
	if err != nil {
		return 0, err
	}
	var sum float64
	for _, v := range e {
		sum += v
	}
	return sum, nil
}

// Enstrophy returns the mean of ω²/2.
func Enstrophy(vorticity []float64) (float64, error) {
	if len(vorticity) == 0 {
		return 0, errEmpty
	}
	norm := L2(vorticity)
	return norm * norm / (2 * float64(len(vorticity))), nil
}

// shellSum sums ½ weight(|k|²) |f̂_k|² over shells.
func shellSum(f Field, weight func(k2 float64) float64) ([]float64, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	ny, nx := f.Ny, f.Nx
	coefficients := transform2D(f)
	kyMax, kxMax := float64(ny/2), float64(nx/2)
	shells := make([]float64, shellOf(kxMax*kxMax+kyMax*kyMax)+1)
	scale := 1 / (2 * float64(nx*ny) * float64(nx*ny))
	half := nx/2 + 1
	for i := range ny {
		ky := float64(min(i, ny-i))
		for j, c := range coefficients[i*half : (i+1)*half] {
			k2 := ky*ky + float64(j*j)
			shells[shellOf(k2)] += sidedWeight(j, nx) * weight(k2) * scale * squareAbs(c)
		}
	}
	return shells, nil
}

func shellOf(k2 float64) int { return int(math.Sqrt(k2) + 0.5) }

// transform2D returns the unnormalised discrete Fourier transform for kx = 0 … nx/2, [ny][nx/2+1].
func transform2D(f Field) []complex128 {
	half := f.Nx/2 + 1
	out := make([]complex128, f.Ny*half)
	rows := fourier.NewFFT(f.Nx)
	for i := range f.Ny {
		rows.Coefficients(out[i*half:(i+1)*half], f.Values[i*f.Nx:(i+1)*f.Nx])
	}
	columns := fourier.NewCmplxFFT(f.Ny)
	column := make([]complex128, f.Ny)
	for j := range half {
		for i := range column {
			column[i] = out[i*half+j]
		}
		columns.Coefficients(column, column)
		for i, c := range column {
			out[i*half+j] = c
		}
	}
	return out
}

// SpectrumDistance compares two energy spectra of equal length on a logarithmic scale. Both are
// expressed in decades above a floor, y = log₁₀(max(E, e)/e) with e = floor · max(want), and the
// result is the relative L2 distance ‖y_got − y_want‖₂ / ‖y_want‖₂. So energy below the floor counts as
// none in either spectrum, shells that both leave below it do not count, and the unit of energy does
// not matter. The floor is relative, between 0 and 1: 1e-8 is a good choice for smooth turbulence.
func SpectrumDistance(got, want []float64, floor float64) (float64, error) {
	if err := sameLength(got, want); err != nil {
		return 0, err
	}
	if !(floor > 0 && floor < 1) {
		return 0, fmt.Errorf("floor: %v, expected a number between 0 and 1", floor)
	}
	for name, e := range map[string][]float64{"spectrum": got, "reference spectrum": want} {
		for k, v := range e {
			if v-v != 0 || v < 0 {
				return 0, fmt.Errorf("%s: energy of shell %d: %v, expected a finite number, not negative", name, k, v)
			}
		}
	}
	lowest := floor * maxAbs(want)
	if lowest == 0 {
		return 0, errors.New("the reference spectrum has no energy")
	}
	decades := func(e float64) float64 { return math.Log10(max(e, lowest) / lowest) }
	var diff, norm float64
	for k, w := range want {
		y := decades(w)
		d := decades(got[k]) - y
		diff += d * d
		norm += y * y
	}
	return math.Sqrt(diff / norm), nil
}
