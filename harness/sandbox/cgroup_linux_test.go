package sandbox

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

func TestHierarchies(t *testing.T) {
	for _, tt := range []struct {
		name, mounts, membership string
		want                     []hierarchy
	}{
		{
			"systemd, version 2",
			"24 29 0:22 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n25 29 0:23 / /proc rw - proc proc rw\n",
			"0::/user.slice/user-1000.slice/user@1000.service/app.slice/run-1.scope\n",
			[]hierarchy{{top: "/sys/fs/cgroup", own: "/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/app.slice/run-1.scope"}},
		},
		{
			"version 1, and 2 without controllers",
			"33 31 0:30 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n" +
				"40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd\n41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n",
			"9:name=systemd:/\n4:memory:/a\n2:cpu,cpuacct:/b\n0::/c\n",
			[]hierarchy{
				{top: "/sys/fs/cgroup/cpu,cpuacct", own: "/sys/fs/cgroup/cpu,cpuacct/b", controllers: []string{"cpu", "cpuacct"}},
				{top: "/sys/fs/cgroup/memory", own: "/sys/fs/cgroup/memory/a", controllers: []string{"memory"}},
				{top: "/sys/fs/cgroup/systemd", own: "/sys/fs/cgroup/systemd", controllers: []string{"name=systemd"}},
				{top: "/sys/fs/cgroup/unified", own: "/sys/fs/cgroup/unified/c"},
			},
		},
		{
			"a container that sees its part of version 1",
			"35 31 0:32 /docker/1234 /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n",
			"4:memory:/docker/1234\n0::/docker/1234\n",
			[]hierarchy{{top: "/sys/fs/cgroup/memory", own: "/sys/fs/cgroup/memory", root: "/docker/1234", controllers: []string{"memory"}}},
		},
		{"none", "25 29 0:23 / /proc rw - proc proc rw\n", "", nil},
	} {
		got := hierarchies(tt.mounts, tt.membership)
		slices.SortFunc(got, func(a, b hierarchy) int { return cmp.Compare(a.top, b.top) })
		if d := gocmp.Diff(tt.want, got, gocmp.AllowUnexported(hierarchy{})); d != "" {
			t.Errorf("%s: %s", tt.name, d)
		}
	}
}

func TestLeftoversAreRemovedButNotOfTheLiving(t *testing.T) {
	bases := findControllers().bases()
	if len(bases) == 0 {
		t.Skip("no cgroup can be made")
	}
	self, _ := readStat(os.Getpid())
	name := func(namespace, start uint64) string {
		return groupMark + strconv.FormatUint(namespace, 10) + "-" + strconv.Itoa(os.Getpid()) + "-" + strconv.FormatUint(start, 10) + "-99"
	}
	groups := map[string]bool{ // and whether they shall stay
		name(pidNamespace(), self.start):   true,
		name(pidNamespace(), self.start-1): false, // another process that had our number
		name(1, self.start-1):              true,  // one of another PID namespace: who knows
	}
	for _, base := range bases {
		for g := range groups {
			if err := os.Mkdir(filepath.Join(base, g), 0o755); err != nil {
				t.Fatal(err)
			}
			defer os.Remove(filepath.Join(base, g))
		}
	}
	RemoveLeftovers()
	for _, base := range bases {
		for g, stay := range groups {
			if _, err := os.Stat(filepath.Join(base, g)); (err == nil) != stay {
				t.Errorf("%s: %v, expected it to stay: %v", g, err, stay)
			}
		}
	}
}

func TestInterpreters(t *testing.T) {
	dir := t.TempDir()
	for _, d := range []string{"venv/bin", "venv/lib", "python/bin", "python/lib", "home/bin", "plugin"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
		return path
	}
	python := file("python/bin/python3.11", "\x7fELF")
	link := filepath.Join(dir, "venv/bin/python3")
	if err := os.Symlink("../../python/bin/python3.11", link); err != nil {
		t.Fatal(err)
	}
	plain := file("home/bin/solver", "\x7fELF")
	direct := file("plugin/direct", "#!"+link+" -u\nprint()\n")
	env := file("plugin/env", "#! /usr/bin/env -S A=1 python3 -u\n")
	venv, installed := filepath.Join(dir, "venv"), filepath.Join(dir, "python")
	for command, want := range map[string][]string{
		plain:  {plain, filepath.Dir(plain)},
		direct: {direct, filepath.Dir(direct), link, venv, python, installed},
		env:    {env, filepath.Dir(env), "/usr/bin/env", link, venv, python, installed},
	} {
		c := Config{Command: []string{command}, Env: []string{"PATH=/nonexistent:" + filepath.Dir(link)}}
		got := c.interpreters()
		for _, w := range want {
			if !slices.Contains(got, w) {
				t.Errorf("%s: %s is not among %s", command, w, got)
			}
		}
		for _, g := range got {
			if rel, err := filepath.Rel(dir, g); err == nil && filepath.IsLocal(rel) && !slices.Contains(want, g) {
				t.Errorf("%s: %s is too much", command, g)
			}
		}
	}
	t.Setenv("HOME", filepath.Join(dir, "python", "lib"))
	if dir, ok := installation(python); ok {
		t.Errorf("somebody's home is in %s", dir)
	}
	t.Setenv("HOME", filepath.Dir(plain))
	if err := os.Chmod(filepath.Dir(direct), 0o777|os.ModeSticky); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{plain, direct, "/solver", "/home/solver"} {
		if dir, ok := Beside(path); ok {
			t.Errorf("all of %s may be read", dir)
		}
	}
}
