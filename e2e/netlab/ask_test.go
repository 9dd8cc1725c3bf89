package netlab

import (
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// TestAskHelper asks one DNS question when another test starts it in a namespace; by itself it checks that questions can
// be packed at all.
func TestAskHelper(t *testing.T) {
	at, name, ok := strings.Cut(os.Getenv("NETLAB_ASK"), " ")
	b, err := packQuestion(name, dnsmessage.TypeA)
	if err != nil {
		t.Fatal(err)
	}
	if !ok {
		return
	}
	to, err := net.ResolveUDPAddr("udp4", at)
	if err != nil {
		t.Fatal(err)
	}
	c, err := net.ListenPacket("udp4", ":0")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.WriteTo(b, to); err != nil {
		t.Fatal(err)
	}
	if err := c.SetReadDeadline(time.Now().Add(3 * time.Second)); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, 1500)
	n, _, err := c.ReadFrom(answer)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println("ANSWER " + unpackAnswer(t, answer[:n]))
}

func packQuestion(name string, kind dnsmessage.Type) ([]byte, error) {
	m := dnsmessage.Message{Header: dnsmessage.Header{ID: 9, RecursionDesired: true}, Questions: []dnsmessage.Question{{
		Name: dnsmessage.MustNewName(name + "."), Type: kind, Class: dnsmessage.ClassINET}}}
	return m.Pack()
}

// unpackAnswer is the address of an answer, "" for a name without one, or else the error's name.
func unpackAnswer(t *testing.T, b []byte) string {
	t.Helper()
	var m dnsmessage.Message
	if err := m.Unpack(b); err != nil {
		t.Fatal(err)
	}
	if m.RCode == dnsmessage.RCodeNameError {
		return "nxdomain"
	}
	for _, r := range m.Answers {
		switch a := r.Body.(type) {
		case *dnsmessage.AResource:
			return net.IP(a.A[:]).String()
		case *dnsmessage.AAAAResource:
			return net.IP(a.AAAA[:]).String()
		}
	}
	if m.RCode != dnsmessage.RCodeSuccess {
		return strings.ToLower(strings.TrimPrefix(m.RCode.String(), "RCode"))
	}
	return ""
}
