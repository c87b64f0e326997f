package sandbox

import (
	"bytes"
	"os"
	"strconv"
	"time"
)

// tree adds up what /proc tells of the processes below a supervisor. Ended ones are in the account of whoever waited for them, in clock
// ticks of 10 ms; running threads are known to the nanosecond.
type tree struct {
	before   sums // used by the entering stage, which became the program
	all      sums
	threads  map[int]int64 // CPU time in ns by thread, of ended ones too
	ended    int64         // of threads whose number another has now
	resident int64         // bytes, at the last sample
}

// sums are totals over processes.
type sums struct {
	user, system   int64 // ns, in steps of ticks
	precise        int64 // ns, of the threads that were seen
	minflt, majflt int64
}

// tick is the unit of /proc's times on every Linux that Go runs on.
const tick = int64(10 * time.Millisecond)

// begin makes what has been used until now not count.
func (t *tree) begin(supervisor int) {
	t.sample(supervisor)
	t.before = t.all
}

func (t *tree) sample(supervisor int) {
	if t.threads == nil {
		t.threads = map[int]int64{}
	}
	var now sums
	t.resident = 0
	if s, ok := readStat(supervisor); ok { // those that it has waited for
		now.user, now.system, now.minflt, now.majflt = s.childUser*tick, s.childSystem*tick, s.cminflt, s.cmajflt
	}
	page := int64(os.Getpagesize())
	for _, pid := range descendants(supervisor) {
		s, ok := readStat(pid)
		if !ok {
			continue
		}
		now.user += (s.user + s.childUser) * tick
		now.system += (s.system + s.childSystem) * tick
		now.minflt += s.minflt + s.cminflt
		now.majflt += s.majflt + s.cmajflt
		t.resident += s.pages * page
		for _, id := range threadsOf(pid) {
			b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/task/" + strconv.Itoa(id) + "/schedstat")
			if err != nil {
				continue
			}
			first, _, _ := bytes.Cut(b, []byte(" "))
			ns := value(first, "")
			if ns < t.threads[id] {
				t.ended += t.threads[id]
			}
			t.threads[id] = ns
		}
	}
	now.precise = t.ended
	for _, ns := range t.threads {
		now.precise += ns
	}
	// A process that ends between being listed and being read is missing once: nothing becomes smaller.
	t.all.user, t.all.system, t.all.precise = max(t.all.user, now.user), max(t.all.system, now.system), max(t.all.precise, now.precise)
	t.all.minflt, t.all.majflt = max(t.all.minflt, now.minflt), max(t.all.majflt, now.majflt)
}

// end takes what getrusage knows of all processes that were waited for, the entering stage included.
func (t *tree) end(u *used) {
	t.all.user, t.all.system = max(t.all.user, u.User), max(t.all.system, u.System)
	t.all.minflt, t.all.majflt = max(t.all.minflt, u.MinorFaults), max(t.all.majflt, u.MajorFaults)
}

// cpu is the larger of what is known in ticks and what is known precisely: both miss some.
func (t *tree) cpu() (user, system time.Duration) {
	u, s := t.all.user-t.before.user, t.all.system-t.before.system
	total := max(u+s, t.all.precise-t.before.precise)
	return split(time.Duration(total), u, s)
}

func (t *tree) faults() (minor, major int64) {
	return t.all.minflt - t.before.minflt, t.all.majflt - t.before.majflt
}
