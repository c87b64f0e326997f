package restoration

import (
	"context"

	"github.com/solverbench/solverbench/problems"
)

// Defaults of the degradations, alone and in folders.
var (
	defaultDenoise = denoise{Sigma: 25}
	defaultBlur    = blur{Kernel: "gaussian", Width: 1.6, Length: 9, Angle: 30, Edge: "periodic"}
	defaultInpaint = inpaint{Mask: "random", Missing: 0.5, Block: 8}
	defaultScaling = superResolution{Scale: 2}
	defaultJPEG    = jpeg{Quality: 20}
	defaultPhotons = photons{Peak: 30}
	defaultNoise   = readNoise{Noise: 2}
)

// tolerance: a solver that gains anything over doing nothing has solved the problem; its rank is by PSNR.
const tolerance = 0

type denoiseParams struct {
	source
	denoise
}

func denoiseProblem() problems.Problem {
	return problems.Define("denoise",
		doc("remove white Gaussian noise", "y = x + σ n, n standard normal", "", "y",
			"noise levels 15, 25 and 50 as in Dabov, Foi, Katkovnik & Egiazarian 2007"),
		psnrGain, tolerance, denoiseParams{defaultSource, defaultDenoise},
		func(ctx context.Context, p denoiseParams, common problems.Common) (problems.Instance, error) {
			return p.source.build(ctx, p.denoise, common)
		})
}

type deblurParams struct {
	source
	deblur
}

func deblurProblem() problems.Problem {
	return problems.Define("deblur",
		doc("undo a known blur in noise", "y = k ∗ x + σ n, n standard normal, each channel alike",
			"periodic, or reflected half a pixel beyond the edge; gaussian kernels are cut at 4 standard deviations, "+
				"motion is a uniform segment with bilinear weights", "y",
			"Gaussian of width 1.6 as in Danielyan, Katkovnik & Egiazarian 2012"),
		psnrGain, tolerance, deblurParams{defaultSource, deblur{defaultBlur, defaultNoise}},
		func(ctx context.Context, p deblurParams, common problems.Common) (problems.Instance, error) {
			return p.source.build(ctx, p.deblur, common)
		})
}

type inpaintParams struct {
	source
	inpaint
}

func inpaintProblem() problems.Problem {
	return problems.Define("inpaint",
		doc("fill in missing pixels", "y = m x, m = 0 at missing pixels and 1 elsewhere",
			"blocks may overlap and reach beyond the edge, and are laid until the fraction is missing",
			"y with the mean colour of an image's known pixels at the missing ones", "Bertalmio, Sapiro, Caselles & Ballester 2000"),
		psnrGain, tolerance, inpaintParams{defaultSource, defaultInpaint},
		func(ctx context.Context, p inpaintParams, common problems.Common) (problems.Instance, error) {
			return p.source.build(ctx, p.inpaint, common)
		})
}

type superResolutionParams struct {
	source
	superResolution
}

func superResolutionProblem() problems.Problem {
	return problems.Define("super-resolution",
		doc("enlarge images reduced by a known filter",
			"y_i = Σ_j w_ij x_j on each axis, w_ij ∝ K((j−u_i)/s), u_i = (i+½)s − ½, K Keys' cubic (a = −½), Σ_j w_ij = 1",
			"reflected half a pixel beyond the edge", "each pixel of y repeated s×s times",
			"Keys 1981; reduction as in the super-resolution literature (imresize with antialiasing)"),
		psnrGain, tolerance, superResolutionParams{defaultSource, defaultScaling},
		func(ctx context.Context, p superResolutionParams, common problems.Common) (problems.Instance, error) {
			return p.source.build(ctx, p.superResolution, common)
		})
}

type jpegParams struct {
	source
	jpeg
}

func jpegProblem() problems.Problem {
	return problems.Define("jpeg",
		doc("undo the loss of JPEG compression",
			"255 y − 128 = T⁻¹ q round(T(255 x − 128)/q), T the DCT of 8×8 blocks, q the luminance steps of Annex K scaled by quality as libjpeg does",
			"each channel alike, no subsampling, y not rounded to 8 bits", "y", "ISO/IEC 10918-1:1994, Annex K; libjpeg"),
		psnrGain, tolerance, jpegParams{defaultSource, defaultJPEG},
		func(ctx context.Context, p jpegParams, common problems.Common) (problems.Instance, error) {
			return p.source.build(ctx, p.jpeg, common)
		})
}

type lowLightParams struct {
	source
	lowLight
}

func lowLightProblem() problems.Problem {
	return problems.Define("low-light",
		doc("remove the noise of few photons", "y = Poisson(P x)/P + σ n, n standard normal", "", "y",
			"Foi, Trimeche, Katkovnik & Egiazarian 2008"),
		psnrGain, tolerance, lowLightParams{defaultSource, lowLight{defaultPhotons, defaultNoise}},
		func(ctx context.Context, p lowLightParams, common problems.Common) (problems.Instance, error) {
			return p.source.build(ctx, p.lowLight, common)
		})
}
