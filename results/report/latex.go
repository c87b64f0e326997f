package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

const (
	latexWidth   = 82 // characters that fit on a line of LaTeX's own page, at the size of its tables
	latexMetrics = 2
)

// latexPage writes tables to be included in a document that uses the package longtable, and booktabs if it likes: a section a family, with the
// failures and footnotes under the tables. Columns are dropped as a terminal's are.
func latexPage(w io.Writer, p page) error {
	out := bufio.NewWriter(w)
	fmt.Fprint(out, latexHead)
	if len(p.sections) == 0 {
		fmt.Fprintln(out, tex(p.empty))
	}
	for i := range p.sections {
		latexSection(out, &p.sections[i])
	}
	if p.legend != "" {
		fmt.Fprintf(out, "\n{\\footnotesize %s\\par}\n", tex(p.legend))
	}
	return out.Flush()
}

// latexHead makes do with plain rules where booktabs is not loaded.
const latexHead = `% For a document with \usepackage{longtable} and, for better rules, \usepackage{booktabs}.
\providecommand{\toprule}{\hline}\providecommand{\midrule}{\hline}\providecommand{\bottomrule}{\hline}
`

func latexSection(w io.Writer, c *section) {
	fmt.Fprintf(w, "\n\\subsection*{%s}\n", tex(clean(c.title, longestName)))
	if c.about != "" {
		fmt.Fprintf(w, "%s.\n", tex(c.about))
	}
	for _, doubt := range c.warnings {
		fmt.Fprintf(w, "\n%s\n", tex(warning(doubt)))
	}
	var foot notes
	for i := range c.parts {
		p := &c.parts[i]
		caption := tex(p.text)
		if p.label != "" {
			caption = `\texttt{` + tex(p.label) + "}: " + caption
		}
		latexGrid(w, p.grid, caption, &foot)
		for _, f := range p.failures {
			fmt.Fprintf(w, "{\\footnotesize\\noindent\\texttt{%s} %s: %s\\par}\n", tex(f.solver), tex(f.status), tex(f.reason))
		}
		for _, doubt := range p.warnings {
			fmt.Fprintf(w, "{\\footnotesize\\noindent %s\\par}\n", tex(warning(doubt)))
		}
		for _, remark := range p.remarks {
			fmt.Fprintf(w, "{\\footnotesize\\noindent %s\\par}\n", tex(remark))
		}
	}
	foot.each(func(mark, text string) {
		fmt.Fprintf(w, "{\\footnotesize\\noindent\\textsuperscript{%s} %s\\par}\n", tex(mark), tex(text))
	})
}

func latexGrid(w io.Writer, g grid, caption string, foot *notes) {
	Style{Width: latexWidth}.fit(&g)
	foot.set(&g)
	var align strings.Builder
	head := make([]string, len(g.columns))
	for i, c := range g.columns {
		align.WriteByte("rl"[bit(c.left)])
		head[i] = tex(c.head)
	}
	line := strings.Join(head, " & ")
	fmt.Fprintf(w, "\n{\\small\\setlength{\\tabcolsep}{4pt}\n\\begin{longtable}{@{}%s@{}}\n\\caption{%s}\\\\\n\\toprule\n%s \\\\\n\\midrule\n\\endfirsthead\n", align.String(), caption, line)
	fmt.Fprintf(w, "\\toprule\n%s \\\\\n\\midrule\n\\endhead\n\\bottomrule\n\\endlastfoot\n", line)
	for _, row := range g.rows {
		for i, c := range row {
			lines := strings.Split(c.text, "\n") // a long name has been wrapped
			for k := range lines {
				if lines[k] = tex(lines[k]); g.columns[i].name {
					lines[k] = `\texttt{` + lines[k] + "}"
				}
			}
			text := lines[0]
			if len(lines) > 1 {
				text = `\begin{tabular}[t]{@{}l@{}}` + strings.Join(lines, `\\ `) + `\end{tabular}`
			}
			switch c.tone {
			case best:
				text = `\textbf{` + text + "}"
			case bad:
				text = `\textit{` + text + "}"
			}
			if c.marks != "" {
				text += `\textsuperscript{` + tex(c.marks) + "}"
			}
			if i > 0 {
				fmt.Fprint(w, " & ")
			}
			fmt.Fprint(w, text)
		}
		fmt.Fprintln(w, ` \\`)
	}
	fmt.Fprintln(w, "\\end{longtable}}")
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// texSymbols are the characters of tables, and those that mean something to TeX.
var texSymbols = map[rune]string{
	'\\': `\textbackslash{}`, '{': `\{`, '}': `\}`, '$': `\$`, '&': `\&`, '#': `\#`, '%': `\%`, '_': `\_`, '^': `\textasciicircum{}`,
	'~': `\textasciitilde{}`, '<': `\textless{}`, '>': `\textgreater{}`, '|': `\textbar{}`, '"': `\textquotedbl{}`, '\'': `'`, '`': `\textasciigrave{}`, '-': `{-}`,
	'[': `{[}`, ']': `{]}`, // \\[ would be read as an argument
	'–': `--`, '—': `---`, '−': `$-$`, '×': `$\times$`, '±': `$\pm$`, 'µ': `$\mu$`, 'μ': `$\mu$`, '∞': `$\infty$`, '↓': `$\downarrow$`, '↑': `$\uparrow$`,
	'α': `$\alpha$`, 'χ': `$\chi$`, '²': `$^2$`, '≤': `$\le$`, '≥': `$\ge$`, '◆': `$\diamond$`, '…': `\ldots{}`, '’': `'`, '·': `$\cdot$`,
}

// tex makes cleaned text mean itself. What no plain document has a letter for is written as its code point.
func tex(s string) string {
	var b strings.Builder
	for _, r := range s {
		symbol, known := texSymbols[r]
		switch {
		case known:
			b.WriteString(symbol)
		case r < 0x7f || r >= 0xa1 && r <= 0xff && r != '\u00ad': // Latin-1 is in every font
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, "{[}U+%04X{]}", r)
		}
	}
	return b.String()
}
