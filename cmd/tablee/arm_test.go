//go:build linux

package main

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// The program as it is built for a Raspberry Pi 2 (ARMv7, 32 bits), server and load test, in QEMU's user mode: its code,
// its word size and alignment, its system calls as translated to this machine's kernel. What it cannot show is speed.
// Nothing had to be left out: sockets, epoll, netlink and SQLite's locks and shared memory all work under QEMU 7.2.

// TestARMv7 holds a short meeting, and asks of the data folder what TestProcess asks natively.
func TestARMv7(t *testing.T) {
	bin := filepath.Join(t.TempDir(), "tablee")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", bin, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=arm", "GOARM=7")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	command := append(armRunner(t), bin)
	data := filepath.Join(t.TempDir(), "data")
	p := startServer(t, data, command...)
	if status, body := p.ask(t, "POST", "/api/v1/rooms", `{"name":"Café à la framboise"}`); status != http.StatusCreated {
		t.Fatalf("making a room: %d %s", status, body)
	}
	r := runMeeting(t, command, p.url+"/r/cafe-a-la-framboise", 3)
	if r.Joined != 3 || r.TracksExpected < 6 || r.TracksSilent != 0 || r.Violations.Total() != 0 {
		t.Errorf("joined %d of 3, silent %d of %d, violations %+v: %v", r.Joined, r.TracksSilent, r.TracksExpected, r.Violations,
			r.Errors)
	}
	if err := p.end(t, syscall.SIGKILL); err == nil {
		t.Error("a killed server ends well")
	}

	p = startServer(t, data, command...)
	status, body := p.ask(t, "GET", "/api/v1/rooms/cafe-a-la-framboise", "")
	if status != http.StatusOK || !strings.Contains(body, `"title":"Café à la framboise"`) {
		t.Errorf("after kill -9 the room is %d %s", status, body)
	}
	if err := p.end(t, syscall.SIGTERM); err != nil {
		t.Errorf("SIGTERM: %v\n%s", err, p.errs)
	}
	if strings.Contains(p.errs.String(), "level=ERROR") {
		t.Errorf("the log says\n%s", p.errs)
	}
}

// armRunner is the command that runs ARM programs: none on an ARM machine.
func armRunner(t *testing.T) []string {
	t.Helper()
	if strings.HasPrefix(runtime.GOARCH, "arm") {
		return nil
	}
	for _, name := range []string{"qemu-arm-static", "qemu-arm"} {
		if path, err := exec.LookPath(name); err == nil {
			return []string{path}
		}
	}
	t.Fatal("there is no qemu-arm-static; `make tools` installs it (Debian: qemu-user-static)")
	return nil
}
