package faults

import (
	"net"
	"net/netip"
	"sync"
	"testing"

	"github.com/pion/stun/v4"

	"tablee/loadtest/link"
)

// Packets from addresses that the server has no reason to believe.

// stranger is a socket that nobody has let in.
func stranger(t *testing.T) *net.UDPConn {
	t.Helper()
	c, err := net.ListenUDP("udp4", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func shout(t *testing.T, c *net.UDPConn, b []byte, to netip.AddrPort) {
	t.Helper()
	if _, err := c.WriteToUDPAddrPort(b, to); err != nil {
		t.Fatal(err)
	}
}

// thirdAddress: a true packet of a participant, sent by somebody who has seen it go by, is not taken from there, and not
// spoilt for the participant.
func (s *scene) thirdAddress(t *testing.T) {
	p, mark := s.a.voice()
	b, err := s.a.link.Seal(s.a.bytes(p))
	if err != nil {
		t.Fatal(err)
	}
	c := stranger(t)
	shout(t, c, b, s.a.link.Server())
	for range 3 { // one may be on the way while the stranger's is still in the socket
		s.a.fence(s.witness)
	}
	s.witness.mu.Lock()
	heard := s.witness.marks[mark]
	s.witness.mu.Unlock()
	if heard != 0 {
		t.Error("a packet from a third address is heard")
	}
	s.a.raw(b)
	s.a.fence(s.witness)
	s.witness.until("the packet from its own address", func() bool { return s.witness.marks[mark] == 1 })
}

// handshake: somebody who sees a participant's handshake begin talks into it, with what can be made without the password.
func (s *scene) handshake(t *testing.T) {
	d := join(t, s.url, "faults", "Late", false)
	r := d.remote()
	to := s.a.link.Server()
	hello := append([]byte{22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 100, 1, 0, 0, 88, 0, 0, 0, 0, 0, 0, 88, 0xfe, 0xfd}, noise(87, 3)...)
	check, err := stun.Build(stun.BindingRequest, stun.TransactionID, stun.NewUsername(r.Ufrag+":"+d.link.Ufrag),
		stun.NewShortTermIntegrity("not the password at all"), stun.Fingerprint)
	if err != nil {
		t.Fatal(err)
	}
	c, quit := stranger(t), make(chan struct{})
	var talking sync.WaitGroup
	talking.Go(func() {
		for n := 0; ; n++ {
			select {
			case <-quit:
				return
			default:
			}
			for _, b := range [][]byte{check.Raw, hello, {20, 0xfe, 0xfd}, noise(60, uint64(n))} {
				if _, err := c.WriteToUDPAddrPort(b, to); err != nil {
					return
				}
			}
			s.figures(t) // a pace at which the socket does not fill
		}
	})
	d.start()
	d.until("media in spite of it", func() bool { return d.link.State() == link.Connected })
	close(quit)
	talking.Wait()
	d.fence(s.witness)
}

// falseEnd: an alert that ends DTLS, not encrypted, with the participant's own address as the sender's: anybody can forge
// that. It ends nothing.
func (s *scene) falseEnd(t *testing.T) {
	for level := range byte(3) {
		s.a.raw([]byte{21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 99, 0, 2, level, 0}) // close_notify in epoch 0
	}
	s.a.raw(append([]byte{22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 98, 0, 50}, noise(50, 5)...))
	s.a.fence(s.witness)
	s.film(t, twoSeconds, "after an alert")
}

// The flood: so many addresses, so many packets from each. What may grow by it is less than what the packets have.
const (
	floodSockets = 40
	floodRounds  = 250
	floodSize    = 1200
	floodGrowth  = floodSockets * floodRounds * floodSize
)

// garbage costs no memory, and no goroutine.
func (s *scene) garbage(t *testing.T) {
	var from []*net.UDPConn
	for range floodSockets {
		from = append(from, stranger(t))
	}
	before := s.figures(t)
	to := s.a.link.Server()
	for n := range floodRounds {
		for i, c := range from {
			b := noise(floodSize, uint64(n*floodSockets+i))
			b[0] = []byte{0x80, 22, 0, 1, 0xff}[n%5] // RTP, DTLS, STUN, and nothing that is known
			shout(t, c, b, to)
		}
		s.a.fence(s.witness)
	}
	after := s.figures(t)
	if grown := after["process_resident_memory_bytes"] - before["process_resident_memory_bytes"]; grown > floodGrowth {
		t.Errorf("%d packets of garbage cost %v bytes of memory", floodSockets*floodRounds, grown)
	}
	if was, is := before["go_goroutines"], after["go_goroutines"]; is > was+5 {
		t.Errorf("%v goroutines, %v before", is, was)
	}
}
