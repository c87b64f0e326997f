package bundle

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Bundle is an archive that has been unpacked.
type Bundle struct {
	Manifest *Manifest
	// Dir is the folder that its files are in, those that are as the manifest lists them and those that differ in content.
	Dir string
	// SHA256 is that of the archive.
	SHA256 string

	faults []fault
}

// fault is what is not as the manifest says.
type fault struct{ File, Problem string }

func (f fault) String() string { return f.File + ": " + f.Problem }

// Open unpacks a bundle below the temporary folder; Close removes it. What differs from the manifest is among what Check finds; an archive
// that cannot be read or should not be is an error.
func Open(ctx context.Context, path string) (b *Bundle, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() { // opening a pipe would wait for its writer
		return nil, fmt.Errorf("%s: not a regular file, expected a bundle", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b = &Bundle{}
	if b.Dir, err = os.MkdirTemp("", "solverbench-bundle-"); err != nil {
		return nil, err
	}
	if err := b.read(ctx, f, info.Size()); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), b.Close())
	}
	return b, nil
}

// Close removes what was unpacked.
func (b *Bundle) Close() error { return os.RemoveAll(b.Dir) }

// Database is the path of the database.
func (b *Bundle) Database() string { return filepath.Join(b.Dir, DatabaseName) }

// Whole is an error that names the first of what is not as the manifest says, nil if everything is.
func (b *Bundle) Whole() error {
	if len(b.faults) == 0 {
		return nil
	}
	return errors.New(b.faults[0].String())
}

func (b *Bundle) read(ctx context.Context, r io.Reader, size int64) error {
	h := sha256.New()
	zipped, err := gzip.NewReader(bufio.NewReader(io.TeeReader(r, h)))
	if err != nil {
		return fmt.Errorf("not compressed by gzip, expected a bundle: %w", noEOF(err))
	}
	root, err := os.OpenRoot(b.Dir)
	if err != nil {
		return err
	}
	defer root.Close()
	u := &unpacker{ctx: ctx, root: root, most: max(usualBytes, mostRatio*size), seen: map[string]bool{}}
	stream := &limited{r: zipped, left: mostBytes + mostManifest + mostFiles<<12} // and headers
	if err := u.unpack(tar.NewReader(stream)); err != nil {
		return err
	}
	if err := nothingFollows(stream); err != nil {
		return err
	}
	b.Manifest, b.faults, b.SHA256 = u.manifest, u.faults, hex.EncodeToString(h.Sum(nil))
	return nil
}

// limited ends with an error, unlike io.LimitedReader.
type limited struct {
	r    io.Reader
	left int64
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, errors.New("there is more in it than in any bundle")
	}
	n, err := l.r.Read(p[:min(int64(len(p)), l.left)])
	l.left -= int64(n)
	return n, err
}

// nothingFollows reads the zeros that a tar file is filled up with, and lets gzip compare its checksum.
func nothingFollows(r io.Reader) error {
	const most = 1 << 20
	rest, err := io.ReadAll(io.LimitReader(r, most))
	if err != nil {
		return fmt.Errorf("behind the last entry: %w", noEOF(err))
	}
	if len(rest) == most || len(bytes.Trim(rest, "\x00")) > 0 {
		return errors.New("there is something behind the last entry, expected nothing")
	}
	return nil
}

// noEOF names the end of a file that came too early.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the file ends there, expected more")
	}
	return err
}

// unpacker takes an archive apart, entry by entry.
type unpacker struct {
	ctx      context.Context
	root     *os.Root
	most     int64     // bytes that it may unpack
	manifest *Manifest // once it has been met
	listed   map[string]File
	seen     map[string]bool
	faults   []fault
}

