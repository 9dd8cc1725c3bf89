package udp

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"net"
	"net/netip"
	"testing"
)

// Everything arrives intact and in order: from a Batch to sockets of the net package and to our own readers, in every
// mode, in every family that the machine has.

func TestBatchesArrive(t *testing.T) {
	for _, m := range modes() {
		t.Run(m.name, func(t *testing.T) {
			for _, c := range m.open(t) {
				m.adjust(c)
				testBatchesArrive(t, c)
			}
		})
	}
}

func testBatchesArrive(t *testing.T, c *Conn) {
	const receivers, rounds = 9, 40
	random := rand.New(rand.NewPCG(1, 2))
	var sinks [receivers]*net.UDPConn
	var addrs [receivers]netip.AddrPort
	for i := range sinks {
		sinks[i], addrs[i] = sink(t, c)
	}
	b, sent := c.NewBatch(), 0
	got := make([]byte, 2*MaxPacket)
	for range rounds {
		var expected [receivers][][]byte
		for range 16 { // runs to one address, as receiver-major forwarding makes them
			to, size := random.IntN(receivers), random.IntN(MaxPacket+1)
			for range 1 + random.IntN(6) {
				if random.IntN(3) == 0 {
					size = random.IntN(MaxPacket + 1)
				}
				p := fill(b.Space(size)[:size], sent)
				expected[to] = append(expected[to], bytes.Clone(p))
				b.Commit(p, addrs[to], Class(random.IntN(classes)))
				sent++
			}
		}
		b.Flush()
		for i, want := range expected {
			for n, w := range want {
				size, from, err := sinks[i].ReadFromUDPAddrPort(got)
				if err != nil {
					t.Fatal(err)
				}
				if plain(from) != loopback(c) {
					t.Fatalf("a datagram comes from %v, not %v", from, loopback(c))
				}
				if !bytes.Equal(got[:size], w) {
					t.Fatalf("%s: datagram %d of %d to receiver %d has %d bytes, not the expected %d", c.Mode(), n, len(want), i, size, len(w))
				}
			}
		}
	}
	s := c.Stats()
	if s.Sent != uint64(sent) || s.SendErrors != 0 || s.Queued != 0 {
		t.Errorf("%s: sent %d, and counted %+v", c.Mode(), sent, s)
	}
	if c.gso.Load() && s.GSOMessages == 0 {
		t.Error("no datagrams travelled together")
	}
}

func TestReadersReceive(t *testing.T) {
	for _, m := range modes() {
		t.Run(m.name, func(t *testing.T) {
			for _, c := range m.open(t) {
				if m.name != "readers" { // which of the siblings receives is another test
					testReadersReceive(t, c)
				}
			}
		})
	}
}

func testReadersReceive(t *testing.T, c *Conn) {
	const senders, rounds, each = 5, 20, 12
	random := rand.New(rand.NewPCG(3, 4))
	r := c.NewReader(32)
	next, index := map[netip.AddrPort]int{}, map[netip.AddrPort]int{}
	var from [senders]*net.UDPConn
	for i := range from {
		var addr netip.AddrPort
		from[i], addr = sink(t, c)
		index[plain(addr)] = i
	}
	for round := range rounds {
		for n := range each {
			for _, s := range from {
				p := fill(make([]byte, 4+random.IntN(MaxDatagram-3)), round*each+n)
				if _, err := s.WriteToUDPAddrPort(p, loopback(c)); err != nil {
					t.Fatal(err)
				}
			}
		}
		for left := senders * each; left > 0; {
			n, err := r.Receive()
			if err != nil {
				t.Fatal(err)
			}
			for i := range n {
				p, addr := r.Packet(i)
				if _, known := index[addr]; !known || number(p) != next[addr] {
					t.Fatalf("%s: datagram %d from %v, expected %d", c.Mode(), number(p), addr, next[addr])
				}
				if !bytes.Equal(p, fill(make([]byte, len(p)), next[addr])) {
					t.Fatalf("datagram %d is damaged", next[addr])
				}
				next[addr]++
			}
			left -= n
		}
	}
	if s := c.Stats(); s.Received != senders*rounds*each || s.ReceiveErrors != 0 || s.Truncated != 0 {
		t.Errorf("counted %+v", s)
	}
}

func TestTruncatedDatagramsAreCountedNotHandedOut(t *testing.T) {
	for _, m := range modes() {
		t.Run(m.name, func(t *testing.T) {
			c := m.open(t)[0]
			if m.name == "readers" {
				return // the same code, through a socket that the kernel chooses
			}
			s, _ := sink(t, c)
			for n, size := range []int{MaxDatagram + 1, MaxDatagram, 5000, 60000, 10} {
				if _, err := s.WriteToUDPAddrPort(fill(make([]byte, size), n), loopback(c)); err != nil {
					t.Fatal(err)
				}
			}
			r := c.NewReader(8)
			var sizes []int
			for len(sizes) < 2 {
				n, err := r.Receive()
				if err != nil {
					t.Fatal(err)
				}
				for i := range n {
					p, _ := r.Packet(i)
					sizes = append(sizes, len(p))
				}
			}
			if sizes[0] != MaxDatagram || sizes[1] != 10 || c.Stats().Truncated != 3 {
				t.Errorf("received sizes %v, counted %+v", sizes, c.Stats())
			}
		})
	}
}

func TestWriteTo(t *testing.T) {
	for _, m := range modes() {
		t.Run(m.name, func(t *testing.T) {
			c := m.open(t)[0]
			s, to := sink(t, c)
			p := fill(make([]byte, 200), 1)
			if n, err := c.WriteTo(p, to); n != len(p) || err != nil {
				t.Fatalf("%d, %v", n, err)
			}
			got := make([]byte, 300)
			if n, err := s.Read(got); err != nil || !bytes.Equal(got[:n], p) {
				t.Fatalf("%d bytes, %v", n, err)
			}
			if _, err := c.WriteTo(make([]byte, MaxPacket+1), to); err == nil {
				t.Error("too long a datagram is not refused")
			}
			_ = c.Close()
			if _, err := c.WriteTo(p, to); !errors.Is(err, net.ErrClosed) {
				t.Errorf("a closed connection says %v", err)
			}
		})
	}
}

// A datagram that cannot go is counted, and the others go.
func TestRefusedDatagramsStopNoOther(t *testing.T) {
	for _, m := range modes() {
		t.Run(m.name, func(t *testing.T) {
			c := m.open(t)[0]
			m.adjust(c)
			s, to := sink(t, c)
			b := c.NewBatch()
			refused := []netip.AddrPort{
				{},
				netip.AddrPortFrom(to.Addr(), 0),
				netip.MustParseAddrPort("[2001:db8::1]:9"), // the other family
			}
			for n := range 3 * len(refused) {
				b.Commit(fill(b.Space(100)[:100], n), refused[n%len(refused)], Audio)
				b.Commit(fill(b.Space(100)[:100], n), to, Audio)
			}
			b.Flush()
			got := make([]byte, 200)
			for n := range 3 * len(refused) {
				if _, err := s.Read(got); err != nil || number(got) != n {
					t.Fatalf("datagram %d instead of %d: %v", number(got), n, err)
				}
			}
			if st := c.Stats(); st.SendErrors != 9 || st.Sent != 9 {
				t.Errorf("counted %+v", st)
			}
		})
	}
}
