package arrayio

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/solverbench/solverbench/metrics"
)

func TestReadImages(t *testing.T) {
	grey := counting(12, func(i int) float64 { return float64(20*i) / 255 })
	var colour []float64
	for i := range 12 {
		colour = append(colour, float64(20*i)/255, float64(20*i+1)/255, float64(255-20*i)/255)
	}
	for name, tolerance := range map[string]float64{
		"grey-alpha.png": 0, "grey16.png": 1e-15, "grey16.tif": 1e-15, "grey.jpg": 0.02,
		"rgb-alpha.png": 0, "palette.png": 0.01, "rgb16.tif": 1e-15, "rgb-lzw.tiff": 0,
	} {
		want := metrics.Array{Shape: []int{3, 4, 3}, Values: colour}
		if name[:2] == "gr" {
			want = metrics.Array{Shape: []int{3, 4, 1}, Values: grey}
		}
		got, err := Read(filepath.Join("testdata", name))
		if err != nil {
			t.Error(err)
			continue
		}
		if !slices.Equal(got.Shape, want.Shape) {
			t.Errorf("%s: shape %v, want %v", name, got.Shape, want.Shape)
			continue
		}
		for i, v := range want.Values {
			if math.Abs(got.Values[i]-v) > tolerance {
				t.Errorf("%s: value %d is %v, want %v", name, i, got.Values[i], v)
			}
		}
	}
}

func TestReadColourJPEG(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 16, 16))
	for i := range 256 {
		img.SetRGBA(i%16, i/16, color.RGBA{200, 100, 50, 255})
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 100}); err != nil {
		t.Fatal(err)
	}
	a, err := decodeImage(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range a.Values {
		levels := v * 255
		if math.Abs(levels-[]float64{200, 100, 50}[i%3]) > 2 || math.Abs(levels-math.Round(levels)) > 1e-9 {
			t.Fatalf("value %d: %v of 255", i, levels)
		}
	}
}

// Writing rounds to the nearest of 256 levels and clips.
func TestWritePNG(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.png")
	rapid.Check(t, func(rt *rapid.T) {
		h, w, c := rapid.IntRange(1, 5).Draw(rt, "h"), rapid.IntRange(1, 5).Draw(rt, "w"), rapid.SampledFrom([]int{1, 3}).Draw(rt, "c")
		a := metrics.Array{Shape: []int{h, w, c}, Values: rapid.SliceOfN(rapid.Float64Range(-0.5, 1.5), h*w*c, h*w*c).Draw(rt, "values")}
		if err := WritePNG(path, a); err != nil {
			t.Fatal(err)
		}
		got, err := Read(path)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got.Shape, a.Shape) {
			t.Fatalf("shape %v, want %v", got.Shape, a.Shape)
		}
		for i, v := range a.Values {
			if math.Abs(got.Values[i]-min(max(v, 0), 1)) > 0.5000001/255 {
				t.Fatalf("value %d: read %v, wrote %v", i, got.Values[i], v)
			}
		}
	})
	for text, a := range map[string]metrics.Array{
		"value at row 0, column 1: NaN":                {Shape: []int{1, 2}, Values: []float64{0, math.NaN()}},
		"shape: [1 2 2], expected an image [H][W]":     {Shape: []int{1, 2, 2}, Values: make([]float64, 4)},
		"shape: [2 2], expected one for 3 values":      {Shape: []int{2, 2}, Values: make([]float64, 3)},
		"shape: no pixels, expected at least one":      {Shape: []int{0, 2}},
		"shape: [4], expected an image [H][W], [H][W]": {Shape: []int{4}, Values: make([]float64, 4)},
	} {
		wantError(t, WritePNG("a.png", a), "a.png: "+text)
	}
}

