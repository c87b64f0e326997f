package host

import (
	"context"
	"encoding/hex"
	"flag"
	"fmt"
	"math"
	"os"
	"regexp"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/solverbench/solverbench/plugins"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	pluginv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/plugin/v1"
	poissonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/poisson/v1"
)

var update = flag.Bool("update", false, "write the exchange in docs/protocol.md anew")

const protocolPage = "../../docs/protocol.md"

// halver is exact for 2×2 unknowns with h = 1 and a constant f.
type halver struct {
	MaxIterations int `opt:"max-iterations" doc:"for show"`
}

func (*halver) Solve(_ context.Context, run *plugins.Run, task *poissonv1.Task) (*poissonv1.Solution, error) {
	f, err := task.Rhs.Float64s()
	if err != nil {
		return nil, err
	}
	out, u := run.Output(task.Rhs.Dims()...)
	for i := range u {
		u[i] = f[i] / 2
	}
	run.Iterations(1)
	return &poissonv1.Solution{U: out}, nil
}

// serveExample makes the test binary a plugin if it is launched as one.
func serveExample() {
	if len(os.Args) > 1 && os.Args[1] == "serve-example" {
		plugins.Serve(plugins.Plugin{Name: "example", Version: "1", Solvers: []plugins.Offer{plugins.New("cg", &halver{}, plugins.About{})}})
		os.Exit(0)
	}
}

// recorder notes what goes over the wire.
type recorder struct {
	pluginv1.SolverServiceClient
	said []proto.Message
}

func (r *recorder) note(m proto.Message) { r.said = append(r.said, proto.Clone(m)) }

func (r *recorder) Open(ctx context.Context, req *pluginv1.OpenRequest, opts ...grpc.CallOption) (*pluginv1.OpenResponse, error) {
	r.note(req)
	return r.SolverServiceClient.Open(ctx, req, opts...)
}

func (r *recorder) Load(ctx context.Context, req *pluginv1.LoadRequest, opts ...grpc.CallOption) (*pluginv1.LoadResponse, error) {
	r.note(req)
	return r.SolverServiceClient.Load(ctx, req, opts...)
}

func (r *recorder) Solve(ctx context.Context, req *pluginv1.SolveRequest, opts ...grpc.CallOption) (pluginv1.SolverService_SolveClient, error) {
	r.note(req)
	stream, err := r.SolverServiceClient.Solve(ctx, req, opts...)
	return &recordedStream{stream, r}, err
}

type recordedStream struct {
	pluginv1.SolverService_SolveClient
	recorder *recorder
}

func (s *recordedStream) Recv() (*pluginv1.SolveResponse, error) {
	resp, err := s.SolverService_SolveClient.Recv()
	if err == nil {
		s.recorder.note(resp)
	}
	return resp, err
}

// constant is the example's task.
func constant(f float64) *poissonv1.Task {
	side := poissonv1.Boundary_BOUNDARY_DIRICHLET
	axis := &poissonv1.Axis{Points: 2, Upper: 3, LowerBoundary: side, UpperBoundary: side}
	return &poissonv1.Task{
		Kind: poissonv1.Kind_KIND_DISCRETE, Axes: []*poissonv1.Axis{axis, proto.Clone(axis).(*poissonv1.Axis)}, Tolerance: 0.5,
		Rhs: commonv1.Float64([]float64{f, f, f, f}, 2, 2),
	}
}

