package site

import (
	"bytes"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What several runs share is one file, and a single file has all in it.
func TestGallery(t *testing.T) {
	in := sample(1, 4, 4)
	dir := write(t, in)
	files, err := filepath.Glob(filepath.Join(dir, "images", "*.png"))
	if err != nil || len(files) != 3 { // of the truth, two solutions of which one is like it, and an error
		t.Errorf("%d files, error %v, expected 3", len(files), err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "problem-poisson-p0.html"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`<figcaption>truth</figcaption>`, `<figcaption>alpha[k=0]: rel-residual 1e-09</figcaption>`, `alt="error of alpha[k=0]"`,
		`width="16" height="16"`, `Values from 0 (violet) to 1 (yellow).`,
	} {
		if !bytes.Contains(text, []byte(want)) {
			t.Errorf("the page of the problem lacks %s", want)
		}
	}
	if n := bytes.Count(text, []byte("<img ")); n != 4 {
		t.Errorf("%d images on the page, expected 4", n)
	}

	var single bytes.Buffer
	if err := New(in).WriteSingle(&single); err != nil {
		t.Fatal(err)
	}
	// Bytes as in data:image/png;base64,iVBORw0KGgo=, in which + is escaped in HTML.
	data := strings.ReplaceAll("data:image/png;base64,"+base64.StdEncoding.EncodeToString(square(200)), "+", "&#43;")
	if n := strings.Count(single.String(), data); n != 1 {
		t.Errorf("the solution is %d times in the single file, expected once", n)
	}
	if !strings.Contains(single.String(), "img-src data:;") || strings.Contains(string(text), "data:") {
		t.Error("pages may have images of their folder, and a single file those within it; expected no more")
	}
}

func TestGalleryHostile(t *testing.T) {
	in := sample(1, 4, 4)
	nasty := "<img src=x onerror=alert(1)>\u202e\x1b\""
	g := in.Galleries["poisson/p0[n=31]"]
	g.Note, g.Given[0].Caption = nasty, nasty
	p := g.Solutions[1]
	p.Solution.Caption, p.Solution.PNG = nasty, []byte("no PNG")
	g.Solutions[1] = p
	text, err := os.ReadFile(filepath.Join(write(t, in), "problem-poisson-p0.html"))
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"<img src=x", "\u202e", "\x1b"} {
		if bytes.Contains(text, []byte(bad)) {
			t.Errorf("the page holds %q", bad)
		}
	}
}
