package main

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// manageKills is how often the server is killed; each command is a process of its own, and takes its time.
const manageKills = 2

// TestKillKeepsWhatIsManaged: each account, invitation, room, link and join key whose making was acknowledged is there after
// kill -9, and each that was acknowledged to be removed is gone. The commands speak to the running server, by its API.
func TestKillKeepsWhatIsManaged(t *testing.T) {
	bin, data := buildTablee(t), filepath.Join(t.TempDir(), "data")
	run := func(args ...string) string {
		t.Helper()
		out, err := exec.Command(bin, append(args, "--data", data)...).CombinedOutput()
		if err != nil {
			t.Fatalf("tablee %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return string(out)
	}
	type made struct{ list, name string } // which list shows it, and by which word
	var kept, gone []made
	for round := range manageKills {
		p := startServer(t, data, bin)
		for _, m := range kept {
			if !strings.Contains(run(strings.Fields(m.list)...), m.name) {
				t.Errorf("round %d: %s is lost from `tablee %s`", round, m.name, m.list)
			}
		}
		for _, m := range gone {
			if strings.Contains(run(strings.Fields(m.list)...), m.name) {
				t.Errorf("round %d: %s is back in `tablee %s`", round, m.name, m.list)
			}
		}
		id := fmt.Sprintf("nr%d", round)
		run("user", "add", "user"+id)
		run("room", "add", "room"+id)
		run("room", "link", "room"+id, "--label", "link"+id)
		run("token", "key", "key"+id)
		run("token", "add", "user"+id, "--label", "token"+id)
		run("room", "add", "gone"+id)
		run("room", "remove", "gone"+id)
		run("user", "add", "gone"+id)
		run("user", "remove", "gone"+id)
		kept = append(kept, made{"user list", "user" + id}, made{"room list", "room" + id}, made{"room links room" + id, "link" + id},
			made{"token keys", "key" + id}, made{"token list user" + id, "token" + id})
		gone = append(gone, made{"room list", "gone" + id}, made{"user list", "gone" + id})
		if err := p.end(t, syscall.SIGKILL); err == nil {
			t.Fatal("it was not killed")
		}
	}
	for _, m := range kept { // and where no server runs, the command opens the database itself
		if !strings.Contains(run(strings.Fields(m.list)...), m.name) {
			t.Errorf("at the end: %s is lost from `tablee %s`", m.name, m.list)
		}
	}
}