// exchange plays the example and returns it for people.
func exchange(t *testing.T) string {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c, err := Launch(t.Context(), Config{Command: []string{self, "serve-example"}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	r := &recorder{SolverServiceClient: c.rpc}
	c.rpc = r
	s, err := c.Open(t.Context(), SessionConfig{
		Solver: "cg", Options: map[string]string{"max-iterations": "10"}, Task: constant(2), Shapes: [][]int{{2, 2}}, Inline: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Solve(t.Context(), SolveConfig{}); err != nil {
		t.Fatal(err)
	}
	if err := s.Load(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	for k, f := range []float64{4, 6} {
		if err := s.Put(k, constant(f)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Solve(t.Context(), SolveConfig{Repeat: 2}); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, m := range r.said {
		switch m := m.(type) { // what is another each time
		case *pluginv1.LoadRequest:
			m.Segment.Path = "/dev/shm/solverbench-4150-1/solverbench-2.segment"
		case *pluginv1.SolveResponse:
			m.GetResult().Seconds = math.Ldexp(1, -20)
		}
		wire, err := proto.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "\n%s, %d bytes:\n\n```\n", m.ProtoReflect().Descriptor().Name(), len(wire))
		annotate(&b, wire, m.ProtoReflect().Descriptor(), 0)
		b.WriteString("```\n")
	}
	all, err := s.slots.segment.Bytes(0, s.slots.segment.Size(), 0, s.slots.segment.Size())
	if err != nil {
		t.Fatal(err)
	}
	b.WriteString("\nThe segment then, where it is not zero:\n\n```\n")
	for at := 0; at < len(all); at += 16 {
		if line := all[at : at+16]; strings.Trim(string(line), "\x00") != "" {
			fmt.Fprintf(&b, "%04x  % x\n", at, line)
		}
	}
	b.WriteString("```\n")
	return b.String()
}

// annotate writes a message field by field.
func annotate(b *strings.Builder, wire []byte, d protoreflect.MessageDescriptor, depth int) {
	url := ""
	for len(wire) > 0 {
		number, kind, tag := protowire.ConsumeTag(wire)
		size := protowire.ConsumeFieldValue(number, kind, wire[tag:])
		field, value := wire[:tag+size], wire[tag:tag+size]
		wire = wire[tag+size:]
		f := d.Fields().ByNumber(number)
		if f == nil {
			line(b, depth, field, fmt.Sprintf("unknown field %d: ignored", number))
			continue
		}
		name := string(f.Name())
		if kind != protowire.BytesType {
			line(b, depth, field, name+": "+scalar(f, kind, value))
			continue
		}
		content, _ := protowire.ConsumeBytes(value)
		head := field[:len(field)-len(content)]
		inner := f.Message()
		if inner == nil && d.FullName() == "google.protobuf.Any" && name == "value" {
			m, err := protoregistry.GlobalTypes.FindMessageByURL(url)
			if err != nil {
				panic(err) // it has been encoded here
			}
			inner = m.Descriptor()
		}
		switch {
		case inner != nil:
			line(b, depth, head, fmt.Sprintf("%s: %d bytes, %s", name, len(content), inner.FullName()))
			annotate(b, content, inner, depth+1)
		case f.Kind() == protoreflect.StringKind:
			url = string(content)
			line(b, depth, field, fmt.Sprintf("%s: %q", name, content))
		case f.IsList():
			line(b, depth, field, fmt.Sprintf("%s: %v, packed", name, varints(content)))
		default:
			line(b, depth, head, fmt.Sprintf("%s: %d bytes", name, len(content)))
			for ; len(content) > 0; content = content[8:] {
				bits, _ := protowire.ConsumeFixed64(content)
				line(b, depth+1, content[:8], fmt.Sprint(math.Float64frombits(bits)))
			}
		}
	}
}

// line writes bytes and what they mean, at most 16 bytes a line.
func line(b *strings.Builder, depth int, bytes []byte, meaning string) {
	indent := strings.Repeat("  ", depth)
	for len(bytes) > 16 {
		fmt.Fprintf(b, "%s%s\n", indent, spaced(bytes[:16]))
		bytes = bytes[16:]
	}
	fmt.Fprintf(b, "%-58s %s\n", indent+spaced(bytes), meaning)
}

func spaced(b []byte) string {
	var pairs []string
	for _, x := range b {
		pairs = append(pairs, hex.EncodeToString([]byte{x}))
	}
	return strings.Join(pairs, " ")
}

func varints(b []byte) (all []uint64) {
	for len(b) > 0 {
		v, n := protowire.ConsumeVarint(b)
		all = append(all, v)
		b = b[n:]
	}
	return all
}

func scalar(f protoreflect.FieldDescriptor, kind protowire.Type, value []byte) string {
	if kind == protowire.Fixed64Type {
		bits, _ := protowire.ConsumeFixed64(value)
		return fmt.Sprint(math.Float64frombits(bits))
	}
	v, _ := protowire.ConsumeVarint(value)
	if f.Enum() != nil {
		return string(f.Enum().Values().ByNumber(protoreflect.EnumNumber(v)).Name())
	}
	return fmt.Sprint(v)
}

// The bytes that docs/protocol.md shows are those that go over the wire.
func TestExchangeInProtocolPage(t *testing.T) {
	page, err := os.ReadFile(protocolPage)
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "<!-- exchange:begin -->\n", "<!-- exchange:end -->\n"
	head, rest, found := strings.Cut(string(page), begin)
	shown, tail, ended := strings.Cut(rest, end)
	if !found || !ended {
		t.Fatalf("%s has no place for the exchange, expected %s and %s", protocolPage, begin, end)
	}
	played := exchange(t) + "\n"
	if *update {
		if err := os.WriteFile(protocolPage, []byte(head+begin+played+end+tail), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if shown != played {
		t.Errorf("%s shows another exchange (go test ./plugins/host -run Exchange -update writes it anew):\n%s", protocolPage, played)
	}
}

// Every variable that a plugin is given is in docs/protocol.md.
func TestEnvironmentInProtocolPage(t *testing.T) {
	page, err := os.ReadFile(protocolPage)
	if err != nil {
		t.Fatal(err)
	}
	c := launch(t)
	grease := false
	for _, v := range c.proc.cfg.Env {
		name, _, _ := strings.Cut(v, "=")
		grease = grease || name == greaseEnv
		if !regexp.MustCompile("`" + name + "`").Match(page) {
			t.Errorf("%s does not tell of the variable %s", protocolPage, name)
		}
	}
	if !grease {
		t.Errorf("environment %v, expected %s", c.proc.cfg.Env, greaseEnv)
	}
}
