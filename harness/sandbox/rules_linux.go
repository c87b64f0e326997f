package sandbox

import (
	"bufio"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// systemTrees hold programs, libraries and settings, but nothing personal.
var systemTrees = []string{
	"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/opt", "/nix/store", "/gnu/store", "/snap", "/proc", "/sys",
	"/run/current-system", "/run/opengl-driver", "/etc/alternatives", "/var/lib/alternatives", "/var/cache/ldconfig",
}

// devices that any program may use, those of graphics processors included.
var devices = []string{
	"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty", "/dev/dri", "/dev/kfd", "/dev/nvidia*",
}

// rules are the rights to files that a program gets.
func (c *Config) rules() []rule {
	rules := []rule{
		{Temp(c.Dir), own},
		{Sockets(c.Dir), own &^ (unix.LANDLOCK_ACCESS_FS_EXECUTE | unix.LANDLOCK_ACCESS_FS_MAKE_DIR | unix.LANDLOCK_ACCESS_FS_MAKE_SYM)},
		{"/proc/self", unix.LANDLOCK_ACCESS_FS_READ_DIR},
	}
	for _, path := range c.Shared {
		rules = append(rules, rule{path, sharing})
	}
	for _, path := range devices {
		matches, _ := filepath.Glob(path)
		for _, m := range matches {
			rules = append(rules, rule{m, device})
		}
	}
	rules = append(rules, rule{"/dev", unix.LANDLOCK_ACCESS_FS_READ_DIR})
	for _, path := range slices.Concat(systemTrees, settings(), c.Readable, c.interpreters()) {
		rules = append(rules, rule{path, readTree})
	}
	return rules
}

// settings are what of /etc everybody may read: root, without its capabilities, still owns the rest.
func settings() []string {
	entries, err := os.ReadDir("/etc")
	if err != nil {
		return nil
	}
	var out []string
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.Mode().Perm()&0o004 != 0 && e.Name() != "ssh" {
			out = append(out, filepath.Join("/etc", e.Name()))
		}
	}
	return append(out, "/etc/resolv.conf", "/etc/localtime")
}

// interpreters are the program's file with what lies beside it, that of the interpreter which its first line names, and so on, each with
// the installation that it belongs to.
func (c *Config) interpreters() []string {
	var out []string
	queue := []string{c.Command[0]}
	for range 16 { // more than the kernel follows
		if len(queue) == 0 {
			break
		}
		path := queue[0]
		queue = queue[1:]
		if len(out) == 0 {
			if dir, ok := Beside(resolved(path)); ok {
				out = append(out, dir)
			}
		}
		for range 16 {
			out = append(out, path)
			if dir, ok := installation(path); ok {
				out = append(out, dir)
			}
			target, err := os.Readlink(path)
			if err != nil {
				break
			}
			if !filepath.IsAbs(target) {
				target = filepath.Join(filepath.Dir(path), target)
			}
			path = target
		}
		queue = append(queue, c.named(resolved(path))...)
	}
	return out
}

// named are the executables that the #! line of a file names.
func (c *Config) named(path string) []string {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	line, _ := bufio.NewReaderSize(f, 256).ReadSlice('\n')
	text, ok := strings.CutPrefix(string(line), "#!")
	words := strings.Fields(text)
	if !ok || len(words) == 0 {
		return nil
	}
	if filepath.Base(words[0]) != "env" {
		return words[:1]
	}
	for _, word := range words[1:] {
		if !strings.HasPrefix(word, "-") && !strings.Contains(word, "=") {
			return append(words[:1:1], c.search(word)...)
		}
	}
	return words[:1]
}

// search finds an executable in the PATH that the program will have.
func (c *Config) search(name string) []string {
	for _, v := range c.Env {
		dirs, ok := strings.CutPrefix(v, "PATH=")
		if !ok {
			continue
		}
		for _, dir := range filepath.SplitList(dirs) {
			path := filepath.Join(dir, name)
			if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
				return []string{path}
			}
		}
	}
	return nil
}

// installation is the directory above bin to which an executable belongs, if there are libraries in it too; but never one with
// somebody's home in it.
func installation(path string) (string, bool) {
	bin := filepath.Dir(path)
	dir := filepath.Dir(bin)
	if name := filepath.Base(bin); name != "bin" && name != "sbin" && name != "shims" {
		return "", false
	}
	if holdsHome(dir) {
		return "", false
	}
	for _, mark := range []string{"lib", "lib64", "libexec", "pyvenv.cfg"} {
		if _, err := os.Stat(filepath.Join(dir, mark)); err == nil {
			return dir, true
		}
	}
	return "", false
}
