package bundle

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzManifest reads anything as a manifest: what is accepted is read again as the same.
func FuzzManifest(f *testing.F) {
	sum := strings.Repeat("0", 64)
	good := `{"format":1,"made":"2026-03-01T12:00:00Z","files":[{"path":"runs.db","bytes":1,"sha256":"` + sum + `"},{"path":"leaderboard.json","bytes":2,"sha256":"` + sum + `"}]}`
	for _, seed := range []string{
		good, strings.Replace(good, "runs.db", "../runs.db", 1), strings.Replace(good, `"bytes":1`, `"bytes":9223372036854775807`, 1),
		strings.Replace(good, `"format":1`, `"format":2`, 1), strings.Replace(good, "leaderboard.json", "runs.db", 1), good + good, "null", "[]", "",
		strings.Replace(good, `"files"`, `"solutions":[{"run":1,"name":"u","file":"solutions/u.npy"}],"files"`, 1),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := parseManifest(text)
		if err != nil {
			return
		}
		var total int64
		for _, file := range m.Files {
			total += file.Bytes
			if !filepath.IsLocal(file.Path) || file.Bytes < 0 || total > mostBytes {
				t.Errorf("accepted %+v", file)
			}
		}
		again, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parseManifest(again); err != nil {
			t.Errorf("what was accepted is refused when it is written again: %v", err)
		}
	})
}

// FuzzUnpack reads anything as the tar file in a bundle: nothing appears that the manifest does not list, and what is reported as whole has
// every file as listed.
func FuzzUnpack(f *testing.F) {
	page := []byte("page")
	files := []File{{"leaderboard.json", 4, sumOf(page)}, {"runs.db", 4, sumOf(page)}, {"site/index.html", 4, sumOf(page)}}
	manifest, err := json.Marshal(&Manifest{Format: format, Files: files})
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range []string{"site/index.html", "../site", "runs.db", "site/link"} {
		var out bytes.Buffer
		w := tar.NewWriter(&out)
		for _, e := range []entry{
			{tar.Header{Name: ManifestName}, manifest}, {tar.Header{Name: "leaderboard.json"}, page}, {tar.Header{Name: "runs.db"}, page},
			{tar.Header{Name: name}, page},
		} {
			e.Typeflag, e.Size = tar.TypeReg, int64(len(e.content))
			if e.Name == "site/link" {
				e.Typeflag, e.Size, e.Linkname, e.content = tar.TypeSymlink, 0, "/etc", nil
			}
			if err := w.WriteHeader(&e.Header); err != nil {
				f.Fatal(err)
			}
			if _, err := w.Write(e.content); err != nil {
				f.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			f.Fatal(err)
		}
		f.Add(out.Bytes())
	}
	f.Fuzz(func(t *testing.T, stream []byte) {
		outer := t.TempDir()
		dir := filepath.Join(outer, "in")
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		root, err := os.OpenRoot(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer root.Close()
		u := &unpacker{ctx: t.Context(), root: root, most: mostBytes, seen: map[string]bool{}}
		err = u.unpack(tar.NewReader(io.LimitReader(bytes.NewReader(stream), 1<<20)))
		there := map[string]bool{}
		walked := filepath.WalkDir(outer, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			inside, _ := filepath.Rel(dir, path)
			there[inside] = true
			if _, listed := u.listed[inside]; !listed || !d.Type().IsRegular() {
				t.Errorf("%s appeared, which is not listed", path)
			}
			return nil
		})
		if walked != nil {
			t.Fatal(walked)
		}
		if err != nil || len(u.faults) > 0 {
			return
		}
		for _, f := range u.manifest.Files {
			bytes, sum, err := fileSum(filepath.Join(dir, f.Path))
			if err != nil || bytes != f.Bytes || sum != f.SHA256 || !there[f.Path] {
				t.Errorf("%s is said to be whole, and has %d bytes, SHA-256 %s, error %v", f.Path, bytes, sum, err)
			}
		}
	})
}
