package bundle

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// writeArchive writes the files below a folder, which it lists in the manifest, and returns the archive's SHA-256.
func writeArchive(ctx context.Context, to, dir string, m *Manifest) (sum string, err error) {
	if err := m.list(ctx, dir); err != nil {
		return "", err
	}
	if err := m.check(); err != nil { // what would not be read is not written
		return "", err
	}
	out, err := os.Create(to)
	if err != nil {
		return "", err
	}
	defer out.Close()
	h := sha256.New()
	if err := pack(ctx, io.MultiWriter(out, h), dir, m); err != nil {
		return "", err
	}
	if err := out.Sync(); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), out.Close()
}

// list enters every file below a folder in the manifest, sorted.
func (m *Manifest) list(ctx context.Context, dir string) error {
	m.Files = []File{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		f := File{Path: filepath.ToSlash(name)}
		if f.Bytes, f.SHA256, err = fileSum(path); err != nil {
			return err
		}
		m.Files = append(m.Files, f)
		return nil
	})
	slices.SortFunc(m.Files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return err
}

// pack writes the archive. All files have the date of the manifest, so that equal contents make equal bytes.
func pack(ctx context.Context, w io.Writer, dir string, m *Manifest) error {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return fmt.Errorf("%s: %w", ManifestName, err)
	}
	text = append(text, '\n')
	zipped := gzip.NewWriter(w)
	archive := tar.NewWriter(zipped)
	if err := archive.WriteHeader(header(ManifestName, int64(len(text)), 0o644, m.Made)); err != nil {
		return err
	}
	if _, err := archive.Write(text); err != nil {
		return err
	}
	for _, f := range m.Files {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := packFile(archive, filepath.Join(dir, f.Path), f, m.Made); err != nil {
			return fmt.Errorf("%s: %w", f.Path, err)
		}
	}
	if err := archive.Close(); err != nil {
		return err
	}
	return zipped.Close()
}

func packFile(archive *tar.Writer, path string, f File, made time.Time) error {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	if err := archive.WriteHeader(header(f.Path, f.Bytes, 0o644|int64(info.Mode().Perm()&0o111), made)); err != nil {
		return err
	}
	_, err = io.Copy(archive, in)
	return err
}

func header(name string, bytes, mode int64, made time.Time) *tar.Header {
	return &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: bytes, Mode: mode, ModTime: made}
}
