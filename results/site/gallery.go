package site

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"html/template"
	"image/png"

	"github.com/solverbench/solverbench/results/report"
)

// Gallery has the pictures of solutions of one instance.
type Gallery struct {
	// Given is what solutions are compared with, such as the input and the truth.
	Given []Image
	// Solutions by run.
	Solutions map[int64]Pictures
	// Note says what the colours mean.
	Note string
}

// Pictures are those of a run.
type Pictures struct {
	Solution Image
	Error    *Image // nil if there is none
}

// Image is a PNG with its caption.
type Image struct {
	Caption string
	PNG     []byte
}

// galleryView is a gallery as a page shows it, after the table whose order it has.
type galleryView struct {
	Given   []pictureView
	Answers []answerView
	Note    string
}

// answerView is what is shown of a run's solution.
type answerView struct {
	Run     int64
	Name    string
	Caption string
	Picture pictureView
	Error   *pictureView
}

// pictureView is a picture with its place among the site's.
type pictureView struct {
	File          string
	Caption       string
	Alt           string
	Width, Height int
	Coarse        bool // its pixels are to be seen, and not blurred
}

// coarse is how many pixels a picture has across at most that is shown larger than it is.
const coarse = 192

// gallery arranges the pictures of a table's runs; nil if there are none.
func (v *views) gallery(t *tableView) *galleryView {
	g := v.in.Galleries[t.table.Instance.Label]
	if g == nil {
		return nil
	}
	view := &galleryView{Note: report.Clean(g.Note)}
	for i := range t.table.Rows {
		row := &t.table.Rows[i]
		p, drawn := g.Solutions[row.Run]
		if !drawn {
			continue
		}
		name := displayName(row.Plugin, row.Configuration)
		a := answerView{Run: row.Run, Name: name, Picture: v.picture(p.Solution, "solution of "+name), Caption: report.Clean(p.Solution.Caption)}
		if p.Error != nil {
			e := v.picture(*p.Error, "error of "+name)
			a.Error = &e
		}
		view.Answers = append(view.Answers, a)
	}
	if len(view.Answers) == 0 {
		return nil
	}
	for _, given := range g.Given {
		view.Given = append(view.Given, v.picture(given, given.Caption))
	}
	return view
}

// picture takes an image among those of the site: what many runs share is there once.
func (v *views) picture(image Image, alt string) pictureView {
	sum := sha256.Sum256(image.PNG)
	p := pictureView{File: "images/" + hex.EncodeToString(sum[:8]) + ".png", Caption: report.Clean(image.Caption), Alt: report.Clean(alt)}
	if size, err := png.DecodeConfig(bytes.NewReader(image.PNG)); err == nil { // the page does not jump when it comes
		p.Width, p.Height, p.Coarse = size.Width, size.Height, size.Width <= coarse
	}
	v.pictures[p.File] = image.PNG
	return p
}

// source is what an img element has of a picture.
func (s *Site) source(p pictureView) template.URL {
	if s.single {
		return template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(s.views.pictures[p.File]))
	}
	return template.URL(p.File)
}
