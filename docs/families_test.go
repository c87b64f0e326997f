package docs

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/solverbench/solverbench/problems"
	"github.com/solverbench/solverbench/problems/registry"
)

var update = flag.Bool("update", false, "write the tables and the pictures of docs/families anew")

// TestFamilies: each family has a page, whose tables are what the program knows of it, whose commands run and draw the
// pictures that it shows, and which explains every metric that they bring up.
func TestFamilies(t *testing.T) {
	for _, f := range registry.Families() {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			name := filepath.Join("families", f.Name+".md")
			p := openPage(t, name)
			tables := map[string]string{"problems": problemTable(f), "truth": truthTable(f), "solvers": p.solverTable(f.Name)}
			if *update {
				if err := os.WriteFile(name, []byte(fill(p.text, tables)), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if fill(p.text, tables) != p.text {
				t.Errorf("docs/%s is not what the program knows; go test ./docs -run TestFamilies -update writes its tables", name)
			}
			for _, table := range []string{"problems", "solvers"} {
				if !strings.Contains(p.text, begin(table)) {
					t.Errorf("docs/%s has no table of %s", name, table)
				}
			}
			if *update {
				p.run()
				p.keepPictures()
			} else {
				p.quick().run()
			}
			p.checkPictures()
			p.checkMetrics(f.Name + ".db")
		})
	}
}

// keepPictures takes what the commands have drawn into docs/figures.
func (p page) keepPictures() {
	drawn, err := filepath.Glob(filepath.Join(p.dir, "*.svg"))
	if err != nil {
		p.Fatal(err)
	}
	for _, path := range drawn {
		svg, err := os.ReadFile(path)
		if err == nil {
			err = os.WriteFile(filepath.Join("figures", filepath.Base(path)), svg, 0o644)
		}
		if err != nil {
			p.Fatal(err)
		}
	}
}

// checkMetrics looks for the metrics of a database's runs, in backquotes.
func (p page) checkMetrics(db string) {
	var rows []struct{ Metrics map[string]any }
	if err := json.Unmarshal(p.do("solverbench leaderboard --json --db "+db), &rows); err != nil {
		p.Fatal(err)
	}
	found := map[string]bool{}
	for _, row := range rows {
		for metric := range row.Metrics {
			if name, _, timed := strings.Cut(metric, "@"); timed {
				metric = name + "@t"
			}
			found[metric] = true
		}
	}
	if len(found) == 0 {
		p.Errorf("%s has no metrics", db)
	}
	for metric := range found {
		if !strings.Contains(p.text, "`"+metric+"`") {
			p.Errorf("the metric %s is not explained", metric)
		}
	}
}

func begin(table string) string { return "<!-- solverbench:begin " + table + " -->\n" }

// fill replaces what stands between the markers of tables.
func fill(text string, tables map[string]string) string {
	for name, table := range tables {
		head, tail, found := strings.Cut(text, begin(name))
		end := "<!-- solverbench:end " + name + " -->"
		_, rest, ends := strings.Cut(tail, end)
		if found && ends {
			text = head + begin(name) + table + end + rest
		}
	}
	return text
}

func problemTable(f problems.Family) string {
	return table([]string{"problem", "", "parameters and their defaults", "solved if", "source"}, func(row func(...string)) {
		for _, p := range f.Problems {
			var params []string
			for _, s := range p.Params {
				if s.Default != "" {
					params = append(params, s.Name+"="+s.Default)
				} else {
					params = append(params, s.Name)
				}
			}
			rule := "≤"
			if p.Primary == "psnr-gain" {
				rule = "≥"
			}
			row("`"+p.Name+"`", plain(p.Doc.Summary), "`"+strings.Join(params, "` `")+"`",
				fmt.Sprintf("`%s` %s %g", p.Primary, rule, p.Tolerance), plain(p.Doc.Source))
		}
	})
}

func truthTable(f problems.Family) string {
	return table([]string{"problem", "truth", "how accurate"}, func(row func(...string)) {
		for _, p := range f.Problems {
			row("`"+p.Name+"`", plain(p.Doc.Truth), plain(p.Doc.Accuracy))
		}
	})
}

func (p page) solverTable(family string) string {
	var solvers []struct {
		Plugin, Solver, Doc, Citation string
		Families, Tags                []string
	}
	if err := json.Unmarshal(p.do("solverbench list solvers --no-plugins --json"), &solvers); err != nil {
		p.Fatal(err)
	}
	return table([]string{"solver", "method", "approach", "source"}, func(row func(...string)) {
		for _, s := range solvers {
			if slices.Contains(s.Families, family) {
				row("`"+s.Solver+"`", plain(s.Doc), plain(strings.Join(s.Tags, ", ")), plain(s.Citation))
			}
		}
	})
}

// table is a Markdown table of rows.
func table(header []string, rows func(row func(...string))) string {
	var b strings.Builder
	row := func(cells ...string) { fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | ")) }
	row(header...)
	b.WriteString(strings.Repeat("| --- ", len(header)) + "|\n")
	rows(row)
	return b.String()
}

// plain is text that Markdown shows as it is.
var plain = strings.NewReplacer("|", `\|`, "*", `\*`, "_", `\_`, "<", "&lt;", "[", `\[`, "`", "\\`").Replace
