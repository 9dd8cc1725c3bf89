package turn

import (
	"bytes"
	"encoding/hex"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// media are the addresses of the engine in these tests.
func media() []netip.AddrPort {
	return []netip.AddrPort{
		netip.MustParseAddrPort("192.168.1.10:8443"), netip.MustParseAddrPort("203.0.113.10:8443"),
		netip.MustParseAddrPort("[2001:db8::10]:8443"),
	}
}

// forbidden is the table of addresses that a relay must not lead to, in all the ways to write them.
func forbidden() []string {
	return []string{
		"127.0.0.1", "127.1.2.3", "0.0.0.0", "0.1.2.3", "255.255.255.255", "224.0.0.1",
		"10.0.0.1", "172.16.0.1", "192.168.1.1", "192.168.1.11", "169.254.169.254", "100.64.0.1", "100.127.255.254",
		"192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.11", "240.0.0.1",
		"::", "::1", "::127.0.0.1", "::192.168.1.1", "::ffff:127.0.0.1", "::ffff:192.168.1.1", "::ffff:0:127.0.0.1",
		"64:ff9b::127.0.0.1", "64:ff9b::192.168.1.10", "64:ff9b:1::192.168.1.10", "2002:7f00:1::", "2002:c0a8:10a::",
		"2001:0:7f00:1::", "fe80::1", "fec0::1", "fc00::1", "fd00::1", "ff02::1", "2001:db8::11", "2001:2::1",
		"64:ff9b::203.0.113.10", "2002:cb00:710a::1", "::203.0.113.10",
	}
}

func TestPolicy(t *testing.T) {
	p := newPolicy(media())
	for _, a := range forbidden() {
		ip := netip.MustParseAddr(a)
		if p.host(ip.AsSlice()) || p.host(net.ParseIP(a)) || p.peer(netip.AddrPortFrom(ip, 8443)) {
			t.Errorf("%s is allowed", a)
		}
	}
	for _, m := range media() {
		if !p.host(m.Addr().AsSlice()) || !p.peer(m) {
			t.Errorf("%v is refused", m)
		}
		if p.peer(netip.AddrPortFrom(m.Addr(), 22)) || p.peer(netip.AddrPortFrom(m.Addr(), 0)) {
			t.Errorf("other ports of %v are allowed", m)
		}
	}
	if p.host(nil) || p.host(net.IP{1, 2}) {
		t.Error("what is no address is allowed")
	}
}

func TestRelayedAddressesAreNobodyElses(t *testing.T) {
	for range 1000 {
		for _, v6 := range []bool{false, true} {
			a := madeUp(v6, 0)
			if !Relayed(a.Addr()) || a.Addr().Is6() != v6 || a.Port() == 0 {
				t.Fatalf("made up %v", a)
			}
		}
	}
	if madeUp(false, 7).Port() != 7 {
		t.Error("the port that was asked for is not given")
	}
	for _, m := range media() {
		if Relayed(m.Addr()) {
			t.Errorf("%v is taken for a relayed one", m)
		}
	}
}

func TestCredentials(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	key := []byte("secret of the data folder")
	c := Issue(key, "m1", now)
	if user, long, ok := check(key, c.Username, Realm, now); !ok || user != "m1" || len(long) != 16 {
		t.Fatalf("fresh credentials are refused: %q, %v", user, ok)
	}
	if _, _, ok := check(key, c.Username, Realm, now.Add(CredentialLife)); !ok {
		t.Error("they end too early")
	}
	if _, _, ok := check(key, c.Username, Realm, now.Add(CredentialLife+time.Second)); ok {
		t.Error("they do not end")
	}
	for _, name := range []string{"", ":", "m1", "1800000001", "1800000001:", "99999999999:m1", "-5:m1", "x:m1", "1800000001:" + strings.Repeat("m", 65)} {
		if _, _, ok := check(key, name, Realm, now); ok {
			t.Errorf("%q is a user name", name)
		}
	}
	_, ours, _ := check(key, c.Username, Realm, now)
	_, theirs, _ := check([]byte("another"), c.Username, Realm, now)
	if bytes.Equal(ours, theirs) || Issue([]byte("another"), "m1", now).Password == c.Password {
		t.Error("the key does not matter")
	}
	// As coturn computes it: openssl dgst -sha1 -hmac north -binary <<< 1433065916:ninefingers | base64.
	if got := password([]byte("north"), "1433065916:ninefingers"); got != "SDuA3OErhfGFaxmFHH7fTICexdg=" {
		t.Errorf("the password is %q", got)
	}
}

func TestBucket(t *testing.T) {
	b := newBucket(100_000)
	sent := 0
	for now := int64(0); now < 10e9; now += 1e6 {
		for b.take(1200, now) {
			sent += 1200
		}
	}
	if limit := 10*100_000 + 32<<10; sent > limit || sent < limit-2400 {
		t.Errorf("%d bytes passed in ten seconds, want about %d", sent, limit)
	}
	if b.take(1200, 5e9) { // a clock that goes back gives nothing
		t.Error("time that goes back gives something")
	}
}

func TestMessagesAreFramed(t *testing.T) {
	for _, c := range []struct {
		hex  string
		size int // 0: an error
	}{
		{"000100002112a442000000000000000000000000", 20},
		{"000300082112a4420000000000000000000000000019000411000000", 28},
		{"40000003aabbcc00", 8},
		{"40000000", 4},
		{"800000000000", 0},
		{"c0ff00000000", 0},
		{"0001ffff2112a442", 0},
		{"4000ffff", 0},
		{"0001", 0},
		{"000100002112a4420000", 0},
	} {
		raw, err := hex.DecodeString(c.hex)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range []io.Reader{bytes.NewReader(raw), &dripping{raw}} {
			n, err := readMessage(r, make([]byte, maxMessage))
			if (err == nil) != (c.size > 0) || err == nil && n != c.size {
				t.Errorf("%s: %d bytes, error %v", c.hex, n, err)
			}
		}
	}
}

// dripping gives one byte at a time.
type dripping struct{ rest []byte }

func (d *dripping) Read(b []byte) (int, error) {
	if len(d.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(b[:1], d.rest)
	d.rest = d.rest[n:]
	return n, nil
}

func FuzzReadMessage(f *testing.F) {
	f.Add([]byte("\x00\x01\x00\x00\x21\x12\xa4\x42abcdefghijkl"))
	f.Add([]byte("\x40\x00\x00\x03abc\x00"))
	f.Add([]byte("\x00\x01\xff\xff"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		b := make([]byte, maxMessage)
		for r := bytes.NewReader(raw); ; {
			before := r.Len()
			n, err := readMessage(r, b)
			if err != nil {
				return
			}
			if n < 4 || n > maxMessage || before-r.Len() != n || n%4 != 0 && b[0]>>6 == 1 {
				t.Fatalf("a message of %d bytes out of %d", n, before-r.Len())
			}
		}
	})
}
