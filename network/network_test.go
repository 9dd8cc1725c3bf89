package network

import (
	"context"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
)

const patience = 20 * time.Second

func addrs(all ...string) (out []netip.Addr) {
	for _, a := range all {
		out = append(out, netip.MustParseAddr(a))
	}
	return out
}

// watch runs a Watch and returns what it tells.
func watch(t *testing.T, cfg Config) (*Watch, <-chan Addresses, func()) {
	t.Helper()
	cfg.Log, cfg.Tick, cfg.Idle = slog.New(slog.DiscardHandler), 10*time.Millisecond, 10*time.Millisecond
	if cfg.Router == nil {
		cfg.Router = func() (netip.Addr, bool) { return netip.Addr{}, false }
	}
	if cfg.SSDPGroup == "" {
		cfg.SSDPGroup = "127.0.0.1:9" // nobody is there
	}
	if cfg.Locals == nil {
		cfg.Locals = func() []netip.Addr { return addrs("192.168.1.10") }
	}
	w := New(cfg)
	news := make(chan Addresses, 16)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx, func(a Addresses) { news <- a }) }()
	var stopped bool
	stop := func() {
		if !stopped {
			stopped = true
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	}
	t.Cleanup(stop)
	return w, news, stop
}

func want(t *testing.T, news <-chan Addresses, public, source string) {
	t.Helper()
	select {
	case a := <-news:
		if a.Public4.String() != public || a.Source != source {
			t.Fatalf("told %v by %s, want %s by %s", a.Public4, a.Source, public, source)
		}
	case <-time.After(patience):
		t.Fatalf("%s by %s was not told", public, source)
	}
}

func TestTheRouterIsAskedAndFollowed(t *testing.T) {
	for _, c := range []struct {
		source string
		speak  func(*router, *testing.T) *router
	}{{FromNATPMP, (*router).speakNATPMP}, {FromUPnP, (*router).speakUPnP}} {
		t.Run(c.source, func(t *testing.T) {
			r := c.speak(newRouter("203.0.113.10"), t)
			if r.pmp == 0 {
				r.pmp = 9 // nobody
			}
			w, news, stop := watch(t, Config{Detect: true, MapPorts: true, Router: loopback, NATPMPPort: r.pmp, SSDPGroup: r.ssdp,
				Ports: []Port{{Inside: 8443, Outside: 8443}, {Inside: 443, Outside: 443, TCP: true}}})
			want(t, news, "203.0.113.10", c.source)
			if r.leads("udp/8443") == "" || r.leads("tcp/443") == "" {
				late := time.After(patience)
				for r.leads("tcp/443") == "" {
					select {
					case <-late:
						t.Fatal("the ports are not forwarded")
					case <-time.After(time.Millisecond):
					}
				}
			}
			if c.source == FromUPnP && r.leads("udp/8443") != "127.0.0.1:8443" {
				t.Errorf("the port leads to %s", r.leads("udp/8443"))
			}
			r.move("203.0.113.99")
			want(t, news, "203.0.113.99", c.source)
			r.move("192.168.178.2") // a second router before it: not an address for anybody
			if got := w.Now(); got.Public4.String() != "203.0.113.99" {
				t.Errorf("it is %v now", got)
			}
			if m := w.Now().Media(8443); !slices.Contains(m, netip.MustParseAddrPort("203.0.113.99:8443")) || !slices.Contains(m, netip.MustParseAddrPort("192.168.1.10:8443")) {
				t.Errorf("media at %v", m)
			}
			stop()
			if r.leads("udp/8443") != "" || r.leads("tcp/443") != "" {
				t.Error("the ports were not given back")
			}
		})
	}
}

