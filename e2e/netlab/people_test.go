package netlab

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"testing"

	"tablee/testkit"
)

// way is by which way somebody's media go.
type way struct{ Line, Type, Protocol, Relay, Remote string }

// person is somebody in a namespace: a real browser, or a simulated participant on Pion.
type person struct {
	l       *lab
	ns      string
	what    string // chromium, firefox, or a simulated one's way
	name    string // by which the server is known there
	policy  string // of a browser: all, relay
	want    way
	wishes  io.WriteCloser
	answers chan string
	said    *testkit.Output
}

func (p *person) String() string { return p.what + " in " + p.ns }

// come lets somebody join the meeting, who waits for so many others and ends with the context.
func (l *lab) come(ctx context.Context, t *testing.T, p *person, others int) {
	t.Helper()
	p.l, p.answers, p.said = l, make(chan string, 1), &testkit.Output{}
	const room = "everybody"
	var cmd *exec.Cmd
	if p.what == "chromium" || p.what == "firefox" {
		cmd = l.command(ctx, p.ns, "node", "visit.mjs", p.what, "https://"+p.name, room, p.String(), fmt.Sprint(others), p.policy)
	} else {
		cmd = l.command(ctx, p.ns, l.guest, p.what, "https://"+p.name, room, p.String(), fmt.Sprint(others))
	}
	cmd.Stderr = p.said
	var err error
	if p.wishes, err = cmd.StdinPipe(); err != nil {
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
			p.answers <- lines.Text()
		}
		close(p.answers)
		_ = cmd.Wait()
	}()
}

// wish asks for something; answer takes what is said to it.
func (p *person) wish(t *testing.T, what string) {
	t.Helper()
	if _, err := io.WriteString(p.wishes, what+"\n"); err != nil {
		t.Fatalf("%v: %v\n%s", p, err, p.said)
	}
}

func (p *person) answer(t *testing.T, what string, to any) {
	t.Helper()
	text, ok := <-p.answers
	if !ok || json.Unmarshal([]byte(text), to) != nil {
		t.Fatalf("%v, %s: it does not: %q\n%s", p, what, text, p.l.said)
	}
}

// meets fails when somebody does not see and hear the others, or by another way than it should.
func (p *person) meets(t *testing.T) {
	t.Helper()
	var got way
	p.answer(t, "see and hear the others", &got)
	t.Logf("%v: %+v", p, got)
	want := p.want
	if want.Type == "" && got.Type != "relay" { // a NAT's address is learned by one side or the other
		want.Type = got.Type
	}
	if want.Remote == "" { // hidden behind the relay
		want.Remote = got.Remote
	}
	if got != want {
		t.Errorf("the media of %v go another way than they should: %+v, not %+v", p, got, want)
	}
}

// leave lets somebody leave.
func (p *person) leave() {
	_ = p.wishes.Close()
	for range p.answers { // until it has
	}
}

// people are those who meet first.
func people() []*person {
	const host, mapped = "192.168.1.10", address
	return []*person{
		{what: "chromium", ns: "lan", name: lanName, want: way{Line: "udp", Protocol: "udp", Remote: host}},
		{what: "chromium", ns: "sym", name: publicName, want: way{Line: "udp", Protocol: "udp", Remote: mapped}},
		{what: "chromium", ns: "corp", name: publicName, want: way{Line: "relayed", Protocol: "tcp", Remote: mapped}}, // ICE-TCP on 443
		{what: "udp4", ns: "out", name: publicName, want: way{Protocol: "udp", Remote: mapped}},
		{what: "udp6", ns: "out", name: sixName, want: way{Protocol: "udp", Remote: "2001:db8:1::10"}},
		{what: "ice-tcp", ns: "corp", name: publicName, want: way{Protocol: "tcp", Remote: mapped}},
		{what: "relay-udp", ns: "sym", name: publicName, want: way{Type: "relay", Protocol: "udp", Relay: "udp"}},
		{what: "relay-tls", ns: "corp", name: publicName, want: way{Type: "relay", Protocol: "udp", Relay: "tls"}},
	}
}

// latecomers are browsers that are left the relay only. Each meets three others, and leaves again.
func latecomers() []*person {
	return []*person{
		{what: "chromium", ns: "corp", name: publicName, policy: "relay", want: way{Type: "relay", Protocol: "udp", Relay: "tls"}},
		{what: "chromium", ns: "sym", name: publicName, policy: "relay", want: way{Type: "relay", Protocol: "udp", Relay: "udp"}},
	}
}

// everybody lets real browsers and simulated participants meet in one room, and asserts the way of each; then the network
// changes under them.
func (l *lab) everybody(t *testing.T) {
	if _, err := exec.LookPath("node"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	all, late := people(), latecomers()
	for _, p := range all {
		l.come(ctx, t, p, len(all)-1)
	}
	defer func() {
		if t.Failed() {
			for _, p := range all {
				t.Logf("%v said:\n%s", p, p.said)
			}
		}
	}()
	for _, p := range all {
		p.meets(t)
	}
	t.Run("the relay only", func(t *testing.T) {
		for _, p := range late { // one after the other: a browser is a lot of work for two cores
			l.come(ctx, t, p, 3)
			p.meets(t)
			p.leave()
		}
	})
	t.Run("another public address", func(t *testing.T) { l.moves(t, all) })
	t.Run("the router reboots", func(t *testing.T) { l.reboots(t, all) })
	for p := range slices.Values(all) {
		p.leave()
	}
}
