package direct

import (
	"context"
	"errors"
	"fmt"
	"net"
	"testing"
	"time"

	"tablee/sfu/direct/directtest"
	"tablee/sfu/negotiate"
)

func TestConnectsInEitherRole(t *testing.T) {
	for _, setup := range []string{"actpass", "active", "passive"} {
		t.Run(setup, func(t *testing.T) {
			inWorld(t, func(w *world) {
				p := w.prepare(setup, nil)
				must(t, p.connect())
				if p.connected.Load() != 1 || p.lost.Load() != 0 {
					t.Fatalf("told %d times that it is connected, and %d that it is lost", p.connected.Load(), p.lost.Load())
				}
				if n := p.hears(10); n != 10 {
					t.Errorf("%d of 10 packets came to the client", n)
				}
				for range 10 {
					p.Send(p.media())
				}
				if n := p.opened(); n != 10 {
					t.Errorf("%d of 10 packets of the client's were opened", n)
				}
				p.leave()
				if m, c, u := w.port.size(); m+c+u != 0 {
					t.Errorf("when all have left, %d, %d and %d addresses and names are remembered", m, c, u)
				}
			})
		})
	}
}

// Whoever has another certificate than the offer says is somebody in between.
func TestAWrongFingerprintIsRefused(t *testing.T) {
	for _, setup := range []string{"actpass", "passive"} {
		t.Run(setup, func(t *testing.T) {
			inWorld(t, func(w *world) {
				p := w.prepare(setup, (*directtest.Client).Forge)
				_ = p.connect() // the client may believe for a moment that all is well
				if p.connected.Load() != 0 || p.lost.Load() != 1 {
					t.Errorf("told %d times that it is connected, and %d that it is lost", p.connected.Load(), p.lost.Load())
				}
				if n := w.port.Counters().Handshake.Load(); n != 1 {
					t.Errorf("%d handshakes are counted as failed", n)
				}
				if n := p.hears(1); n != 0 {
					t.Error("it was sent a packet")
				}
				p.leave()
			})
		})
	}
}

// Media are taken from an address once ICE has checked it, and not before, authentic or not.
func TestMediaFromUncheckedAddressesAreNotOpened(t *testing.T) {
	inWorld(t, func(w *world) {
		p, other := w.join(), w.socket()
		send := func() {
			_, err := other.WriteTo(p.media(), net.UDPAddrFromAddrPort(serverAddr))
			must(t, err)
		}
		for range 10 {
			send()
		}
		if n, s := p.opened(), w.port.Counters().Strangers.Load(); n != 0 || s != 10 {
			t.Errorf("%d packets were opened, %d counted as strangers'; want 0 and 10", n, s)
		}
		forger, err := directtest.New(directtest.Config{Conn: other, Server: serverAddr})
		must(t, err)
		offer, err := negotiate.Parse(p.Offer(sections))
		must(t, err)
		forger.Accept("a=ice-ufrag:" + p.link.local.Ufrag + "\r\na=ice-pwd:" + offer.Transport.Pwd + "\r\n") // the name is right, the password is not
		for range 5 {
			forger.Check(true)
			time.Sleep(50 * time.Millisecond)
		}
		send()
		if n := p.opened(); n != 0 {
			t.Errorf("%d packets were opened from an address whose checks were not authentic", n)
		}
		p.CheckFrom(other, false)
		time.Sleep(100 * time.Millisecond)
		send()
		if n := p.opened(); n != 1 {
			t.Errorf("%d packets were opened from an address that was checked, want 1", n)
		}
		if n := p.hears(5); n != 5 {
			t.Errorf("%d of 5 packets came where the client is", n)
		}
		_ = forger.Close()
		p.leave()
	})
}

