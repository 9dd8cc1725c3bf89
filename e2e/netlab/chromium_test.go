package netlab

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"testing"

	"tablee/testkit"
)

// way is by which way somebody's media go.
type way struct{ Line, Type, Protocol, Relay, Remote string }

// browser is a real Chromium in a namespace.
type browser struct {
	l       *lab
	ns      string
	wishes  io.WriteCloser
	answers chan string
	said    *testkit.Output
}

// browse opens one, which joins the room and waits for others. It ends with the context.
func (l *lab) browse(ctx context.Context, t *testing.T, ns, name string, others int, policy string) *browser {
	t.Helper()
	b := &browser{l: l, ns: ns, answers: make(chan string, 1), said: &testkit.Output{}}
	cmd := l.command(ctx, ns, "node", "visit.mjs", "https://"+name, "browsers", ns, fmt.Sprint(others), policy)
	cmd.Stderr = b.said
	var err error
	if b.wishes, err = cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			b.answers <- lines.Text()
		}
		close(b.answers)
		_ = cmd.Wait()
	}()
	return b
}

// wish asks for something; answer takes what is said to it.
func (b *browser) wish(t *testing.T, what string) {
	t.Helper()
	if _, err := io.WriteString(b.wishes, what+"\n"); err != nil {
		t.Fatal(err)
	}
}

func (b *browser) answer(t *testing.T, what string, to any) {
	t.Helper()
	text, ok := <-b.answers
	if !ok || json.Unmarshal([]byte(text), to) != nil {
		t.Fatalf("%s, %s: it does not: %q\n%s\n%s", b.ns, what, text, b.said, b.l.said)
	}
}

// goes fails when media go by another way than they should.
func (b *browser) goes(t *testing.T, got, want way) {
	t.Helper()
	t.Logf("%s: %+v", b.ns, got)
	if want.Type == "" { // a NAT's address is learned by one side or the other
		want.Type = got.Type
	}
	if got != want {
		t.Errorf("the media of %s go another way than they should: %+v, not %+v", b.ns, got, want)
	}
}

// browsers lets one real Chromium in each namespace meet the others, and asserts the way of each; then the network changes
// under them.
func (l *lab) browsers(t *testing.T) {
	if _, err := exec.LookPath("node"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	guests := []struct {
		ns, name string
		want     way
	}{
		{"lan", lanName, way{Line: "udp", Protocol: "udp", Remote: "192.168.1.10"}},
		{"sym", publicName, way{Line: "udp", Protocol: "udp", Remote: address}},
		{"corp", publicName, way{Line: "relayed", Protocol: "tcp", Remote: address}}, // ICE-TCP on 443
	}
	var all []*browser
	for _, g := range guests {
		all = append(all, l.browse(ctx, t, g.ns, g.name, len(guests)-1, ""))
	}
	for i, b := range all {
		var w way
		b.answer(t, "see and hear the others", &w)
		if w.Type == "relay" {
			t.Errorf("%s is relayed without need", b.ns)
		}
		b.goes(t, w, guests[i].want)
	}
	t.Run("no UDP, and the relay only", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		b := l.browse(ctx, t, "corp", publicName, len(guests), "relay")
		var w way
		b.answer(t, "see and hear the others", &w)
		w.Remote = "" // it hides behind the relay
		b.goes(t, w, way{Type: "relay", Protocol: "udp", Relay: "tls"})
		_ = b.wishes.Close()
		for range b.answers { // until it has left
		}
	})
	t.Run("another public address", func(t *testing.T) { l.moves(t, all) })
	t.Run("the router reboots", func(t *testing.T) { l.reboots(t, all) })
	for _, b := range all {
		_ = b.wishes.Close()
	}
}
