package plot

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"image"
	"image/color"
	"image/png"
	"math"
	"regexp"
	"strings"
	"testing"
)

// ramp is a picture whose values rise with the column and ten times as fast with the row.
func ramp(name string, columns, rows int, shift float64) Picture {
	p := Picture{Name: name, Columns: columns, Rows: rows, Metrics: []Value{{Name: "rel-l2", Value: 1.25e-7}}}
	for k := range columns * rows {
		p.Values = append(p.Values, float64(k%columns)+10*float64(k/columns)+shift)
	}
	return p
}

func scene(columns, rows int) Scene {
	truth := ramp("truth", columns, rows, 0)
	truth.Metrics = nil
	return Scene{
		Instance: "nse/decay", X: Span{"x", 0, 1}, Y: Span{"y", 0, 1}, Truth: &truth,
		Answers: []Picture{ramp("near", columns, rows, 1e-6), ramp("far", columns, rows, 1)},
	}
}

var embedded = regexp.MustCompile(`data:image/png;base64,([^"]*)"`)

// images returns those in an SVG, in order.
func images(t *testing.T, svg []byte) (all []image.Image) {
	t.Helper()
	for _, m := range embedded.FindAllSubmatch(svg, -1) {
		data, err := base64.StdEncoding.DecodeString(string(m[1]))
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, img)
	}
	return all
}

func at(img image.Image, x, y int) color.RGBA {
	return color.RGBAModel.Convert(img.At(x, y)).(color.RGBA)
}

// TestField: the first row is at the bottom, a pixel is a value, and all pictures have the scale of the truth.
func TestField(t *testing.T) {
	f, err := Field(scene(4, 3))
	if err != nil {
		t.Fatal(err)
	}
	svg := written(t, f, "svg", Size{})
	all := images(t, svg)
	if len(all) != 4 { // with the bar of colours
		t.Fatalf("%d images, expected 4", len(all))
	}
	bar, truth, far := all[0], all[1], all[3]
	if b := truth.Bounds(); b.Dx() != 4 || b.Dy() != 3 {
		t.Fatalf("the truth is %v, expected a pixel a value", b)
	}
	if got := at(truth, 0, 2); got != viridis.at(0) {
		t.Errorf("lower left is %v, expected the least", got)
	}
	if got := at(truth, 3, 0); got != viridis.at(1) {
		t.Errorf("upper right is %v, expected the most", got)
	}
	if got := at(far, 3, 0); got != viridis.at(1) {
		t.Errorf("beyond the scale is %v, expected the colour of its end", got)
	}
	if at(bar, 0, 0) != viridis.at(0) || at(bar, 255, 0) != viridis.at(1) {
		t.Error("the bar does not have the ends of the scale")
	}
	if !bytes.Contains(svg, []byte("rel-l2 1.25·10")) {
		t.Error("no caption has its metric")
	}
	if want := []string{"nse/decay", "near", "rel-l2", "1.25e-07", ""}; strings.Join(f.Data.Rows[0], "|") != strings.Join(want, "|") {
		t.Errorf("data: %v, expected %v", f.Data.Rows[0], want)
	}
}

// TestSigned: fields of both signs have a map in which zero is neither, and what is no number has a colour of its own.
func TestSigned(t *testing.T) {
	s := scene(4, 3)
	for k := range s.Truth.Values {
		s.Truth.Values[k] -= 11
	}
	s.Answers = s.Answers[:1]
	s.Answers[0].Values[0], s.Answers[0].Values[1] = math.NaN(), 0
	f, err := Field(s)
	if err != nil {
		t.Fatal(err)
	}
	answer := images(t, written(t, f, "svg", Size{}))[2]
	if got := at(answer, 1, 2); got != diverging.at(.5) {
		t.Errorf("zero is %v, expected the middle of the map, %v", got, diverging.at(.5))
	}
	if got := at(answer, 0, 2); got != diverging.at(math.NaN()) {
		t.Errorf("NaN is %v, expected a colour of its own", got)
	}
}

