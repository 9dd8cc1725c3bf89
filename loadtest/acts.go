package loadtest

import (
	"errors"
	"net"
	"sync/atomic"

	"github.com/pion/transport/v5"
)

// errVanished ends a participant whose machine was switched off.
var errVanished = errors.New("vanished")

// obey does what the meeting asks.
func (p *participant) obey(o order) error {
	switch {
	case o.hush != nil:
		p.up.stop()
		close(o.hush)
	case o.talk != nil:
		p.up.talk(o.talk, o.origin)
	case o.act == Leave:
		return errDone
	case o.act == Vanish:
		p.hole.closed.Store(true)
		return errVanished
	case o.act == DropSignaling && p.session != nil:
		p.session.drop()
		p.lose(p.clock.now())
	}
	return nil
}

// hole is a network that can be switched off, so that a participant disappears without a farewell of DTLS.
type hole struct {
	transport.Net
	closed atomic.Bool
}

// ListenUDP implements transport.Net.
func (h *hole) ListenUDP(network string, local *net.UDPAddr) (transport.UDPConn, error) {
	c, err := h.Net.ListenUDP(network, local)
	if err != nil {
		return nil, err
	}
	return &holeConn{c, h}, nil
}

// holeConn is a socket of a hole: what is written after it closed is gone.
type holeConn struct {
	transport.UDPConn
	hole *hole
}

// WriteTo implements net.PacketConn.
func (c *holeConn) WriteTo(b []byte, to net.Addr) (int, error) {
	if c.hole.closed.Load() {
		return len(b), nil
	}
	return c.UDPConn.WriteTo(b, to)
}
