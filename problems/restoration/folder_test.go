package restoration

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	stdjpeg "image/jpeg"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/image/tiff"

	"github.com/solverbench/solverbench/plugins/option"
)

// write writes an image by its extension.
func write(t testing.TB, path string, img image.Image) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	switch filepath.Ext(path) {
	case ".png":
		err = png.Encode(f, img)
	case ".jpg":
		err = stdjpeg.Encode(f, img, &stdjpeg.Options{Quality: 100})
	default:
		err = tiff.Encode(f, img, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// ramp is 10 y + x, and in colours R, G and B that, 20 more and 40 more.
func ramp(h, w int, colour bool) image.Image {
	r := image.Rect(0, 0, w, h)
	gray, rgb := image.NewGray(r), image.NewRGBA(r)
	for y := range h {
		for x := range w {
			v := uint8(2*y + x)
			gray.SetGray(x, y, color.Gray{Y: v})
			rgb.SetRGBA(x, y, color.RGBA{R: v, G: v + 20, B: v + 40, A: 255})
		}
	}
	if colour {
		return rgb
	}
	return gray
}

func TestFolder(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a.png"), ramp(30, 41, false))
	write(t, filepath.Join(dir, "b.tiff"), ramp(40, 31, true))
	write(t, filepath.Join(dir, "c.jpg"), ramp(33, 33, false))
	for _, other := range []string{"notes.txt", "saved.npy", ".hidden.png"} {
		if err := os.WriteFile(filepath.Join(dir, other), []byte("not an image"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	folder := func(params map[string]string) *instance {
		params["path"] = dir
		return mustBuild(t, "folder", params)
	}

	in := folder(map[string]string{})
	x := in.truth
	if x.n != 3 || x.h != 30 || x.w != 31 || x.c != 3 {
		t.Fatalf("shape %v, expected the least height and width of all and three channels", x.shape())
	}
	// a.png loses five columns at each side, b.tiff five rows above and below.
	for _, c := range []struct {
		n, i, j, k int
		want       float64
	}{{0, 0, 0, 0, 5}, {0, 29, 30, 2, 2*29 + 35}, {1, 0, 0, 0, 10}, {1, 0, 0, 1, 30}, {1, 29, 30, 2, 2*34 + 30 + 40}} {
		if got := 255 * x.image(c.n)[(c.i*x.w+c.j)*3+c.k]; math.Abs(got-c.want) > 1e-9 {
			t.Errorf("image %d at %d %d %d: %v, expected %v", c.n, c.i, c.j, c.k, got, c.want)
		}
	}

	if x := folder(map[string]string{"count": "1"}).truth; x.n != 1 || x.h != 30 || x.w != 41 || x.c != 1 {
		t.Errorf("the first: shape %v, expected a.png's own", x.shape())
	}
	x = folder(map[string]string{"gray": "true", "count": "2", "crop": "20"}).truth
	if x.n != 2 || x.h != 20 || x.w != 20 || x.c != 1 {
		t.Fatalf("gray, cropped: shape %v", x.shape())
	}
	// b.tiff from row 10, column 5: red is 25.
	if got, want := 255*x.image(1)[0], 0.2125*25+0.7154*45+0.0721*65; math.Abs(got-want) > 1e-9 {
		t.Errorf("luminance %v, expected %v", got, want)
	}
	if x := folder(map[string]string{"degradation": "jpeg"}).truth; x.h != 24 || x.w != 24 {
		t.Errorf("jpeg: %d×%d, expected a multiple of 8", x.h, x.w)
	}

	// Degradations are those of the problems of their names.
	for _, name := range degradations {
		a := folder(map[string]string{"degradation": name, "gray": "true", "count": "2", "seed": "3"})
		b := mustBuild(t, name, map[string]string{"path": dir, "count": "2", "seed": "3"})
		if !equal(degraded(t, a).pix, degraded(t, b).pix) || !equal(a.truth.pix, b.truth.pix) || a.nothing != b.nothing {
			t.Errorf("folder with %s differs from %s of the folder", name, name)
		}
	}
}

func TestFolderErrors(t *testing.T) {
	dir := t.TempDir()
	sub := func(name string) string {
		path := filepath.Join(dir, name)
		if err := os.Mkdir(path, 0o700); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good, empty, arrays, corrupt, tiny := sub("good"), sub("empty"), sub("arrays"), sub("corrupt"), sub("tiny")
	for i := range 2 {
		write(t, filepath.Join(good, fmt.Sprintf("%d.png", i)), ramp(20+10*i, 40, false))
	}
	if err := os.WriteFile(filepath.Join(arrays, "x.npy"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(corrupt, "1.png"), ramp(20, 20, false))
	whole, err := os.ReadFile(filepath.Join(corrupt, "1.png"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(corrupt, "2.png"), whole[:len(whole)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(tiny, "t.png"), ramp(40, 15, false))

	for _, c := range []struct {
		name, problem string
		params        map[string]string
		option        string   // that an *option.Error is about, if it is one
		mentions      []string // in the message
	}{
		{"no path", "folder", map[string]string{}, "path", []string{"a folder of PNG, JPEG or TIFF"}},
		{"missing", "folder", map[string]string{"path": dir + "/none"}, "path", []string{dir + "/none", "a folder of PNG, JPEG or TIFF"}},
		{"a file", "folder", map[string]string{"path": good + "/0.png"}, "path", []string{"0.png", "a folder"}},
		{"empty", "folder", map[string]string{"path": empty}, "path", []string{empty, ".png"}},
		{"arrays", "denoise", map[string]string{"path": arrays}, "path", []string{arrays, ".npy"}},
		{"corrupt", "folder", map[string]string{"path": corrupt}, "", []string{filepath.Join(corrupt, "2.png")}},
		{"too small for crop", "folder", map[string]string{"path": good, "crop": "25"}, "", []string{filepath.Join(good, "0.png"), "20×40", "25×25", "crop"}},
		{"crop to nearly nothing", "folder", map[string]string{"path": good, "crop": "5", "degradation": "jpeg"}, "crop", []string{"at least 16"}},
		{"tiny", "deblur", map[string]string{"path": tiny}, "", []string{"t.png", "40×15", "16×16"}},
		{"crop of nothing", "denoise", map[string]string{"crop": "20"}, "crop", []string{"without path"}},
		{"size of a folder", "denoise", map[string]string{"path": good, "size": "64"}, "size", []string{"path"}},
		{"kind of a folder", "denoise", map[string]string{"path": good, "images": "strokes"}, "images", []string{"path"}},
		{"another's parameter", "folder", map[string]string{"path": good, "degradation": "jpeg", "sigma": "50"}, "sigma", []string{"degradation=jpeg has no sigma"}},
		{"too many", "denoise", map[string]string{"size": "2048", "count": "1000"}, "count", []string{"at most 21 images"}},
	} {
		_, err := build(t, c.problem, c.params)
		if err == nil {
			t.Errorf("%s: no error", c.name)
			continue
		}
		var bad *option.Error
		if is := errors.As(err, &bad); is != (c.option != "") || is && bad.Name != c.option {
			t.Errorf("%s: error %q, expected one about the option %q", c.name, err, c.option)
		}
		for _, m := range c.mentions {
			if !strings.Contains(err.Error(), m) {
				t.Errorf("%s: error %q does not mention %q", c.name, err, m)
			}
		}
	}
}
