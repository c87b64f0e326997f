// Package restoration defines problems of image restoration, recover x from y = D(x) + noise, on procedural images
// or a folder of the user's, and judges the images that solvers return by their likeness to x.
package restoration

import (
	"context"
	"fmt"

	"google.golang.org/protobuf/proto"

	"github.com/solverbench/solverbench/metrics"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	restorationv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/restoration/v1"
	"github.com/solverbench/solverbench/problems"
)

// Family returns the family restoration.
func Family() problems.Family {
	return problems.Family{
		Name:   "restoration",
		Title:  "image restoration: recover x from y = D(x) + noise",
		Schema: "solverbench.restoration.v1.Task",
		RankBy: psnr,
		Problems: []problems.Problem{
			denoiseProblem(), deblurProblem(), inpaintProblem(), superResolutionProblem(), jpegProblem(), lowLightProblem(),
			folderProblem(),
		},
		Solution: solution, Arrays: arrays, MainArray: mainArray, Images: true,
	}
}

const mainArray = "images"

// solution makes the message of a solution from its array, [N][H][W][C]; [N][H][W] and [H][W] stand for
// images of one channel.
func solution(arrays map[string]metrics.Array) (proto.Message, error) {
	x, ok := arrays[mainArray]
	if !ok {
		return nil, fmt.Errorf("no array %s", mainArray)
	}
	shape := x.Shape
	switch len(shape) {
	case 2:
		shape = []int{1, shape[0], shape[1], 1}
	case 3:
		shape = []int{shape[0], shape[1], shape[2], 1}
	case 4:
	default:
		return nil, fmt.Errorf("%s: shape %v, expected [N][H][W][C], or [N][H][W] or [H][W] for one channel", mainArray, shape)
	}
	return &restorationv1.Solution{Images: commonv1.Float64(x.Values, shape...)}, nil
}

func arrays(m proto.Message) (map[string]metrics.Array, error) {
	a := m.(*restorationv1.Solution).Images
	x, err := a.Float64s()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", mainArray, err)
	}
	return map[string]metrics.Array{mainArray: {Shape: a.Dims(), Values: x}}, nil
}

// build makes an instance of the images of a source, degraded.
func (s source) build(ctx context.Context, d degradation, common problems.Common) (problems.Instance, error) {
	truth, err := s.load(ctx, common.Seed, d.multiple())
	if err != nil {
		return nil, err
	}
	return newInstance(ctx, truth, d, common)
}

const (
	domain = "images [N][H][W][C] in [0, 1]; y is not clipped"
	judged = "metrics are of the solution clipped to [0, 1] and means over images, whose PSNR counts at most 100 dB each; " +
		"ssim takes images of at least 11×11, ms-ssim of 176×176; fd-scattering and kid-scattering compare sets of at least " +
		"248 patches (64×64 at stride 32, at most 512 of them) and come with their number and the floor; " +
		"psnr-gain is the mean PSNR less that of doing nothing"
	exact = "exact"
)

func ladder() []float64 { return []float64{0, 3, 6, 9} }

// doc documents a degradation; nothing says what doing nothing about it is.
func doc(summary, equation, extra, nothing, source string) problems.Doc {
	where := domain
	if extra != "" {
		where += "; " + extra
	}
	return problems.Doc{
		Summary: summary, Equation: equation, Domain: where,
		Truth: "the images themselves, procedural ones in 8 bits; " + judged + ", which is " + nothing, Accuracy: exact,
		Ladder: ladder(), Source: source,
	}
}
