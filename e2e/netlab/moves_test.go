package netlab

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// back is how soon media must be there again when the public address has changed, from the server's notice on.
const back = 5 * time.Second

// router starts the program of the home router that forwards ports, which really is one's: NAT-PMP and UPnP, or UPnP alone.
func (l *lab) router(pmp string) (stop func()) {
	l.t.Helper()
	file := filepath.Join(l.dir, "router-"+pmp)
	text := `ext_ifname=wan
listening_ip=lan
port=0
enable_upnp=yes
enable_natpmp=` + pmp + `
secure_mode=yes
uuid=7ab1ee00-0000-4000-8000-000000000001
upnp_table_name=home
upnp_nat_table_name=home
upnp_forward_chain=miniupnpd
upnp_nat_chain=prerouting_miniupnpd
upnp_nat_postrouting_chain=postrouting_miniupnpd
allow 1-65535 192.168.1.0/24 1-65535
deny 0-65535 0.0.0.0/0 0-65535
`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		l.t.Fatal(err)
	}
	cmd := l.command(context.Background(), "box", "miniupnpd", "-d", "-f", file, "-P", file+".pid")
	cmd.Stderr = io.Discard // it tells of every question
	return l.run(cmd)
}

// forwards says if the router forwards a port, as its own rules have it.
func (l *lab) forwards(protocol string, port int) bool {
	out, err := l.do("box", "nft", "list", "chain", "inet", "home", "prerouting_miniupnpd")
	number := map[string]string{"udp": "0x11", "tcp": "0x6"}[protocol]
	return err == nil && strings.Contains(out, fmt.Sprintf("%s th dport %d dnat ip to 192.168.1.10:%d", number, port, port))
}

// moves gives the house another public address, as providers do at night.
func (l *lab) moves(t *testing.T, all []*person) {
	l.sh(t, "newip", address, next)
	l.public = next
	writeZone(t, l.zone(), next) // the name follows: dynamic DNS
	begin := time.Now()
	l.until("the new address", patience, func() bool { return l.status().Public == next })
	noticed := time.Since(begin)
	moved := map[*person]bool{}
	for _, p := range all {
		switch {
		case p.want.Remote == address:
			p.want.Remote = next
			moved[p] = true
			p.wish(t, "moved "+next)
		case p.want.Relay != "":
			moved[p] = true
			p.wish(t, "moved ")
		}
	}
	for _, p := range all {
		if !moved[p] {
			continue
		}
		var a struct{ MS int64 }
		p.answer(t, "come to the new address", &a)
		took := time.Duration(a.MS) * time.Millisecond
		t.Logf("the change was noticed after %v; %v was back %v later", noticed.Round(time.Millisecond), p, took)
		if took > back {
			t.Errorf("%v was back only %v after the server's notice", p, took)
		}
	}
	l.meetAgain(t, all)
	if out, err := l.do("out", "curl", "-s", "--cacert", l.ca, "--max-time", "5", "https://"+publicName+"/healthz"); err != nil || !strings.HasPrefix(out, "ok") {
		t.Errorf("the page at the new address: %s, error %v", out, err)
	}
}

// reboots restarts the router: it keeps its address, and forgets every connection and every port that it was asked to
// forward. The new one speaks UPnP alone.
func (l *lab) reboots(t *testing.T, all []*person) {
	l.stopRouter()
	l.sh(t, "reboot", l.public)
	if l.forwards("udp", 8443) {
		t.Fatal("the new router forwards what nobody asked it for")
	}
	l.stopRouter = l.router("no")
	l.until("the ports are forwarded again", patience, func() bool { return l.forwards("udp", 8443) && l.forwards("tcp", 443) && l.forwards("udp", 3478) })
	l.meetAgain(t, all)
}

// meetAgain waits until all see and hear each other from now on.
func (l *lab) meetAgain(t *testing.T, all []*person) {
	t.Helper()
	for _, p := range all {
		p.wish(t, "meets")
	}
	for _, p := range all {
		var w way
		p.answer(t, "see and hear the others again", &w)
		t.Logf("%v: %+v", p, w)
	}
}

// sh changes the lab.
func (l *lab) sh(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command("./lab.sh", args...).CombinedOutput(); err != nil {
		t.Fatalf("lab.sh %v: %v\n%s", args, err, out)
	}
}
