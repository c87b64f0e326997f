package arrayio

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"math"

	"golang.org/x/image/tiff"

	"github.com/solverbench/solverbench/metrics"
)

const (
	maxPixels = 1 << 26
	// No format here packs more pixels into a byte: deflate makes at most 1032 bytes of one, of 8 pixels each.
	maxPixelsPerByte = 1 << 15
)

type imageFormat struct {
	magic  []string
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}

// imageFormats are told apart by content, whatever the extension says.
func imageFormats() []imageFormat {
	return []imageFormat{
		{[]string{"\x89PNG\r\n\x1a\n"}, png.DecodeConfig, png.Decode},
		{[]string{"\xff\xd8"}, jpeg.DecodeConfig, jpeg.Decode},
		{[]string{"II*\x00", "MM\x00*"}, tiff.DecodeConfig, tiff.Decode},
	}
}

// decodeImage reads an image as [H][W][C] in [0, 1], C = 1 for grey and 3 for colours; transparency is
// dropped, values are as stored, without gamma correction.
func decodeImage(r io.Reader, size int64) (metrics.Array, error) {
	data, err := io.ReadAll(io.LimitReader(r, size))
	if err != nil {
		return metrics.Array{}, err
	}
	format, err := formatOf(data)
	if err != nil {
		return metrics.Array{}, err
	}
	config, err := guard(func() (image.Config, error) { return format.config(bytes.NewReader(data)) })
	if err != nil {
		return metrics.Array{}, fmt.Errorf("image header: %w", err)
	}
	if err := checkExtent(config.Width, config.Height, len(data)); err != nil {
		return metrics.Array{}, err
	}
	img, err := guard(func() (image.Image, error) { return format.decode(bytes.NewReader(data)) })
	if err != nil {
		return metrics.Array{}, fmt.Errorf("image data: %w", err)
	}
	if isGrey(img, data) {
		return greyArray(img), nil
	}
	return colourArray(img), nil
}

func formatOf(data []byte) (imageFormat, error) {
	for _, f := range imageFormats() {
		for _, magic := range f.magic {
			if bytes.HasPrefix(data, []byte(magic)) {
				return f, nil
			}
		}
	}
	return imageFormat{}, fmt.Errorf("first bytes: %q, expected those of a PNG, JPEG or TIFF image", data[:min(len(data), 8)])
}

// guard makes an error of a decoder's panic: the decoders are not ours and files are hostile.
func guard[T any](f func() (T, error)) (v T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("malformed: %v", p)
		}
	}()
	v, err = f()
	if err != nil {
		err = noEOF(err)
	}
	return v, err
}

// checkExtent refuses images that would not fit in memory, or cannot fit their file.
func checkExtent(w, h, size int) error {
	if w < 1 || h < 1 {
		return fmt.Errorf("image size: %d×%d, expected at least one pixel", w, h)
	}
	most := min(maxPixels, size*maxPixelsPerByte)
	if w > most/h {
		return fmt.Errorf("image size: %d×%d, expected at most %d pixels in a file of %d bytes", w, h, most, size)
	}
	return nil
}

// isGrey also sees grey PNG images with transparency, which are decoded as colours.
func isGrey(img image.Image, data []byte) bool {
	switch img.(type) {
	case *image.Gray, *image.Gray16:
		return true
	}
	const colourType = 25 // offset in the header chunk, which is the first
	const grey, greyAlpha = 0, 4
	return data[0] == '\x89' && (data[colourType] == grey || data[colourType] == greyAlpha)
}

func greyArray(img image.Image) metrics.Array {
	b := img.Bounds()
	a := metrics.Array{Shape: []int{b.Dy(), b.Dx(), 1}, Values: make([]float64, b.Dy()*b.Dx())}
	i := 0
	for y := b.Min.Y; y < b.Max.Y; y++ {
		if m, ok := img.(*image.Gray); ok {
			at := m.PixOffset(b.Min.X, y)
			for _, v := range m.Pix[at : at+b.Dx()] {
				a.Values[i] = float64(v) / 0xff
				i++
			}
			continue
		}
		for x := b.Min.X; x < b.Max.X; x++ {
			a.Values[i] = float64(straight(img.At(x, y)).R) / 0xffff
			i++
		}
	}
	return a
}

