package impair

import (
	"errors"
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"
)

// wire is a socket in memory: what is written comes out of out, what is put into in is read.
type wire struct {
	in, out chan []byte
	closed  chan struct{}
}

func newWire() *wire {
	return &wire{in: make(chan []byte, 1000), out: make(chan []byte, 1000), closed: make(chan struct{})}
}

var peer = netip.MustParseAddrPort("192.0.2.1:7")

func (w *wire) ReadFromAddrPort(b []byte) (int, netip.AddrPort, error) {
	select {
	case p := <-w.in:
		return copy(b, p), peer, nil
	case <-w.closed:
		return 0, peer, net.ErrClosed
	}
}

func (w *wire) WriteToAddrPort(b []byte, _ netip.AddrPort) (int, error) {
	w.out <- append([]byte{}, b...)
	return len(b), nil
}
func (w *wire) SetReadDeadline(time.Time) error { return nil }
func (w *wire) LocalAddr() net.Addr             { return &net.UDPAddr{} }
func (w *wire) Close() error                    { close(w.closed); return nil }

// Both directions have their own delay, order is kept, and nothing is left when the line is closed.
func TestLineBothWays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWire()
		c := Wrap(w, Profile{Up: Way{Delay: 30 * time.Millisecond}, Down: Way{Delay: 50 * time.Millisecond, Rate: 1e6}}, 1)
		begin := time.Now()
		for i := range byte(10) {
			if n, err := c.WriteToAddrPort([]byte{i}, peer); n != 1 || err != nil {
				t.Fatalf("%d, %v", n, err)
			}
			w.in <- []byte{100 + i}
		}
		for i := range byte(10) {
			if p := <-w.out; p[0] != i || time.Since(begin) != 30*time.Millisecond {
				t.Errorf("packet %d after %v", p[0], time.Since(begin))
			}
		}
		b := make([]byte, 10)
		for i := range byte(10) {
			n, from, err := c.ReadFromAddrPort(b)
			want := 50*time.Millisecond + time.Duration(i+1)*(1+overhead)*8*time.Microsecond
			if n != 1 || b[0] != 100+i || from != peer || err != nil || time.Since(begin) != want {
				t.Errorf("packet %v after %v, want %v: %v", b[:n], time.Since(begin), want, err)
			}
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		if err := c.Close(); err != nil { // twice is once
			t.Error(err)
		}
		if _, _, err := c.ReadFromAddrPort(b); !errors.Is(err, net.ErrClosed) {
			t.Errorf("read from a closed line: %v", err)
		}
	})
}

// Closing wakes who reads.
func TestCloseWakesReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := Wrap(newWire(), Profile{Down: Way{Delay: time.Second}}, 1)
		done := make(chan error)
		go func() {
			_, _, err := c.ReadFromAddrPort(make([]byte, 10))
			done <- err
		}()
		synctest.Wait()
		_ = c.Close()
		if err := <-done; !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	})
}

// A line that becomes another one: what is sent from then on has its rate and its delay; a closed socket is forgotten.
func TestLineChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLine(Profile{}, 1)
		w := newWire()
		c := l.Wrap(w)
		send := func() time.Duration {
			begin := time.Now()
			if _, err := c.WriteToAddrPort(make([]byte, 972), peer); err != nil {
				t.Error(err)
			}
			<-w.out
			return time.Since(begin)
		}
		if d := send(); d != 0 {
			t.Errorf("%v on a clear line", d)
		}
		l.Change(Profile{Up: Way{Rate: 80_000, Delay: 50 * time.Millisecond}})
		if d := send(); d != 150*time.Millisecond {
			t.Errorf("%v on a line of 80 kbit/s", d)
		}
		l.Change(Profile{Up: Way{Delay: time.Second}})
		if d := send(); d != time.Second {
			t.Errorf("%v on a line of a second", d)
		}
		if err := c.Close(); err != nil || len(l.conns) != 0 {
			t.Errorf("%d sockets after closing it: %v", len(l.conns), err)
		}
		if c := l.Wrap(newWire()); len(l.conns) != 1 || c.Close() != nil {
			t.Error("the next socket is not on the line")
		}
	})
}
