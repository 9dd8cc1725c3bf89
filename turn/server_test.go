package turn

import (
	"context"
	"errors"

	"log/slog"
	"net"
	"net/netip"
	"os/exec"

	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/stun/v4"

	"tablee/certs"
	"tablee/front"
)

// The server on real sockets of this machine, against coturn's client and against hand-made requests. The media engine is
// an echo.

const patience = 20 * time.Second

type harness struct {
	*Server
	relay *Relay
	udp   map[string]netip.AddrPort // by family, "4" and "6"
	tcp   map[string]netip.AddrPort // of the front: TCP, and TLS
}

var testKey = []byte("a key of 32 bytes or thereabouts")

// start starts a server whose engine sends back what comes.
func start(t *testing.T, cfg RelayConfig) *harness {
	t.Helper()
	h := startWith(t, cfg)
	done := make(chan struct{})
	go func() {
		defer close(done)
		h.echo()
	}()
	t.Cleanup(func() {
		_ = h.relay.Close()
		<-done
	})
	return h
}

// startSilent starts a server whose engine is the test.
func startSilent(t *testing.T) *harness {
	t.Helper()
	return startWith(t, RelayConfig{})
}

func startWith(t *testing.T, cfg RelayConfig) *harness {
	t.Helper()
	if cfg.Bandwidth == 0 {
		cfg.Bandwidth = 1 << 20
	}
	if cfg.PerUser == 0 {
		cfg.PerUser = 40
	}
	if cfg.Total == 0 {
		cfg.Total = 100
	}
	h := &harness{relay: NewRelay(cfg, media()), udp: map[string]netip.AddrPort{}, tcp: map[string]netip.AddrPort{}}
	authority, err := certs.NewInternal(t.TempDir(), func() []string { return []string{"localhost"} },
		func() []netip.Addr { return []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.IPv6Loopback()} }, time.Now, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	f := front.New(front.Config{TLS: certs.Config(authority), TURN: true})
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	var packets []net.PacketConn
	for family, host := range map[string]string{"4": "127.0.0.1", "6": "[::1]"} {
		p, err := net.ListenPacket("udp", host+":0")
		if err != nil {
			t.Fatal(err)
		}
		packets = append(packets, p)
		h.udp[family] = netip.MustParseAddrPort(p.LocalAddr().String())
		l, err := net.Listen("tcp", host+":0")
		if err != nil {
			t.Fatal(err)
		}
		h.tcp[family] = netip.MustParseAddrPort(l.Addr().String())
		running.Go(func() {
			if err := f.Serve(ctx, l); err != nil {
				t.Error(err)
			}
		})
	}
	h.Server, err = New(Config{Key: testKey, Packets: packets, Listeners: []net.Listener{f.TURN()}, Relay: h.relay, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	running.Go(func() {
		if err := h.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() {
		stop()
		_ = h.relay.Close()
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		running.Wait()
	})
	return h
}

// echo sends back what comes.
func (h *harness) echo() {
	b := make([]byte, maxPacket)
	for {
		n, from, err := h.relay.ReadFrom(b)
		if err != nil {
			return
		}
		_, _ = h.relay.WriteTo(b[:n], from)
	}
}

var (
	sent = regexp.MustCompile(`tot_send_msgs=(\d+), tot_recv_msgs=(\d+)`)
)

// uclient runs coturn's client and returns how many messages it sent and got back.
func (h *harness) uclient(t *testing.T, at netip.AddrPort, peer string, args ...string) (out, back int, said string) {
	t.Helper()
	bin, err := exec.LookPath("turnutils_uclient")
	if err != nil {
		t.Fatalf("coturn's client is not installed; scripts/tools.sh installs it: %v", err)
	}
	c := Issue(testKey, "coturn", time.Now())
	ap := netip.MustParseAddrPort(peer)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	all := append([]string{"-u", c.Username, "-w", c.Password, "-p", strconv.Itoa(int(at.Port())), "-e", ap.Addr().String(),
		"-r", strconv.Itoa(int(ap.Port())), "-n", "40", "-m", "1", "-c"}, args...)
	text, _ := exec.CommandContext(ctx, bin, append(all, at.Addr().String())...).CombinedOutput()
	for _, m := range sent.FindAllStringSubmatch(string(text), -1) {
		out, _ = strconv.Atoi(m[1])
		back, _ = strconv.Atoi(m[2])
	}
	return out, back, string(text)
}

func TestCoturnsClientIsRelayed(t *testing.T) {
	h := start(t, RelayConfig{})
	var two []netip.AddrPort // coturn's client binds a channel to the next port as well, for RTCP, whatever it is told
	for _, a := range media() {
		two = append(two, a, netip.AddrPortFrom(a.Addr(), a.Port()+1))
	}
	h.relay.SetMedia(two)
	const v4, v6 = "203.0.113.10:8443", "[2001:db8::10]:8443"
	for _, c := range []struct {
		name string
		at   netip.AddrPort
		peer string
		args []string
	}{
		{"UDP", h.udp["4"], v4, nil},
		{"UDP with Send", h.udp["4"], v4, []string{"-s"}},
		{"UDP, several checks", h.udp["4"], v4, []string{"-G"}},
		{"UDP over IPv6", h.udp["6"], v6, []string{"-x"}},
		{"IPv6 relayed over IPv4", h.udp["4"], v6, []string{"-x"}},
		{"TCP", h.tcp["4"], v4, []string{"-t"}},
		{"TCP with Send", h.tcp["4"], v4, []string{"-t", "-s"}},
		{"TCP over IPv6", h.tcp["6"], v6, []string{"-t", "-x"}},
		{"TLS", h.tcp["4"], v4, []string{"-t", "-S"}},
		{"TLS over IPv6", h.tcp["6"], v6, []string{"-t", "-S", "-x"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel() // each takes its time
			out, back, said := h.uclient(t, c.at, c.peer, c.args...)
			if out != 40 || back != 40 {
				t.Errorf("%d messages went out, %d came back\n%s", out, back, said)
			}
		})
	}
	t.Cleanup(func() { // after the parallel ones
		if s := h.Stats(); s.BadAuth != 0 || s.Relay.In == 0 || s.Relay.Out == 0 {
			t.Errorf("%+v", s)
		}
	})
}

func TestCoturnsClientIsRefused(t *testing.T) {
	h := start(t, RelayConfig{})
	for _, peer := range []string{"192.168.1.1:8443", "127.0.0.1:8443", "203.0.113.10:22"} {
		if _, back, said := h.uclient(t, h.udp["4"], peer); back != 0 || !strings.Contains(said, "403") {
			t.Errorf("%s: %d came back\n%s", peer, back, said)
		}
	}
	c := Issue(testKey, "coturn", time.Now())
	out, _ := exec.CommandContext(t.Context(), "turnutils_uclient", "-u", c.Username, "-w", "wrong", "-p",
		strconv.Itoa(int(h.udp["4"].Port())), "-e", "203.0.113.10", "-n", "1", "-c", "127.0.0.1").CombinedOutput()
	if !strings.Contains(string(out), "401") && !strings.Contains(string(out), "Cannot complete Allocation") {
		t.Errorf("a wrong password is taken:\n%s", out)
	}
}

// client makes requests by hand.
type client struct {
	t     *testing.T
	conn  net.Conn
	auth  []stun.Setter
	creds Credentials
}

func (h *harness) client(t *testing.T, user string) *client {
	t.Helper()
	conn, err := net.Dial("udp", h.udp["4"].String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &client{t: t, conn: conn, creds: Issue(testKey, user, time.Now())}
}

// ask sends a request and returns the answer to it.
func (c *client) ask(setters ...stun.Setter) *stun.Message {
	c.t.Helper()
	m, err := stun.Build(append([]stun.Setter{stun.TransactionID}, append(setters, c.auth...)...)...)
	if err != nil {
		c.t.Fatal(err)
	}
	if _, err := c.conn.Write(m.Raw); err != nil {
		c.t.Fatal(err)
	}
	if err := c.conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		c.t.Fatal(err)
	}
	for b := make([]byte, 2000); ; {
		n, err := c.conn.Read(b)
		if err != nil {
			c.t.Fatalf("no answer to %v: %v", m.Type, err)
		}
		answer := &stun.Message{Raw: append([]byte(nil), b[:n]...)}
		if answer.Decode() == nil && answer.TransactionID == m.TransactionID {
			return answer
		}
	}
}

func code(m *stun.Message) int {
	var e stun.ErrorCodeAttribute
	if m.Type.Class == stun.ClassSuccessResponse {
		return 0
	}
	if err := e.GetFrom(m); err != nil {
		return -1
	}
	return int(e.Code)
}

func request(m stun.Method) stun.MessageType { return stun.NewType(m, stun.ClassRequest) }

// transport asks for UDP to be relayed (RFC 8656, section 18.8); family 1 is IPv4, 2 IPv6.
func transport() stun.Setter {
	return stun.RawAttribute{Type: stun.AttrRequestedTransport, Value: []byte{17, 0, 0, 0}}
}

func family(f byte) stun.Setter {
	return stun.RawAttribute{Type: stun.AttrRequestedAddressFamily, Value: []byte{f, 0, 0, 0}}
}

// login learns realm and nonce, and proves who it is from then on.
func (c *client) login(password string) {
	c.t.Helper()
	first := c.ask(request(stun.MethodAllocate), transport())
	if code(first) != 401 {
		c.t.Fatalf("a stranger gets %d", code(first))
	}
	var realm stun.Realm
	var nonce stun.Nonce
	if err := errors.Join(realm.GetFrom(first), nonce.GetFrom(first)); err != nil {
		c.t.Fatal(err)
	}
	c.auth = []stun.Setter{stun.NewUsername(c.creds.Username), realm, nonce,
		stun.NewLongTermIntegrity(c.creds.Username, realm.String(), password)}
}

// peerAddr is XOR-PEER-ADDRESS as it stands in a message, of the family that the notation has.
type peerAddr struct {
	at netip.AddrPort
}

func (p peerAddr) AddTo(m *stun.Message) error {
	// The library would write an IPv4-mapped address as IPv4; an attacker would not.
	ip := p.at.Addr()
	value := []byte{0, 1, byte(p.at.Port()>>8) ^ 0x21, byte(p.at.Port()) ^ 0x12}
	if ip.Is6() {
		value[1] = 2
	}
	mask := append([]byte{0x21, 0x12, 0xA4, 0x42}, m.TransactionID[:]...)
	for i, b := range ip.AsSlice() {
		value = append(value, b^mask[i])
	}
	m.Add(stun.AttrXORPeerAddress, value)
	return nil
}

func channel(n uint16) stun.Setter {
	return stun.RawAttribute{Type: stun.AttrChannelNumber, Value: []byte{byte(n >> 8), byte(n), 0, 0}}
}

func TestForbiddenPeersInEveryNotation(t *testing.T) {
	h := start(t, RelayConfig{PerUser: 4})
	v4, v6 := h.client(t, "v4"), h.client(t, "v6")
	for i, c := range []*client{v4, v6} {
		c.login(c.creds.Password)
		if got := code(c.ask(request(stun.MethodAllocate), transport(), family(byte(1+i)))); got != 0 {
			t.Fatalf("allocation: %d", got)
		}
	}
	refused := func(c *client, what string, got int) {
		t.Helper()
		// 443 is the answer to an address of another family than the allocation's, before anything else is looked at.
		if got != 403 && got != 443 {
			t.Errorf("%s is answered by %d", what, got)
		}
	}
	for i, a := range forbidden() {
		at := netip.AddrPortFrom(netip.MustParseAddr(a), 8443)
		for _, c := range []*client{v4, v6} {
			refused(c, "CreatePermission "+a, code(c.ask(request(stun.MethodCreatePermission), peerAddr{at})))
			refused(c, "ChannelBind "+a, code(c.ask(request(stun.MethodChannelBind), channel(0x4000+uint16(i)), peerAddr{at})))
			c.send(at, "to "+a)
		}
	}
	for _, at := range media() {
		wrong := netip.AddrPortFrom(at.Addr(), 22)
		c := v4
		if at.Addr().Is6() {
			c = v6
		}
		refused(c, "ChannelBind "+wrong.String(), code(c.ask(request(stun.MethodChannelBind), channel(0x4FFF), peerAddr{wrong})))
		if got := code(c.ask(request(stun.MethodCreatePermission), peerAddr{wrong})); got != 0 { // a permission has no port
			t.Errorf("CreatePermission %v: %d", at, got)
		}
		c.send(wrong, "to another port")
		if got := code(c.ask(request(stun.MethodChannelBind), channel(0x4FFE), peerAddr{at})); got != 0 {
			t.Errorf("ChannelBind %v: %d", at, got)
		}
		if _, err := c.conn.Write(append([]byte{0x4F, 0xFE, 0, 5}, "hello"...)); err != nil {
			t.Fatal(err)
		}
		c.want("hello")
		if at.Addr().Is4() { // the next one needs another channel number
			if got := code(c.ask(request(stun.MethodChannelBind), channel(0x4FFE), peerAddr{media()[2]})); got != 443 {
				t.Errorf("a channel over to the other family: %d", got)
			}
			break
		}
	}
	if got := code(v6.ask(request(stun.MethodChannelBind), channel(0x4FFE), peerAddr{media()[2]})); got != 0 {
		t.Errorf("IPv6: %d", got)
	}
	s := h.Stats()
	if s.Relay.In != 1 || s.Relay.Dropped["forbidden"] == 0 || s.Forbidden == 0 {
		t.Errorf("%+v: only one packet may have reached the engine", s)
	}
}

// send is a Send indication, to which there is no answer.
func (c *client) send(to netip.AddrPort, text string) {
	c.t.Helper()
	m, err := stun.Build(stun.TransactionID, stun.NewType(stun.MethodSend, stun.ClassIndication), peerAddr{to},
		stun.RawAttribute{Type: stun.AttrData, Value: []byte(text)})
	if err != nil {
		c.t.Fatal(err)
	}
	if _, err := c.conn.Write(m.Raw); err != nil {
		c.t.Fatal(err)
	}
}

// want waits for ChannelData.
func (c *client) want(text string) {
	c.t.Helper()
	b := make([]byte, 2000)
	if err := c.conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		c.t.Fatal(err)
	}
	n, err := c.conn.Read(b)
	if err != nil || n < 4 || b[0]>>6 != 1 || !strings.HasPrefix(string(b[4:n]), text) {
		c.t.Errorf("got %q, error %v, want %q", b[:n], err, text)
	}
}

func TestCredentialsNoncesAndQuota(t *testing.T) {
	h := start(t, RelayConfig{PerUser: 2, Total: 3})
	wrong := h.client(t, "wrong")
	wrong.login("not the password")
	if got := code(wrong.ask(request(stun.MethodAllocate), transport())); got != 401 {
		t.Errorf("wrong integrity: %d", got)
	}
	stranger := h.client(t, "stranger")
	stranger.creds.Username = "1700000000:expired"
	stranger.creds.Password = password(testKey, stranger.creds.Username)
	stranger.login(stranger.creds.Password)
	if got := code(stranger.ask(request(stun.MethodAllocate), transport())); got != 401 {
		t.Errorf("credentials that have ended: %d", got)
	}
	stale := h.client(t, "stale")
	stale.login(stale.creds.Password)
	stale.auth[2] = stun.NewNonce("0123456789abcdef0123456789abcdef")
	if got := code(stale.ask(request(stun.MethodAllocate), transport())); got != 438 {
		t.Errorf("a stale nonce: %d", got)
	}
	for i, want := range []int{0, 0, 486} {
		c := h.client(t, "greedy")
		c.login(c.creds.Password)
		if got := code(c.ask(request(stun.MethodAllocate), transport())); got != want {
			t.Errorf("allocation %d: %d, want %d", i+1, got, want)
		}
	}
	other := h.client(t, "other")
	other.login(other.creds.Password)
	if got := code(other.ask(request(stun.MethodAllocate), transport())); got != 0 {
		t.Errorf("somebody else: %d", got)
	}
	late := h.client(t, "late")
	late.login(late.creds.Password)
	if got := code(late.ask(request(stun.MethodAllocate), transport())); got != 486 {
		t.Errorf("more than all may have: %d", got)
	}
	if got := code(other.ask(request(stun.MethodRefresh), stun.RawAttribute{Type: stun.AttrLifetime, Value: make([]byte, 4)})); got != 0 {
		t.Errorf("giving it back: %d", got)
	}
	if got := code(late.ask(request(stun.MethodAllocate), transport())); got != 0 {
		t.Errorf("the place that is free again: %d", got)
	}
	if s := h.Stats(); s.Quota != 2 || s.BadAuth == 0 || s.Relay.Allocations != 3 {
		t.Errorf("%+v", s)
	}
}
