package plot

import (
	"math"
	"strings"
	"testing"
)

func rasters(t *testing.T, s Scene, longest int, photos bool) *Rasters {
	t.Helper()
	r, err := s.Rasters(longest, photos)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestFieldRasters: the first row is at the bottom, all have the scale of the truth, errors are in logarithms.
func TestFieldRasters(t *testing.T) {
	r := rasters(t, scene(4, 3), 256, false)
	if len(r.Given) != 1 || len(r.Answers) != 2 || len(r.Errors) != 2 {
		t.Fatalf("%d given, %d answers, %d errors, expected 1, 2, 2", len(r.Given), len(r.Answers), len(r.Errors))
	}
	truth := r.Given[0].Image
	if b := truth.Bounds(); b.Dx() != 4 || b.Dy() != 3 {
		t.Errorf("the truth is %v, expected a pixel a value", b)
	}
	if at(truth, 0, 2) != viridis.at(0) || at(truth, 3, 0) != viridis.at(1) {
		t.Errorf("the least is %v, the most %v, expected the ends of the map", at(truth, 0, 2), at(truth, 3, 0))
	}
	if near, far := at(r.Errors[0].Image, 1, 1), at(r.Errors[1].Image, 1, 1); near != viridis.at(0) || far != viridis.at(1) {
		t.Errorf("near is %v and far %v, expected the ends of the map", near, far)
	}
	if want := "Values from 0 (violet) to 23 (yellow). Errors in logarithms from 1e−06 (violet) to 1 (yellow)."; r.Colours != want {
		t.Errorf("%q, expected %q", r.Colours, want)
	}
}

// TestShrink: a pixel is the mean of the values it stands for, space keeps its proportions, few times have some height.
func TestShrink(t *testing.T) {
	s := scene(8, 4)
	small := s.shrink(s.Truth, 4)
	if small.Columns != 4 || small.Rows != 2 {
		t.Fatalf("%d×%d, expected 4×2", small.Columns, small.Rows)
	}
	if got := small.Values[0]; got != 5.5 { // of 0, 1, 10, 11
		t.Errorf("the first is %v, expected 5.5", got)
	}
	if got := s.shrink(s.Truth, 8); got != s.Truth {
		t.Error("what fits is not as it was")
	}
	s.Y.Label = timeLabel
	tall := s.shrink(s.Truth, 4)
	if tall.Columns != 4 || tall.Rows != 4 {
		t.Errorf("over time: %d×%d, expected 4×4", tall.Columns, tall.Rows)
	}
	few := scene(64, 2)
	few.Y.Label = timeLabel
	if got := few.shrink(few.Truth, 64); got.Rows != 32 || got.Values[0] != 0 || got.Values[31*64] != 10 {
		t.Errorf("of two times: %d rows, expected 32, the first half of which is the first", got.Rows)
	}
	rgb := Picture{Columns: 2, Rows: 1, Values: []float64{0, .2, .4, 1, .4, .8}}
	if got := s.shrink(&rgb, 1).Values; len(got) != 3 || math.Abs(got[0]-.5) > 1e-12 || math.Abs(got[2]-.6) > 1e-12 {
		t.Errorf("of two pixels: %v, expected 0.5, 0.3, 0.6", got)
	}
}

func TestPhotoRasters(t *testing.T) {
	s := photos()
	r := rasters(t, s, 256, true)
	if len(r.Given) != 2 || r.Given[0].Name != s.Input.Name || len(r.Errors) != len(s.Answers) {
		t.Fatalf("%d given, %d errors, expected the input, the truth and one an answer", len(r.Given), len(r.Errors))
	}
	if !strings.HasPrefix(r.Colours, "Errors from 0 (violet) to ") {
		t.Errorf("%q", r.Colours)
	}
}

// TestCurveRasters: fields of one row are curves.
func TestCurveRasters(t *testing.T) {
	r := rasters(t, scene(40, 1), 256, false)
	if len(r.Given) != 0 || len(r.Answers) != 2 || len(r.Errors) != 0 {
		t.Fatalf("%d given, %d answers, %d errors, expected 2 answers", len(r.Given), len(r.Answers), len(r.Errors))
	}
	if b := r.Answers[0].Image.Bounds(); b.Dx() < 400 || b.Dx() > 600 {
		t.Errorf("curves are %d wide", b.Dx())
	}
}

func TestRastersRefused(t *testing.T) {
	for want, spoil := range map[string]func(*Scene){
		"no solutions":         func(s *Scene) { s.Answers = nil },
		"expected 3×4":         func(s *Scene) { s.Answers[1] = ramp("far", 3, 4, 0) },
		"no value is finite":   func(s *Scene) { s.Truth.Values = slicesOf(math.NaN(), 12) },
		"2 values a place":     func(s *Scene) { s.Answers[1].Values = slicesOf(0, 24) },
		"11 values, expected ": func(s *Scene) { s.Answers[0].Values = slicesOf(0, 11) },
	} {
		s := scene(4, 3)
		spoil(&s)
		if _, err := s.Rasters(256, false); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, expected %q", err, want)
		}
	}
	// What is not known has no errors.
	s := scene(4, 3)
	s.Truth = nil
	if r := rasters(t, s, 256, false); len(r.Given)+len(r.Errors) != 0 || len(r.Answers) != 2 {
		t.Errorf("without truth: %d given, %d errors", len(r.Given), len(r.Errors))
	}
}

func slicesOf(x float64, n int) []float64 {
	all := make([]float64, n)
	for k := range all {
		all[k] = x
	}
	return all
}
