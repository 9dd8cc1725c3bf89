package turn

import (
	"crypto/tls"
	"testing"
	"time"

	"github.com/pion/stun/v4"
)

func TestABindingRequestIsAnswered(t *testing.T) {
	h := start(t, RelayConfig{})
	c := h.client(t, "anybody")
	var mapped stun.XORMappedAddress
	if err := mapped.GetFrom(c.ask(request(stun.MethodBinding))); err != nil || mapped.String() != c.conn.LocalAddr().String() {
		t.Errorf("it says %v, error %v; we are %v", mapped, err, c.conn.LocalAddr())
	}
}

func TestTLSNeedsNoALPN(t *testing.T) {
	h := start(t, RelayConfig{})
	c, err := tls.Dial("tcp", h.tcp["4"].String(), &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	m := stun.MustBuild(stun.TransactionID, request(stun.MethodBinding))
	for _, b := range m.Raw { // drip-fed
		if _, err := c.Write([]byte{b}); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, maxMessage)
	n, err := readMessage(c, b)
	if err != nil {
		t.Fatal(err)
	}
	if answer := (&stun.Message{Raw: b[:n]}); answer.Decode() != nil || answer.TransactionID != m.TransactionID {
		t.Errorf("answered by %q", b[:n])
	}
	if h.Stats().TCP != 1 {
		t.Error("the connection is not counted")
	}
}

func TestAFloodIsAnsweredByDropping(t *testing.T) {
	h := start(t, RelayConfig{Bandwidth: 64 << 10})
	c := h.client(t, "flood")
	c.login(c.creds.Password)
	if got := code(c.ask(request(stun.MethodAllocate), transport())); got != 0 {
		t.Fatal(got)
	}
	if got := code(c.ask(request(stun.MethodChannelBind), channel(0x4000), peerAddr{media()[0]})); got != 0 {
		t.Fatal(got)
	}
	payload := append([]byte{0x40, 0, 1000 >> 8, 1000 & 0xff}, make([]byte, 1000)...)
	late := time.After(patience)
	for h.Stats().Relay.Dropped["rate"] < 100 {
		select {
		case <-late:
			t.Fatalf("nothing is dropped: %+v", h.Stats())
		default:
		}
		if _, err := c.conn.Write(payload); err != nil {
			t.Fatal(err)
		}
	}
	other := h.client(t, "other")
	other.login(other.creds.Password)
	if got := code(other.ask(request(stun.MethodAllocate), transport())); got != 0 {
		t.Errorf("somebody else gets %d", got)
	}
}
