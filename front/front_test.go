package front

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Real sockets and real TLS; deadlines are short where a test waits for one to pass, and long everywhere else.

const patience = 20 * time.Second

func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"meet.test"},
		NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, pool
}

// bench is a front on a real port.
type bench struct {
	*Front
	addr  string
	roots *x509.CertPool
}

func start(t *testing.T, cfg Config, wrap func(net.Listener) net.Listener) *bench {
	t.Helper()
	cert, roots := certificate(t)
	cfg.TLS = &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{"h2", "http/1.1", acmeProtocol}}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	if wrap != nil {
		l = wrap(l)
	}
	f := New(cfg)
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- f.Serve(ctx, l) }()
	t.Cleanup(func() {
		stop()
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		if err := <-served; err != nil {
			t.Error(err)
		}
		if open, waiting := f.gate.counts(); open != 0 || waiting != 0 {
			t.Errorf("%d connections are still counted, %d of them waiting", open, waiting)
		}
	})
	return &bench{f, addr, roots}
}

func (b *bench) dial(t *testing.T) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", b.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return c
}

// secure adds TLS without ALPN, as browsers do for TURN.
func (b *bench) secure(t *testing.T, c net.Conn, protocols ...string) *tls.Conn {
	t.Helper()
	s := tls.Client(c, &tls.Config{RootCAs: b.roots, ServerName: "meet.test", NextProtos: protocols})
	if err := s.Handshake(); err != nil {
		t.Fatal(err)
	}
	return s
}

// drip writes one byte at a time; TCP_NODELAY is Go's default, so that most arrive alone.
func drip(t *testing.T, c net.Conn, text string) {
	t.Helper()
	for i := range len(text) {
		if _, err := c.Write([]byte{text[i]}); err != nil {
			t.Error(err)
			return
		}
	}
}

func TestEachKindGoesToItsListenerDripFed(t *testing.T) {
	b := start(t, Config{TURN: true, ICE: true}, nil)
	exits := map[Kind]net.Listener{HTTP1: b.HTTP(), HTTP2: b.HTTP(), TURN: b.TURN(), ICE: b.ICE()}
	const more = "and what follows"
	for _, inside := range []bool{false, true} {
		for _, c := range beginnings() {
			l := exits[c.want]
			if l == nil || inside && c.want == ICE {
				continue
			}
			t.Run(c.name, func(t *testing.T) {
				client := b.dial(t)
				if inside {
					client = b.secure(t, client)
				}
				go drip(t, client, c.bytes+more)
				got, err := l.Accept()
				if err != nil {
					t.Fatal(err)
				}
				defer got.Close()
				if k := got.(*Conn).Kind(); k != c.want {
					t.Errorf("it is %v", k)
				}
				if (got.(*Conn).TLS() != nil) != inside {
					t.Error("whether it came by TLS is told wrong")
				}
				text := make([]byte, len(c.bytes+more))
				if _, err := io.ReadFull(got, text); err != nil || string(text) != c.bytes+more {
					t.Errorf("read %q, error %v", text, err)
				}
			})
		}
	}
}

func TestProxyHeaderBeforeEverything(t *testing.T) {
	b := start(t, Config{TURN: true}, nil)
	for _, header := range []string{
		"PROXY TCP4 203.0.113.5 203.0.113.10 49152 443\r\n",
		proxy2Start + "\x21\x11\x00\x0c\xcb\x00\x71\x05\xcb\x00\x71\x0a\xc0\x00\x01\xbb",
	} {
		for _, dripped := range []bool{false, true} {
			c := b.dial(t)
			if dripped {
				drip(t, c, header)
			} else if _, err := io.WriteString(c, header); err != nil {
				t.Fatal(err)
			}
			s := make(chan net.Conn, 1)
			go func() {
				got, err := b.HTTP().Accept()
				if err != nil {
					t.Error(err)
				}
				s <- got
			}()
			secure := b.secure(t, c)
			drip(t, secure, "GET / HTTP/1.1\r\n")
			got := <-s
			if got.RemoteAddr().String() != "203.0.113.5:49152" || got.LocalAddr().String() != "203.0.113.10:443" {
				t.Errorf("it comes from %v to %v", got.RemoteAddr(), got.LocalAddr())
			}
			got.Close()
		}
	}
}

// from makes every connection of a listener come from elsewhere.
type from struct {
	net.Listener
	addr net.Addr
}

type fromConn struct {
	net.Conn
	addr net.Addr
}

func (c fromConn) RemoteAddr() net.Addr { return c.addr }

func (l from) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return fromConn{c, l.addr}, nil
}

func elsewhere(l net.Listener) net.Listener {
	return from{l, &net.TCPAddr{IP: net.IPv4(198, 51, 100, 7), Port: 40000}}
}

// cut waits until the server has closed a connection.
func cut(t *testing.T, c net.Conn) {
	t.Helper()
	if err := c.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, c); err != nil && strings.Contains(err.Error(), "timeout") {
		t.Error("the connection is still open")
	}
}

func (b *bench) refusedFor(t *testing.T, reason string, want int64) {
	t.Helper()
	if got := b.Stats().Refused[reason]; got != want {
		t.Errorf("%d were refused as %s, not %d: %v", got, reason, want, b.Stats().Refused)
	}
}

