package network

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"
)

// NAT-PMP (RFC 6886): two kinds of small datagrams to the router.

// natpmpPort is where routers listen.
const natpmpPort = 5351

// natpmpTries and natpmpFirst: the RFC asks for nine tries from 250 ms on, which takes over two minutes; a router that is
// there answers at once.
const (
	natpmpTries = 3
	natpmpFirst = 250 * time.Millisecond
)

// errNATPMP is an answer that is none, or a refusal.
var errNATPMP = errors.New("the router does not answer NAT-PMP as it should")

// natpmp asks one router.
type natpmp struct {
	router netip.AddrPort

	epoch  uint32    // seconds that the router has known its mappings for, as it said last
	at     time.Time // when it did
	forgot bool      // it has been restarted since, and knows of no mapping any more
}

// restarted says once if the router was.
func (n *natpmp) restarted() bool {
	was := n.forgot
	n.forgot = false
	return was
}

// note takes the time that every answer carries: a router that was restarted begins anew. Clocks may differ by an eighth, and
// by two seconds (section 3.6).
func (n *natpmp) note(epoch uint32, now time.Time) {
	if !n.at.IsZero() {
		expected := int64(n.epoch) + int64(now.Sub(n.at)/time.Second)*7/8
		n.forgot = n.forgot || int64(epoch) < expected-2
	}
	n.epoch, n.at = epoch, now
}

// external asks for the public address (section 3.2).
func (n *natpmp) external(ctx context.Context) (netip.Addr, error) {
	answer, err := n.ask(ctx, []byte{0, 0}, 12)
	if err != nil {
		return netip.Addr{}, err
	}
	return netip.AddrFrom4([4]byte(answer[8:12])), nil
}

// forward asks for a port to be forwarded to us, or with a life of 0 not to be any more (section 3.3). The router may
// choose another public port, which is of no use to us: everybody knows the one.
func (n *natpmp) forward(ctx context.Context, p Port, life time.Duration) error {
	op := byte(1)
	if p.TCP {
		op = 2
	}
	b := []byte{0, op, 0, 0}
	b = binary.BigEndian.AppendUint16(b, p.Inside)
	outside := p.Outside
	if life == 0 {
		outside = 0
	}
	b = binary.BigEndian.AppendUint16(b, outside)
	b = binary.BigEndian.AppendUint32(b, uint32(life/time.Second))
	answer, err := n.ask(ctx, b, 16)
	if err != nil {
		return err
	}
	if got := binary.BigEndian.Uint16(answer[10:]); life > 0 && got != p.Outside {
		return errors.Join(fmt.Errorf("%w: it would forward port %d instead of %d", errNATPMP, got, p.Outside), n.forward(ctx, p, 0))
	}
	return nil
}

// ask sends a request until it is answered.
func (n *natpmp) ask(ctx context.Context, request []byte, size int) ([]byte, error) {
	c, err := (&net.Dialer{}).DialContext(ctx, "udp", n.router.String())
	if err != nil {
		return nil, fmt.Errorf("ask the router by NAT-PMP: %w", err)
	}
	defer c.Close()
	stop := context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	b := make([]byte, 64)
	pause := natpmpFirst
	for range natpmpTries {
		if _, err = c.Write(request); err != nil {
			return nil, fmt.Errorf("ask the router by NAT-PMP: %w", err)
		}
		if err := c.SetReadDeadline(time.Now().Add(pause)); err != nil {
			return nil, err
		}
		var got int
		if got, err = c.Read(b); err == nil {
			answer, err := readNATPMP(b[:got], request[1], size)
			if err == nil {
				n.note(binary.BigEndian.Uint32(answer[4:]), time.Now())
			}
			return answer, err
		}
		if ctx.Err() != nil {
			break
		}
		pause *= 2
	}
	return nil, fmt.Errorf("ask the router by NAT-PMP: %w", err)
}

// readNATPMP checks an answer (section 3.5).
func readNATPMP(b []byte, op byte, size int) ([]byte, error) {
	if len(b) < 8 || b[0] != 0 || b[1] != 128+op {
		return nil, errNATPMP
	}
	if code := binary.BigEndian.Uint16(b[2:]); code != 0 {
		return nil, fmt.Errorf("%w: it refuses with code %d", errNATPMP, code)
	}
	if len(b) < size {
		return nil, errNATPMP
	}
	return b[:size], nil
}