// What a third party throws in during the handshake does not reach it.
func TestStrangersDoNotDisturbAHandshake(t *testing.T) {
	inWorld(t, func(w *world) {
		p, third := w.prepare("", nil), w.socket()
		alert := []byte{21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2, 2, 40}                                    // fatal, handshake_failure
		hello := append([]byte{22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 2, 0, 20, 1, 0, 0, 8}, make([]byte, 16)...) // half a ClientHello
		stop, done := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(done)
			for {
				select {
				case <-stop:
					return
				case <-time.After(time.Millisecond):
					_, _ = third.WriteTo(alert, net.UDPAddrFromAddrPort(serverAddr))
					_, _ = third.WriteTo(hello, net.UDPAddrFromAddrPort(serverAddr))
				}
			}
		}()
		must(t, p.connect())
		close(stop)
		<-done
		_ = third.Close()
		if n := p.hears(5); p.connected.Load() != 1 || n != 5 {
			t.Errorf("told %d times that it is connected; %d of 5 packets came", p.connected.Load(), n)
		}
		if w.port.Counters().Strangers.Load() < 100 {
			t.Error("strangers are not counted")
		}
		p.leave()
	})
}

func TestCloseDuringAHandshake(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.prepare("", nil)
		mute := func(from, _ string, b []byte) bool { // the server's handshake packets are lost
			return from == serverAddr.String() && len(b) > 0 && b[0] >= 20 && b[0] <= 63
		}
		w.drop.Store(&mute)
		ctx, cancel := context.WithCancel(context.Background())
		failed := make(chan error)
		go func() { failed <- p.Connect(ctx) }()
		time.Sleep(2 * time.Second)
		p.link.mu.Lock()
		begun := p.link.conn != nil && p.link.selected.Load() != nil
		p.link.mu.Unlock()
		if !begun {
			t.Error("the handshake has not begun")
		}
		at := time.Now()
		p.leave()
		if d := time.Since(at); d > time.Second {
			t.Errorf("closing took %v", d)
		}
		cancel()
		if err := <-failed; err == nil {
			t.Error("the client believes that it is connected")
		}
		if p.connected.Load() != 0 || p.lost.Load() != 0 {
			t.Errorf("told %d times that it is connected, and %d that it is lost", p.connected.Load(), p.lost.Load())
		}
	})
}

func TestCloseAtAnyTime(t *testing.T) {
	inWorld(t, func(w *world) {
		never := w.port.NewLink(&participant{}, nil)
		must(t, never.Close())
		p := w.prepare("", nil)
		p.leave() // before the first check
		must(t, p.link.Close())
		offer, err := negotiate.Parse(p.Offer(sections))
		must(t, err)
		if _, _, err := p.link.Answer(offer, negotiate.Opus{}); !errors.Is(err, ErrClosed) {
			t.Errorf("a closed link answers %v", err)
		}
		q := w.join()
		q.Send(q.media())
		must(t, q.link.Close())
		before := q.opened()
		q.Send(q.media())
		if n := q.opened(); n != before {
			t.Error("a packet of a closed link was opened")
		}
		if b := q.link.SpaceRTCP(q.out, 100); b != nil {
			must(t, q.link.SendRTCP(q.out, append(b, 0x80, 201, 0, 1, 0, 0, 0, 1))) // late, and harmless
			q.out.Flush()
		}
		_ = q.Client.Close()
		if m, c, u := w.port.size(); m+c+u != 0 {
			t.Errorf("%d, %d and %d addresses and names are remembered", m, c, u)
		}
	})
}

