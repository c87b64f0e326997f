//go:build linux

package main

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"testing"
)

// record writes an operation as shim/io.c does.
func record(o operation) []byte {
	b := make([]byte, 16)
	b[0] = o.kind
	binary.NativeEndian.PutUint16(b[2:], uint16(len(o.name)))
	binary.NativeEndian.PutUint32(b[4:], uint32(len(o.data)))
	binary.NativeEndian.PutUint64(b[8:], uint64(o.offset))
	return append(append(b, o.name...), o.data...)
}

func TestJournalIsReadAsWritten(t *testing.T) {
	want := []operation{
		{kind: 'c', name: "-wal"}, {kind: 'w', name: "-wal", offset: 4096, data: []byte("frame")}, {kind: 's', name: "-wal"},
		{kind: 't', name: "", offset: 8192}, {kind: 'u', name: "-wal"},
	}
	var text []byte
	for _, o := range want {
		text = append(text, record(o)...)
	}
	text = append(text, acknowledgement("instance  configuration")...)
	want = append(want, operation{kind: 'a', name: "instance  configuration"})
	got, err := parseJournal(append(text, 'w', 0, 0)) // the last was cut off
	if err != nil || len(got) != len(want) {
		t.Fatalf("%v, error %v, expected %v", got, err, want)
	}
	for i := range want {
		if got[i].kind != want[i].kind || got[i].name != want[i].name || got[i].offset != want[i].offset || !bytes.Equal(got[i].data, want[i].data) {
			t.Errorf("operation %d: %v, expected %v", i, got[i], want[i])
		}
	}
	if _, err := parseJournal(record(operation{kind: 'x'})); err == nil {
		t.Error("an unknown operation is read")
	}
}

// draw returns the contents of a file after each of many losses of power, and how often it was not there.
func draw(d *disk, name string) (contents map[string]int, missing int) {
	random := rand.New(rand.NewPCG(1, 2))
	contents = map[string]int{}
	for range 2000 {
		if c, ok := d.afterPowerLoss(random)[name]; ok {
			contents[string(c)]++
		} else {
			missing++
		}
	}
	return contents, missing
}

func disked(operations ...operation) *disk {
	d := newDisk()
	for _, o := range operations {
		d.do(o)
	}
	return d
}

func write(offset int64, data string) operation {
	return operation{kind: 'w', offset: offset, data: []byte(data)}
}

func TestSyncedStaysAndUnsyncedMayNot(t *testing.T) {
	create, sync, folder := operation{kind: 'c'}, operation{kind: 's'}, operation{kind: 's', name: "/"}
	for _, c := range []struct {
		name string
		disk *disk
		may  []string // the contents that are possible, all of which have to be drawn
		gone bool     // it may be missing
	}{
		{"synced", disked(create, folder, write(0, "abc"), sync), []string{"abc"}, false},
		{"not synced", disked(create, folder, write(0, "abc")), []string{"", "abc"}, false},
		{"overwritten", disked(create, folder, write(0, "abc"), sync, write(1, "X")), []string{"abc", "aXc"}, false},
		{"two writes in either order", disked(create, folder, write(0, "aa"), sync, write(0, "b"), write(1, "c")), []string{"aa", "ba", "ac", "bc"}, false},
		{"hole", disked(create, folder, write(0, "a"), write(2, "b")), []string{"", "a", "\x00\x00b", "a\x00b"}, false},
		{"truncated", disked(create, folder, write(0, "abc"), sync, operation{kind: 't', offset: 1}), []string{"abc", "a"}, false},
		{"folder not synced", disked(create, write(0, "abc"), sync), []string{"abc"}, true},
		{"removed, folder not synced", disked(create, folder, write(0, "abc"), sync, operation{kind: 'u'}), []string{"abc"}, true},
		{"removed", disked(create, folder, write(0, "abc"), sync, operation{kind: 'u'}, folder), nil, true},
		{"removed and made again", disked(create, folder, write(0, "old"), sync, operation{kind: 'u'}, create, write(0, "new"), sync), []string{"old", "new"}, true},
	} {
		contents, missing := draw(c.disk, "")
		if (missing > 0) != c.gone {
			t.Errorf("%s: missing %d times, expected it possible: %v", c.name, missing, c.gone)
		}
		for _, may := range c.may {
			if contents[may] == 0 {
				t.Errorf("%s: never %q", c.name, may)
			}
			delete(contents, may)
		}
		if len(contents) > 0 {
			t.Errorf("%s: impossible: %v", c.name, contents)
		}
	}
}

// A write is torn at the disk's sectors, not within one.
func TestWritesTearAtSectors(t *testing.T) {
	d := disked(operation{kind: 'c'}, operation{kind: 's', name: "/"}, write(0, string(make([]byte, 2*sector))), operation{kind: 's'},
		write(sector-1, "xyy"))
	contents, _ := draw(d, "")
	seen := map[string]bool{}
	for c := range contents {
		seen[c[sector-1:sector+2]] = true
	}
	want := []string{"\x00\x00\x00", "x\x00\x00", "\x00yy", "xyy"}
	for _, w := range want {
		if !seen[w] {
			t.Errorf("never %q", w)
		}
	}
	if len(seen) != len(want) {
		t.Errorf("%v, expected only %v", seen, want)
	}
}
