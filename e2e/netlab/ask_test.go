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
	m := dnsmessage.Message{Header: dnsmessage.Header{ID: 9}, Questions: []dnsmessage.Question{{
		Name: dnsmessage.MustNewName(name + "."), Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET}}}
	b, err := m.Pack()
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
	var got dnsmessage.Message
	if err := got.Unpack(answer[:n]); err != nil {
		t.Fatal(err)
	}
	text := strings.ToLower(strings.TrimPrefix(got.RCode.String(), "RCode"))
	for _, r := range got.Answers {
		if a, ok := r.Body.(*dnsmessage.AResource); ok {
			text = net.IP(a.A[:]).String()
		}
	}
	fmt.Println("ANSWER " + text)
}