// bigPNG claims an extent that its few bytes do not hold.
func bigPNG(w, h uint32) []byte {
	chunk := []byte("IHDR")
	chunk = binary.BigEndian.AppendUint32(chunk, w)
	chunk = binary.BigEndian.AppendUint32(chunk, h)
	chunk = append(chunk, 8, 2, 0, 0, 0) // colours of 8 bits
	data := append([]byte("\x89PNG\r\n\x1a\n"), 0, 0, 0, 13)
	data = append(data, chunk...)
	data = binary.BigEndian.AppendUint32(data, crc32.ChecksumIEEE(chunk))
	data = append(data, 0, 0, 0, 0)
	return append(data, "IDAT\x35\xaf\x06\x1e"...)
}

func malformedImages(t testing.TB) map[string][]byte {
	whole, err := os.ReadFile(filepath.Join("testdata", "rgb-alpha.png"))
	if err != nil {
		t.Fatal(err)
	}
	return map[string][]byte{
		`first bytes: "", expected those of a PNG, JPEG or TIFF image`: {},
		`first bytes: "GIF89a"`:                                                        []byte("GIF89a"),
		`image header: the file ends here`:                                             whole[:20],
		`image data: png: invalid format: not enough pixel data`:                       whole[:60],
		`image size: 100000×100000, expecte`:                                           bigPNG(100000, 100000),
		`image size: 8000×8000, expected at most 1474560 pixels in a file of 45 bytes`: bigPNG(8000, 8000),
		`image header: png: invalid format: `:                                          bigPNG(0, 5),
		`image header: tiff: `:                                                         []byte("II*\x00\x08\x00\x00\x00\x01\x00\x00\x01\x03\x00\x01\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00"),
	}
}

func TestMalformedImages(t *testing.T) {
	for text, data := range malformedImages(t) {
		path := filepath.Join(t.TempDir(), "a.PNG")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Read(path)
		wantError(t, err, path+": "+text)
	}
}

func TestGuard(t *testing.T) {
	_, err := guard(func() (image.Image, error) { panic("index out of range") })
	wantError(t, err, "malformed: index out of range")
}

func FuzzImage(f *testing.F) {
	for _, data := range malformedImages(f) {
		f.Add(data)
	}
	for _, pattern := range []string{"*.png", "*.jpg", "*.tif*"} {
		addFiles(f, pattern)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := decodeImage(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		for i, v := range a.Values {
			if !(v >= 0 && v <= 1) {
				t.Fatalf("value %d: %v, want one in [0, 1]", i, v)
			}
		}
		img, err := toImage(a)
		if err != nil {
			t.Fatal(err)
		}
		if err := png.Encode(&bytes.Buffer{}, img); err != nil {
			t.Fatal(err)
		}
	})
}

func TestReadSet(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"b.png", "a.PNG", "c10.png", "c9.png", ".hidden.png"} {
		if err := WritePNG(filepath.Join(dir, name), metrics.Array{Shape: []int{1, 1}, Values: []float64{1}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "index.json"), []byte("[]"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "sub.png"), 0o700); err != nil {
		t.Fatal(err)
	}
	set, err := ReadSet(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, item := range set {
		names = append(names, item.Name)
	}
	if want := []string{"a.PNG", "b.png", "c10.png", "c9.png"}; !slices.Equal(names, want) {
		t.Errorf("read %v, want %v", names, want)
	}
	if set, err = ReadSet(filepath.Join("testdata", "vector.npy")); err != nil || len(set) != 1 || set[0].Name != "vector.npy" {
		t.Errorf("one file: %v, %v", set, err)
	}
	_, err = ReadSet(filepath.Join(dir, "sub.png"))
	wantError(t, err, "sub.png: 0 entries, expected at least one file named .npy")
	_, err = ReadSet(filepath.Join(dir, "none"))
	wantError(t, err, "none: no such file")
	_, err = Read(filepath.Join(dir, "sub.png"))
	wantError(t, err, "sub.png: a folder, expected a regular file")
	_, err = Read(filepath.Join(dir, "index.json"))
	wantError(t, err, `index.json: extension: ".json", expected .npy`)
	if err := os.WriteFile(filepath.Join(dir, "d.npy"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = ReadSet(dir)
	wantError(t, err, filepath.Join(dir, "d.npy")+": magic string")
}
