// Package docs tests that the code in the documentation is code: what CONTRIBUTING.md and README.md show is laid over the
// module and built and run, so that following them word for word works.
package docs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/format"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/pluginpb"

	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
)

// fragment completes the README's first solver, which leaves out what every file has.
const fragment = `package main

import (
	"context"

	"github.com/solverbench/solverbench/plugins"
	poissonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/poisson/v1"
)

func sweep(u, f []float64, sweeps int) {}

`

func TestReadme(t *testing.T) {
	code := regexp.MustCompile("(?s)\n```go\n(.*?)```").FindStringSubmatch(read(t, "README.md"))
	if code == nil {
		t.Fatal("README.md has no Go code")
	}
	o := overlay{"docs/readme/main.go": fragment + code[1]}
	o.build(t, os.DevNull, "./docs/readme")
}

// TestContributing follows CONTRIBUTING.md: the plugin compiles; the new family needs two folders, a .proto and a line each for
// problems and solvers, and then is listed, run and ranked.
func TestContributing(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the whole program")
	}
	o := files(t)
	const contract = "plugins/proto/solverbench/square/v1/square"
	o[contract+".pb.go"] = generate(t, contract, o[contract+".proto"])
	delete(o, contract+".proto")
	o.addLine(t, "problems/registry/registry.go", "problems/square", "square.Family(),")
	o.addLine(t, "plugins/bundled/bundled.go", "plugins/bundled/square", "square.Solvers(),")
	o["docs/plugin/main.go"] = o["main.go"]
	delete(o, "main.go")
	o.build(t, os.DevNull, "./docs/plugin")

	program := filepath.Join(t.TempDir(), "solverbench")
	o.build(t, program, "./cmd/solverbench")
	run := exec.Command(program, "run", "square/ramp[n=10]", "--reps", "1", "--strict", "--db", filepath.Join(t.TempDir(), "runs.db"))
	out, err := run.CombinedOutput()
	if err != nil || !regexp.MustCompile(`1 │ times .* 0 │`).Match(out) {
		t.Errorf("%v: %v\n%s", run.Args[1:], err, out)
	}
}

// overlay holds files by their paths in the module, which they are laid over when it is built.
type overlay map[string]string

// files returns the files that CONTRIBUTING.md shows. Each is named by the last path in backquotes before it.
func files(t *testing.T) overlay {
	o := overlay{}
	path := regexp.MustCompile("`([a-z0-9/]+\\.(?:go|proto))`")
	for rest := read(t, "CONTRIBUTING.md"); ; {
		before, after, found := strings.Cut(rest, "\n```")
		if !found {
			return o
		}
		language, after, _ := strings.Cut(after, "\n")
		code, after, _ := strings.Cut(after, "\n```")
		if language == "go" || language == "proto" {
			names := path.FindAllStringSubmatch(before, -1)
			if names == nil {
				t.Fatalf("CONTRIBUTING.md: no path is given for the file that begins with\n%.200s", code)
			}
			o[names[len(names)-1][1]] = code + "\n"
		}
		rest = after
	}
}

// addLine adds an import and a line to the list that a file of the module returns.
func (o overlay) addLine(t *testing.T, path, importPath, line string) {
	s := read(t, path)
	list := strings.LastIndex(s, "\n\t}")
	if i := strings.LastIndex(s, "\n\t)"); i > list {
		list = i
	}
	head, tail, found := strings.Cut(s[:list]+"\n\t\t"+line+s[list:], "\n)\n")
	if !found {
		t.Fatalf("%s has no list of imports", path)
	}
	o[path] = head + fmt.Sprintf("\n\t%q\n)\n", "github.com/solverbench/solverbench/"+importPath) + tail
}

// build builds a command of the module with the overlay, whose files must be formatted.
func (o overlay) build(t *testing.T, output, command string) {
	t.Helper()
	dir := t.TempDir()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	replace := map[string]string{}
	for path, text := range o {
		if formatted, err := format.Source([]byte(text)); err != nil || string(formatted) != text {
			t.Errorf("%s: not as gofmt has it, or: %v", path, err)
		}
		copied := filepath.Join(dir, strings.ReplaceAll(path, "/", "_"))
		if err := os.WriteFile(copied, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		replace[filepath.Join(root, path)] = copied
	}
	b, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(list, b, 0o600); err != nil {
		t.Fatal(err)
	}
	run := exec.Command("go", "build", "-overlay", list, "-o", output, command)
	run.Dir = root
	if out, err := run.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", run.Args, err, out)
	}
}

// generate is what `make generate` does, for messages made of arrays, without buf: it reads the .proto text line by line and
// runs protoc-gen-go, which is part of a module that this one requires.
func generate(t *testing.T, path, text string) string {
	common := protodesc.ToFileDescriptorProto(commonv1.File_solverbench_common_v1_common_proto)
	name := strings.TrimPrefix(path, "plugins/proto/") + ".proto"
	file := &descriptorpb.FileDescriptorProto{
		Name: &name, Dependency: []string{common.GetName()}, Syntax: proto.String("proto3"), Options: &descriptorpb.FileOptions{},
	}
	for _, line := range strings.Split(text, "\n") {
		words := strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(` "=;{}`, r) })
		switch {
		case len(words) < 2 || words[0] == "//" || words[0] == "syntax" || words[0] == "import":
		case words[0] == "package":
			file.Package = &words[1]
		case words[0] == "option":
			file.Options.GoPackage = proto.String(strings.Split(line, `"`)[1])
		case words[0] == "message":
			file.MessageType = append(file.MessageType, &descriptorpb.DescriptorProto{Name: &words[1]})
		case words[0] == string(commonv1.File_solverbench_common_v1_common_proto.Package().Append("Array")):
			number, err := strconv.ParseInt(words[2], 10, 32)
			if err != nil {
				t.Fatalf("%s: field number: %v", name, err)
			}
			m := file.MessageType[len(file.MessageType)-1]
			m.Field = append(m.Field, &descriptorpb.FieldDescriptorProto{
				Name: &words[1], JsonName: &words[1], Number: proto.Int32(int32(number)), TypeName: proto.String("." + words[0]),
				Type:  descriptorpb.FieldDescriptorProto_Type(protoreflect.MessageKind).Enum(),
				Label: descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum(),
			})
		default:
			t.Fatalf("%s: line %q is not understood", name, line)
		}
	}
	request, err := proto.Marshal(&pluginpb.CodeGeneratorRequest{
		FileToGenerate: []string{name}, Parameter: proto.String("paths=source_relative"), ProtoFile: []*descriptorpb.FileDescriptorProto{
			protodesc.ToFileDescriptorProto(descriptorpb.File_google_protobuf_descriptor_proto), common, file,
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command("go", "run", "google.golang.org/protobuf/cmd/protoc-gen-go")
	var complaint bytes.Buffer
	command.Stdin, command.Stderr = bytes.NewReader(request), &complaint
	out, err := command.Output()
	response := &pluginpb.CodeGeneratorResponse{}
	if err == nil {
		err = proto.Unmarshal(out, response)
	}
	if err != nil || response.Error != nil || len(response.File) != 1 {
		t.Fatalf("protoc-gen-go: %v %s\n%s", err, response.GetError(), &complaint)
	}
	return response.File[0].GetContent()
}

func read(t *testing.T, path string) string {
	b, err := os.ReadFile(filepath.Join("..", path))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