// A router that is restarted has forgotten which ports it forwards, and is asked for them again; so is one that has got
// another address, whether it says that it was restarted or not.
func TestARestartedRouterIsAskedAgain(t *testing.T) {
	for _, c := range []struct {
		source  string
		speak   func(*router, *testing.T) *router
		restart func(*router)
	}{
		{FromNATPMP, (*router).speakNATPMP, func(r *router) { r.restart("203.0.113.10") }},
		{FromNATPMP, (*router).speakNATPMP, func(r *router) { r.restart("203.0.113.11") }},
		{FromUPnP, (*router).speakUPnP, func(r *router) { r.restart("203.0.113.11") }},
		{FromUPnP, (*router).speakUPnP, func(r *router) { r.restart("203.0.113.10") }},
		{FromNATPMP, func(r *router, t *testing.T) *router { return r.speakNATPMP(t).speakUPnP(t) }, func(r *router) { r.replace() }},
	} {
		t.Run(c.source, func(t *testing.T) {
			r := c.speak(newRouter("203.0.113.10"), t)
			if r.pmp == 0 {
				r.pmp = 9 // nobody
			}
			_, news, _ := watch(t, Config{Detect: true, MapPorts: true, Router: loopback, NATPMPPort: r.pmp, SSDPGroup: r.ssdp,
				Ports: []Port{{Inside: 8443, Outside: 8443}}})
			want(t, news, "203.0.113.10", c.source)
			r.forwards(t, "udp/8443")
			c.restart(r)
			r.forwards(t, "udp/8443")
		})
	}
}

// The router's clock may be a little off: that is no restart.
func TestTheRoutersClock(t *testing.T) {
	begin := time.Now()
	for _, c := range []struct {
		epoch uint32
		after time.Duration
		want  bool
	}{{1000, 0, false}, {1060, time.Minute, false}, {1051, time.Minute, false}, {1049, time.Minute, true}, {0, 0, true}, {2000, time.Minute, false}} {
		n := natpmp{}
		n.note(1000, begin)
		n.note(c.epoch, begin.Add(c.after))
		if n.restarted() != c.want || n.restarted() {
			t.Errorf("%d s after 1000 s, %v later, is a restart: %v", c.epoch, c.after, !c.want)
		}
	}
}

func TestSTUNAndTheMachineItself(t *testing.T) {
	seen := netip.MustParseAddrPort("198.51.100.7:5")
	server := stunServer(t, func(netip.AddrPort) netip.AddrPort { return seen })
	_, news, _ := watch(t, Config{Detect: true, STUN: []string{server}})
	want(t, news, "198.51.100.7", FromSTUN)

	w, _, _ := watch(t, Config{Detect: true, Locals: func() []netip.Addr { return addrs("10.0.0.1", "203.0.113.5") }})
	if a := w.Now(); a.Public4.String() != "203.0.113.5" || a.Source != FromMachine || len(a.Extra()) != 0 {
		t.Errorf("a machine with a public address: %+v", a)
	}
	w, _, _ = watch(t, Config{Fixed: addrs("203.0.113.8", "2001:db8::8")})
	if a := w.Now(); a.Public4.String() != "203.0.113.8" || a.Source != FromSettings || len(a.Extra()) != 2 {
		t.Errorf("from the settings: %+v", a)
	}
}

func TestInterfacesAreFollowed(t *testing.T) {
	now := make(chan []netip.Addr, 1)
	have := addrs("192.168.1.10")
	_, news, _ := watch(t, Config{Locals: func() []netip.Addr {
		select {
		case have = <-now:
		default:
		}
		return have
	}})
	now <- addrs("192.168.1.11", "fd00::1")
	select {
	case a := <-news:
		if len(a.Local) != 2 {
			t.Errorf("told %+v", a)
		}
	case <-time.After(patience):
		t.Fatal("nothing was told")
	}
}

func TestNATType(t *testing.T) {
	port := uint16(1000)
	same := stunServer(t, func(netip.AddrPort) netip.AddrPort { return netip.MustParseAddrPort("203.0.113.20:4000") })
	again := stunServer(t, func(netip.AddrPort) netip.AddrPort { return netip.MustParseAddrPort("203.0.113.20:4000") })
	other := stunServer(t, func(netip.AddrPort) netip.AddrPort {
		port++
		return netip.AddrPortFrom(netip.MustParseAddr("203.0.113.20"), port)
	})
	for _, c := range []struct{ two, want string }{{again, NATIndependent}, {other, NATSymmetric}} {
		if got, at, err := NATType(t.Context(), same, c.two); err != nil || got != c.want || at.Addr().String() != "203.0.113.20" {
			t.Errorf("it is %s at %v, error %v; want %s", got, at, err, c.want)
		}
	}
	if _, _, err := NATType(t.Context(), "127.0.0.1:9", same); err == nil {
		t.Error("a server that does not answer tells a type")
	}
}

