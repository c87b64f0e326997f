package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/solverbench/solverbench/results/plot"
)

// gallery is the page that shows one figure of each kind.
const gallery = "../../docs/figures.md"

// TestGalleryCommands: every command on the page is one that this program has, with the flags that it is given.
func TestGalleryCommands(t *testing.T) {
	text, err := os.ReadFile(gallery)
	if err != nil {
		t.Fatal(err)
	}
	commands := regexp.MustCompile(`(?m)^solverbench (.*)$`).FindAllStringSubmatch(string(text), -1)
	if len(commands) < 10 {
		t.Fatalf("%d commands, expected one a kind", len(commands))
	}
	for _, c := range commands {
		var args []string
		for k, part := range strings.Split(c[1], "'") { // odd parts are quoted
			if k%2 == 1 {
				args = append(args, part)
			} else {
				args = append(args, strings.Fields(part)...)
			}
		}
		root := newRoot()
		root.SetArgs(append(args, "--help"))
		root.SetOut(io.Discard)
		if err := root.Execute(); err != nil {
			t.Errorf("solverbench %s: %v", c[1], err)
		}
	}
}

// TestGallery: each kind has a part of the page with a picture by this program that is small enough for a repository.
func TestGallery(t *testing.T) {
	text, err := os.ReadFile(gallery)
	if err != nil {
		t.Fatal(err)
	}
	kinds := []string{"field", "error", "image"}
	for _, k := range plot.Kinds() {
		kinds = append(kinds, k.Name)
	}
	picture := regexp.MustCompile(`!\[[^]]+\]\((figures/[^)]+)\)`)
	for _, kind := range kinds {
		_, part, found := strings.Cut(string(text), "\n## "+kind+"\n")
		part, _, _ = strings.Cut(part, "\n## ")
		pictures := picture.FindAllStringSubmatch(part, -1)
		if !found || len(pictures) == 0 || !strings.Contains(part, "solverbench plot "+kind+" ") {
			t.Errorf("%s has no part with a command and a picture", kind)
		}
		for _, p := range pictures {
			path := filepath.Join(filepath.Dir(gallery), p[1])
			svg, err := os.ReadFile(path)
			if err != nil {
				t.Error(err)
				continue
			}
			if len(svg) > 100_000 || !bytes.Contains(svg, []byte("<title>")) {
				t.Errorf("%s: %d bytes, expected at most 100 kB of an SVG with a title", path, len(svg))
			}
			if !strings.Contains(part, " -o "+filepath.Base(path)) {
				t.Errorf("%s: no command makes it", path)
			}
		}
	}
}
