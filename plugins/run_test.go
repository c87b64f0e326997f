package plugins

import (
	"testing"

	pluginv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/plugin/v1"
	"github.com/solverbench/solverbench/plugins/shm"
)

// TestPlaceSolution: what lies in the output area is sent as it lies there, and everything else, the input
// handed back included, is copied into it.
func TestPlaceSolution(t *testing.T) {
	const input, n = 1 << 13, 1 << 12
	segment, err := shm.Create(4*input, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer segment.Close()
	view := func(at uint64) []byte {
		b, err := segment.Bytes(at, n, 0, segment.Size())
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	begin := func() *Run {
		return &Run{
			segment: segment, next: input, kept: input, top: 4 * input,
			layout: &pluginv1.Segment{Size: 4 * input, InputEnd: input, OutputBegin: input, OutputEnd: 4 * input},
		}
	}
	for name, b := range map[string][]byte{"input": view(64), "own memory": make([]byte, n)} {
		b[5] = 77
		at, ok := begin().placeSolution(b)
		if !ok || at != input || view(at)[5] != 77 {
			t.Errorf("%s: placed at %d (%v), want a copy at %d", name, at, ok, input)
		}
	}
	if at, ok := begin().placeSolution(view(3 * input)); !ok || at != 3*input {
		t.Errorf("output: placed at %d (%v), want it where it lies", at, ok)
	}
	full := begin()
	full.next = full.top - 64
	if _, ok := full.placeSolution(view(0)); ok {
		t.Error("placed beyond the output area")
	}
}