// TestErrors: errors are on one scale of logarithms; where all are alike the near answer is dark and the far one bright.
func TestErrors(t *testing.T) {
	f, err := Errors(scene(4, 3))
	if err != nil {
		t.Fatal(err)
	}
	all := images(t, written(t, f, "svg", Size{}))
	if len(all) != 3 {
		t.Fatalf("%d images, expected 2 and the bar", len(all))
	}
	if near, far := at(all[1], 1, 1), at(all[2], 1, 1); near != viridis.at(0) || far != viridis.at(1) {
		t.Errorf("near is %v and far %v, expected the ends of the map", near, far)
	}
	s := scene(4, 3)
	s.Truth = nil
	if _, err := Errors(s); err == nil || !strings.Contains(err.Error(), "not known at points") {
		t.Errorf("without truth: %v", err)
	}
	for _, rows := range []int{1, 3} { // exact answers and curves are drawn too
		s = scene(40, rows)
		s.Answers[1].Values, s.Answers[0].Values = s.Truth.Values, s.Truth.Values
		if f, err = Errors(s); err != nil {
			t.Fatal(err)
		}
		words(t, written(t, f, "svg", Size{}))
	}
}

// photos are an input of half the size, a truth, and answers that are exact, a bit off and far off.
func photos() Scene {
	one := func(name string, size int, level float64) Picture {
		p := Picture{Name: name, Columns: size, Rows: size, Values: make([]float64, size*size*3)}
		for k := range p.Values {
			p.Values[k] = level
		}
		return p
	}
	truth, input := one("truth", 8, .5), one("input", 4, .25)
	return Scene{Instance: "restoration/super-resolution", Input: &input, Truth: &truth, Answers: []Picture{one("a", 8, .5), one("b", 8, .6), one("c", 8, 1.4)}}
}

// TestImages: input, answers and truth stand in that order over the errors of those that have one.
func TestImages(t *testing.T) {
	s := photos()
	s.Answers[0].Metrics = []Value{{"PSNR", 31, "dB"}, {"SSIM", .875, ""}}
	f, err := Images(s)
	if err != nil {
		t.Fatal(err)
	}
	svg := written(t, f, "svg", Size{})
	all := images(t, svg)
	if len(all) != 1+5+3 {
		t.Fatalf("%d images, expected the bar, five pictures and three errors", len(all))
	}
	for k, want := range []uint8{64, 128, 153, 255, 128} {
		if got := at(all[1+k], 0, 0); got.R != want {
			t.Errorf("picture %d is %v, expected %d", k, got, want)
		}
	}
	for k, want := range []color.RGBA{viridis.at(0), viridis.at(.2), viridis.at(1)} {
		if got := at(all[6+k], 0, 0); got != want {
			t.Errorf("error %d is %v, expected %v", k, got, want)
		}
	}
	for _, caption := range []string{"PSNR 31.0 dB", "SSIM 0.875"} {
		if !bytes.Contains(svg, []byte(caption)) {
			t.Errorf("no caption has %s", caption)
		}
	}
	var x struct{}
	if err := xml.Unmarshal(svg, &x); err != nil {
		t.Error(err)
	}
}

// TestScenesRefused: pictures that do not fit are told.
func TestScenesRefused(t *testing.T) {
	for want, change := range map[string]func(*Scene){
		"there are no solutions to draw": func(s *Scene) { s.Truth, s.Answers = nil, nil },
		"far: 11 values":                 func(s *Scene) { s.Answers[1].Values = s.Answers[1].Values[:11] },
		"near: 4×3 values, expected 3×4": func(s *Scene) { s.Answers[0].Rows, s.Answers[0].Columns = 4, 3 },
		"13 pictures, and a figure that can be read holds 12": func(s *Scene) {
			for range 10 {
				s.Answers = append(s.Answers, s.Answers[0])
			}
		},
	} {
		s := scene(4, 3)
		change(&s)
		if _, err := Field(s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, expected %s", err, want)
		}
	}
}
