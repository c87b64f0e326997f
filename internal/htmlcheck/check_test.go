package htmlcheck

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/net/html"
)

// pageOf is a page without faults but for what is put into it.
func pageOf(body string) string {
	return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>t</title></head><body><main><h1>h</h1>` + body + `</main></body></html>`
}

func check(t *testing.T, c Checker, files map[string]string) []string {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	found, err := c.Folder(fsys)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestFaults(t *testing.T) {
	for body, want := range map[string]string{
		`<p>one<p>two</p>`:                       `<p> within <p>`,
		`<p><ul><li>x</ul></p>`:                  `<ul> within <p>`,
		`<div><span></div></span>`:               `</div> where <span> is open`,
		`<div>`:                                  `</main> where <div> is open`,
		`</em>`:                                  `</em> without a beginning`,
		`<br></br>`:                              `</br>, which has no end`,
		`<div/>`:                                 `<div/> is no element that closes itself`,
		`<li>x</li>`:                             `<li> within <main>`,
		`<table>x<tr><th>y</table>`:              `text within <table>: "x"`,
		`<table><tr><td>y</table>`:               `<table> without headings`,
		`<a href="#b">x<button>y</button></a>`:   `<button> within <a>`,
		`<p id="a">x</p><p id="a">y</p>`:         `id "a" twice`,
		`<p id="a b">x</p>`:                      `id "a b", expected a word`,
		`<img src="data:,">`:                     `<img> without alt`,
		`<p style="color:red">x</p>`:             `<p> with the attribute style, which a policy forbids`,
		`<button onclick="f()">x</button>`:       `<button> with the attribute onclick, which a policy forbids`,
		`<script>f()</script>`:                   `<script> within the page`,
		`<style>p{}</style>`:                     `<style> within the page`,
		`<button></button>`:                      `<button> without text`,
		`<h3>x</h3>`:                             `<h3> after a heading of level 1: "x"`,
		`<input>`:                                `<input> without a label`,
		`<label for="x">y</label>`:               `for="x", and there is no such id`,
		`<p aria-labelledby="one two" id="one">`: `aria-labelledby="two", and there is no such id`,
		`<a href="#nowhere">x</a>`:               `link to "#nowhere": there is no such place`,
		`<a href="none.html">x</a>`:              `link to "none.html": there is no such file`,
		`<a href="other.html#nowhere">x</a>`:     `link to "other.html#nowhere": there is no such place`,
		`<a href="https://example.org/">x</a>`:   `link to "https://example.org/": it leaves the folder`,
		`<a href="%zz">x</a>`:                    `link to "%zz": it cannot be parsed`,
		`<dl><p>x</p><dt>y</dl><dt>z`:            `<dt> within <main>`,
		`<figcaption>x</figcaption>`:             `<figcaption> within <main>`,
		`<p>a` + "\x00" + `b</p>`:                `a null character in <p>`,
		`<svg><g><path/></svg></g>`:              `</svg> where <g> is open`,
	} {
		found := check(t, Checker{}, map[string]string{"index.html": pageOf(body), "other.html": pageOf("")})
		if !slices.ContainsFunc(found, func(f string) bool { return strings.Contains(f, want) }) {
			t.Errorf("%s: found %q, expected %q", body, found, want)
		}
	}
}

func TestWhole(t *testing.T) {
	for text, want := range map[string]string{
		`<html lang="en"><title>t</title><main><h1>h</h1></main></html>`:                `it does not begin with <!doctype html>`,
		`<!doctype html><html><title>t</title><main><h1>h</h1></main></html>`:           `<html> without lang`,
		`<!doctype html><html lang="en"><title> </title><main><h1>h</h1></main></html>`: `no <title>`,
		`<!doctype html><html lang="en"><title>t</title><h1>h</h1></html>`:              `no <main>`,
		`<!doctype html><html lang="en"><title>t</title><main></main></html>`:           `no <h1>`,
		`<!doctype html><html lang="en"><title>t</title><main><h1>h</h1></main>`:        `<html> is not closed`,
	} {
		if found := check(t, Checker{}, map[string]string{"index.html": text}); len(found) != 1 || found[0] != "index.html: "+want {
			t.Errorf("%s: found %q, expected %q alone", text, found, want)
		}
	}
}

// What the standard allows is not found fault with: tags that may be left out, drawings, links to what is there.
func TestFaultless(t *testing.T) {
	body := `<p>one</p><ul><li>x<li>y</ul><dl><dt>a<dd>b<dt>c<dd>d</dl><br><img src="a%20b.png" alt="">
		<table><thead><tr><th>x<th>y</tr></thead><tbody><tr><td>1<td>2<tr><td>3<td>4</tbody></table>
		<table><tr><th>x<tr><td>y</table>
		<svg viewBox="0 0 1 1"><g><path d="M0 0"/><title>t</title></g></svg>
		<label>name <input></label><label for="i">x</label><input id="i"><input aria-label="z">
		<a href="#i">i</a><a href="sub/page.html#r7">run</a><a href="#r9"><img src="data:," alt="nine"></a><a href="x.csv" download>x</a>
		<section><h2>a</h2><h3>b</h3></section><section><h2>c</h2></section>
		<details><summary>s</summary><pre>t</pre></details><figure><figcaption>u</figcaption></figure>
		<script type="application/json">{"a":"<b>"}</script><p data-r="9" aria-describedby="i">nine</p>`
	c := Checker{Anchor: func(n *html.Node) string {
		for _, a := range n.Attr {
			if a.Key == "data-r" {
				return "r" + a.Val
			}
		}
		return ""
	}}
	found := check(t, c, map[string]string{"index.html": pageOf(body), "sub/page.html": pageOf(`<p data-r="7">seven</p><a href="../index.html">up</a>`), "a b.png": "", "x.csv": ""})
	for _, f := range found {
		t.Error(f)
	}
	c.Inline = true
	if found := check(t, c, map[string]string{"index.html": pageOf(`<script>if (a < b) f("</p>")</script><style>p > a {}</style>`)}); len(found) > 0 {
		t.Error(found)
	}
}

func ExampleChecker_Folder() {
	pages := fstest.MapFS{"index.html": {Data: []byte(`<!doctype html><html lang="en"><title>t</title><main><h1>h</h1><p><div></div></p></main></html>`)}}
	found, err := Checker{}.Folder(pages)
	fmt.Println(found, err)
	// Output: [index.html: <div> within <p>] <nil>
}
