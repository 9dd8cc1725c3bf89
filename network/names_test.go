package network

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

func ourNames() *Names {
	return NewNames([]string{"meet.Example.org", "lan.meet.example.org."}, func() []netip.Addr { return addrs("192.168.1.10", "10.0.0.1", "fd00::7") })
}

func TestTheHouseFindsUsByName(t *testing.T) {
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	n := ourNames()
	done := make(chan error, 1)
	go func() { done <- n.Serve(ctx, c) }()
	defer func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	r := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", c.LocalAddr().String())
	}}
	late, stop := context.WithTimeout(ctx, patience)
	defer stop()
	for _, name := range []string{"meet.example.org.", "MEET.example.org.", "lan.meet.example.org."} {
		four, err4 := r.LookupNetIP(late, "ip4", name)
		six, err6 := r.LookupNetIP(late, "ip6", name)
		if err4 != nil || err6 != nil || len(four) != 2 || !slices.Equal(six, addrs("fd00::7")) {
			t.Errorf("%s is at %v and %v, errors %v, %v", name, four, six, err4, err6)
		}
	}
	short, stopShort := context.WithTimeout(ctx, time.Second)
	defer stopShort()
	if got, err := r.LookupNetIP(short, "ip4", "example.org."); err == nil {
		t.Errorf("another's name is at %v", got)
	}
}

func question(name string, kind dnsmessage.Type, change func(*dnsmessage.Header)) []byte {
	h := dnsmessage.Header{ID: 7, RecursionDesired: true}
	if change != nil {
		change(&h)
	}
	m := dnsmessage.Message{Header: h, Questions: []dnsmessage.Question{{Name: dnsmessage.MustNewName(name), Type: kind, Class: dnsmessage.ClassINET}}}
	b, err := m.Pack()
	if err != nil {
		panic(err)
	}
	return b
}

func TestWhatIsNotOurs(t *testing.T) {
	n := ourNames()
	for _, c := range []struct {
		name    string
		b       []byte
		code    dnsmessage.RCode
		answers int
	}{
		{"our name", question("meet.example.org.", dnsmessage.TypeA, nil), dnsmessage.RCodeSuccess, 2},
		{"nothing of this type", question("meet.example.org.", dnsmessage.TypeTXT, nil), dnsmessage.RCodeSuccess, 0},
		{"everything, an amplifier's favourite", question("meet.example.org.", dnsmessage.TypeALL, nil), dnsmessage.RCodeSuccess, 0},
		{"another name", question("www.example.org.", dnsmessage.TypeA, nil), dnsmessage.RCodeRefused, 0},
		{"an update", question("meet.example.org.", dnsmessage.TypeA, func(h *dnsmessage.Header) { h.OpCode = 5 }), dnsmessage.RCodeNotImplemented, 0},
	} {
		var m dnsmessage.Message
		if err := m.Unpack(n.answer(c.b)); err != nil || m.RCode != c.code || len(m.Answers) != c.answers || m.ID != 7 || !m.Response {
			t.Errorf("%s: %+v, error %v", c.name, m, err)
		}
	}
	for _, b := range [][]byte{nil, {1, 2, 3}, question("meet.example.org.", dnsmessage.TypeA, func(h *dnsmessage.Header) { h.Response = true })} {
		if got := n.answer(b); got != nil {
			t.Errorf("%q is answered by %q", b, got)
		}
	}
	for a, want := range map[string]bool{"192.168.1.5": true, "10.1.1.1": true, "fd00::1": true, "fe80::1": true, "127.0.0.1": true, "203.0.113.1": false, "2001:db8::1": false, "100.64.0.1": false} {
		if fromHouse(netip.MustParseAddr(a)) != want {
			t.Errorf("%s: %v", a, !want)
		}
	}
}

func FuzzNames(f *testing.F) {
	f.Add(question("meet.example.org.", dnsmessage.TypeA, nil))
	f.Add(question("x.example.org.", dnsmessage.TypeAAAA, nil))
	n := ourNames()
	f.Fuzz(func(t *testing.T, b []byte) {
		if answer := n.answer(b); len(answer) > maxQuestion {
			t.Errorf("%q is answered by %d bytes", b, len(answer))
		}
	})
}
