package layout

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
)

const module = "github.com/solverbench/solverbench/"

// rules say what packages below a prefix may import of this module, beside packages below the same prefix. The first rule that
// fits a package holds.
var rules = []struct {
	prefix string
	may    []string
}{
	{"plugins/bundled/", []string{"plugins", "plugins/option", "plugins/proto/", "plugins/bundled/"}},
	{"plugins/bundled", []string{"plugins", "plugins/bundled/"}},
	{"plugins/proto/", nil},
	{"plugins/shm", nil},
	{"plugins/option", nil},
	{"plugins/null", []string{"plugins/internal/", "plugins/proto/", "plugins/shm"}},
	{"plugins/internal/", []string{"plugins/proto/"}},
	{"plugins/capi", []string{"plugins", "plugins/option", "plugins/proto/"}},
	{"plugins/conformance", []string{"plugins/host", "plugins/proto/", "plugins/option", "problems"}},
	{"plugins/host", []string{"plugins/internal/", "plugins/proto/", "plugins/shm", "plugins/option", "harness/sandbox"}},
	{"plugins/skeleton", []string{"plugins/capi", "plugins/option"}},
	{"plugins/install", []string{"plugins/host", "plugins/proto/", "plugins/capi", "plugins/python", "harness/sandbox"}},
	{"plugins", []string{"plugins/internal/", "plugins/proto/", "plugins/shm", "plugins/option"}},
	{"metrics", nil},
	{"problems/registry", []string{"problems"}},
	{"problems", []string{"metrics", "plugins/proto/", "plugins/option"}},
	{"results", nil},
	{"harness/sandbox", nil},
	{"harness/measure", nil},
	{"harness", []string{"plugins/host", "plugins/null", "plugins/proto/", "plugins/option", "problems", "metrics", "results"}},
	{"docs/examples/", []string{"plugins", "plugins/proto/"}},
	{"internal/rogue", []string{"plugins", "plugins/null", "plugins/proto/", "plugins/shm", "harness/sandbox"}},
}

func TestImportsGoOneWay(t *testing.T) {
	list := exec.Command("go", "list", "-json=ImportPath,Imports", "./...")
	list.Dir = "../.."
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	packages := 0
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		packages++
		path := strings.TrimPrefix(p.ImportPath, module)
		for _, rule := range rules {
			if path != rule.prefix && !strings.HasPrefix(path, strings.TrimSuffix(rule.prefix, "/")+"/") {
				continue
			}
			for _, i := range p.Imports {
				if local, ours := strings.CutPrefix(i, module); ours && !allowed(local, rule.prefix, rule.may) {
					t.Errorf("%s imports %s; packages below %s may import, of this module, %v", path, local, rule.prefix, rule.may)
				}
			}
			break
		}
	}
	if packages < 20 {
		t.Errorf("only %d packages seen", packages)
	}
}

// allowed says whether a package may be imported: it lies below the rule's own prefix, is named, or lies below a name that
// ends in a slash; the bare name of a tree such as problems means all of it but plugins does not.
func allowed(path, prefix string, may []string) bool {
	if path == prefix || strings.HasPrefix(path, strings.TrimSuffix(prefix, "/")+"/") && prefix != "plugins" && prefix != "plugins/bundled" {
		return true
	}
	for _, m := range may {
		if path == m || strings.HasSuffix(m, "/") && strings.HasPrefix(path, m) || m != "plugins" && strings.HasPrefix(path, m+"/") {
			return true
		}
	}
	return false
}
