package front

import (
	"bytes"
	"fmt"
	"net/netip"
	"strings"
	"testing"
)

// beginnings is the table of first bytes.
func beginnings() []struct {
	name  string
	bytes string
	want  Kind
} {
	proxy2 := proxy2Start + "\x21\x11\x00\x0c\xcb\x00\x71\x05\xcb\x00\x71\x0a\xc0\x00\x01\xbb"
	return []struct {
		name  string
		bytes string
		want  Kind
	}{
		{"TLS 1.3 hello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", TLS},
		{"SSL 2 hello", "\x80\x2e\x01\x03\x01", Unknown},
		{"a handshake record of no version", "\x16\x16\x03\x01", Unknown},
		{"TURN allocate", "\x00\x03\x00\x08\x21\x12\xa4\x42abcdefghijkl", TURN},
		{"STUN binding", "\x00\x01\x00\x00\x21\x12\xa4\x42abcdefghijkl", TURN},
		{"ICE-TCP check", "\x00\x5c\x00\x01\x00\x48\x21\x12\xa4\x42abcdefghijkl", ICE},
		{"long ICE-TCP check", "\x01\x04\x00\x01\x00\xf0\x21\x12\xa4\x42abcdefghijkl", ICE},
		{"ICE-TCP check whose length looks like a binding", "\x00\x01\x00\x01\x00\x48\x21\x12\xa4\x42", Unknown},
		{"ICE-TCP frame over a datagram", "\x05\xf0\x00\x01\x05\xd0\x21\x12\xa4\x42", Unknown},
		{"STUN without a cookie", "\x00\x01\x00\x08abcdefghijkl", Unknown},
		{"TURN indication first", "\x00\x16\x00\x00\x21\x12\xa4\x42", Unknown},
		{"ChannelData first", "\x40\x00\x00\x04abcd", Unknown},
		{"GET", "GET / HTTP/1.1\r\n", HTTP1},
		{"PROPPATCH", "PROPPATCH / HTTP/1.1\r\n", HTTP1},
		{"POST", "POST /api HTTP/1.1\r\n", HTTP1},
		{"a method too long", "ABCDEFGHIJKLM / HTTP/1.1", Unknown},
		{"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", HTTP2},
		{"PROXY 1", "PROXY TCP4 203.0.113.5 203.0.113.10 49152 443\r\n", Proxy},
		{"PROXY 2", proxy2, Proxy},
		{"half a PROXY 2", "\r\n\r\nGET / HTTP/1.1", Unknown},
		{"SSH", "SSH-2.0-OpenSSH_9.2\r\n", Unknown},
		{"lower case", "get / http/1.1", Unknown},
		{"RDP", "\x03\x00\x00\x13\x0e\xe0", Unknown},
		{"zeros", strings.Repeat("\x00", 32), Unknown},
		{"ones", strings.Repeat("\xff", 32), Unknown},
		{"DTLS", "\x16\xfe\xff\x00\x00", Unknown},
	}
}

func TestFirstBytesCutAtEveryPosition(t *testing.T) {
	for _, c := range beginnings() {
		t.Run(c.name, func(t *testing.T) {
			if got := Classify([]byte(c.bytes)); got != c.want {
				t.Fatalf("the whole is %v, not %v", got, c.want)
			}
			for n := range len(c.bytes) {
				if got := Classify([]byte(c.bytes[:n])); got != More && got != c.want {
					t.Errorf("after %d bytes it is %v, later %v", n, got, c.want)
				}
			}
		})
	}
}

func FuzzClassify(f *testing.F) {
	for _, c := range beginnings() {
		f.Add([]byte(c.bytes))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		b = b[:min(len(b), peekMost+8)]
		verdict := More
		for n := range len(b) + 1 {
			switch got := Classify(b[:n]); {
			case verdict != More && got != verdict:
				t.Fatalf("%q is %v after it was %v", b[:n], got, verdict)
			case n > peekMost && got == More:
				t.Fatalf("%q is undecided", b[:n])
			default:
				verdict = got
			}
		}
	})
}