func TestProxyHeaderFromElsewhereIsRefused(t *testing.T) {
	b := start(t, Config{}, elsewhere)
	c := b.dial(t)
	if _, err := io.WriteString(c, "PROXY TCP4 127.0.0.1 203.0.113.10 49152 443\r\nGET / HTTP/1.1\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	cut(t, c)
	b.refusedFor(t, "proxy", 1)
}

func TestSilentAndSlowClientsAreCut(t *testing.T) {
	b := start(t, Config{TURN: true, Hello: 100 * time.Millisecond, Idle: 100 * time.Millisecond}, nil)
	silent := b.dial(t)
	half := b.dial(t)
	drip(t, half, "\x16\x03\x01\x02\x00\x01")
	slow := b.dial(t)
	drip(t, slow, "\x00\x03\x00\x08\x21\x12")
	quiet := b.secure(t, b.dial(t))
	for _, c := range []net.Conn{silent, half, slow, quiet} {
		cut(t, c)
	}
	b.refusedFor(t, "silent", 3)
	b.refusedFor(t, "handshake", 1)
}

func TestNonsenseIsRefused(t *testing.T) {
	b := start(t, Config{}, nil)
	for _, c := range []struct{ text, reason string }{
		{"SSH-2.0-OpenSSH_9.2\r\n", "unknown"},
		{"\x00\x03\x00\x08\x21\x12\xa4\x42abcdefghijkl", "not_served"}, // TURN is not configured
		{"\x16\x03\x01\x00\x05hello", "handshake"},
		{"PROXY TCP4 me you 1 2\r\n", "proxy"},
		{"PROXY UNKNOWN\r\nPROXY UNKNOWN\r\n", "proxy"},
	} {
		before := b.Stats().Refused[c.reason]
		client := b.dial(t)
		if _, err := io.WriteString(client, c.text); err != nil {
			t.Fatal(err)
		}
		cut(t, client)
		b.refusedFor(t, c.reason, before+1)
	}
	inside := b.secure(t, b.dial(t))
	if _, err := io.WriteString(inside, "\x16\x03\x01TLS in TLS"); err != nil {
		t.Fatal(err)
	}
	cut(t, inside)
	b.refusedFor(t, "unknown", 2)
}

func TestTheChallengeOfACertificateAuthorityEndsAfterTheHandshake(t *testing.T) {
	b := start(t, Config{}, nil)
	c := b.secure(t, b.dial(t), acmeProtocol)
	cut(t, c)
	for reason, n := range b.Stats().Refused {
		if n != 0 {
			t.Errorf("it is counted as %s", reason)
		}
	}
}

func TestConnectionsAreBounded(t *testing.T) {
	b := start(t, Config{Bound: Bound{Total: 8, Each: 4, Waiting: 12}}, elsewhere)
	var taken []net.Conn
	for range 4 {
		c := b.dial(t)
		if _, err := io.WriteString(c, "GET / HTTP/1.1\r\n"); err != nil {
			t.Fatal(err)
		}
		got, err := b.HTTP().Accept()
		if err != nil {
			t.Fatal(err)
		}
		taken = append(taken, got)
	}
	cut(t, b.dial(t)) // the fifth of one household
	b.refusedFor(t, "too_many", 1)
	for _, c := range taken {
		c.Close()
		c.Close() // twice is once
	}
	again := b.dial(t)
	if _, err := io.WriteString(again, "GET / HTTP/1.1\r\n"); err != nil {
		t.Fatal(err)
	}
	got, err := b.HTTP().Accept()
	if err != nil {
		t.Fatal(err)
	}
	got.Close()
}

func TestWaitingConnectionsAreBounded(t *testing.T) {
	b := start(t, Config{Bound: Bound{Total: 100, Each: 100, Waiting: 8}}, elsewhere)
	for range 2 { // a quarter of those who may wait
		drip(t, b.dial(t), "G")
	}
	c := b.dial(t)
	cut(t, c)
	b.refusedFor(t, "too_many", 1)
}

func TestHTTP1AndHTTP2OverOnePort(t *testing.T) {
	b := start(t, Config{}, nil)
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	server := &http.Server{Protocols: protocols, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.Proto)
	})}
	go func() { _ = server.Serve(b.HTTP()) }()
	defer server.Close()
	for _, want := range []string{"HTTP/1.1", "HTTP/2.0"} {
		client := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: b.roots, ServerName: "meet.test"},
			ForceAttemptHTTP2: want == "HTTP/2.0"}
		r, err := (&http.Client{Transport: client, Timeout: patience}).Get("https://" + b.addr)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r.Body)
		r.Body.Close()
		client.CloseIdleConnections()
		if err != nil || string(text) != want || r.Proto != want {
			t.Errorf("asked for %s, got %s answered by %q, error %v", want, r.Proto, text, err)
		}
	}
	plain := b.dial(t)
	if _, err := io.WriteString(plain, "GET / HTTP/1.0\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if r, err := http.ReadResponse(bufio.NewReader(plain), nil); err != nil || r.StatusCode != http.StatusOK {
		t.Errorf("in the clear: %v, error %v", r, err)
	}
}

func TestCloseCutsOffWhatIsStillBeingSorted(t *testing.T) {
	b := start(t, Config{}, nil)
	c := b.dial(t)
	drip(t, c, "GE")
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := b.HTTP().Accept(); err == nil {
		t.Error("a closed front still accepts")
	}
}
