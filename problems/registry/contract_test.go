package registry_test

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	_ "github.com/solverbench/solverbench/plugins/proto/solverbench/plugin/v1"
)

// TestFieldNumbers: the numbers that the harness gives to unknown fields, sent so that plugins learn to ignore them, are nobody's.
func TestFieldNumbers(t *testing.T) {
	const first, last = 1000, 1999 // docs/protocol.md
	messages := 0
	protoregistry.GlobalFiles.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		if !strings.HasPrefix(string(f.Package()), "solverbench.") {
			return true
		}
		for left := []protoreflect.MessageDescriptors{f.Messages()}; len(left) > 0; left = left[1:] {
			for i := range left[0].Len() {
				m := left[0].Get(i)
				messages++
				left = append(left, m.Messages())
				for k := range m.Fields().Len() {
					if n := m.Fields().Get(k).Number(); n >= first && n <= last {
						t.Errorf("%s has the number %d, expected none from %d to %d", m.Fields().Get(k).FullName(), n, first, last)
					}
				}
			}
		}
		return true
	})
	if messages < 30 {
		t.Errorf("%d messages were looked at, expected those of all families", messages)
	}
}
