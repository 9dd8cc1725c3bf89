package main

import (
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// manageKills is how often the server is killed; each command is a process of its own, and takes its time.
const manageKills = 2

// TestKillKeepsWhatIsManaged: each account, invitation, room, link, token and join key whose making was acknowledged is there
// after kill -9, each that was acknowledged to be removed or used is gone, and a join token that was good once has been used.
// The commands speak to the running server, by its API.
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
	var invited, used []string // secrets of invitations to be looked at, and those that were accepted
	kid := ""
	var joined []string // join tokens that were good once
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
		for _, secret := range invited {
			if status, body := p.ask(t, "POST", "/api/v1/invitation", fmt.Sprintf(`{"secret":%q}`, secret)); status != http.StatusOK {
				t.Errorf("round %d: an invitation is lost: %d %s", round, status, body)
			}
		}
		for _, secret := range used {
			if status, body := p.ask(t, "POST", "/api/v1/invitation", fmt.Sprintf(`{"secret":%q}`, secret)); status == http.StatusOK {
				t.Errorf("round %d: an invitation that was used is good again: %s", round, body)
			}
		}
		for _, token := range joined {
			if w := firstWord(t, p.url[len("http://"):], map[string]any{"name": "Bo", "token": token}); w["code"] != "link_invalid" {
				t.Errorf("round %d: a join token that was used is good again: %v", round, w)
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
		invited = append(invited, after(run("user", "invite"), "/welcome#"))
		accepted := after(run("user", "invite"), "/welcome#")
		status, body := p.ask(t, "POST", "/api/v1/invitation/accept", fmt.Sprintf(`{"secret":%q,"login":"guest%s","password":"cheval agrafe pile"}`, accepted, id))
		if status >= 300 {
			t.Fatal(status, body)
		}
		used = append(used, accepted)
		kept = append(kept, made{"user list", "guest" + id})
		if round == 0 {
			run("room", "add", "choir")
			kid = after(run("token", "key", "once"), "kid: ")
		}
		token := after(run("token", "sign", kid, "choir", "--uses", "1"), "token=")
		if w := firstWord(t, p.url[len("http://"):], map[string]any{"name": "Bo", "token": token}); w["t"] != "welcome" {
			t.Fatalf("a fresh join token: %v", w)
		}
		joined = append(joined, token)
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

// after is the word in a text that follows a mark.
func after(text, mark string) string {
	_, rest, _ := strings.Cut(text, mark)
	word, _, _ := strings.Cut(rest, "\n")
	return word
}