func TestProxyHeaders(t *testing.T) {
	v6 := "\x20\x01\x0d\xb8" + strings.Repeat("\x00", 11) + "\x07"
	for _, c := range []struct {
		name, header string
		from         string // "" for none
		bad          bool
	}{
		{"1 over IPv4", "PROXY TCP4 203.0.113.5 203.0.113.10 49152 443\r\n", "203.0.113.5:49152", false},
		{"1 over IPv6", "PROXY TCP6 2001:db8::7 2001:db8::1 49152 443\r\n", "[2001:db8::7]:49152", false},
		{"1 unknown", "PROXY UNKNOWN\r\n", "", false},
		{"1 unknown with more", "PROXY UNKNOWN ffff:f::f ffff::1 65535 65535\r\n", "", false},
		{"1 of the wrong family", "PROXY TCP4 2001:db8::7 2001:db8::1 1 2\r\n", "", true},
		{"1 with a zone", "PROXY TCP6 fe80::1%eth0 fe80::2 1 2\r\n", "", true},
		{"1 with a port too large", "PROXY TCP4 203.0.113.5 203.0.113.10 65536 443\r\n", "", true},
		{"1 cut", "PROXY TCP4 203.0.113.5\r\n", "", true},
		{"1 without an end", "PROXY " + strings.Repeat("A", 200), "", true},
		{"2 over IPv4", proxy2Start + "\x21\x11\x00\x0c\xcb\x00\x71\x05\xcb\x00\x71\x0a\xc0\x00\x01\xbb", "203.0.113.5:49152", false},
		{"2 over IPv6", proxy2Start + "\x21\x21\x00\x24" + v6 + v6 + "\xc0\x00\x01\xbb", "[2001:db8::7]:49152", false},
		{"2 with extensions", proxy2Start + "\x21\x11\x00\x10\xcb\x00\x71\x05\xcb\x00\x71\x0a\xc0\x00\x01\xbb\x04\x00\x01\x00", "203.0.113.5:49152", false},
		{"2 local", proxy2Start + "\x20\x00\x00\x00", "", false},
		{"2 of a Unix socket", proxy2Start + "\x21\x31\x00\x00", "", false},
		{"2 too short for its family", proxy2Start + "\x21\x11\x00\x04\xcb\x00\x71\x05", "", true},
		{"2 of version 3", proxy2Start + "\x31\x11\x00\x00", "", true},
		{"2 too long", proxy2Start + "\x21\x11\xff\xff", "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, n, err := parseProxy([]byte(c.header))
			if (err != nil) != c.bad {
				t.Fatalf("got %v, error %v", p, err)
			}
			if c.bad {
				return
			}
			want := netip.AddrPort{}
			if c.from != "" {
				want = netip.MustParseAddrPort(c.from)
			}
			if n != len(c.header) || p.from != want {
				t.Errorf("got %v over %d bytes, want %v over %d", p.from, n, want, len(c.header))
			}
			for cut := 1; cut < len(c.header); cut++ {
				if _, n, err := parseProxy([]byte(c.header[:cut])); n != 0 || err != nil {
					t.Errorf("cut at %d it is %d bytes, error %v", cut, n, err)
				}
			}
		})
	}
}

func FuzzProxy(f *testing.F) {
	f.Add([]byte("PROXY TCP4 203.0.113.5 203.0.113.10 49152 443\r\nGET / HTTP/1.1"))
	f.Add([]byte(proxy2Start + "\x21\x11\x00\x0c\xcb\x00\x71\x05\xcb\x00\x71\x0a\xc0\x00\x01\xbb"))
	f.Add([]byte(proxy2Start + "\x20\x00\x00\x00GET"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if Classify(b) != Proxy {
			return
		}
		p, n, err := parseProxy(b)
		if n > len(b) || n > peekMost || err != nil && n > 0 && p.from.IsValid() {
			t.Fatalf("%q gives %v, %d, %v", b, p, n, err)
		}
		if n == 0 && err == nil && len(b) >= peekMost {
			t.Fatalf("%q is never complete", b)
		}
		if n > 0 && p.from.IsValid() && err == nil { // what it says can be said again
			again := fmt.Appendf(nil, "PROXY TCP%s %s %s %d %d\r\n", map[bool]string{true: "4", false: "6"}[p.from.Addr().Is4()],
				p.from.Addr(), p.to.Addr(), p.from.Port(), p.to.Port())
			if q, _, err := parseProxy(again); p.from.Addr().Is4() == p.to.Addr().Is4() && (err != nil || q != p) {
				t.Fatalf("%q does not come back from %q: %v", b, bytes.TrimSpace(again), err)
			}
		}
	})
}
