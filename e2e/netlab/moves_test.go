package netlab

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tablee/testkit"
)

// back is how soon media must be there again when the public address has changed, from the server's notice on.
const back = 5 * time.Second

// crowd are simulated participants who all send without a pause while the network changes.
type crowd struct {
	ns, report string
	done       chan error
	said       *testkit.Output
}

// gather lets two of them meet in a namespace.
func (l *lab) gather(ctx context.Context, t *testing.T, ns string) *crowd {
	t.Helper()
	c := &crowd{ns: ns, report: filepath.Join(l.dir, "crowd-"+ns+".json"), done: make(chan error, 1), said: &testkit.Output{}}
	cmd := l.command(ctx, ns, l.bin, "loadtest", "--scenario", "everything", "--participants", "2", "--duration", "10s", "--json", c.report,
		"https://"+publicName+"/r/night-"+ns)
	cmd.Stdout, cmd.Stderr = c.said, c.said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { c.done <- cmd.Wait() }()
	return c
}

// froze waits for the end, and says for how long at the most somebody's picture stood still.
func (c *crowd) froze(t *testing.T) time.Duration {
	t.Helper()
	<-c.done // that a bar of quality was missed is not asked here
	text, err := os.ReadFile(c.report)
	if err != nil {
		t.Fatalf("%v\n%s", err, c.said)
	}
	var r struct {
		Joined     int `json:"joined"`
		Silent     int `json:"tracks_silent"`
		Reconnects int `json:"reconnects"`
		People     []struct {
			Frozen float64 `json:"frozen_s"`
		} `json:"people"`
	}
	if err := json.Unmarshal(text, &r); err != nil || r.Joined != 2 || len(r.People) != 2 {
		t.Fatalf("of %s %d joined, error %v\n%s", c.ns, r.Joined, err, c.said)
	}
	if r.Silent != 0 || r.Reconnects != 0 {
		t.Errorf("of %s %d tracks were silent, and %d came anew", c.ns, r.Silent, r.Reconnects)
	}
	return time.Duration(max(r.People[0].Frozen, r.People[1].Frozen) * float64(time.Second))
}

// moves gives the house another public address, as providers do at night.
func (l *lab) moves(t *testing.T, browsers []*browser) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	crowds := []*crowd{l.gather(ctx, t, "out"), l.gather(ctx, t, "sym")}
	l.until("everybody is there", patience, func() bool {
		out, err := l.do("srv", "curl", "-s", "http://localhost:443/metrics")
		return err == nil && strings.Contains(out, "tablee_media_participants 7\n")
	})
	l.sh(t, "newip", address, next)
	begin := time.Now()
	l.until("the new address", patience, func() bool { return l.status().Public == next })
	noticed := time.Since(begin)
	for _, b := range browsers[1:] {
		b.wish(t, "moved "+next)
	}
	for _, b := range browsers[1:] {
		var a struct{ MS int64 }
		b.answer(t, "come to the new address", &a)
		took := time.Duration(a.MS) * time.Millisecond
		t.Logf("the change was noticed after %v; %s was back %v later", noticed.Round(time.Millisecond), b.ns, took)
		if took > back {
			t.Errorf("%s was back only %v after the server's notice", b.ns, took)
		}
	}
	for _, c := range crowds {
		still := c.froze(t)
		t.Logf("the simulated ones of %s saw still pictures for %v", c.ns, still)
		if still > noticed+back || still < 100*time.Millisecond { // without a still, the old way was not closed
			t.Errorf("the simulated ones of %s saw still pictures for %v, of which %v were the server's to notice", c.ns, still, noticed)
		}
	}
	writeZone(t, l.zone(), next) // the name follows
	if out, err := l.do("out", "curl", "-s", "--cacert", l.ca, "--max-time", "5", "https://"+publicName+"/healthz"); err != nil || !strings.HasPrefix(out, "ok") {
		t.Errorf("the page at the new address: %s, error %v", out, err)
	}
}

// reboots restarts the router: it keeps its address, and forgets every connection.
func (l *lab) reboots(t *testing.T, browsers []*browser) {
	l.sh(t, "reboot", next)
	for _, b := range browsers {
		b.wish(t, "meets")
	}
	for _, b := range browsers {
		var w way
		b.answer(t, "see and hear the others again", &w)
		t.Logf("%s: %+v", b.ns, w)
	}
}

// sh changes the lab.
func (l *lab) sh(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command("./lab.sh", args...).CombinedOutput(); err != nil {
		t.Fatalf("lab.sh %v: %v\n%s", args, err, out)
	}
}
