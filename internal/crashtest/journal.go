//go:build linux

package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"sort"
)

// operation is one thing done to the database's files, as shim/io.c writes it down.
type operation struct {
	kind   byte   // write 'w', truncate 't', sync 's', create 'c', unlink 'u'; or 'a', a run was acknowledged
	name   string // what follows the database's path: "", "-wal", "-shm", "-journal"; "/" for the folder; of 'a', the run
	offset int64
	data   []byte
}

// parseJournal reads operations; what the end cuts off is not there.
func parseJournal(text []byte) ([]operation, error) {
	const header = 16
	var all []operation
	for len(text) >= header {
		name, size := int(binary.NativeEndian.Uint16(text[2:])), int(binary.NativeEndian.Uint32(text[4:]))
		o := operation{kind: text[0], offset: int64(binary.NativeEndian.Uint64(text[8:]))}
		data := 0
		switch o.kind {
		case 'w':
			data = size
		case 't', 's', 'c', 'u', 'a':
		default:
			return nil, fmt.Errorf("journal of operations: %q is no operation", o.kind)
		}
		if len(text) < header+name+data {
			break
		}
		o.name, o.data = string(text[header:header+name]), text[header+name:header+name+data]
		all = append(all, o)
		text = text[header+name+data:]
	}
	return all, nil
}

// acknowledgement is the record of an operation of kind 'a'.
func acknowledgement(run string) []byte {
	b := make([]byte, 16, 16+len(run))
	b[0] = 'a'
	binary.NativeEndian.PutUint16(b[2:], uint16(len(run)))
	return append(b, run...)
}

// sector is what a disk writes whole or not at all.
const sector = 512

// file is what a disk holds of a file, and what only the operating system's memory does.
type file struct {
	synced  []byte
	pending []operation // writes and truncations since the last sync
}

// disk is the database's folder as the disk may hold it. A change of the folder itself (a file is made or removed) is
// safe once the folder has been synced; until then those up to any one of them may be.
type disk struct {
	files   map[string]*file // by name
	entries []operation      // creations and removals that are not safe
	removed map[int]*file    // what the removals among them have removed, by index
}

func newDisk() *disk { return &disk{files: map[string]*file{}, removed: map[int]*file{}} }

// do follows one operation.
func (d *disk) do(o operation) {
	switch o.kind {
	case 'c':
		d.files[o.name] = &file{}
		d.entries = append(d.entries, o)
	case 'u':
		d.removed[len(d.entries)] = d.files[o.name]
		delete(d.files, o.name)
		d.entries = append(d.entries, o)
	case 'w', 't':
		if f := d.files[o.name]; f != nil {
			f.pending = append(f.pending, o)
		}
	case 's':
		if o.name == "/" {
			d.entries, d.removed = nil, map[int]*file{}
		} else if f := d.files[o.name]; f != nil {
			for _, p := range f.pending {
				f.synced = apply(f.synced, p)
			}
			f.pending = nil
		}
	}
}

// afterPowerLoss returns the files that may be found when power is lost now: all that was synced, and any part of what was
// not.
func (d *disk) afterPowerLoss(random *rand.Rand) map[string][]byte {
	files := map[string]*file{}
	for name, f := range d.files {
		files[name] = f
	}
	// Take back the entries from the last one to a random one.
	first := random.IntN(len(d.entries) + 1)
	for i := len(d.entries) - 1; i >= first; i-- {
		if o := d.entries[i]; o.kind == 'c' {
			delete(files, o.name)
		} else if d.removed[i] != nil {
			files[o.name] = d.removed[i]
		}
	}
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	sort.Strings(names) // the same seed gives the same files
	found := map[string][]byte{}
	for _, name := range names {
		found[name] = files[name].afterPowerLoss(random)
	}
	return found
}

// afterPowerLoss keeps each sector of each write, and each truncation, with a chance that is drawn for the file.
func (f *file) afterPowerLoss(random *rand.Rand) []byte {
	content := append([]byte(nil), f.synced...)
	chance := []float64{0, 0.1, 0.5, 0.9, 1}[random.IntN(5)]
	for _, o := range f.pending {
		if o.kind == 't' {
			if random.Float64() < chance {
				content = apply(content, o)
			}
			continue
		}
		for at := int64(0); at < int64(len(o.data)); {
			n := min(sector-(o.offset+at)%sector, int64(len(o.data))-at)
			if random.Float64() < chance {
				content = apply(content, operation{kind: 'w', offset: o.offset + at, data: o.data[at : at+n]})
			}
			at += n
		}
	}
	return content
}

// apply does a write or truncation to content, which it may change.
func apply(content []byte, o operation) []byte {
	end := int(o.offset) + len(o.data)
	if o.kind == 't' && end < len(content) {
		return content[:end:end] // what is cut off must not come back
	}
	if end > len(content) {
		content = append(content, make([]byte, end-len(content))...)
	}
	copy(content[o.offset:], o.data)
	return content
}

// put writes the files of a database at path in place of those there.
func put(path string, files map[string][]byte) error {
	for _, suffix := range suffixes {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if content, ok := files[suffix]; ok {
			if err := os.WriteFile(path+suffix, content, 0o600); err != nil {
				return err
			}
		}
	}
	return nil
}

// suffixes of the files of a database.
var suffixes = []string{"", "-wal", "-shm", "-journal"}
