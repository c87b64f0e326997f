package skeleton

// language is what the skeletons in one consist of.
type language struct {
	name  string
	files []file
	// build and run are the fields of the manifest, with %s for the plugin's name.
	build, run string
	// source is the file with the method, reference what says how to write one, and tests what `make test` does: for the README.
	source, reference, tests string
	// defaults of the solver's options, by family, where a template needs them twice.
	defaults map[string]string
}

// file is made of a template, in whose path F stands for the family. In its own path %s is the plugin's name.
type file struct {
	template, path string
	families       []string // that have it; nil means all
}

// header is in place of a template: solverbench.h as it is.
const header = "solverbench.h"

var spectral = []string{"ks", "nse"}

// everywhere are the files that all plugins have.
var everywhere = []file{
	{template: "common/plugin.yaml", path: "plugin.yaml"},
	{template: "common/README.md", path: "README.md"},
	{template: "common/check.yml", path: ".github/workflows/check.yml"},
}

var languages = []language{
	{
		name: "go", build: "go build -o %s .", run: "%s",
		source: "solver.go", reference: "`go doc -all github.com/solverbench/solverbench/plugins`", tests: "the solver alone",
		files: []file{
			{template: "go/go.mod", path: "go.mod"},
			{template: "go/main.go", path: "main.go"},
			{template: "go/F/solver.go", path: "solver.go"},
			{template: "go/F/solver_test.go", path: "solver_test.go"},
			{template: "go/spectral.go", path: "spectral.go", families: spectral},
			{template: "go/Makefile", path: "Makefile"},
			{template: "go/gitignore", path: ".gitignore"},
		},
		defaults: map[string]string{
			"poisson": "MaxIterations: 100_000", "ks": "Density: 4, MaxSteps: 1 << 18", "nse": "MaxSteps: 1 << 16",
			"restoration": "Radius: 4, Range: 3", "sampling": "Steps: 20",
		},
	},
	{
		name: "python", run: "plugin.py",
		source: "plugin.py", reference: "`pydoc solverbench`", tests: "the solver alone",
		files: []file{
			{template: "python/F/plugin.py", path: "plugin.py"},
			{template: "python/F/test_plugin.py", path: "test_plugin.py"},
			{template: "python/spectral.py", path: "spectral.py", families: spectral},
			{template: "python/requirements.txt", path: "requirements.txt"},
			{template: "python/pyproject.toml", path: "pyproject.toml"},
			{template: "python/Makefile", path: "Makefile"},
			{template: "python/gitignore", path: ".gitignore"},
		},
	},
	{
		name: "c", build: "make", run: "%s.so",
		source: "solver.c", reference: "`solverbench.h`", tests: "solves a problem, and the answer is verified",
		files: []file{
			{template: "c/F/solver.c", path: "solver.c"},
			{template: "c/spectral.h", path: "spectral.h", families: spectral},
			{template: header, path: "solverbench.h"},
			{template: "c/Makefile", path: "Makefile"},
			{template: "c/gitignore", path: ".gitignore"},
		},
	},
	{
		name: "c++", build: "make", run: "%s.so",
		source: "solver.cpp", reference: "`solverbench.h`", tests: "solves a problem, and the answer is verified",
		files: []file{
			{template: "cpp/F/solver.cpp", path: "solver.cpp"},
			{template: "cpp/spectral.hpp", path: "spectral.hpp", families: spectral},
			{template: header, path: "solverbench.h"},
			{template: "cpp/Makefile", path: "Makefile"},
			{template: "cpp/gitignore", path: ".gitignore"},
		},
	},
}
