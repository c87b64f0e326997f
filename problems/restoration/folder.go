package restoration

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/solverbench/solverbench/plugins/option"
	"github.com/solverbench/solverbench/problems"
	"github.com/solverbench/solverbench/problems/arrayio"
)

// minSide is the least height and width of an image.
const minSide = 16

// loadFolder reads the first count images of a folder by name, all if count is 0, and crops them to one
// size as folderParams documents.
func loadFolder(ctx context.Context, path string, count, crop int, gray bool, multiple int) (images, error) {
	if crop > 0 && crop < minSide {
		return images{}, &option.Error{Name: "crop", Value: fmt.Sprint(crop), Expected: fmt.Sprintf("0 or at least %d", minSide)}
	}
	files, err := imageFiles(path)
	if err != nil {
		return images{}, err
	}
	if count > 0 && len(files) > count {
		files = files[:count]
	}
	pictures := make([]picture, len(files))
	values := 0
	for i, file := range files {
		if err := ctx.Err(); err != nil {
			return images{}, err
		}
		p, err := readPicture(file)
		if err != nil {
			return images{}, err
		}
		if gray {
			p = p.gray()
		}
		if values += len(p.pix); values > maxValues {
			return images{}, &option.Error{Name: "count", Value: fmt.Sprint(count),
				Expected: fmt.Sprintf("at most %d, beyond which the images of %s take too much memory", i, path)}
		}
		pictures[i] = p
	}
	h, w, err := commonSize(pictures, crop, multiple)
	if err != nil {
		return images{}, err
	}
	c := slices.MaxFunc(pictures, func(a, b picture) int { return a.c - b.c }).c
	return gather(pictures, h, w, c)
}

// imageFiles lists the images in a folder by name.
func imageFiles(path string) ([]string, error) {
	const expected = "a folder of PNG, JPEG or TIFF images"
	files, err := arrayio.Files(path)
	if err != nil {
		return nil, &option.Error{Name: "path", Value: path, Expected: fmt.Sprintf("%s (%v)", expected, err)}
	}
	files = slices.DeleteFunc(files, func(f string) bool { return strings.EqualFold(filepath.Ext(f), ".npy") })
	if len(files) == 0 {
		return nil, &option.Error{Name: "path", Value: path, Expected: expected + " (it holds .npy arrays only)"}
	}
	return files, nil
}

func readPicture(file string) (picture, error) {
	a, err := arrayio.Read(file)
	if err != nil {
		return picture{}, err
	}
	return picture{file, a.Shape[0], a.Shape[1], a.Shape[2], a.Values}, nil
}

// commonSize returns the size to crop to: crop×crop, or the least height and width, cut to a multiple.
func commonSize(pictures []picture, crop, multiple int) (h, w int, err error) {
	least := minSide
	if crop > 0 {
		least = crop
	}
	var small []error
	for _, p := range pictures {
		if p.h < least || p.w < least {
			what := "the least size"
			if crop > 0 {
				what = "asked for by crop"
			}
			small = append(small, fmt.Errorf("%s: image of %d×%d (height × width), expected at least %d×%d, %s", p.name, p.h, p.w, least, least, what))
		}
	}
	if len(small) > 0 {
		return 0, 0, errors.Join(small[:min(len(small), 5)]...)
	}
	h, w = crop, crop
	if crop == 0 {
		h = slices.MinFunc(pictures, func(a, b picture) int { return a.h - b.h }).h
		w = slices.MinFunc(pictures, func(a, b picture) int { return a.w - b.w }).w
	}
	return h / multiple * multiple, w / multiple * multiple, nil
}

// folderParams are the parameters of every degradation, of which those of one are used.
type folderParams struct {
	Path        string `opt:"path,path" doc:"the folder; its PNG, JPEG and TIFF files are used, not its subfolders"`
	Degradation string `opt:"degradation,choices=denoise|deblur|inpaint|super-resolution|jpeg|low-light" doc:"what is done to the images; the parameters of the others must keep their defaults"`
	Count       int    `opt:"count,min=0" doc:"how many images, the first so many by name; 0: all"`
	Crop        int    `opt:"crop,min=0" doc:"crop about the centre to crop×crop; 0: to the least height and the least width among the images"`
	Gray        bool   `opt:"gray" doc:"luminance only (0.2125 R + 0.7154 G + 0.0721 B); else a set with any colour image is in colour, its gray images with three equal channels"`
	denoise
	blur
	readNoise
	inpaint
	superResolution
	jpeg
	photons
}

var defaultFolder = folderParams{
	Degradation: "denoise",
	denoise:     defaultDenoise, blur: defaultBlur, readNoise: defaultNoise, inpaint: defaultInpaint,
	superResolution: defaultScaling, jpeg: defaultJPEG, photons: defaultPhotons,
}

// chosen returns the degradation asked for. Parameters of another that were changed are an *option.Error, for
// they would have no effect.
func (p folderParams) chosen() (degradation, error) {
	d := map[string]degradation{
		"denoise": p.denoise, "deblur": deblur{p.blur, p.readNoise}, "inpaint": p.inpaint,
		"super-resolution": p.superResolution, "jpeg": p.jpeg, "low-light": lowLight{p.photons, p.readNoise},
	}[p.Degradation]
	used := []string{"path", "degradation", "count", "crop", "gray"}
	for _, v := range option.Values(d) {
		used = append(used, v.Name)
	}
	defaults := option.Values(defaultFolder)
	for i, v := range option.Values(p) {
		if v.Text != defaults[i].Text && !slices.Contains(used, v.Name) {
			return nil, &option.Error{Name: v.Name, Value: v.Text, Expected: "no value, for degradation=" + p.Degradation + " has no " + v.Name}
		}
	}
	return d, nil
}

func folderProblem() problems.Problem {
	problem := problems.Define("folder",
		problems.Doc{
			Summary:  "any of the degradations on a folder of images",
			Equation: "y = D(x) + noise, D as in the problem named by degradation",
			Domain:   domain + "; images are cropped about their centres to one size, for jpeg and super-resolution a multiple of 8 or of the scale",
			Truth:    "the images of the folder; " + judged + ", which depends on the degradation", Accuracy: exact, Ladder: ladder(),
			Source: "the user",
		},
		psnrGain, tolerance, defaultFolder,
		func(ctx context.Context, p folderParams, common problems.Common) (problems.Instance, error) {
			if p.Path == "" {
				return nil, &option.Error{Name: "path", Value: "", Expected: "a folder of PNG, JPEG or TIFF images"}
			}
			d, err := p.chosen()
			if err != nil {
				return nil, err
			}
			truth, err := loadFolder(ctx, p.Path, p.Count, p.Crop, p.Gray, d.multiple())
			if err != nil {
				return nil, err
			}
			return newInstance(ctx, truth, d, common)
		})
	problem.NeedsFile = true
	return problem
}
