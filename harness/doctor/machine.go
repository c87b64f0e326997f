package doctor

import (
	"cmp"
	"context"
	"fmt"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"golang.org/x/sys/cpu"

	"github.com/solverbench/solverbench/harness"
)

// machine says what computer this is and what it has to build with.
func machine(ctx context.Context, cfg *Config) error {
	m := harness.ThisMachine()
	cfg.Found(Finding{Section: Machine, Check: "solverbench", State: OK,
		Detail: fmt.Sprintf("%s, %s, revision %s", cfg.Version, runtime.Version(), cmp.Or(cfg.Revision, "unknown"))})
	cfg.Found(Finding{Section: Machine, Check: "machine", State: OK,
		Detail: fmt.Sprintf("%s, %d cores, %.1f GiB, %s %s %s", cmp.Or(m.CPU, "unknown processor"), m.LogicalCores, float64(m.MemoryBytes)/(1<<30), m.OS, m.Kernel, m.Arch),
		Values: map[string]float64{"cores": float64(m.LogicalCores), "memory_bytes": float64(m.MemoryBytes)}})
	cfg.Found(simd())
	cfg.Found(tool(ctx, "C compiler", "C plugins cannot be built, nor solverbench itself", "install gcc or clang", []string{"cc", "--version"}, []string{"gcc", "--version"}, []string{"clang", "--version"}))
	cfg.Found(tool(ctx, "Go", "Go plugins cannot be built", "install Go (https://go.dev/dl)", []string{"go", "version"}))
	return nil
}

// simd says which vector instructions there are and which this build uses.
func simd() Finding {
	var has []string
	for _, x := range []struct {
		name string
		has  bool
	}{
		{"SSE4.2", cpu.X86.HasSSE42}, {"AVX", cpu.X86.HasAVX}, {"AVX2", cpu.X86.HasAVX2}, {"FMA", cpu.X86.HasFMA},
		{"AVX-512F", cpu.X86.HasAVX512F}, {"AVX-512DQ", cpu.X86.HasAVX512DQ}, {"AVX-512BW", cpu.X86.HasAVX512BW},
		{"AVX-512VL", cpu.X86.HasAVX512VL}, {"AVX-512VNNI", cpu.X86.HasAVX512VNNI}, {"AMX", cpu.X86.HasAMXTile},
		{"ASIMD", cpu.ARM64.HasASIMD}, {"SVE", cpu.ARM64.HasSVE}, {"SVE2", cpu.ARM64.HasSVE2},
	} {
		if x.has {
			has = append(has, x.name)
		}
	}
	f := Finding{Section: Machine, Check: "SIMD", State: OK, Detail: cmp.Or(strings.Join(has, ", "), "none known") + " available"}
	level := buildSetting("GOAMD64")
	if runtime.GOARCH != "amd64" || level == "" {
		return f
	}
	f.Detail += fmt.Sprintf("; the bundled solvers are compiled for GOAMD64=%s (%s)", level, map[string]string{
		"v1": "SSE2", "v2": "SSE4.2", "v3": "AVX2, FMA", "v4": "AVX-512"}[level])
	if cpu.X86.HasAVX2 && cpu.X86.HasFMA && (level == "v1" || level == "v2") {
		f.Fix = "GOAMD64=v3 make build lets the compiler use AVX2 and FMA; times of the two builds do not compare"
	}
	return f
}

func buildSetting(key string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == key {
			return s.Value
		}
	}
	return ""
}

// tool says which version there is of the first of several commands.
func tool(ctx context.Context, check, without, fix string, commands ...[]string) Finding {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for _, c := range commands {
		out, err := exec.CommandContext(ctx, c[0], c[1:]...).Output()
		if first, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n"); err == nil && first != "" {
			return Finding{Section: Machine, Check: check, State: OK, Detail: c[0] + ": " + first}
		}
	}
	return Finding{Section: Machine, Check: check, State: Warning, Detail: "none found: " + without, Fix: fix}
}