// After an offer with new credentials, packets go on along the old pair, until there is a new one.
func TestARestartKeepsPacketsFlowing(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.prepare("", nil)
		must(t, p.connect())
		silent := func(from, _ string, b []byte) bool { return len(b) > 0 && b[0] <= 3 } // no check gets through
		w.drop.Store(&silent)
		p.Renew()
		p.answer()
		for i := range 3 {
			if n := p.hears(5); n != 5 {
				t.Errorf("%d s after the restart %d of 5 packets came", i, n)
			}
			p.Send(p.media())
			if n := p.opened(); n != i+1 {
				t.Errorf("%d packets were opened, want %d", n, i+1)
			}
			time.Sleep(time.Second)
		}
		w.drop.Store(nil)
		old := p.Move(w.socket())
		_ = old.Close()
		time.Sleep(3 * time.Second)
		if n := p.hears(5); n != 5 {
			t.Errorf("at the new address %d of 5 packets came", n)
		}
		if p.lost.Load() != 0 {
			t.Error("the connection was given up")
		}
		p.leave()
	})
}

// However many addresses a participant checks, little is remembered, and the one it uses stays.
func TestAddressesAreBounded(t *testing.T) {
	inWorld(t, func(w *world) {
		p, q, first := w.join(), w.join(), w.socket()
		p.CheckFrom(first, false)
		for range 5 * maxControl {
			s := w.socket()
			p.CheckFrom(s, false)
			time.Sleep(20 * time.Millisecond)
			_ = s.Close()
		}
		time.Sleep(time.Second)
		p.link.mu.Lock()
		routes := len(p.link.routes)
		p.link.mu.Unlock()
		media, control, _ := w.port.size()
		if routes != maxMedia || media != maxMedia+1 || control > maxControl+2 {
			t.Errorf("%d and %d addresses for media, %d for ICE; want %d, %d, and at most %d", routes, media, control, maxMedia, maxMedia+1, maxControl+2)
		}
		_, err := first.WriteTo(p.media(), net.UDPAddrFromAddrPort(serverAddr))
		must(t, err)
		if n := p.opened(); n != 0 {
			t.Errorf("%d packets were opened from an address that was left long ago", n)
		}
		_ = first.Close()
		for i, x := range []*participant{p, q} {
			x.Send(x.media())
			if n := x.opened(); n != 1 {
				t.Errorf("participant %d: %d of 1 packets were opened", i, n)
			}
			if n := x.hears(5); n != 5 {
				t.Errorf("participant %d: %d of 5 packets came", i, n)
			}
			x.leave()
		}
	})
}

// Handshake packets that nobody takes are dropped and counted, and their buffers are not kept without end.
func TestQueuesAreBounded(t *testing.T) {
	inWorld(t, func(w *world) {
		l := w.port.NewLink(&participant{}, nil)
		s := newSide(l, "ufrag", net.UDPAddrFromAddrPort(serverAddr))
		from := serverAddr
		w.port.note(s, from)
		for i := range 10 * maxQueue {
			w.port.steer(pathIPv4, from, fmt.Append([]byte{22}, i))
		}
		if n := w.port.Counters().Crowded.Load(); n != 9*maxQueue || len(s.queue) != maxQueue {
			t.Errorf("%d wait and %d were dropped, want %d and %d", len(s.queue), n, maxQueue, 9*maxQueue)
		}
		var b [1500]byte
		for i := range maxQueue {
			n, at, err := s.ReadFromAddrPort(b[:])
			if want := fmt.Append([]byte{22}, i); err != nil || at != from || string(b[:n]) != string(want) {
				t.Fatalf("read %q from %v (%v), want %q", b[:n], at, err, want)
			}
		}
		for range 2 * maxSpare {
			w.port.reuse(&packet{})
		}
		if len(w.port.buffers) != maxSpare {
			t.Errorf("%d buffers are kept, want %d", len(w.port.buffers), maxSpare)
		}
		must(t, s.Close())
		must(t, s.Close())
		if _, _, err := s.ReadFromAddrPort(b[:]); !errors.Is(err, net.ErrClosed) {
			t.Errorf("reading what is closed says %v", err)
		}
		if _, err := s.WriteToAddrPort(b[:], from); !errors.Is(err, net.ErrClosed) {
			t.Errorf("writing to what is closed says %v", err)
		}
		must(t, l.Close())
	})
}