func colourArray(img image.Image) metrics.Array {
	b := img.Bounds()
	a := metrics.Array{Shape: []int{b.Dy(), b.Dx(), 3}, Values: make([]float64, b.Dy()*b.Dx()*3)}
	eightBit, interleaved := bytesOf(img)
	i := 0
	for y := b.Min.Y; y < b.Max.Y; y++ {
		if interleaved != nil {
			at := interleaved(b.Min.X, y)
			for pixel := eightBit[at : at+4*b.Dx()]; len(pixel) > 0; pixel = pixel[4:] {
				for c, v := range pixel[:3] {
					a.Values[i+c] = float64(v) / 0xff
				}
				i += 3
			}
			continue
		}
		for x := b.Min.X; x < b.Max.X; x++ {
			c := straight(img.At(x, y))
			a.Values[i], a.Values[i+1], a.Values[i+2] = float64(c.R)/0xffff, float64(c.G)/0xffff, float64(c.B)/0xffff
			i += 3
		}
	}
	return a
}

// bytesOf returns the pixels of images that store straight R, G, B and A in bytes, and where a pixel begins.
func bytesOf(img image.Image) ([]byte, func(x, y int) int) {
	switch m := img.(type) {
	case *image.NRGBA:
		return m.Pix, m.PixOffset
	case *image.RGBA:
		if m.Opaque() {
			return m.Pix, m.PixOffset
		}
	}
	return nil, nil
}

// straight returns a colour not multiplied by its opacity. JPEG's colours are rounded to the 8 bits that
// they decode to.
func straight(c color.Color) color.NRGBA64 {
	switch c := c.(type) {
	case color.YCbCr:
		r, g, b := color.YCbCrToRGB(c.Y, c.Cb, c.Cr)
		return color.NRGBA64{R: uint16(r) * 0x101, G: uint16(g) * 0x101, B: uint16(b) * 0x101, A: 0xffff}
	case color.CMYK:
		r, g, b := color.CMYKToRGB(c.C, c.M, c.Y, c.K)
		return color.NRGBA64{R: uint16(r) * 0x101, G: uint16(g) * 0x101, B: uint16(b) * 0x101, A: 0xffff}
	case color.NRGBA:
		return color.NRGBA64{R: uint16(c.R) * 0x101, G: uint16(c.G) * 0x101, B: uint16(c.B) * 0x101, A: uint16(c.A) * 0x101}
	case color.NRGBA64:
		return c
	}
	return color.NRGBA64Model.Convert(c).(color.NRGBA64)
}

// WritePNG writes an image [H][W], [H][W][1] or [H][W][3] with 8 bits a channel: values are clipped to [0, 1] and
// rounded.
func WritePNG(path string, a metrics.Array) error {
	img, err := toImage(a)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return create(path, func(w io.Writer) error { return png.Encode(w, img) })
}

func toImage(a metrics.Array) (image.Image, error) {
	if err := checkShape(a); err != nil {
		return nil, err
	}
	channels := 1
	switch {
	case len(a.Shape) == 3 && (a.Shape[2] == 1 || a.Shape[2] == 3):
		channels = a.Shape[2]
	case len(a.Shape) != 2:
		return nil, fmt.Errorf("shape: %v, expected an image [H][W], [H][W][1] or [H][W][3]", a.Shape)
	}
	if len(a.Values) == 0 {
		return nil, errors.New("shape: no pixels, expected at least one")
	}
	w := a.Shape[1]
	bounds := image.Rect(0, 0, w, a.Shape[0])
	var img image.Image
	var pixels []byte
	stride := 1
	if channels == 1 {
		m := image.NewGray(bounds)
		img, pixels = m, m.Pix
	} else {
		m := image.NewNRGBA(bounds)
		img, pixels, stride = m, m.Pix, 4
		for i := 3; i < len(pixels); i += stride {
			pixels[i] = 0xff // opaque
		}
	}
	for i, v := range a.Values {
		if math.IsNaN(v) {
			pixel := i / channels
			return nil, fmt.Errorf("value at row %d, column %d: NaN, expected a number", pixel/w, pixel%w)
		}
		pixels[i/channels*stride+i%channels] = uint8(math.Round(min(max(v, 0), 1) * 0xff))
	}
	return img, nil
}
