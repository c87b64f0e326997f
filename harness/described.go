package harness

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"google.golang.org/protobuf/proto"

	"github.com/solverbench/solverbench/plugins/host"
	pluginv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/plugin/v1"
)

// Descriptions keeps what plugins have said of themselves, so that one that has not changed since need not be launched to know it.
type Descriptions struct {
	// Dir is where they are kept, one file a plugin; nothing is if it is empty.
	Dir string
	// Reader stands for this program: what another has kept is not used.
	Reader string
}

// kept is the content of a file.
type kept struct {
	Key         string `json:"key"` // of the plugin and its reader
	SHA256      string `json:"sha256"`
	Description []byte `json:"description"`
	Sum         string `json:"sum"` // of all that
}

func (k *kept) sum() string {
	return hexSum("%q %q %x", k.Key, k.SHA256, k.Description)
}

func hexSum(format string, args ...any) string {
	sum := sha256.Sum256(fmt.Appendf(nil, format, args...))
	return hex.EncodeToString(sum[:])
}

// Load is LoadPlugin, but launches nothing if the plugin is the one that has been asked before. That something cannot be kept, or not be
// read, costs the launch and is no error.
func (d *Descriptions) Load(ctx context.Context, program host.Program) (*Plugin, error) {
	located, stamp, err := locate(program)
	if err != nil {
		return nil, &PluginError{Command: program.Path(), Err: err}
	}
	key := hexSum("%q %q", d.Reader, stamp)
	file := filepath.Join(d.Dir, hexSum("%q", located.Path())+".json")
	if p := d.read(file, key); p != nil {
		return newPlugin(located, p.description, false, stamp, p.sum), nil
	}
	p, err := LoadPlugin(ctx, program, false)
	if err == nil && p.stamp == stamp {
		d.write(file, key, p)
	}
	return p, err
}

// answer is what a plugin has said, and the checksum of what it was.
type answer struct {
	description *pluginv1.DescribeResponse
	sum         string
}

func (d *Descriptions) read(file, key string) *answer {
	if d.Dir == "" {
		return nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	var k kept
	if json.Unmarshal(text, &k) != nil || k.Key != key || k.Sum != k.sum() {
		return nil
	}
	var described pluginv1.DescribeResponse
	if proto.Unmarshal(k.Description, &described) != nil {
		return nil
	}
	return &answer{&described, k.SHA256}
}

func (d *Descriptions) write(file, key string, p *Plugin) {
	if d.Dir == "" || os.MkdirAll(d.Dir, 0o700) != nil {
		return
	}
	description, err := proto.Marshal(p.described)
	if err != nil {
		return
	}
	k := kept{Key: key, SHA256: p.SHA256, Description: description}
	k.Sum = k.sum()
	text, err := json.Marshal(k)
	if err != nil {
		return
	}
	temporary, err := os.CreateTemp(d.Dir, ".new-")
	if err != nil {
		return
	}
	_, err = temporary.Write(text)
	if e := temporary.Close(); err != nil || e != nil || os.Rename(temporary.Name(), file) != nil {
		_ = os.Remove(temporary.Name())
	}
}
