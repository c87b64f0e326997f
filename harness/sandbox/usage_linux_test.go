package sandbox

import (
	"os"
	"strings"
	"testing"
	"time"
)

func TestUsageOfAChildThatHasEnded(t *testing.T) {
	machines(t, func(t *testing.T, m machine) {
		self := must(os.Executable())
		cfg := config(t, "/bin/sh", "-c", self+" program burn 100 200; echo burnt; sleep 1000")
		cfg.Readable = []string{self}
		r := start(t, m, cfg)
		if line := r.ready(); line != "burnt" {
			t.Fatal(line)
		}
		running := r.Usage()
		r.Kill()
		r.finish()
		for when, u := range map[string]Usage{"while it runs": running, "after the end": r.Usage()} {
			// What /proc says is in ticks of 10 ms, each process rounded down.
			if u.CPU() < 190*time.Millisecond || u.CPU() > 20*time.Second {
				t.Errorf("%s: CPU %v + %v, expected 200 ms", when, u.User, u.System)
			}
			if u.User < u.CPU()/4 {
				t.Errorf("%s: only %v of %v in user mode", when, u.User, u.CPU())
			}
			if u.PeakMemory < 100<<20 || u.PeakMemory > 400<<20 {
				t.Errorf("%s: peak of %d bytes, expected 100 MB", when, u.PeakMemory)
			}
			if u.Sampled == m.groups.has("memory") {
				t.Errorf("%s: sampled %v", when, u.Sampled)
			}
			if u.MinorFaults < 100<<20>>21 { // huge pages at best
				t.Errorf("%s: %d faults", when, u.MinorFaults)
			}
			if u.VoluntarySwitches == 0 {
				t.Errorf("%s: no switches", when)
			}
		}
		if running.Processes == 0 || r.Usage().Processes != 0 {
			t.Errorf("%d processes, then %d", running.Processes, r.Usage().Processes)
		}
		before := r.Usage()
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		if after := r.Usage(); after != before {
			t.Errorf("%+v after Close, %+v before", after, before)
		}
	})
}

func TestUsageIsTheProgramsOnly(t *testing.T) {
	machines(t, func(t *testing.T, m machine) {
		r := start(t, m, config(t, "/bin/true"))
		r.finish()
		// Our own stages need several MB.
		if u := r.Usage(); m.groups.has("memory") && u.PeakMemory > 2<<20 {
			t.Errorf("%+v for nothing", u)
		}
	})
}

func TestUsageOnlyGrows(t *testing.T) {
	machines(t, func(t *testing.T, m machine) {
		r := start(t, m, config(t, "/bin/sh", "-c", "for i in 1 2 3 4 5 6 7 8 9 10; do head -c 10000000 /dev/zero > /dev/null; done"))
		var last Usage
		for ended := false; !ended; ended = r.ended() {
			u := r.Usage()
			if u.CPU() < last.CPU() || u.MinorFaults < last.MinorFaults || u.MajorFaults < last.MajorFaults ||
				u.VoluntarySwitches < last.VoluntarySwitches || u.InvoluntarySwitches < last.InvoluntarySwitches || u.PeakMemory < last.PeakMemory {
				t.Fatalf("%+v after %+v", u, last)
			}
			last = u
		}
	})
}

func TestPeakAnew(t *testing.T) {
	machines(t, func(t *testing.T, m machine) {
		self := must(os.Executable())
		cfg := config(t, "/bin/sh", "-c", self+" program burn 100 100; echo; sleep 1000")
		cfg.Readable = []string{self}
		r := start(t, m, cfg)
		r.ready()
		high := r.Usage().PeakMemory
		if !r.ResetPeak() {
			t.Skip("the kernel cannot")
		}
		if low := r.Usage().PeakMemory; low > high-90<<20 {
			t.Errorf("%d bytes after %d", low, high)
		}
	})
}

