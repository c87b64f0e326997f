package sandbox

import (
	"os"
	"strconv"
	"sync"
	"time"
)

// meter finds out what a box uses: from its cgroup as far as that accounts for it, and for the rest from /proc.
type meter struct {
	group *group // nil where there is none

	mu         sync.Mutex // guards all below and the files of the group
	supervisor int        // 0 before the start
	sampler    chan struct{}
	over       bool // nothing runs any more
	closed     bool
	tree       tree
	switches   switches
	sampled    int64 // peak memory
	last       Usage
	lastEvents Events
}

// sampling is the interval at which memory is looked at where no cgroup keeps the peak.
const sampling = 20 * time.Millisecond

// begin starts to account for the tree below the supervisor, which has become the program just now.
func (m *meter) begin(supervisor int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.supervisor = supervisor
	if !m.group.accountsCPU() || !m.group.accountsFaults() {
		m.tree.begin(supervisor)
	}
	if !m.group.accountsPeak() {
		m.sampler = make(chan struct{})
		go m.sampleUntil(m.sampler)
	}
}

func (m *meter) sampleUntil(stop <-chan struct{}) {
	t := time.NewTicker(sampling)
	defer t.Stop()
	for {
		select {
		case <-stop:
			return
		case <-t.C:
			m.mu.Lock()
			m.samplePeak()
			m.mu.Unlock()
		}
	}
}

func (m *meter) samplePeak() {
	if m.over || m.closed {
		return
	}
	if m.group != nil && m.group.memoryNow != nil {
		var buf [64]byte
		m.sampled = max(m.sampled, value(read(m.group.memoryNow, buf[:]), ""))
		return
	}
	m.tree.sample(m.supervisor)
	m.sampled = max(m.sampled, m.tree.resident)
}

// end notes that nothing runs any more, and what the supervisor knows of the processes that it has waited for.
func (m *meter) end(u *used) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.over {
		return
	}
	m.over = true
	if m.sampler != nil {
		close(m.sampler)
	}
	m.switches.close()
	if u != nil {
		m.tree.end(u)
		m.switches.voluntary = max(m.switches.voluntary, u.Voluntary)
		m.switches.involuntary = max(m.switches.involuntary, u.Involuntary)
		m.sampled = max(m.sampled, u.MaxRSS)
	}
}

// read reads what has been used until now.
func (m *meter) read() Usage {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed || m.supervisor == 0 {
		return m.last
	}
	return m.now()
}

func (m *meter) now() Usage {
	var u Usage
	if !m.group.accountsCPU() || !m.group.accountsFaults() || !m.group.accountsPeak() {
		if !m.over {
			m.tree.sample(m.supervisor)
			m.samplePeak()
		}
		u.User, u.System = m.tree.cpu()
		u.MinorFaults, u.MajorFaults = m.tree.faults()
		u.PeakMemory, u.Sampled = m.sampled, true
	}
	if m.group != nil {
		m.group.usage(&u)
		u.Sampled = !m.group.accountsPeak()
	}
	if !m.over {
		m.switches.read(m.threads())
		u.Processes = m.processes()
	}
	u.VoluntarySwitches, u.InvoluntarySwitches = m.switches.voluntary, m.switches.involuntary
	u.atLeast(m.last)
	m.last = u
	return u
}

// atLeast keeps the numbers that only grow from becoming smaller.
func (u *Usage) atLeast(before Usage) {
	if u.CPU() < before.CPU() {
		u.User, u.System = before.User, before.System
	}
	u.MinorFaults = max(u.MinorFaults, before.MinorFaults)
	u.MajorFaults = max(u.MajorFaults, before.MajorFaults)
}

// threads lists the ids of all threads.
func (m *meter) threads() []int {
	if m.group != nil && m.group.threads != nil {
		return ids(m.group.threads, nil)
	}
	var out []int
	for _, pid := range descendants(m.supervisor) {
		out = append(out, threadsOf(pid)...)
	}
	return out
}

// threadsOf lists the threads of a process.
func threadsOf(pid int) []int {
	entries, err := os.ReadDir("/proc/" + strconv.Itoa(pid) + "/task")
	if err != nil {
		return nil
	}
	var out []int
	for _, e := range entries {
		if id, err := strconv.Atoi(e.Name()); err == nil {
			out = append(out, id)
		}
	}
	return out
}

func (m *meter) processes() int {
	if m.group != nil && m.group.members != nil {
		return len(ids(m.group.members, nil))
	}
	return len(descendants(m.supervisor))
}

// resetPeak lets the peak begin anew if the kernel can.
func (m *meter) resetPeak() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return false
	}
	if m.group.accountsPeak() {
		_, err := m.group.peak.WriteAt([]byte("0"), 0)
		return err == nil
	}
	m.sampled = 0
	m.samplePeak()
	return true
}

func (m *meter) events() Events {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.group != nil && !m.closed {
		m.lastEvents = m.group.events()
	}
	return m.lastEvents
}

// close keeps the last values and removes the group.
func (m *meter) close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil
	}
	if m.supervisor != 0 {
		m.now()
	}
	if m.group == nil {
		m.closed = true
		return nil
	}
	m.lastEvents = m.group.events()
	m.closed = true
	return m.group.close()
}

// switches count context switches of threads that come and go.
type switches struct {
	voluntary, involuntary int64
	threads                map[int]*thread
}

// thread is the open status of a thread, and what it told last.
type thread struct {
	status                 *os.File
	voluntary, involuntary int64
	seen                   bool
}

// mostThreads bounds the files kept open and the time taken.
const mostThreads = 256

func (s *switches) read(ids []int) {
	if s.threads == nil {
		s.threads = map[int]*thread{}
	}
	var buf [4096]byte
	for _, id := range ids[:min(len(ids), mostThreads)] {
		t := s.threads[id]
		var text []byte
		if t != nil {
			text = read(t.status, buf[:])
		}
		if text == nil { // a new one, perhaps with the number of one that has ended
			if t != nil {
				t.status.Close()
				delete(s.threads, id)
			}
			f, err := os.Open("/proc/" + strconv.Itoa(id) + "/status")
			if err != nil {
				continue
			}
			t = &thread{status: f}
			s.threads[id] = t
			text = read(f, buf[:])
		}
		voluntary, involuntary := value(text, "voluntary_ctxt_switches:"), value(text, "nonvoluntary_ctxt_switches:")
		s.voluntary += max(0, voluntary-t.voluntary)
		s.involuntary += max(0, involuntary-t.involuntary)
		t.voluntary, t.involuntary, t.seen = voluntary, involuntary, true
	}
	for id, t := range s.threads {
		if !t.seen {
			t.status.Close()
			delete(s.threads, id)
		}
		t.seen = false
	}
}

func (s *switches) close() {
	for _, t := range s.threads {
		t.status.Close()
	}
	s.threads = nil
}
