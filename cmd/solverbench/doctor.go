package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"github.com/solverbench/solverbench/harness"
	"github.com/solverbench/solverbench/plugins/host"
	"github.com/solverbench/solverbench/results/report"
)

// finding is one thing that doctor looked at.
type finding struct {
	Check  string `json:"check"`
	State  string `json:"state"` // ok, warning, failed
	Detail string `json:"detail"`
}

func newDoctor() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Say what this machine is and whether everything needed works",
		Long:  "Say what this machine is and whether everything needed works. Exits with 3 if the bundled plugin cannot be run.",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			findings, err := examine(cmd.Context())
			if asJSON {
				if e := report.JSON(cmd.OutOrStdout(), findings); e != nil {
					return e
				}
				return err
			}
			var rows [][]string
			for _, f := range findings {
				rows = append(rows, []string{f.Check, f.State, f.Detail})
			}
			if e := report.Columns(cmd.OutOrStdout(), rows); e != nil {
				return e
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func examine(ctx context.Context) ([]finding, error) {
	m := harness.ThisMachine()
	fs := []finding{
		{"solverbench", "ok", fmt.Sprintf("%s, %s, revision %s", version(), runtime.Version(), orUnknown(revision()))},
		{"machine", "ok", fmt.Sprintf("%s, %d cores, %.1f GiB, %s %s %s", m.CPU, m.LogicalCores, float64(m.MemoryBytes)/(1<<30), m.OS, m.Kernel, m.Arch)},
	}
	fs = append(fs, clockFinding(), governorFinding(m.Governor), shmFinding(), folderFinding())
	plugin, err := pluginFinding(ctx)
	return append(fs, plugin...), err
}

func orUnknown(s string) string {
	if s == "" {
		return "unknown"
	}
	return s
}

// clockFinding measures the smallest step of the clock that runs are timed with.
func clockFinding() finding {
	smallest := time.Hour
	for range 1000 {
		begin := time.Now()
		d := time.Since(begin)
		for d == 0 {
			d = time.Since(begin)
		}
		smallest = min(smallest, d)
	}
	f := finding{"clock", "ok", fmt.Sprintf("smallest step %v", smallest)}
	if smallest > 10*time.Microsecond {
		f.State = "warning"
	}
	return f
}

func governorFinding(governor string) finding {
	switch governor {
	case "":
		return finding{"frequency", "warning", "the frequency governor cannot be read: times may drift with the clock rate"}
	case "performance":
		return finding{"frequency", "ok", "governor performance"}
	}
	return finding{"frequency", "warning", fmt.Sprintf("governor %s: times drift with the clock rate; performance is steadier", governor)}
}

func shmFinding() finding {
	var st unix.Statfs_t
	if err := unix.Statfs("/dev/shm", &st); err != nil {
		return finding{"shared memory", "warning", fmt.Sprintf("/dev/shm: %v; segments go to %s", err, os.TempDir())}
	}
	free := float64(st.Bavail) * float64(st.Bsize) / (1 << 30)
	f := finding{"shared memory", "ok", fmt.Sprintf("/dev/shm has %.1f GiB free", free)}
	if free < 1 {
		f.State = "warning"
		f.Detail += "; larger tasks go to " + os.TempDir()
	}
	return f
}

// folderFinding says whether the current folder can hold a database, and how long a durable write takes there.
func folderFinding() finding {
	f, err := os.CreateTemp(".", ".solverbench-doctor-*")
	if err != nil {
		return finding{"folder", "warning", fmt.Sprintf("the current folder cannot hold a database: %v", err)}
	}
	defer os.Remove(f.Name())
	defer f.Close()
	begin := time.Now()
	const writes = 10
	for range writes {
		if _, err = f.Write(make([]byte, 4096)); err == nil {
			err = f.Sync()
		}
		if err != nil {
			return finding{"folder", "warning", fmt.Sprintf("writing in the current folder: %v", err)}
		}
	}
	return finding{"folder", "ok", fmt.Sprintf("a durable write takes %v", (time.Since(begin) / writes).Round(time.Microsecond))}
}

// pluginFinding launches the bundled plugin and measures the round trip of an empty call.
func pluginFinding(ctx context.Context) ([]finding, error) {
	catalog, err := loadCatalog(ctx, nil)
	if err != nil {
		return []finding{{"bundled plugin", "failed", err.Error()}}, err
	}
	p := catalog.Plugins[0]
	c, err := host.Launch(ctx, host.Config{Command: p.Command})
	if err != nil {
		return []finding{{"bundled plugin", "failed", err.Error()}}, &harness.PluginError{Command: p.Command[0], Err: err}
	}
	defer c.Close()
	best := time.Hour
	for range 50 {
		begin := time.Now()
		if _, err := c.Describe(ctx); err != nil {
			return []finding{{"bundled plugin", "failed", err.Error()}}, &harness.PluginError{Command: p.Command[0], Err: err}
		}
		best = min(best, time.Since(begin))
	}
	return []finding{{"bundled plugin", "ok", fmt.Sprintf("%d solvers; starts in %v, an empty call takes %v",
		len(p.Solvers), c.Started.Round(100*time.Microsecond), best.Round(time.Microsecond))}}, nil
}
