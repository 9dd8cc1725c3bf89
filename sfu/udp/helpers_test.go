package udp

import (
	"encoding/binary"
	"net"
	"net/netip"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// testBuffer is more than any test has under way at once.
const testBuffer = 1 << 20

// mode is a way to open sockets that every test of transport goes through.
type mode struct {
	name   string
	open   func(t testing.TB) []*Conn
	adjust func(*Conn)
}

// plainConn hides that a PacketConn is a socket.
type plainConn struct{ net.PacketConn }

func modes() []mode {
	listen := func(cfg Config) func(testing.TB) []*Conn {
		cfg.Buffer = testBuffer
		return func(t testing.TB) []*Conn { return open(t, cfg) }
	}
	return []mode{
		{"fast", listen(Config{}), func(*Conn) {}},
		{"without GSO", listen(Config{}), func(c *Conn) { c.gso.Store(false) }},
		{"readers", listen(Config{Readers: 3}), func(*Conn) {}},
		{"portable", listen(Config{Portable: true}), func(*Conn) {}},
		{"wrapped", func(t testing.TB) (conns []*Conn) {
			for _, c := range open(t, Config{Portable: true, Buffer: testBuffer}) {
				conns = append(conns, New(plainConn{c.conn}))
			}
			return conns
		}, func(*Conn) {}},
	}
}

// open is Listen for tests.
func open(t testing.TB, cfg Config) []*Conn {
	t.Helper()
	conns, err := Listen(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, c := range conns {
			_ = c.Close()
		}
	})
	return conns
}

// loopback is how a socket on all addresses is reached.
func loopback(c *Conn) netip.AddrPort {
	ip := netip.IPv6Loopback()
	if c.LocalAddr().Addr().Is4() {
		ip = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	return netip.AddrPortFrom(ip, c.LocalAddr().Port())
}

// sink opens a plain socket of the net package on loopback, in the family of c.
func sink(t testing.TB, c *Conn) (*net.UDPConn, netip.AddrPort) {
	t.Helper()
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(loopback(c).Addr(), 0)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetReadBuffer(testBuffer)
	return conn, conn.LocalAddr().(*net.UDPAddr).AddrPort()
}

// fill makes the content of datagram number n of a size, so that any mix-up shows.
func fill(p []byte, n int) []byte {
	for i := range p {
		p[i] = byte(n + i*7)
	}
	if len(p) >= 4 {
		binary.BigEndian.PutUint32(p, uint32(n))
	}
	return p
}

// number reads what fill has written.
func number(p []byte) int { return int(binary.BigEndian.Uint32(p)) }
