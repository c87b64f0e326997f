package registry_test

import (
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/solverbench/solverbench/metrics"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	"github.com/solverbench/solverbench/problems"
	"github.com/solverbench/solverbench/problems/registry"
)

// TestFamilies holds every family to what the harness relies on and the compiler does not see.
func TestFamilies(t *testing.T) {
	names := map[string]bool{}
	for _, f := range registry.Families() {
		t.Run(f.Name, func(t *testing.T) {
			if f.Name == "" || names[f.Name] || f.Title == "" {
				t.Errorf("name %q and title %q: expected a name of its own and a title", f.Name, f.Title)
			}
			names[f.Name] = true
			if _, err := protoregistry.GlobalTypes.FindMessageByName(protoreflect.FullName(f.Schema)); err != nil {
				t.Errorf("Schema %q: %v; expected the full name of the task message", f.Schema, err)
			}
			if f.Solution == nil || f.Arrays == nil || f.MainArray == "" {
				t.Fatal("Solution, Arrays and MainArray are needed by score and --save")
			}
			if _, err := f.Solution(nil); err == nil {
				t.Error("Solution of no arrays: no error")
			}
			for i := range f.Problems {
				t.Run(f.Problems[i].Name, func(t *testing.T) { problem(t, f, &f.Problems[i]) })
			}
		})
	}
}

// problem builds a problem's default instance and judges the solution zero.
func problem(t *testing.T, f problems.Family, p *problems.Problem) {
	if p.Doc.Summary == "" || p.Doc.Truth == "" {
		t.Error("Doc lacks Summary or Truth")
	}
	if p.NeedsFile {
		return
	}
	spec, err := f.Resolve(p.Name, nil)
	if err != nil {
		t.Fatalf("defaults: %v", err)
	}
	in, err := spec.Build(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	task := in.Task()
	if got := task.ProtoReflect().Descriptor().FullName(); string(got) != f.Schema {
		t.Errorf("Task is a %s, expected Schema, %s", got, f.Schema)
	}
	if _, serves := in.(problems.OracleServer); namesOracle(task) && !serves {
		t.Error("the task names an oracle and the instance is no problems.OracleServer")
	}

	shape := in.SolutionShapes()[0]
	elements := 1
	for _, n := range shape {
		elements *= n
	}
	zero, err := f.Solution(map[string]metrics.Array{f.MainArray: {Shape: shape, Values: make([]float64, elements)}})
	if err != nil {
		t.Fatalf("Solution of %s: %v", f.MainArray, err)
	}
	arrays, err := f.Arrays(zero)
	if err != nil || !slices.Equal(arrays[f.MainArray].Shape, shape) {
		t.Errorf("Arrays of a solution: %s has shape %v, error %v; expected %v", f.MainArray, arrays[f.MainArray].Shape, err, shape)
	}
	e, err := judge(t, in, zero)
	if err != nil || len(e.Metrics) == 0 || e.Metrics[0].Name != p.Primary {
		t.Fatalf("metrics of zero are %v, error %v; expected %s first", e.Metrics, err, p.Primary)
	}
	by := f.RankBy
	if p.RankBy != "" {
		by = p.RankBy
	}
	if by != "time" && !slices.ContainsFunc(e.Metrics, func(m problems.Metric) bool { return m.Name == by }) {
		t.Errorf("RankBy is %q: expected time or one of %v", by, e.Metrics)
	}
}

func judge(t *testing.T, in problems.Instance, solution proto.Message) (problems.Evaluation, error) {
	if r, ok := in.(problems.RunEvaluator); ok {
		return r.EvaluateRun(t.Context(), solution, 1)
	}
	return in.Evaluate(t.Context(), solution)
}

func namesOracle(task proto.Message) (found bool) {
	task.ProtoReflect().Range(func(_ protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		if m, ok := v.Interface().(protoreflect.Message); ok {
			_, found = m.Interface().(*commonv1.Oracle)
		}
		return !found
	})
	return found
}
