package report

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/solverbench/solverbench/results/rank"
)

// markdownMetrics is how many metrics a table shows; a page may scroll.
const markdownMetrics = 6

// Markdown writes what [Terminal] writes, as Markdown: a heading a family, where and when it was measured, and a table
// an instance.
func Markdown(w io.Writer, boards []rank.Board, v View) error {
	return markdownPage(w, leaderboard(boards, markdownMetrics, v))
}

func markdownPage(w io.Writer, p page) error {
	out := bufio.NewWriter(w)
	if len(p.sections) == 0 {
		fmt.Fprintln(out, p.empty)
	}
	for i := range p.sections {
		if i > 0 {
			fmt.Fprintln(out)
		}
		markdownSection(out, &p.sections[i])
	}
	if p.legend != "" {
		fmt.Fprintf(out, "\n%s\n", escape(p.legend))
	}
	return out.Flush()
}

func markdownSection(w io.Writer, c *section) {
	fmt.Fprintf(w, "### %s\n", escape(clean(c.title, longestName)))
	if c.about != "" {
		fmt.Fprintf(w, "\nMeasured on %s.\n", escape(c.about))
	}
	for _, doubt := range c.warnings {
		fmt.Fprintf(w, "\n%s\n", escape(warning(doubt)))
	}
	var foot notes
	for i := range c.parts {
		p := &c.parts[i]
		caption := escape(p.text)
		if p.label != "" {
			caption = code(p.label) + ": " + caption
		}
		fmt.Fprintf(w, "\n%s\n\n", caption)
		markdownGrid(w, p.grid, &foot)
		if len(p.failures) > 0 {
			fmt.Fprintln(w)
		}
		for _, f := range p.failures {
			fmt.Fprintf(w, "- %s %s: %s\n", code(f.solver), f.status, escape(f.reason))
		}
		for _, doubt := range p.warnings {
			fmt.Fprintf(w, "\n%s\n", escape(warning(doubt)))
		}
		for _, remark := range p.remarks {
			fmt.Fprintf(w, "\n%s\n", escape(remark))
		}
	}
	if len(foot) > 0 {
		fmt.Fprintln(w)
	}
	foot.each(func(mark, text string) { fmt.Fprintf(w, "- %s %s\n", superscript(mark), escape(text)) })
}

func superscript(mark string) string { return "<sup>" + escape(mark) + "</sup>" }

func markdownGrid(w io.Writer, g grid, foot *notes) {
	foot.set(&g)
	var head, rule strings.Builder
	for _, c := range g.columns {
		head.WriteString("| " + escape(c.head) + " ")
		if c.left {
			rule.WriteString("|:---")
		} else {
			rule.WriteString("|---:")
		}
	}
	fmt.Fprintf(w, "%s|\n%s|\n", head.String(), rule.String())
	for _, row := range g.rows {
		for i, c := range row {
			text := escape(c.text)
			if g.columns[i].name {
				text = code(c.text)
			}
			if c.marks != "" {
				text += superscript(c.marks)
			}
			fmt.Fprintf(w, "| %s ", text)
		}
		fmt.Fprintln(w, "|")
	}
}

// escaper makes cleaned text mean itself in a paragraph, list or table cell: no markup, HTML or automatic link.
var escaper = strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "~", `\~`,
	"#", `\#`, "<", "&lt;", ">", "&gt;", "&", "&amp;", "|", "&#124;", "@", "&#64;", "://", "&#58;//", "www.", "www&#46;")

func escape(s string) string { return escaper.Replace(s) }

// code returns a code span, or escaped text where a code span in a table could not hold it.
func code(s string) string {
	if s == "" || strings.ContainsAny(s, "`|\\") {
		return escape(s)
	}
	return "`" + s + "`"
}

// Into replaces what stands in a file between the lines
//
//	<!-- solverbench:begin NAME -->
//	<!-- solverbench:end NAME -->
//
// with text. The file is replaced as a whole or, if anything fails, left as it was. A path FILE#NAME has a name of its own, so that
// several texts have their places in one file.
func Into(path, name, text string) error {
	if i := strings.LastIndexByte(path, '#'); i >= 0 {
		path, name = path[:i], path[i+1:]
	}
	// A symbolic link stays one.
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	info, err := os.Stat(target)
	if err != nil {
		return err
	}
	old, err := os.ReadFile(target)
	if err != nil {
		return err
	}
	fresh, err := splice(string(old), name, text)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return replace(target, fresh, info.Mode().Perm())
}

func splice(old, name, text string) (string, error) {
	begin := "<!-- solverbench:begin " + name + " -->"
	end := "<!-- solverbench:end " + name + " -->"
	var before, after strings.Builder
	var begins, ends int
	for line := range strings.Lines(old) {
		switch strings.TrimSpace(line) {
		case begin:
			begins++
			before.WriteString(strings.TrimRight(line, "\r\n") + "\n")
			continue
		case end:
			if begins == 0 {
				return "", fmt.Errorf("the line %q comes before %q", end, begin)
			}
			ends++
		}
		if begins == 0 {
			before.WriteString(line)
		} else if ends > 0 {
			after.WriteString(line)
		}
	}
	if begins == 0 || ends == 0 {
		return "", fmt.Errorf("no place for the text: add these two lines where it should stand:\n%s\n%s", begin, end)
	}
	if begins > 1 || ends > 1 {
		return "", fmt.Errorf("the lines %q and %q stand more than once: keep one pair", begin, end)
	}
	return before.String() + "\n" + strings.TrimSpace(text) + "\n\n" + after.String(), nil
}

func replace(path, text string, mode fs.FileMode) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = f.WriteString(text)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
