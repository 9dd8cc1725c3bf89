package udp

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// virtual is one end of a network made of channels. It is full for a time after every few datagrams.
type virtual struct {
	local   *net.UDPAddr
	in, out chan []byte
	closed  chan struct{}
	mu      sync.Mutex // guards left
	left    int        // datagrams until it is full
	refill  int
}

func newVirtual(port int, in, out chan []byte) *virtual {
	return &virtual{local: &net.UDPAddr{IP: net.IPv4(192, 0, 2, 1), Port: port}, in: in, out: out, closed: make(chan struct{}), left: 10, refill: 10}
}

func (v *virtual) ReadFrom(p []byte) (int, net.Addr, error) {
	select {
	case q := <-v.in:
		return copy(p, q), v.local, nil
	case <-v.closed:
		return 0, nil, errors.New("no such error is known to anybody")
	}
}

func (v *virtual) WriteTo(p []byte, _ net.Addr) (int, error) {
	v.mu.Lock()
	if v.left == 0 {
		v.left = -1
		time.AfterFunc(17*time.Millisecond, func() {
			v.mu.Lock()
			defer v.mu.Unlock()
			v.left = v.refill
		})
	}
	full := v.left < 0
	if !full {
		v.left--
	}
	v.mu.Unlock()
	if full {
		return 0, os.ErrDeadlineExceeded
	}
	select {
	case v.out <- append([]byte(nil), p...):
		return len(p), nil
	case <-v.closed:
		return 0, net.ErrClosed
	}
}

func (v *virtual) Close() error                     { close(v.closed); return nil }
func (v *virtual) LocalAddr() net.Addr              { return v.local }
func (v *virtual) SetDeadline(time.Time) error      { return nil }
func (v *virtual) SetReadDeadline(time.Time) error  { return nil }
func (v *virtual) SetWriteDeadline(time.Time) error { return nil }

// The portable path needs no socket: in virtual time, with a network that is full again and again, everything arrives.
func TestVirtualNetwork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const total = 400
		wire := make(chan []byte, 8)
		a, b := New(newVirtual(1, nil, wire)), New(newVirtual(2, wire, nil))
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() { a.Run(ctx) })
		wg.Go(func() {
			r := b.NewReader(32)
			for next := 0; ; next++ {
				n, err := r.Receive()
				if err != nil {
					if next != total || !errors.Is(err, net.ErrClosed) {
						t.Errorf("after %d: %v", next, err)
					}
					return
				}
				if p, _ := r.Packet(0); n != 1 || number(p) != next {
					t.Errorf("%d received, the first is %d and not %d", n, number(p), next)
				}
			}
		})
		batch := a.NewBatch()
		for n := range total {
			batch.Commit(fill(batch.Space(100)[:100], n), netip.MustParseAddrPort("192.0.2.1:2"), Video)
			if n%5 == 4 {
				batch.Flush()
			}
		}
		time.Sleep(10 * time.Second) // virtual
		if s := a.Stats(); s.Queued == 0 || s.Sent != total || s.Backlog != 0 {
			t.Errorf("counted %+v", s)
		}
		cancel()
		_ = b.Close()
		_ = a.Close()
		wg.Wait()
	})
}

// A source without an IP address is counted, and is not the end.
func TestStrangeSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := make(chan []byte)
		go func() {
			for range errorsInARow {
				in <- []byte("x")
			}
		}()
		c := New(strange{newVirtual(3, in, nil)})
		if _, err := c.NewReader(1).Receive(); !errors.Is(err, errAddress) {
			t.Errorf("strange addresses for ever say %v", err)
		}
		if got := c.Stats().ReceiveErrors; got != errorsInARow {
			t.Errorf("%d errors", got)
		}
	})
}

type strange struct{ *virtual }

func (s strange) ReadFrom(p []byte) (int, net.Addr, error) {
	n, _, err := s.virtual.ReadFrom(p)
	return n, &net.UnixAddr{Name: "somewhere", Net: "unixgram"}, err
}

func TestLinkLocalZones(t *testing.T) {
	var z zone
	a := netip.MustParseAddrPort("[fe80::1%eth7]:5")
	if got := z.strip(a); got != netip.MustParseAddrPort("[fe80::1]:5") {
		t.Errorf("a source is handed out as %v", got)
	}
	if got := z.restore(plain(a)); got != a {
		t.Errorf("the answer goes to %v", got)
	}
	for _, s := range []string{"[2001:db8::1]:5", "192.0.2.1:5"} {
		if other := netip.MustParseAddrPort(s); z.restore(other) != other {
			t.Errorf("%v becomes %v", other, z.restore(other))
		}
	}
	if n := testing.AllocsPerRun(100, func() { z.restore(z.strip(a)) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
