package measure

import (
	"path"
	"strconv"
	"strings"
	"time"
)

// quota reads the CPU quota of our own cgroup and of those above it, and how long we were stopped for it.
func (t tree) quota(e *Environment) {
	for line := range strings.Lines(t.text("proc/self/cgroup")) {
		id, rest, _ := strings.Cut(strings.TrimSpace(line), ":")
		controllers, group, _ := strings.Cut(rest, ":")
		switch {
		case id == "0" && controllers == "":
			for _, mount := range []string{"sys/fs/cgroup", "sys/fs/cgroup/unified"} {
				t.climb(mount, group, func(dir string) { t.quotaV2(e, dir) })
			}
		case strings.Contains(","+controllers+",", ",cpu,"):
			for _, mount := range []string{"sys/fs/cgroup/" + controllers, "sys/fs/cgroup/cpu"} {
				t.climb(mount, group, func(dir string) { t.quotaV1(e, dir) })
			}
		}
	}
}

// climb visits a cgroup and all above it, which in a container may be but the mount itself.
func (t tree) climb(mount, group string, visit func(dir string)) {
	for {
		visit(path.Join(mount, group))
		if group == "/" || group == "." || group == "" {
			return
		}
		group = path.Dir(group)
	}
}

func (t tree) quotaV2(e *Environment, dir string) {
	limit, period, _ := strings.Cut(t.line(dir+"/cpu.max"), " ")
	e.limit(limit, period)
	us, _ := strconv.ParseInt(field(t.text(dir+"/cpu.stat"), "throttled_usec"), 10, 64)
	e.QuotaThrottled = max(e.QuotaThrottled, time.Duration(us)*time.Microsecond)
}

func (t tree) quotaV1(e *Environment, dir string) {
	e.limit(t.line(dir+"/cpu.cfs_quota_us"), t.line(dir+"/cpu.cfs_period_us"))
	ns, _ := strconv.ParseInt(field(t.text(dir+"/cpu.stat"), "throttled_time"), 10, 64)
	e.QuotaThrottled = max(e.QuotaThrottled, time.Duration(ns))
}

// limit keeps the tightest quota. No quota is "max" or -1.
func (e *Environment) limit(quota, period string) {
	q, err1 := strconv.ParseFloat(quota, 64)
	p, err2 := strconv.ParseFloat(period, 64)
	if err1 != nil || err2 != nil || q <= 0 || p <= 0 {
		return
	}
	if cores := q / p; e.QuotaCores == 0 || cores < e.QuotaCores {
		e.QuotaCores = cores
	}
}