func TestFrozenUsesNoTime(t *testing.T) {
	machines(t, func(t *testing.T, m machine) {
		r := start(t, m, config(t, ":spin"))
		r.ready()
		if err := r.Freeze(); err != nil {
			t.Fatal(err)
		}
		if m.groups.has("") {
			before := r.Usage().CPU()
			time.Sleep(100 * time.Millisecond)
			if after := r.Usage().CPU(); after-before > time.Millisecond {
				t.Errorf("%v while frozen", after-before)
			}
		} else {
			// A stop signal takes effect when the process is next on a core.
			eventually(t, "it stands still", func() bool {
				before := r.Usage().CPU()
				time.Sleep(100 * time.Millisecond)
				return r.Usage().CPU() == before
			})
		}
		before := r.Usage().CPU()
		if err := r.Thaw(); err != nil {
			t.Fatal(err)
		}
		eventually(t, "it goes on", func() bool { return r.Usage().CPU() > before+10*time.Millisecond })
		if err := r.Freeze(); err != nil {
			t.Fatal(err)
		}
		r.Kill()
		r.finish()
		if err := r.Freeze(); err != nil {
			t.Errorf("after the end: %v", err)
		}
	})
}

func TestCPULimit(t *testing.T) {
	cfg := config(t, ":spin")
	cfg.Limits.CPUs = 0.2
	r := start(t, everything(t), cfg)
	r.ready()
	begin, before := time.Now(), r.Usage().CPU()
	time.Sleep(time.Second)
	used, passed := r.Usage().CPU()-before, time.Since(begin)
	// A period of 100 ms more at either end.
	if used > passed/5+40*time.Millisecond {
		t.Errorf("%v of CPU time in %v", used, passed)
	}
}

func TestLimitsAreEnforcedOrRefused(t *testing.T) {
	self := must(os.Executable())
	for limit, l := range map[string]Limits{"memory": {Memory: 1 << 30}, "CPU": {CPUs: 1}, "process": {Pids: 100}, "disk": {Disk: 1 << 20}} {
		cfg := config(t, "/bin/true")
		cfg.Limits = l
		_, err := newBox(cfg, machine{}, self)
		if err == nil || !strings.Contains(err.Error(), "the "+limit+" limit cannot be enforced here") {
			t.Errorf("%s: %v", limit, err)
		}
		cfg.Limits = Limits{Memory: -l.Memory, CPUs: -l.CPUs, Pids: -l.Pids, Disk: -l.Disk}
		if _, err := New(cfg); err == nil || strings.Contains(err.Error(), "here") {
			t.Errorf("below 0: %v", err)
		}
	}
}

func TestProtectionsAreExplained(t *testing.T) {
	machines(t, func(t *testing.T, m machine) {
		p, err := (&Config{}).makePlan(m, "")
		if err != nil {
			t.Fatal(err)
		}
		names := map[string]bool{}
		for _, p := range p.protections {
			if p.Name == "" || names[p.Name] || p.On && (p.How == "" || p.Why != "") || !p.On && (p.Why == "" || p.Fix == "" || p.How != "") {
				t.Errorf("%+v", p)
			}
			names[p.Name] = true
		}
		if len(Check(t.Context())) != len(p.protections) {
			t.Errorf("%d protections, Check has %d", len(p.protections), len(Check(t.Context())))
		}
	})
}

func BenchmarkStartToExit(b *testing.B) {
	cfg := config(b, "/bin/true")
	for b.Loop() {
		box, err := New(cfg)
		if err != nil {
			b.Fatal(err)
		}
		if err := box.Start(nil, nil, nil); err != nil {
			b.Fatal(err)
		}
		if _, err := box.Wait(); err != nil {
			b.Fatal(err)
		}
		if err := box.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkUsage(b *testing.B) {
	r := start(b, everything(b), config(b, ":spin"))
	r.ready()
	for b.Loop() {
		r.Usage()
	}
}

func BenchmarkFreezeAndThaw(b *testing.B) {
	r := start(b, everything(b), config(b, ":spin"))
	r.ready()
	for b.Loop() {
		if err := r.Freeze(); err != nil {
			b.Fatal(err)
		}
		if err := r.Thaw(); err != nil {
			b.Fatal(err)
		}
	}
}
