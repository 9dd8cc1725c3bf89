package udp

import (
	"errors"
	"net"
	"net/netip"
	"runtime"
	"sync"
	"testing"
)

// Close ends whoever waits, at once and in every mode.
func TestCloseEndsEverybody(t *testing.T) {
	for _, m := range modes() {
		t.Run(m.name, func(t *testing.T) {
			for _, c := range m.open(t) {
				var wg sync.WaitGroup
				wg.Go(func() {
					for r := c.NewReader(4); ; {
						if _, err := r.Receive(); err != nil {
							if !errors.Is(err, net.ErrClosed) {
								t.Errorf("a blocked reader hears %v", err)
							}
							return
						}
					}
				})
				wg.Go(func() { c.Run(t.Context()) })
				s, to := sink(t, c)
				if m.name != "readers" { // which of the siblings would receive is another test
					_, _ = s.WriteToUDPAddrPort([]byte("x"), loopback(c))
					for c.Stats().Received == 0 { // after this the reader goes back to waiting
						runtime.Gosched()
					}
				}
				if err := c.Close(); err != nil {
					t.Error(err)
				}
				wg.Wait()
				if err := c.Close(); !errors.Is(err, net.ErrClosed) {
					t.Errorf("a second Close says %v", err)
				}
				errorsBefore := c.Stats().SendErrors
				b := c.NewBatch()
				b.Commit(b.Space(9)[:9], to, Video)
				b.Flush()
				if got := c.Stats().SendErrors - errorsBefore; got != 1 {
					t.Errorf("a datagram into a closed socket counts as %d errors", got)
				}
				if _, err := c.NewReader(4).Receive(); !errors.Is(err, net.ErrClosed) {
					t.Errorf("a closed socket says %v", err)
				}
			}
		})
	}
}

// Answers to nobody's address bring ICMP errors back. They end nothing.
func TestUnreachablePortStopsNothing(t *testing.T) {
	for _, m := range modes() {
		if m.name == "readers" {
			continue // which of the siblings receives is another test
		}
		t.Run(m.name, func(t *testing.T) {
			for _, c := range m.open(t) {
				gone, nobody := sink(t, c)
				_ = gone.Close()
				s, to := sink(t, c)
				r, b, got := c.NewReader(8), c.NewBatch(), make([]byte, 100)
				for n := range 50 {
					b.Commit(fill(b.Space(50)[:50], n), nobody, Video)
					b.Commit(fill(b.Space(50)[:50], n), to, Video)
					b.Flush()
					if _, err := s.Read(got); err != nil || number(got) != n {
						t.Fatalf("datagram %d instead of %d: %v", number(got), n, err)
					}
					if _, err := s.WriteToUDPAddrPort(got[:50], loopback(c)); err != nil {
						t.Fatal(err)
					}
					if k, err := r.Receive(); k != 1 || err != nil {
						t.Fatalf("received %d, %v", k, err)
					}
				}
			}
		})
	}
}

// Several goroutines send at once, each with a batch of its own, and nothing is mixed up.
func TestBatchesAtOnce(t *testing.T) {
	for _, m := range modes() {
		t.Run(m.name, func(t *testing.T) {
			c := m.open(t)[0]
			m.adjust(c)
			var wg sync.WaitGroup
			for range 4 {
				s, to := sink(t, c)
				wg.Go(func() { sendAndCheck(t, c, s, to, Video) })
			}
			wg.Wait()
			if s := c.Stats(); s.Sent != 4*100*9 || s.SendErrors != 0 {
				t.Errorf("counted %+v", s)
			}
		})
	}
}

func sendAndCheck(t *testing.T, c *Conn, s *net.UDPConn, to netip.AddrPort, class Class) {
	b, got := c.NewBatch(), make([]byte, MaxPacket)
	for round := range 100 {
		for n := range 8 {
			b.Commit(fill(b.Space(300)[:300-n/6], 10*round+n), to, class)
		}
		b.Flush()
		if _, err := c.WriteTo(fill(make([]byte, 20), 10*round+8), to); err != nil {
			t.Error(err)
		}
		for n := range 9 {
			if _, err := s.Read(got); err != nil || number(got) != 10*round+n {
				t.Errorf("datagram %d instead of %d: %v", number(got), 10*round+n, err)
				return
			}
		}
	}
}
