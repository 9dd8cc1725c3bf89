package netlab

import (
	"os"
	"strings"
	"testing"
	"time"
)

func TestDebug(t *testing.T) {
	l := newLab(t)
	l.start("out", l.bin, "serve", "--data", l.dir+"/out", "--turn-mode", "on", "--log-level", "error")
	l.serve("--network-stun", "21.0.113.50:3478", "--log-level", "debug")
	var all []*person
	for _, p := range people() {
		if strings.Contains(os.Getenv("WHO"), p.String()) {
			all = append(all, p)
		}
	}
	for _, p := range all {
		l.come(t.Context(), t, p, len(all)-1)
	}
	defer func() {
		out, _ := l.do("srv", "curl", "-s", "http://localhost:443/metrics")
		for line := range strings.Lines(out) {
			if !strings.HasPrefix(line, "#") && !strings.HasSuffix(strings.TrimSpace(line), " 0") {
				t.Log(strings.TrimSpace(line))
			}
		}
		for _, p := range all {
			t.Logf("%v said:\n%s", p, p.said)
		}
		t.Log(l.said.String())
	}()
	for _, p := range all {
		select {
		case a := <-p.answers:
			t.Logf("%v: %s", p, a)
		case <-time.After(120 * time.Second):
			t.Errorf("%v: nothing", p)
			continue
		}
	}
}
