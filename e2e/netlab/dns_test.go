package netlab

import (
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// zone says which file the name server of the Internet reads; without it, TestNameServerHelper only tests its answers.
const zone = "NETLAB_ZONE"

// TestNameServerHelper is the name server of the Internet when another test starts it in a namespace. Chromium asks name
// servers, and nothing else, for the relay's address when it is to be reached by UDP: a hosts file is not enough.
func TestNameServerHelper(t *testing.T) {
	file := os.Getenv(zone)
	if file == "" {
		file = filepath.Join(t.TempDir(), "zone")
		writeZone(t, file, "21.0.113.10")
		for _, c := range []struct {
			name string
			kind dnsmessage.Type
			want string
		}{
			{publicName, dnsmessage.TypeA, "21.0.113.10"}, {publicName, dnsmessage.TypeAAAA, ""}, {sixName, dnsmessage.TypeAAAA, "2001:db8:1::10"}, {"elsewhere.test", dnsmessage.TypeA, "nxdomain"},
		} {
			question, err := packQuestion(c.name, c.kind)
			if err != nil {
				t.Fatal(err)
			}
			if got := unpackAnswer(t, reply(file, question)); got != c.want {
				t.Errorf("%s %v is %q, not %q", c.name, c.kind, got, c.want)
			}
		}
		return
	}
	c, err := net.ListenPacket("udp4", ":53")
	if err != nil {
		t.Fatal(err)
	}
	for b := make([]byte, 1500); ; {
		n, from, err := c.ReadFrom(b)
		if err != nil {
			t.Fatal(err)
		}
		if answer := reply(file, b[:n]); answer != nil {
			_, _ = c.WriteTo(answer, from)
		}
	}
}

// writeZone replaces what the public name leads to.
func writeZone(t *testing.T, file, address string) {
	t.Helper()
	if err := os.WriteFile(file+".new", []byte(address+" "+publicName+"\n192.168.1.10 "+lanName+"\n2001:db8:1::10 "+sixName+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(file+".new", file); err != nil {
		t.Fatal(err)
	}
}

// reply answers one question out of a hosts file, which may be another one the next time.
func reply(file string, question []byte) []byte {
	var m dnsmessage.Message
	if m.Unpack(question) != nil || len(m.Questions) != 1 {
		return nil
	}
	q := m.Questions[0]
	m.Response, m.RecursionAvailable, m.RCode, m.Additionals = true, true, dnsmessage.RCodeNameError, nil
	text, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	for line := range strings.Lines(string(text)) {
		address, name, _ := strings.Cut(strings.TrimSpace(line), " ")
		if !strings.EqualFold(name+".", q.Name.String()) {
			continue
		}
		m.RCode = dnsmessage.RCodeSuccess
		head := dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 1}
		switch ip, err := netip.ParseAddr(address); {
		case err == nil && ip.Is4() && q.Type == dnsmessage.TypeA:
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: head, Body: &dnsmessage.AResource{A: ip.As4()}})
		case err == nil && ip.Is6() && q.Type == dnsmessage.TypeAAAA:
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: head, Body: &dnsmessage.AAAAResource{AAAA: ip.As16()}})
		}
	}
	answer, err := m.Pack()
	if err != nil {
		return nil
	}
	return answer
}
