package netlab

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pion/logging"
	"github.com/pion/stun/v4"
	"github.com/pion/turn/v5"
)

// flooding says "ADDRESS PEER USER PASSWORD" to the helper.
const flooding = "NETLAB_FLOOD"

// Every floodTick comes a burst: 5,000 packets a second that are to be relayed, 40 Mbit/s, and 2,000 requests of somebody who
// is nobody.
const (
	floodTick     = time.Millisecond
	floodRelayed  = 5
	floodRequests = 2
)

// TestFloodHelper floods a relay when another test starts it in a namespace, until it is killed; by itself it checks that
// what it sends as a request is one.
func TestFloodHelper(t *testing.T) {
	words := strings.Fields(os.Getenv(flooding))
	if len(words) != 4 {
		if m := forge(t, "0123456789"); !stun.IsMessage(m) {
			t.Error("it is none")
		}
		return
	}
	to, err := net.ResolveUDPAddr("udp4", words[0])
	if err != nil {
		t.Fatal(err)
	}
	peer, err := net.ResolveUDPAddr("udp4", words[1])
	if err != nil {
		t.Fatal(err)
	}
	relayed, other := relayedConn(t, words), listen(t)
	forged := forge(t, nonce(t, other, to))
	if _, err := relayed.WriteTo(make([]byte, 1000), peer); err != nil { // asks for the permission first
		t.Fatal(err)
	}
	junk := make([]byte, 1000)
	junk[0] = 0x80 // as media are
	for range time.Tick(floodTick) {
		for range floodRelayed {
			_, _ = relayed.WriteTo(junk, peer)
		}
		for range floodRequests {
			_, _ = other.WriteTo(forged, to)
		}
	}
}

// forge is a request with a good nonce, which is looked at first, and the credentials of nobody.
func forge(t *testing.T, nonce string) []byte {
	t.Helper()
	const user = "9999999999:nobody"
	m, err := stun.Build(stun.NewType(stun.MethodAllocate, stun.ClassRequest), stun.TransactionID, stun.RawAttribute{
		Type: stun.AttrRequestedTransport, Value: []byte{17, 0, 0, 0}}, stun.NewUsername(user), stun.NewRealm("tablee"), stun.NewNonce(nonce),
		stun.NewLongTermIntegrity(user, "tablee", "wrong"))
	if err != nil {
		t.Fatal(err)
	}
	return m.Raw
}

// nonce asks for one.
func nonce(t *testing.T, c net.PacketConn, to net.Addr) string {
	t.Helper()
	m, err := stun.Build(stun.NewType(stun.MethodAllocate, stun.ClassRequest), stun.TransactionID, stun.RawAttribute{
		Type: stun.AttrRequestedTransport, Value: []byte{17, 0, 0, 0}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.WriteTo(m.Raw, to); err != nil {
		t.Fatal(err)
	}
	if err := c.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 1500)
	n, _, err := c.ReadFrom(b)
	if err != nil {
		t.Fatal(err)
	}
	answer := &stun.Message{Raw: b[:n]}
	var value stun.Nonce
	if err := answer.Decode(); err != nil {
		t.Fatal(err)
	}
	if err := value.GetFrom(answer); err != nil {
		t.Fatal(err)
	}
	return value.String()
}

func listen(t *testing.T) net.PacketConn {
	t.Helper()
	c, err := net.ListenPacket("udp4", ":0")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// relayedConn makes an allocation.
func relayedConn(t *testing.T, words []string) net.PacketConn {
	t.Helper()
	client, err := turn.NewClient(&turn.ClientConfig{TURNServerAddr: words[0], Conn: listen(t), Username: words[2], Password: words[3], Realm: "tablee",
		LoggerFactory: &logging.DefaultLoggerFactory{DefaultLogLevel: logging.LogLevelDisabled}})
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Listen(); err != nil {
		t.Fatal(err)
	}
	c, err := client.Allocate()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// metric reads one of the server's, the sum over its labels.
func (l *lab) metric(name string) (sum float64) {
	l.t.Helper()
	out, err := l.do("srv", "curl", "-s", "http://localhost:443/metrics")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(out) {
		key, value, ok := strings.Cut(strings.TrimSpace(line), " ")
		if bare, _, _ := strings.Cut(key, "{"); !ok || bare != name {
			continue
		}
		if v, err := strconv.ParseFloat(value, 64); err == nil {
			sum += v
		}
	}
	return sum
}

// floods lets some meet while somebody with credentials floods the relay.
func (l *lab) floods(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s := l.status()
	cmd := l.command(ctx, "out", self, "-test.run", "^TestFloodHelper$")
	cmd.Env = append(cmd.Env, inside+"=1", fmt.Sprintf("%s=%s:3478 192.168.1.10:8443 %s %s", flooding, address, s.Username, s.Password))
	cmd.Stdout, cmd.Stderr = l.said, l.said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		cancel()
		_ = cmd.Wait()
	}()
	const dropped, forged = "tablee_turn_packets_dropped_total", "tablee_turn_bad_credentials_total"
	l.until("a flood", patience, func() bool { return l.metric(dropped) > 1000 && l.metric(forged) > 1000 })
	d, f := l.metric(dropped), l.metric(forged)
	report := l.meet(t, "sym", publicName, "flooded")
	d, f = l.metric(dropped)-d, l.metric(forged)-f
	text, err := os.ReadFile(report)
	if err != nil {
		t.Fatal(err)
	}
	var r struct {
		Loss   float64 `json:"loss_percent"`
		People []struct {
			Gap float64 `json:"audio_gap_ms_max"`
		} `json:"people"`
	}
	if err := json.Unmarshal(text, &r); err != nil || len(r.People) != 2 {
		t.Fatalf("%v\n%s", err, text)
	}
	gap := max(r.People[0].Gap, r.People[1].Gap)
	t.Logf("beside %.0f packets dropped and %.0f forged requests, %.2f %% of the meeting's were lost, and the longest silence was %.0f ms", d, f, r.Loss, gap)
	if d < 1000 || f < 1000 {
		t.Errorf("the flood went dry: %.0f dropped, %.0f forged requests", d, f)
	}
	if r.Loss > 1 || gap > 500 {
		t.Errorf("the meeting is hurt: %.2f %% lost, a silence of %.0f ms", r.Loss, gap)
	}
}