func (u *unpacker) unpack(archive *tar.Reader) error {
	last := "the beginning"
	for {
		h, err := archive.Next()
		if err == io.EOF {
			break
		}
		if err == nil {
			err = u.ctx.Err()
		}
		if err != nil {
			return fmt.Errorf("behind %s: %w", last, noEOF(err))
		}
		if err := u.entry(h, archive); err != nil {
			return fmt.Errorf("entry %q: %w", shorten(h.Name), err)
		}
		last = fmt.Sprintf("entry %q", shorten(h.Name))
	}
	if u.manifest == nil {
		return fmt.Errorf("it is empty, expected %s first", ManifestName)
	}
	for _, f := range u.manifest.Files {
		if !u.seen[f.Path] {
			u.faults = append(u.faults, fault{f.Path, "is in the manifest, and not in the archive"})
		}
	}
	slices.SortStableFunc(u.faults, func(a, b fault) int { return strings.Compare(a.File, b.File) })
	return nil
}

// entry unpacks one entry if the manifest lists it.
func (u *unpacker) entry(h *tar.Header, content io.Reader) error {
	if kind := kindOf(h.Typeflag); kind != "" {
		return fmt.Errorf("%s, expected files only", kind)
	}
	if err := checkName(h.Name); err != nil {
		return fmt.Errorf("its name is %w", err)
	}
	switch {
	case u.seen[h.Name]:
		return errors.New("it is there twice")
	case len(u.seen) > mostFiles:
		return fmt.Errorf("it is one of more than %d, expected no more", mostFiles)
	case u.manifest == nil:
		u.seen[h.Name] = true
		return u.readManifest(h, content)
	}
	u.seen[h.Name] = true
	f, ok := u.listed[h.Name]
	switch {
	case !ok:
		u.faults = append(u.faults, fault{h.Name, "is in the archive, and not in the manifest"})
		return nil
	case f.Bytes != h.Size:
		u.faults = append(u.faults, fault{h.Name, fmt.Sprintf("has %d bytes, the manifest says %d", h.Size, f.Bytes)})
		return nil
	}
	sum, err := u.write(f, content)
	if err == nil && sum != f.SHA256 {
		u.faults = append(u.faults, fault{h.Name, fmt.Sprintf("its SHA-256 is %s, the manifest says %s", sum, f.SHA256)})
	}
	return err
}

func (u *unpacker) readManifest(h *tar.Header, content io.Reader) error {
	switch {
	case h.Name != ManifestName:
		return fmt.Errorf("it is the first, expected %s", ManifestName)
	case h.Size > mostManifest:
		return fmt.Errorf("%d bytes, expected at most %d", h.Size, mostManifest)
	}
	text, err := io.ReadAll(content)
	if err != nil {
		return noEOF(err)
	}
	if u.manifest, err = parseManifest(text); err != nil {
		return err
	}
	u.listed = make(map[string]File, len(u.manifest.Files))
	var total int64
	for _, f := range u.manifest.Files {
		u.listed[f.Path] = f
		total += f.Bytes
	}
	if total > u.most {
		return fmt.Errorf("files: %d bytes together, expected at most %d from an archive of this size", total, u.most)
	}
	return nil
}

// write unpacks a listed file and returns its SHA-256.
func (u *unpacker) write(f File, content io.Reader) (string, error) {
	if dir := path.Dir(f.Path); dir != "." {
		if err := u.root.MkdirAll(dir, 0o700); err != nil {
			return "", err
		}
	}
	out, err := u.root.OpenFile(f.Path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	if _, err := io.Copy(io.MultiWriter(out, h), content); err != nil {
		out.Close()
		return "", noEOF(err)
	}
	return hex.EncodeToString(h.Sum(nil)), out.Close()
}

// kindOf names what is not a regular file.
func kindOf(flag byte) string {
	switch flag {
	case tar.TypeReg:
		return ""
	case tar.TypeLink:
		return "a hard link"
	case tar.TypeSymlink:
		return "a symbolic link"
	case tar.TypeDir:
		return "a folder"
	case tar.TypeChar, tar.TypeBlock, tar.TypeFifo:
		return "a device or a pipe"
	}
	return fmt.Sprintf("of type %q", flag)
}
