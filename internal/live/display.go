package live

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/olekukonko/tablewriter/pkg/twwidth"
	"golang.org/x/term"

	"github.com/solverbench/solverbench/results/report"
)

// interval is between two frames. Frames are only drawn when something has changed, the time in seconds included.
const interval = 100 * time.Millisecond

// Display draws a table on a terminal.
type Display struct {
	mu     sync.Mutex
	table  *Table
	color  bool
	size   func() (width, height int)
	region region
	second int64 // of the last frame
	dirty  bool

	stopped chan struct{}
	done    sync.WaitGroup
}

// Show draws a table on a terminal until Stop.
func Show(terminal *os.File, t *Table, color bool) *Display {
	d := &Display{
		table: t, color: color, dirty: true, stopped: make(chan struct{}),
		region: region{w: terminal},
		size: func() (int, int) {
			width, height, err := term.GetSize(int(terminal.Fd()))
			if err != nil || width <= 0 || height <= 0 {
				return 80, 24
			}
			return width, height
		},
	}
	d.done.Go(d.run)
	return d
}

// Do has the table told of something.
func (d *Display) Do(what func(*Table)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	what(d.table)
	d.dirty = true
}

// Stop takes the table off the terminal; notes stay.
func (d *Display) Stop() {
	close(d.stopped)
	d.done.Wait()
}

func (d *Display) run() {
	continued := make(chan os.Signal, 1)
	signal.Notify(continued, syscall.SIGCONT)
	defer signal.Stop(continued)
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			d.draw(false)
		case <-continued: // the shell has written something meanwhile: that stays
			d.mu.Lock()
			d.region.leave()
			d.mu.Unlock()
		case <-d.stopped:
			d.draw(true)
			return
		}
	}
}

// draw draws the present frame if it is another one; the last one is empty.
func (d *Display) draw(last bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	width, height := d.size()
	second := int64(d.table.clock().Sub(d.table.began) / time.Second)
	if !last && !d.dirty && second == d.second && d.region.fits(width, height) {
		return
	}
	d.dirty, d.second = false, second
	var lines []string
	if !last {
		lines = d.table.Frame(Style{Width: width, Height: height, Color: d.color})
	}
	d.region.draw(width, height, d.table.takeNotes(), lines)
}

// region is the lower part of a terminal. The cursor stands below it, in the first column.
type region struct {
	w             io.Writer
	lines         []string // that are on the screen
	width, height int      // of the terminal at that time
}

func (r *region) fits(width, height int) bool { return r.width == width && r.height == height }

// leave begins a new region below what is on the screen.
func (r *region) leave() { r.lines = nil }

// draw puts lines in place of those on the screen, and notes above them. It is one write, in which the cursor is hidden.
// That the terminal cannot be written to, because it is gone, is none of the experiment's business.
func (r *region) draw(width, height int, notes, lines []string) {
	var b bytes.Buffer
	b.WriteString("\x1b[?25l\r")
	if up := r.rows(width, height); up > 0 {
		fmt.Fprintf(&b, "\x1b[%dA", up)
	}
	if len(notes) > 0 {
		b.WriteString("\x1b[J")
	}
	var said strings.Builder
	for _, n := range notes {
		report.Paragraph(&said, "", n, report.Style{Width: width})
	}
	b.WriteString(strings.ReplaceAll(said.String(), "\n", "\r\n"))
	for _, l := range lines {
		b.WriteString("\x1b[K" + l + "\r\n")
	}
	b.WriteString("\x1b[J\x1b[?25h")
	_, _ = r.w.Write(b.Bytes())
	r.lines, r.width, r.height = lines, width, height
}

// rows is how many rows of the terminal the lines on it take. One that has become narrower has wrapped them, and they cannot be
// above its top.
func (r *region) rows(width, height int) (n int) {
	for _, l := range r.lines {
		n += max((twwidth.Width(l)+width-1)/width, 1)
	}
	return min(n, height-1)
}
