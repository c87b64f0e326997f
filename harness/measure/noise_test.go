package measure

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"
)

// hog is an environment variable that makes this test binary use up a core.
const hog = "MEASURE_TEST_HOG"

func TestMain(m *testing.M) {
	if os.Getenv(hog) != "" {
		for end := time.Now().Add(time.Minute); time.Now().Before(end); {
			compute(computeSteps)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// calibrated is calibrated on the last core that may be used.
func calibrated(tb testing.TB) (n *Noise, core int) {
	tb.Helper()
	allowed := system().allowed()
	if len(allowed) == 0 {
		tb.Skip("which cores may be used cannot be read here")
	}
	core = allowed[len(allowed)-1]
	n, err := Calibrate(context.Background(), []int{core})
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, os.ErrPermission) {
		tb.Skipf("threads cannot be kept on cores here: %v", err)
	}
	if err != nil {
		tb.Fatal(err)
	}
	return n, core
}

func TestCalibrateAndProbe(t *testing.T) {
	n, core := calibrated(t)
	if n.Spread < 1 {
		t.Errorf("the median of probes is %g of their lower quartile", n.Spread)
	}
	before := time.Now()
	p, err := n.Probe()
	if err != nil {
		t.Fatal(err)
	}
	if p.At.Before(before) || p.Compute <= 0 || p.Memory <= 0 || p.Ratio <= 0 {
		t.Errorf("got %+v", p)
	}
	t.Logf("core %d: %+v, typically %.3f", core, p, n.Spread)
	n.Threshold = p.Ratio
	if n.Off(p) {
		t.Error("a probe at the threshold is off")
	}
	p.Ratio += 0.001
	if !n.Off(p) {
		t.Error("a probe beyond the threshold is not off")
	}
}

func TestCalibrateAllCores(t *testing.T) {
	allowed := system().allowed()
	n, err := Calibrate(context.Background(), allowed)
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, os.ErrPermission) {
		t.Skipf("threads cannot be kept on cores here: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.Probe(); err != nil || len(n.cores) != max(len(allowed), 1) {
		t.Errorf("%d cores of %v, %v", len(n.cores), allowed, err)
	}
	if now := system().allowed(); !slices.Equal(now, allowed) {
		t.Errorf("probing left the process on %v, from %v", now, allowed)
	}
}

func TestCalibrateFails(t *testing.T) {
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Calibrate(cancelled, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if len(system().allowed()) == 0 {
		t.Skip("threads cannot be kept on cores here")
	}
	if _, err := Calibrate(context.Background(), []int{1000}); err == nil {
		t.Error("calibrated core 1000")
	}
}

// A program that computes on the same core takes about half of it, which most probes see. What else the machine does meanwhile
// is not up to the test, so it tries three times.
func TestHogIsSeen(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for range 3 {
		n, core := calibrated(t)
		ratios := besideHog(t, n, core)
		median := ratios[len(ratios)/2]
		t.Logf("typically %.3f when calibrated; beside a hog from %.2f over %.2f to %.2f", n.Spread, ratios[0], median, ratios[len(ratios)-1])
		if n.Off(Probe{Ratio: median}) {
			return
		}
	}
	t.Error("most probes beside a program on the same core are not off")
}

// besideHog are the sorted ratios of probes while another program computes on the core.
func besideHog(t *testing.T, n *Noise, core int) []float64 {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	restore, err := Pin([]int{core}) // the child inherits it
	if err != nil {
		t.Skipf("the hog cannot be kept on a core: %v", err)
	}
	child := exec.Command(self)
	child.Env = append(os.Environ(), hog+"=1")
	err = child.Start()
	restore()
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = child.Process.Kill() // it is still there
		_ = child.Wait()         // an error, as it was killed
	}()
	var ratios []float64
	for range 15 {
		time.Sleep(20 * time.Millisecond) // lets it run meanwhile
		p, err := n.Probe()
		if err != nil {
			t.Fatal(err)
		}
		ratios = append(ratios, p.Ratio)
	}
	slices.Sort(ratios)
	return ratios
}

func TestKernelLearnsCalm(t *testing.T) {
	var k kernel
	see := func(n int, took time.Duration) {
		for range n {
			k.last = took
			k.learn()
		}
	}
	if k.ratio() != 1 {
		t.Errorf("ratio %g before anything is known", k.ratio())
	}
	see(window-1, 120)
	if k.calm != 0 {
		t.Errorf("calm %v before enough is known", k.calm)
	}
	see(1, 120)
	if k.calm != 120 {
		t.Errorf("calm %v, want 120", k.calm)
	}
	see(3, 100) // lucky ones
	if k.calm != 120 {
		t.Errorf("calm %v after three faster ones", k.calm)
	}
	see(1, 100)
	if k.calm != 100 {
		t.Errorf("calm %v after a quarter of faster ones", k.calm)
	}
	see(100, 150)
	if k.calm != 100 || k.ratio() != 1.5 || len(k.recent) != window {
		t.Errorf("calm %v, ratio %g, %d remembered, after slower ones", k.calm, k.ratio(), len(k.recent))
	}
}

func TestChainVisitsAllLines(t *testing.T) {
	c := newChain()
	lines, at := len(c)/perLine, uint32(0)
	for i := 1; ; i++ {
		if at = c[at]; at%perLine != 0 {
			t.Fatalf("index %d is not the start of a line", at)
		}
		if at == 0 {
			if i != lines {
				t.Errorf("a cycle of %d, want %d", i, lines)
			}
			break
		}
	}
	if at := c.starts(0); at[0] == at[1] || at[3] >= uint32(len(c)) {
		t.Errorf("starts %v", at)
	}
}

func TestClock(t *testing.T) {
	c := Clock()
	if c.Overhead <= 0 || c.Resolution <= 0 || c.Overhead > time.Second {
		t.Errorf("got %+v", c)
	}
	t.Logf("%+v", c)
}

func BenchmarkProbe(b *testing.B) {
	n, _ := calibrated(b)
	n.Threshold = 1e9 // never a second time
	for b.Loop() {
		if _, err := n.Probe(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReadEnvironment(b *testing.B) {
	for b.Loop() {
		ReadEnvironment()
	}
}
