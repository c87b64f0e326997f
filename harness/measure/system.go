package measure

import (
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
)

// tree is a root directory with /sys and /proc in it.
type tree struct{ fs.FS }

func system() tree { return tree{os.DirFS("/")} }

// text is a file's content without space around it, empty if it cannot be read.
func (t tree) text(name string) string {
	b, err := fs.ReadFile(t, name)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

// line is a file's first line.
func (t tree) line(name string) string {
	first, _, _ := strings.Cut(t.text(name), "\n")
	return strings.TrimSpace(first)
}

// number is a file's only number.
func (t tree) number(name string) (int64, bool) {
	n, err := strconv.ParseInt(t.line(name), 10, 64)
	return n, err == nil
}

// glob returns the existing paths that match, in order.
func (t tree) glob(pattern string) []string {
	found, _ := fs.Glob(t, pattern) // the patterns here are right
	return found
}

// lists is the content of all files that match, each once.
func (t tree) lists(pattern string) []string {
	var out []string
	for _, name := range t.glob(pattern) {
		if line := t.line(name); line != "" && !slices.Contains(out, line) {
			out = append(out, line)
		}
	}
	slices.Sort(out)
	return out
}

// field is the value after "key:" or "key " on a line of its own, as in /proc/self/status and cpu.stat.
func field(text, key string) string {
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, key); ok && rest != "" && strings.ContainsRune(": \t", rune(rest[0])) {
			return strings.TrimSpace(strings.TrimLeft(rest, ": \t"))
		}
	}
	return ""
}

// cpuList reads the kernel's lists of CPUs, such as 0-3,8.
func cpuList(list string) []int {
	var cpus []int
	for part := range strings.SplitSeq(strings.TrimSpace(list), ",") {
		first, last, isRange := strings.Cut(part, "-")
		a, err := strconv.Atoi(first)
		if err != nil {
			continue
		}
		b := a
		if isRange {
			if b, err = strconv.Atoi(last); err != nil {
				continue
			}
		}
		for c := a; c <= b; c++ {
			cpus = append(cpus, c)
		}
	}
	slices.Sort(cpus)
	return slices.Compact(cpus)
}

// numbered is the number at the end of a path's last element, such as 12 of …/node12; -1 if there is none.
func numbered(name, prefix string) int {
	n, err := strconv.Atoi(strings.TrimPrefix(path.Base(name), prefix))
	if err != nil {
		return -1
	}
	return n
}

func cpuDir(cpu int) string { return "sys/devices/system/cpu/cpu" + strconv.Itoa(cpu) }
