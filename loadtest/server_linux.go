package loadtest

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// clockTick is the unit of CPU time in /proc: USER_HZ, 100 on every Linux that Go runs on.
const clockTick = time.Second / 100

// findListener finds the process that listens on a TCP port, nil when there is none that may be looked at. This process
// itself does not count: its figures would be the clients'.
func findListener(port uint16) *processUsage {
	inodes := make(map[string]bool)
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		b, err := os.ReadFile(table)
		if err == nil {
			listeningInodes(b, port, inodes)
		}
	}
	links, err := filepath.Glob("/proc/[0-9]*/fd/*")
	if err != nil || len(inodes) == 0 {
		return nil
	}
	for _, link := range links {
		to, err := os.Readlink(link)
		if err != nil || !inodes[to] {
			continue
		}
		pid, err := strconv.Atoi(strings.Split(link, "/")[2])
		if err != nil || pid == os.Getpid() {
			continue
		}
		return readProcess(pid)
	}
	return nil
}

// listeningInodes adds the sockets of a /proc/net/tcp table that listen on a port, as /proc/*/fd names them.
func listeningInodes(table []byte, port uint16, to map[string]bool) {
	const localAddress, state, inode, listening = 1, 3, 9, "0A"
	for line := range bytes.Lines(table) {
		f := strings.Fields(string(line))
		if len(f) <= inode || f[state] != listening {
			continue
		}
		_, hex, _ := strings.Cut(f[localAddress], ":")
		if n, err := strconv.ParseUint(hex, 16, 16); err == nil && uint16(n) == port {
			to["socket:["+f[inode]+"]"] = true
		}
	}
}

// readProcess reads what a process has used.
func readProcess(pid int) *processUsage {
	dir := "/proc/" + strconv.Itoa(pid)
	stat, err := os.ReadFile(dir + "/stat")
	if err != nil {
		return nil
	}
	statm, err := os.ReadFile(dir + "/statm")
	if err != nil {
		return nil
	}
	cpu, ok := parseStat(string(stat))
	pages := strings.Fields(string(statm))
	if !ok || len(pages) < 2 {
		return nil
	}
	resident, err := strconv.ParseUint(pages[1], 10, 64)
	if err != nil {
		return nil
	}
	u := &processUsage{pid: pid, cpu: cpu, rss: resident * uint64(os.Getpagesize())}
	if status, err := os.ReadFile(dir + "/status"); err == nil {
		u.cpus = parseAllowed(string(status))
	}
	u.limit = memoryLimit(dir)
	return u
}

// ownUsage is what this process has used, and the whole machine with it.
func ownUsage() *processUsage {
	u := readProcess(os.Getpid())
	if stat, err := os.ReadFile("/proc/stat"); u != nil && err == nil {
		u.machine = parseBusy(string(stat))
	}
	return u
}

// parseBusy reads from /proc/stat how long all processors together have been busy, 0 when it does not say.
func parseBusy(stat string) (busy time.Duration) {
	const idle, iowait, last = 3, 4, 7 // of user, nice, system, idle, iowait, irq, softirq, steal; guests are in user
	line, _, _ := strings.Cut(stat, "\n")
	f := strings.Fields(line)
	if len(f) < 2+last || f[0] != "cpu" {
		return 0
	}
	for i, ticks := range f[1 : 2+last] {
		n, err := strconv.ParseInt(ticks, 10, 64)
		if err != nil {
			return 0
		}
		if i != idle && i != iowait {
			busy += time.Duration(n) * clockTick
		}
	}
	return busy
}

// parseAllowed counts the processors that /proc/*/status allows, 0 when it does not say.
func parseAllowed(status string) (n int) {
	_, rest, _ := strings.Cut(status, "\nCpus_allowed_list:")
	list, _, _ := strings.Cut(rest, "\n")
	for part := range strings.SplitSeq(strings.TrimSpace(list), ",") {
		from, to, ranged := strings.Cut(part, "-")
		if !ranged {
			to = from
		}
		a, err := strconv.Atoi(from)
		b, err2 := strconv.Atoi(to)
		if err != nil || err2 != nil || b < a {
			return 0
		}
		n += b - a + 1
	}
	return n
}

// memoryLimit is what a process may use: the limit of its control group, else the machine's memory; 0 for unknown.
func memoryLimit(dir string) uint64 {
	if groups, err := os.ReadFile(dir + "/cgroup"); err == nil {
		_, path, _ := strings.Cut(string(groups), "0::")
		path, _, _ = strings.Cut(path, "\n")
		if limit, err := os.ReadFile(filepath.Join("/sys/fs/cgroup", path, "memory.max")); err == nil {
			if n, err := strconv.ParseUint(strings.TrimSpace(string(limit)), 10, 64); err == nil {
				return n
			}
		}
	}
	info, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0
	}
	f := strings.Fields(string(info))
	if len(f) < 2 || f[0] != "MemTotal:" {
		return 0
	}
	kb, err := strconv.ParseUint(f[1], 10, 64)
	if err != nil {
		return 0
	}
	return kb << 10
}

// parseStat reads user and system time of /proc/*/stat; the name before them, in brackets, may hold anything.
func parseStat(stat string) (time.Duration, bool) {
	const utime, stime = 11, 12 // counted after the name
	f := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
	if len(f) <= stime {
		return 0, false
	}
	user, err := strconv.ParseInt(f[utime], 10, 64)
	if err != nil {
		return 0, false
	}
	system, err := strconv.ParseInt(f[stime], 10, 64)
	if err != nil {
		return 0, false
	}
	return time.Duration(user+system) * clockTick, true
}
