package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/solverbench/solverbench/problems/reference"
)

func TestKSTruthsAreMadeFromTheRecords(t *testing.T) {
	dir := t.TempDir()
	if err := run(fromKS, "../../ks/testdata/ks.json", dir); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"kassam-trefethen.truth", "l22.truth"} {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(filepath.Join("../../ks/truth", name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s: the embedded file is not what the records give", name)
		}
	}
}

func TestFromNSE(t *testing.T) {
	var text strings.Builder
	for time := 1; time <= 2; time++ {
		fmt.Fprintf(&text, "t %d 0.5 0.25\n", time)
		for row := range 64 {
			for column := range 64 {
				fmt.Fprintf(&text, "%d ", 10000*time+64*row+column)
			}
			fmt.Fprintln(&text)
		}
	}
	truths, err := fromNSE([]byte(text.String()), "decay")
	if err != nil {
		t.Fatal(err)
	}
	b, err := truths["decay"].Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := reference.Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	if got.Times[1] != 2 || got.Fields[1][64*3+5] != 20197 || got.Integrals["enstrophy"][1] != 0.25 || got.Accuracy[1] != 1e-7 {
		t.Errorf("second time is %g, value %g, enstrophy %g, accuracy %g", got.Times[1], got.Fields[1][197], got.Integrals["enstrophy"][1], got.Accuracy[1])
	}
	for name, bad := range map[string]string{"no time": "1 2 3\n", "a short head": "t 1 2\n", "a word": "t 1 2 three\n"} {
		if _, err := fromNSE([]byte(bad), "decay"); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := fromNSE(nil, "unknown"); err == nil {
		t.Error("unknown case: no error")
	}
}
