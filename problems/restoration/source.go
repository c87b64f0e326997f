package restoration

import (
	"context"
	"fmt"

	"github.com/solverbench/solverbench/plugins/option"
	"github.com/solverbench/solverbench/problems/restoration/internal/synthetic"
)

// source says which images are degraded.
type source struct {
	Path   string `opt:"path,path" doc:"folder of PNG, JPEG or TIFF images to use instead of procedural ones"`
	Images string `opt:"images,choices=mixed|dead-leaves|cartoon|strokes|fields" doc:"kind of the procedural images; mixed takes dead leaves, cartoons, strokes and 1/f fields in turn"`
	Size   int    `opt:"size,min=16,max=2048" doc:"height and width of the procedural images; cut to a multiple of 8 for jpeg, of the scale for super-resolution"`
	Count  int    `opt:"count,min=1,max=100000" doc:"how many images; of a folder the first so many by name, or all if it has fewer"`
	Crop   int    `opt:"crop,min=0" doc:"crop the images of a folder about their centres to crop×crop; 0: to the least height and the least width among them"`
	Gray   bool   `opt:"gray" doc:"luminance only (0.2125 R + 0.7154 G + 0.0721 B)"`
}

var defaultSource = source{Images: "mixed", Size: 128, Count: 4, Gray: true}

// maxValues bounds a set of images: 2 GiB of float64.
const maxValues = 1 << 28

// load makes or reads the images, with extents that are multiples of the given number.
func (s source) load(ctx context.Context, seed uint64, multiple int) (images, error) {
	if s.Path != "" {
		switch {
		case s.Images != defaultSource.Images:
			return images{}, &option.Error{Name: "images", Value: s.Images, Expected: "no value beside path, whose images are used"}
		case s.Size != defaultSource.Size:
			return images{}, &option.Error{Name: "size", Value: fmt.Sprint(s.Size), Expected: "no value beside path, whose images are used (crop sets their size)"}
		}
		return loadFolder(ctx, s.Path, s.Count, s.Crop, s.Gray, multiple)
	}
	if s.Crop != 0 {
		return images{}, &option.Error{Name: "crop", Value: fmt.Sprint(s.Crop), Expected: "no value without path (size is the size of procedural images)"}
	}
	return s.draw(ctx, seed, multiple)
}

// draw makes procedural images.
func (s source) draw(ctx context.Context, seed uint64, multiple int) (images, error) {
	c := 3
	if s.Gray {
		c = 1
	}
	if s.Count > maxValues/(3*s.Size*s.Size) {
		return images{}, &option.Error{Name: "count", Value: fmt.Sprint(s.Count),
			Expected: fmt.Sprintf("at most %d images of %d×%d", maxValues/(3*s.Size*s.Size), s.Size, s.Size)}
	}
	pictures := make([]picture, s.Count)
	errs := make([]error, s.Count)
	err := eachImage(ctx, s.Count, func(i int) {
		pix, err := synthetic.Draw(synthetic.Kind(s.Images), s.Size, seed, i)
		errs[i] = err
		pictures[i] = picture{fmt.Sprintf("procedural image %d", i), s.Size, s.Size, 3, pix}
		if s.Gray && err == nil {
			pictures[i] = pictures[i].gray()
			synthetic.Round(pictures[i].pix)
		}
	})
	if err != nil {
		return images{}, err
	}
	for _, err := range errs {
		if err != nil {
			return images{}, err
		}
	}
	side := s.Size / multiple * multiple
	return gather(pictures, side, side, c)
}
