package main

import (
	"bytes"
	"context"
	"fmt"
	"image/png"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/solverbench/solverbench/harness"
	"github.com/solverbench/solverbench/problems"
	"github.com/solverbench/solverbench/problems/registry"
	"github.com/solverbench/solverbench/results"
	"github.com/solverbench/solverbench/results/plot"
	"github.com/solverbench/solverbench/results/rank"
	"github.com/solverbench/solverbench/results/report"
	"github.com/solverbench/solverbench/results/site"
)

// What pictures of a site may take.
const (
	pictureWide   = 256      // pixels
	mostPictured  = 24       // solutions of an instance, the best ones
	pictureVolume = 32 << 20 // bytes, of all
)

// gallerist draws the solutions of runs that run --save stored. What is drawn is kept for the next time.
type gallerist struct {
	dir     string // none are drawn if it is empty
	catalog *harness.Catalog
	done    map[string]*painted // by the label of an instance
	told    bool                // which runs have no pictures
}

func newGallerist(dir string) (*gallerist, error) {
	if dir != "" {
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			return nil, &harness.UsageError{Err: fmt.Errorf("--solutions: %s is no folder, expected one that solverbench run --save wrote", dir)}
		}
	}
	return &gallerist{dir: dir, catalog: &harness.Catalog{Families: registry.Families()}, done: map[string]*painted{}}, nil
}

// painted is the gallery of an instance with the runs that were asked for.
type painted struct {
	runs      []int64
	gallery   *site.Gallery
	bytes     int
	forgotten map[string]int // how many runs have no picture, by reason
}

// galleries draws the runs of boards. The first time it says how many have no picture, and why.
func (g *gallerist) galleries(ctx context.Context, boards []rank.Board, runs []results.Run, stderr io.Writer) (map[string]*site.Gallery, error) {
	if g.dir == "" {
		return nil, nil
	}
	byID := make(map[int64]*results.Run, len(runs))
	for i := range runs {
		byID[runs[i].ID] = &runs[i]
	}
	var labels []string
	of := map[string][]*results.Run{} // by the label of an instance, the best first
	for _, row := range rank.Rows(boards) {
		run := byID[row.Run]
		if run == nil {
			continue
		}
		label := run.Instance.Label
		if of[label] == nil {
			labels = append(labels, label)
		}
		of[label] = append(of[label], run)
	}
	all, forgotten, volume := map[string]*site.Gallery{}, map[string]int{}, 0
	for _, label := range labels {
		if volume >= pictureVolume {
			forgotten[fmt.Sprintf("those of a site take %s, and no more", report.Memory(pictureVolume))] += len(of[label])
			continue
		}
		d, err := g.instance(ctx, label, of[label])
		if err != nil {
			return nil, err
		}
		volume += d.bytes
		for reason, n := range d.forgotten {
			forgotten[reason] += n
		}
		if d.gallery != nil {
			all[label] = d.gallery
		}
	}
	if !g.told {
		g.told = true
		for _, reason := range slices.Sorted(maps.Keys(forgotten)) {
			fmt.Fprintf(stderr, "%s without pictures: %s\n", report.Plural(forgotten[reason], "run"), report.Clean(reason))
		}
	}
	return all, nil
}

// instance draws the solutions of runs on one instance.
func (g *gallerist) instance(ctx context.Context, label string, runs []*results.Run) (*painted, error) {
	d := &painted{forgotten: map[string]int{}}
	for _, run := range runs {
		d.runs = append(d.runs, run.ID)
	}
	if old := g.done[label]; old != nil && slices.Equal(old.runs, d.runs) {
		return old, nil
	}
	var found []*results.Run
	var files []map[string]string
	for _, run := range runs {
		f, err := harness.SolutionFiles(run, g.dir)
		switch {
		case err != nil:
			d.forgotten[fmt.Sprintf("the solution is not in %s, or no longer", g.dir)]++
		case len(f) == 0:
			d.forgotten["no solution was saved"]++
		case len(found) > 0 && run.Instance.Hash != found[0].Instance.Hash:
			d.forgotten["another instance has their label"]++
		case len(found) == mostPictured:
			d.forgotten[fmt.Sprintf("of an instance at most %d are drawn", mostPictured)]++
		default:
			found, files = append(found, run), append(files, f)
		}
	}
	if len(found) > 0 {
		if err := g.draw(ctx, d, label, found, files); err != nil {
			d.forgotten[err.Error()] += len(found)
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	g.done[label] = d
	return d, nil
}

// draw makes the gallery of an instance.
func (g *gallerist) draw(ctx context.Context, d *painted, label string, runs []*results.Run, files []map[string]string) error {
	instance, family, err := g.catalog.BuildStored(ctx, runs[0].Instance)
	if err != nil {
		return err
	}
	v, err := newView(label, instance, family.Images, 0)
	if err != nil {
		return err
	}
	var shown []*results.Run
	for i, run := range runs {
		array, _, err := readMain(family, instance, files[i][family.MainArray])
		if err == nil {
			err = v.add(run.Configuration.Label, array, said(run, family))
		}
		if err != nil {
			d.forgotten[err.Error()]++
			continue
		}
		shown = append(shown, run)
	}
	if len(shown) == 0 {
		return nil
	}
	rasters, err := v.scene.Rasters(pictureWide, family.Images)
	if err != nil {
		return err
	}
	d.gallery = &site.Gallery{Note: rasters.Colours, Solutions: map[int64]site.Pictures{}}
	for _, given := range rasters.Given {
		caption := given.Name
		if in := v.scene.Input; in != nil && in.Name == given.Name {
			caption = strings.Join(append([]string{caption}, values(in)...), ", ")
		}
		d.gallery.Given = append(d.gallery.Given, d.image(given, caption))
	}
	for i, run := range shown {
		p := site.Pictures{Solution: d.image(rasters.Answers[i], strings.Join(values(&v.scene.Answers[i]), ", "))}
		if len(rasters.Errors) > 0 {
			e := d.image(rasters.Errors[i], "")
			p.Error = &e
		}
		d.gallery.Solutions[run.ID] = p
	}
	return nil
}

// image encodes a picture.
func (d *painted) image(r plot.Raster, caption string) site.Image {
	var b bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&b, r.Image); err != nil {
		panic(err) // of an image that has pixels, into memory
	}
	d.bytes += b.Len()
	return site.Image{Caption: caption, PNG: b.Bytes()}
}

// said is what the harness said of a run's solution: of images it is about all of them, and likeness is of the one that is shown.
func said(run *results.Run, family *problems.Family) (e problems.Evaluation) {
	for _, m := range run.Measurements {
		if m.Role == results.Primary && !family.Images {
			e.Metrics = append(e.Metrics, problems.Metric{Name: m.Name, Value: m.Value, Unit: m.Unit})
		}
	}
	return e
}

// values are what is said of a picture.
func values(p *plot.Picture) (texts []string) {
	for _, m := range p.Metrics {
		texts = append(texts, strings.TrimSpace(m.Name+" "+report.Number(m.Value)+" "+m.Unit))
	}
	return texts
}
