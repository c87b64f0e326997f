package site

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	cdproto "github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	cdpage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// axe-core 4.14.1, of Deque Systems, under the Mozilla Public License 2.0 (testdata/axe.LICENSE).
//
//go:embed testdata/axe.min.js
var axe string

// browser opens pages of a site from file://, without a network, and remembers what they complain of or reach for.
type browser struct {
	t   *testing.T
	ctx context.Context
	dir string

	mu       sync.Mutex
	troubles []string
}

func newBrowser(t *testing.T, dir string) *browser {
	t.Helper()
	path := os.Getenv("CHROMIUM")
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); path == "" && err == nil {
			path = found
		}
	}
	if path == "" {
		t.Skip("there is no Chromium (apt-get install chromium): how pages behave is not tested")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.WindowSize(1200, 900))
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 3*time.Minute)
	t.Cleanup(cancel)
	b := &browser{t: t, ctx: ctx, dir: dir}
	if err := chromedp.Listen(ctx, func(event any) {
		b.mu.Lock()
		defer b.mu.Unlock()
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			b.troubles = append(b.troubles, "exception: "+e.ExceptionDetails.Text)
		case *log.EventEntryAdded:
			if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
				b.troubles = append(b.troubles, "console: "+e.Entry.Text+" "+e.Entry.URL)
			}
		case *network.EventRequestWillBeSent:
			if u := e.Request.URL; !strings.HasPrefix(u, "file://"+dir) && !strings.HasPrefix(u, "data:") {
				b.troubles = append(b.troubles, "request: "+u)
			}
		case *cdpage.EventJavascriptDialogOpening:
			b.troubles = append(b.troubles, "dialog: "+e.Message)
		}
	}); err != nil {
		t.Fatal(err)
	}
	call(b, network.Enable, network.EnableParams{})
	call(b, log.Enable, cdproto.Empty{})
	return b
}

func (b *browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

// call is a command of the protocol that no action has.
func call[P, R any](b *browser, command cdproto.Command[P, R], params P) {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, command, params); err != nil {
		b.t.Fatal(err)
	}
}

// get is the value of an action.
func get[T any](b *browser, action chromedp.Action[T]) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, action)
	if err != nil {
		b.t.Fatal(err)
	}
	return v
}

// open goes to a page, also if only what stands after # changes.
func (b *browser) open(at string) {
	b.t.Helper()
	b.do(chromedp.Navigate("about:blank"), chromedp.Navigate("file://"+filepath.Join(b.dir, at)))
}

// eval is the value of an expression in the page.
func (b *browser) eval(expression string) string {
	b.t.Helper()
	return get(b, chromedp.Evaluate[string]("String("+expression+")"))
}

func (b *browser) expect(what, expression, want string) {
	b.t.Helper()
	if got := b.eval(expression); got != want {
		b.t.Errorf("%s: %s is %q, expected %q", what, expression, got, want)
	}
}

// quiet fails if a page complained, or reached out.
func (b *browser) quiet() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, trouble := range b.troubles {
		if !strings.Contains(trouble, "about:blank") {
			b.t.Error(trouble)
		}
	}
	b.troubles = nil
}

const firstTable = `[...document.querySelectorAll("table.ranking")][0]`

func TestBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a browser some seconds")
	}
	b := newBrowser(t, write(t, sample(2, 8, 6)))

	b.open("problem-poisson-p0.html")
	names := `[...` + firstTable + `.tBodies[0].rows].filter(r => !r.hidden).map(r => r.cells[1].textContent.split("[")[0]).join(" ")`
	order := b.eval(names)
	b.do(chromedp.Click(`table.ranking th:nth-child(2) button`))
	sorted := b.eval(names)
	if sorted == order || strings.Fields(sorted)[0] != "alpha" {
		t.Errorf("sorted by name: %s, before: %s", sorted, order)
	}
	b.expect("sorting", firstTable+`.tHead.rows[0].cells[1].getAttribute("aria-sort")`, "ascending")
	b.do(chromedp.Focus(`table.ranking th:nth-child(2) button`), chromedp.KeyEvent("\r")) // by keyboard
	b.expect("sorting again", firstTable+`.tHead.rows[0].cells[1].getAttribute("aria-sort")`, "descending")
	address := b.eval("location.hash")
	b.open("problem-poisson-p0.html" + address)
	b.expect("the address keeps the order", firstTable+`.tHead.rows[0].cells[1].getAttribute("aria-sort")`, "descending")

	b.open("problem-poisson-p0.html")
	b.do(chromedp.KeyEvent("/"))
	b.expect("a key leads to the filter", `document.activeElement.id`, "filter")
	b.eval(`document.getElementById("filter").value = ""`)
	b.do(chromedp.SendKeys("#filter", "python"))
	b.expect("filter by a language", `[...new Set([...document.querySelectorAll("table.ranking tbody tr:not([hidden])")].map(r => r.cells[1].textContent.split("[")[0]))].join()`, "other/delta")
	b.expect("filter in the address", "location.hash", "#?q=python")
	b.open("problem-poisson-p0.html#?q=multigrid")
	if n := b.eval(`document.querySelectorAll("table.ranking tbody tr:not([hidden])").length`); n == "0" || n == b.eval(`document.querySelectorAll("table.ranking tbody tr").length`) {
		t.Errorf("filtered by the address: %s rows", n)
	}

	b.open("problem-poisson-p0.html")
	b.do(chromedp.Click(`table.ranking tbody tr:first-child a`), chromedp.WaitVisible("#run h1"))
	if h := b.eval(`document.querySelector("#run h1").textContent`); !strings.HasPrefix(h, "Run ") {
		t.Errorf("the page of a run begins with %q", h)
	}
	if text := b.eval(`document.querySelector("#run").innerText`); !strings.Contains(text, "solverbench reproduce 'sample.db'") || !strings.Contains(text, "sha256") {
		t.Errorf("the page of a run: %s", text)
	}
	b.do(chromedp.NavigateBack(), chromedp.WaitVisible("table.ranking"))
	b.expect("back", `document.getElementById("run").hidden`, "true")
	b.open("problem-poisson-p0.html#r1")
	b.expect("images to compare", `document.querySelectorAll("#run .slider img").length`, "2")
	b.expect("the error", `document.querySelector("#run figure > img").alt`, "error of alpha[k=0]")
	b.expect("images are there", `[...document.querySelectorAll(".slider img")].every(i => i.complete && i.naturalWidth === 16)`, "true")
	b.eval(`(() => { const r = document.querySelector("input[type=range]"); r.value = "80"; r.dispatchEvent(new Event("input")); })()`)
	b.expect("the cut moves", `document.querySelector(".slider").style.getPropertyValue("--cut")`, "80%")

	b.open("family-poisson.html")
	series := b.eval(`document.querySelector("g.series").dataset.series`)
	b.eval(`document.querySelector("button.key").dispatchEvent(new Event("pointerenter"))`)
	b.expect("hovering", `document.querySelector("figure").classList.contains("lit") && document.querySelector("g.series.on").dataset.series`, series)
	b.do(chromedp.Click("button.key"))
	b.expect("leaving out", `document.querySelector("g.series.off").dataset.series`, series)
	address = b.eval("location.hash")
	b.open("family-poisson.html" + address)
	b.expect("left out by the address", `document.querySelector("g.series.off").dataset.series`, series)
	b.quiet()
}

