package restoration

import (
	"context"
	"fmt"
	"math"
	"sync"

	"google.golang.org/protobuf/proto"

	"github.com/solverbench/solverbench/metrics"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	restorationv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/restoration/v1"
	"github.com/solverbench/solverbench/problems"
)

const (
	// maxPSNR is what the PSNR of an image counts at most, so that a perfect image leaves the mean finite.
	// It stands for an error of 1e-5, far below an 8-bit step.
	maxPSNR = 100
	// blowUp is the magnitude beyond which values in the nominal range [0, 1] have diverged.
	blowUp = 100

	ssimMinSide   = 11
	msssimMinSide = 176
)

// instance is a set of degraded images with the truth.
type instance struct {
	task  *restorationv1.Task
	truth images
	// nothing is the PSNR of doing nothing.
	nothing float64
	// patches are the truth's features, computed when first asked for.
	patches func() (patchFeatures, error)
	tol     float64
	// vary makes the k-th variation.
	vary func(ctx context.Context, k int) (*instance, error)
}

func newInstance(ctx context.Context, truth images, d degradation, common problems.Common) (*instance, error) {
	in, err := assemble(ctx, truth, d, draws{seed: common.Seed}, common.Tolerance)
	if err != nil {
		return nil, err
	}
	if b, ok := d.(deblur); ok {
		d = b.keep(truth)
	}
	in.vary = func(ctx context.Context, k int) (*instance, error) {
		return assemble(ctx, poseOf(k, truth).of(truth), d, draws{common.Seed, k}, common.Tolerance)
	}
	return in, nil
}

// assemble makes the instance of images, without variations.
func assemble(ctx context.Context, truth images, d degradation, r draws, tolerance float64) (*instance, error) {
	in := &instance{
		task:  &restorationv1.Task{Height: uint32(truth.h), Width: uint32(truth.w)},
		truth: truth, tol: tolerance,
	}
	y, nothing, err := d.degrade(ctx, truth, r, in.task)
	if err != nil {
		return nil, err
	}
	in.task.Degraded = commonv1.Float64(y.pix, y.shape()...)
	if in.nothing, err = in.meanPSNR(nothing.clipped()); err != nil {
		return nil, fmt.Errorf("judging the degraded images: %w", err)
	}
	in.patches = sync.OnceValues(func() (patchFeatures, error) { return newPatchFeatures(truth) })
	return in, nil
}

func (in *instance) Task() proto.Message     { return in.task }
func (in *instance) Size() int               { return len(in.truth.pix) }
func (in *instance) SolutionShapes() [][]int { return [][]int{in.truth.shape()} }

// Truth is the images before they were degraded.
func (in *instance) Truth() (metrics.Array, bool) {
	return metrics.Array{Shape: in.truth.shape(), Values: in.truth.pix}, true
}

// Evaluate compares the images, clipped to [0, 1], with the truth.
func (in *instance) Evaluate(_ context.Context, solution proto.Message) (problems.Evaluation, error) {
	pix, err := solution.(*restorationv1.Solution).Images.Float64s()
	if err != nil {
		return problems.Evaluation{}, fmt.Errorf("solution: %w", err)
	}
	x := in.truth
	x.pix = pix
	largest, finite := magnitude(pix)
	if !finite {
		return problems.Evaluation{
			Verdict: problems.Diverged, Reason: "the images hold NaN or infinity",
			Metrics: []problems.Metric{
				{Name: psnrGain, Value: math.NaN(), Unit: "dB", Better: problems.Higher},
				{Name: psnr, Value: math.NaN(), Unit: "dB", Better: problems.Higher},
			},
		}, nil
	}
	x = x.clipped()
	q, err := in.quality(x)
	if err != nil {
		return problems.Evaluation{}, err
	}
	e := problems.Judge(in.tol, in.metrics(q)...)
	if err := in.addSetMetrics(&e, x); err != nil {
		return problems.Evaluation{}, err
	}
	if largest > blowUp {
		e.Verdict, e.Reason = problems.Diverged, fmt.Sprintf("the images hold values up to %.3g, expected about 0 to 1", largest)
	}
	return e, nil
}

// magnitude returns the largest absolute value, and whether all values are finite.
func magnitude(x []float64) (largest float64, finite bool) {
	for _, v := range x {
		if v-v != 0 { // NaN or infinity
			return math.Inf(1), false
		}
		largest = max(largest, math.Abs(v))
	}
	return largest, true
}

// quality is the mean likeness of a set of images to the truth; NaN where the images are too small
// for an index.
type quality struct {
	mse, psnr, worst, ssim, msssim float64
}

// psnr is that of the i-th image, at most maxPSNR.
func (in *instance) psnr(x images, i int) (float64, error) {
	p, err := metrics.PSNR(in.truth.array(i), x.array(i), 1)
	return min(p, maxPSNR), err
}

func (in *instance) meanPSNR(x images) (mean float64, err error) {
	for i := range x.n {
		p, err := in.psnr(x, i)
		if err != nil {
			return 0, err
		}
		mean += p / float64(x.n)
	}
	return mean, nil
}

func (in *instance) quality(x images) (quality, error) {
	q := quality{worst: math.Inf(1)}
	n := float64(x.n)
	for i := range x.n {
		mse, err := metrics.MSE(x.image(i), in.truth.image(i))
		if err != nil {
			return q, err
		}
		p, err := in.psnr(x, i)
		if err != nil {
			return q, err
		}
		q.mse += mse / n
		q.psnr += p / n
		q.worst = min(q.worst, p)
	}
	var err error
	if q.ssim, err = in.index(metrics.SSIM, ssimMinSide, x); err != nil {
		return q, err
	}
	q.msssim, err = in.index(metrics.MSSSIM, msssimMinSide, x)
	return q, err
}

// index is the mean of an index of likeness that asks for images of a least size.
func (in *instance) index(of func(reference, candidate metrics.Array, dataRange float64) (float64, error), minSide int, x images) (float64, error) {
	if min(x.h, x.w) < minSide {
		return math.NaN(), nil
	}
	sum := 0.0
	for i := range x.n {
		v, err := of(in.truth.array(i), x.array(i), 1)
		if err != nil {
			return 0, err
		}
		sum += v
	}
	return sum / float64(x.n), nil
}

// Names of metrics.
const (
	psnrGain = "psnr-gain"
	psnr     = "psnr"
)

func (in *instance) metrics(q quality) []problems.Metric {
	ms := []problems.Metric{
		{Name: psnrGain, Value: q.psnr - in.nothing, Unit: "dB", Better: problems.Higher},
		{Name: psnr, Value: q.psnr, Unit: "dB", Better: problems.Higher},
		{Name: "psnr-worst", Value: q.worst, Unit: "dB", Better: problems.Higher},
		{Name: "psnr-nothing", Value: in.nothing, Unit: "dB", Better: problems.Neither},
		{Name: "mse", Value: q.mse, Better: problems.Lower},
	}
	if !math.IsNaN(q.ssim) {
		ms = append(ms, problems.Metric{Name: "ssim", Value: q.ssim, Better: problems.Higher})
	}
	if !math.IsNaN(q.msssim) {
		ms = append(ms, problems.Metric{Name: "ms-ssim", Value: q.msssim, Better: problems.Higher})
	}
	return ms
}
