//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"tablee/loadtest"
)

// memoryLimit is what a meeting of fifteen may take on a Raspberry Pi 2, which has 1 GB for everything, in bytes.
const memoryLimit = 450 << 20

// TestFifteenIn450MB holds a meeting of fifteen while the server has no more: the garbage collector is told so by
// GOMEMLIMIT, and the kernel grants no more writable memory (RLIMIT_DATA, which needs no rights and no cgroup; it counts
// what is reserved for writing, so it is stricter than what is in RAM).
func TestFifteenIn450MB(t *testing.T) {
	bin := buildTablee(t)
	if out, err := limited(16<<20, bin, "version").CombinedOutput(); err == nil {
		t.Fatalf("a program that has 16 MB runs all the same, so the limit is none: %s", out)
	}
	p := startServer(t, filepath.Join(t.TempDir(), "data"), limited(memoryLimit, bin).Args...)
	if status, text := p.ask(t, "GET", "/metrics", ""); status != http.StatusOK ||
		!strings.Contains(text, fmt.Sprintf("go_gc_gomemlimit_bytes %g\n", float64(memoryLimit))) {
		t.Errorf("the limit is not the server's: %d %.2000s", status, text)
	}

	const participants = 15
	r := runMeeting(t, []string{bin}, p.url+"/r/all", participants)
	const pairs = participants * (participants - 1)
	if r.Joined != participants || r.TracksExpected < pairs/2 || r.TracksSilent != 0 { // on a slow machine some are not together for long enough to be expected
		t.Errorf("joined %d of %d, silent %d of %d: %v", r.Joined, participants, r.TracksSilent, r.TracksExpected, r.Errors)
	}
	peak := peakMemory(t, p.Process.Pid)
	t.Logf("the server took %d MB at most", peak>>20)
	if peak > memoryLimit {
		t.Errorf("the server took %d MB", peak>>20)
	}
	if err := p.end(t, os.Interrupt); err != nil {
		t.Errorf("the server ends with %v\n%s", err, p.errs)
	}
}

// limited is a command that may take so many bytes.
func limited(bytes int, command ...string) *exec.Cmd {
	script := fmt.Sprintf(`ulimit -d %d && export GOMEMLIMIT=%d && exec "$@"`, bytes>>10, bytes)
	return exec.Command("/bin/sh", append([]string{"-c", script, "sh"}, command...)...)
}

// peakMemory is the most that a process has had in RAM.
func peakMemory(t *testing.T, pid int) (bytes int) {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	f := regexp.MustCompile(`(?m)^VmHWM:\s+(\d+) kB$`).FindSubmatch(status)
	if f == nil {
		t.Fatalf("the kernel does not tell:\n%s", status)
	}
	kilobytes, err := strconv.Atoi(string(f[1]))
	if err != nil {
		t.Fatal(err)
	}
	return kilobytes << 10
}

// runMeeting lets simulated participants meet for a few seconds, with a load test that is a process of its own, and
// reads its report. What the report says is for the caller to judge.
func runMeeting(t *testing.T, command []string, url string, participants int) (r loadtest.Report) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "report.json")
	args := append(command[1:len(command):len(command)], "loadtest", "--participants", strconv.Itoa(participants),
		"--duration", "6s", "--json", file, url)
	cmd := exec.Command(command[0], args...)
	cmd.Env = []string{"HOME=" + t.TempDir()}
	out, err := cmd.CombinedOutput()
	text, readErr := os.ReadFile(file)
	if readErr != nil {
		t.Fatalf("the load test left no report (%v):\n%s", err, out)
	}
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	return r
}
