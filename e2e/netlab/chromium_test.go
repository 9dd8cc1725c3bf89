package netlab

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// way is by which way somebody's media go.
type way struct{ Line, Type, Protocol, Relay string }

// browsers lets one real Chromium in each namespace meet the others, and asserts the way of each.
func (l *lab) browsers(t *testing.T) {
	if _, err := exec.LookPath("node"); err != nil {
		t.Fatal(err)
	}
	guests := []struct {
		ns, name, line string
		types          string // candidate types that are right
		relay          string // protocol of the relay, "" for no relay
	}{
		{"lan", lanName, "udp tcp", "host prflx", ""},
		{"sym", publicName, "udp tcp", "host srflx prflx", ""},
		{"corp", publicName, "tcp relayed", "relay", "tls tcp"},
	}
	ctx, cancel := context.WithTimeout(t.Context(), 150*time.Second)
	defer cancel()
	answers := make([]chan string, len(guests))
	var inputs []io.WriteCloser
	said := &output{}
	for i, g := range guests {
		cmd := l.command(ctx, g.ns, "node", "visit.mjs", "https://"+g.name, "browsers", g.ns, "2")
		cmd.Stderr = said
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		inputs = append(inputs, in)
		answers[i] = make(chan string, 1)
		go func() {
			lines := bufio.NewScanner(out)
			for lines.Scan() {
				answers[i] <- lines.Text()
			}
			close(answers[i])
			_ = cmd.Wait()
		}()
	}
	for i, g := range guests {
		text, ok := <-answers[i]
		var w way
		if !ok || json.Unmarshal([]byte(text), &w) != nil {
			t.Fatalf("%s does not see and hear the others: %q\n%s\n%s", g.ns, text, said, l.said)
		}
		t.Logf("%s: %+v", g.ns, w)
		if !strings.Contains(g.line, w.Line) || !strings.Contains(g.types, w.Type) || g.relay == "" != (w.Relay == "") || !strings.Contains(g.relay, w.Relay) {
			t.Errorf("the media of %s go another way than they should: %+v", g.ns, w)
		}
	}
	for _, in := range inputs {
		_ = in.Close()
	}
}
