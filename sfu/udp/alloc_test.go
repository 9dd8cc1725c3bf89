package udp

import (
	"testing"
)

func TestSendingDoesNotAllocate(t *testing.T) {
	for _, m := range modes() {
		if m.name == "wrapped" { // a net.Addr for each datagram is what that interface costs
			continue
		}
		t.Run(m.name, func(t *testing.T) {
			for _, c := range m.open(t) {
				m.adjust(c)
				s, to := sink(t, c)
				b, got := c.NewBatch(), make([]byte, MaxPacket)
				if n := testing.AllocsPerRun(200, func() {
					for range 6 {
						b.Commit(b.Space(1200)[:1200], to, Video)
					}
					b.Commit(b.Space(100)[:100], to, Audio)
					b.Flush()
					_, _ = c.WriteTo(got[:20], to)
					for range 8 {
						_, _, _ = s.ReadFromUDPAddrPort(got)
					}
				}); n != 0 {
					t.Errorf("%s on %v: %v allocations for 8 datagrams", c.Mode(), c.LocalAddr(), n)
				}
			}
		})
	}
}

// The reader waits in the network poller each time.
func TestReceivingDoesNotAllocate(t *testing.T) {
	for _, m := range modes() {
		if m.name == "wrapped" || m.name == "readers" {
			continue
		}
		t.Run(m.name, func(t *testing.T) {
			for _, c := range m.open(t) {
				s, _ := sink(t, c)
				send, p, to := make(chan struct{}), make([]byte, 1200), loopback(c)
				done := make(chan struct{})
				go func() {
					defer close(done)
					for range send {
						_, _ = s.WriteToUDPAddrPort(p, to)
						_, _ = s.WriteToUDPAddrPort(p, to)
					}
				}()
				r := c.NewReader(32)
				if n := testing.AllocsPerRun(200, func() {
					send <- struct{}{}
					for left := 2; left > 0; {
						n, err := r.Receive()
						if err != nil {
							t.Error(err)
							return
						}
						for i := range n {
							r.Packet(i)
						}
						left -= n
					}
				}); n != 0 {
					t.Errorf("%s on %v: %v allocations for 2 datagrams", c.Mode(), c.LocalAddr(), n)
				}
				close(send)
				<-done
			}
		})
	}
}

// What waits in the backlog takes memory once.
func TestBacklogDoesNotAllocate(t *testing.T) {
	c := open(t, Config{Buffer: testBuffer})[0]
	s, to := sink(t, c)
	b, got := c.NewBatch(), make([]byte, MaxPacket)
	round := func() {
		c.waiting.Store(true) // as if the socket had been full
		for range 8 {
			b.Commit(b.Space(1200)[:1200], to, Video)
		}
		b.Flush()
		c.drain()
		for range 8 {
			_, _, _ = s.ReadFromUDPAddrPort(got)
		}
	}
	round()
	if n := testing.AllocsPerRun(200, round); n != 0 {
		t.Errorf("%v allocations for 8 datagrams", n)
	}
	if c.Stats().Queued == 0 {
		t.Error("nothing was queued")
	}
}