func TestThemesAndReach(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a browser some seconds")
	}
	dir := write(t, sample(2, 8, 6))
	b := newBrowser(t, dir)
	shots := t.ArtifactDir()
	pages := []string{"index.html", "family-poisson.html", "problem-poisson-p0.html", "problem-poisson-p0.html#r1", "solver-bundled-alpha.html", "machines.html"}
	var darkness []string
	for _, theme := range []string{"light", "dark"} {
		call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}}})
		for _, width := range []int64{1200, 390} {
			b.do(chromedp.EmulateViewport(width, 900))
			for _, at := range pages {
				b.open(at)
				if wide := b.eval(`document.documentElement.scrollWidth > innerWidth + 1`); wide == "true" {
					t.Errorf("%s is wider than %d", at, width)
				}
				shot := get(b, chromedp.FullScreenshot(100))
				name := strings.NewReplacer(".html", "", "#", "-").Replace(at) + fmt.Sprintf("-%s-%d.png", theme, width)
				if err := os.WriteFile(filepath.Join(shots, name), shot, 0o644); err != nil {
					t.Fatal(err)
				}
				if width == 1200 {
					b.accessible(at + ", " + theme)
				}
			}
		}
		b.open("index.html")
		darkness = append(darkness, b.eval(`getComputedStyle(document.body).backgroundColor`))
	}
	if darkness[0] == darkness[1] {
		t.Errorf("dark and light have the same background %s", darkness[0])
	}
	b.do(chromedp.Click("#theme"))
	b.expect("the button switches", `getComputedStyle(document.body).backgroundColor`, darkness[0])
	b.quiet()
}

// accessible fails on what axe-core finds serious.
func (b *browser) accessible(where string) {
	b.t.Helper()
	b.do(chromedp.Evaluate[chromedp.Void](axe + "; 0"))
	found := get(b, chromedp.Evaluate[string](`axe.run(document, {resultTypes: ["violations"], preload: false}).then(r => JSON.stringify(r.violations
		.filter(v => ["serious", "critical"].includes(v.impact))
		.map(v => ({id: v.id, help: v.help, nodes: v.nodes.slice(0, 3).map(n => n.html.slice(0, 150) + " " + (n.any[0] || {message: ""}).message)}))))`,
		chromedp.EvalAwaitPromise))
	var violations []map[string]any
	if err := json.Unmarshal([]byte(found), &violations); err != nil {
		b.t.Fatal(err)
	}
	for _, v := range violations {
		b.t.Errorf("%s: %s: %s %v", where, v["id"], v["help"], v["nodes"])
	}
}

func TestSingleFileInBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a browser some seconds")
	}
	dir := t.TempDir()
	f, err := os.Create(filepath.Join(dir, "one.html"))
	if err != nil {
		t.Fatal(err)
	}
	if err := New(sample(2, 6, 6)).WriteSingle(f); err != nil {
		t.Fatal(err)
	}
	f.Close()
	b := newBrowser(t, dir)
	b.open("one.html")
	visible := `[...document.querySelectorAll("article.page")].filter(p => !p.hidden).map(p => p.id).join()`
	b.expect("first", visible, "index")
	b.do(chromedp.Click(`nav a[href="#family-poisson"]`), chromedp.WaitVisible("#family-poisson h1"))
	b.expect("a family", visible, "family-poisson")
	b.open("one.html#problem-poisson-p1")
	b.expect("a problem", visible, "problem-poisson-p1")
	b.do(chromedp.Click(`#problem-poisson-p1 table.ranking a`), chromedp.WaitVisible("#run h1"))
	b.expect("a run", visible, "run")
	b.do(chromedp.NavigateBack(), chromedp.WaitVisible("#problem-poisson-p1 h1"))
	b.expect("back", visible, "problem-poisson-p1")
	b.quiet()
}

// Ten thousand runs: the first table is there within two seconds.
func TestSpeedInBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a browser some seconds")
	}
	b := newBrowser(t, write(t, sample(67, 50, 10)))
	for _, at := range []string{"index.html", "family-poisson.html", "problem-poisson-p0.html"} {
		b.open(at)
		t.Logf("%s: %s ms to the end of loading", at, b.eval(`Math.round(performance.getEntriesByType("navigation")[0].loadEventEnd)`))
		b.expect(at, `document.querySelectorAll("table tbody tr").length > 0`, "true")
	}
	b.quiet()
}