func TestPortsThatTheRouterDoesNotGive(t *testing.T) {
	r := newRouter("203.0.113.10").speakNATPMP(t)
	n := natpmp{router: netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), r.pmp)}
	if err := n.forward(t.Context(), Port{Inside: 9999, Outside: 9999}, time.Minute); err == nil || !strings.Contains(err.Error(), "10000 instead of 9999") {
		t.Errorf("another port than the one that everybody knows: %v", err)
	}
}

func TestPublic(t *testing.T) {
	for a, want := range map[string]bool{"203.0.113.1": true, "2001:db8::1": true, "10.1.2.3": false, "192.168.1.1": false, "172.31.0.1": false,
		"100.64.0.1": false, "100.128.0.1": true, "127.0.0.1": false, "169.254.1.1": false, "fd00::1": false, "fe80::1": false, "::ffff:10.0.0.1": false, "0.0.0.0": false} {
		if got := Public(netip.MustParseAddr(a)); got != want {
			t.Errorf("%s: %v", a, got)
		}
	}
}

func TestRoutes(t *testing.T) {
	const head = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
	if a, ok := readRoutes(strings.NewReader(head + "eth0\t0001A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\neth0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n")); !ok || a.String() != "192.168.1.1" {
		t.Errorf("the router is %v", a)
	}
	for _, text := range []string{"", head, head + "eth0\t00000000\t00000000\t0003\t0\t0\t0\t00000000\t0\t0\t0\n", head + "eth0\t00000000\tzz\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"} {
		if a, ok := readRoutes(strings.NewReader(text)); ok {
			t.Errorf("%q has the router %v", text, a)
		}
	}
}

func FuzzRouterAnswers(f *testing.F) {
	f.Add([]byte(description))
	f.Add([]byte("HTTP/1.1 200 OK\r\nLOCATION: http://192.168.1.1:5000/root.xml\r\n\r\n"))
	f.Add([]byte("HTTP/1.1 200 OK\r\nLOCATION: http://10.0.0.1@192.168.1.1.evil.example/\r\n\r\n"))
	f.Add([]byte{0, 128, 0, 0, 0, 0, 0, 1, 203, 0, 113, 10})
	us := netip.MustParseAddr("192.168.1.1")
	f.Fuzz(func(t *testing.T, b []byte) {
		if path, service, err := readDescription(b); err == nil && (path == "" || !slices.Contains(services(), service)) {
			t.Errorf("%q leads to %q of %q", b, path, service)
		}
		if location, ok := readSSDP(b, us); ok && !strings.HasPrefix(location, "http://") {
			t.Errorf("%q leads to %q", b, location)
		}
		if answer, err := readNATPMP(b, 0, 12); err == nil && len(answer) != 12 {
			t.Errorf("%q is an answer", b)
		}
		_, _ = readRoutes(strings.NewReader(string(b)))
	})
}

func TestWhoComesFromOutside(t *testing.T) {
	at := netip.MustParseAddr
	us := Addresses{Local: []netip.Addr{at("192.168.1.10"), at("2001:db8:1:200::10")}, Public4: at("203.0.113.10"), Fixed: []netip.Addr{at("198.51.100.1")}}
	for from, want := range map[string]bool{
		"203.0.113.50": true, "::ffff:203.0.113.50": true, "203.0.113.10": false, "198.51.100.1": false, "192.168.1.20": false, "100.64.0.1": false,
		"127.0.0.1": false, "::1": false, "fe80::1": false, "fd00::1": false, "2001:db8:1:2ff::9": false, "2001:db8:1:300::9": true, "2001:db8:2::1": true,
	} {
		if got := us.Outside(at(from)); got != want {
			t.Errorf("%s: %v", from, got)
		}
	}
	if us.Outside(netip.Addr{}) {
		t.Error("nobody comes from outside")
	}
}
