package turn

import (
	"errors"
	"net"

	"github.com/pion/stun/v4"
)

// screen answers what Pion would answer otherwise than the protocol says. Pion refuses to bind a channel to a forbidden
// address with 401, upon which clients try again with the same credentials; it must be 403 (RFC 8656, section 12.2). And
// it looks at the address alone, where a channel is bound to a port too.
type screen struct{ server *Server }

// refusal returns the answer to a request that must not reach Pion, nil for all others. Whoever cannot prove to be
// somebody gets no answer here, but Pion's.
func (s *screen) refusal(b []byte) []byte {
	if !isChannelBind(b) {
		return nil
	}
	m := &stun.Message{Raw: append([]byte(nil), b...)}
	if m.Decode() != nil {
		return nil
	}
	var peer stun.XORMappedAddress
	if peer.GetFromAs(m, stun.AttrXORPeerAddress) != nil {
		return nil
	}
	to, ok := addrOf(peer.IP, peer.Port)
	if ok && s.server.cfg.Relay.policy.Load().peer(to) {
		return nil
	}
	var username stun.Username
	var realm stun.Realm
	if errors.Join(username.GetFrom(m), realm.GetFrom(m)) != nil {
		return nil
	}
	_, key, ok := check(s.server.cfg.Key, username.String(), realm.String(), s.server.cfg.Now())
	if !ok || stun.MessageIntegrity(key).Check(m) != nil {
		return nil
	}
	s.server.stats.forbidden.Add(1)
	answer, err := stun.Build(&stun.Message{TransactionID: m.TransactionID}, stun.NewType(stun.MethodChannelBind, stun.ClassErrorResponse),
		stun.CodeForbidden, stun.MessageIntegrity(key), stun.Fingerprint)
	if err != nil {
		return nil
	}
	return answer.Raw
}

// isChannelBind is quick, because it is asked of every packet: type 0x0009 (RFC 8656, section 17) and the cookie.
func isChannelBind(b []byte) bool {
	return len(b) >= 20 && b[0] == 0 && b[1] == 9 && b[4] == 0x21 && b[5] == 0x12 && b[6] == 0xA4 && b[7] == 0x42
}

// screenedPackets is a UDP socket behind a screen.
type screenedPackets struct {
	net.PacketConn
	screen *screen
}

// ReadFrom implements net.PacketConn.
func (p *screenedPackets) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		n, addr, err := p.PacketConn.ReadFrom(b)
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return n, addr, err
			}
			continue // an ICMP error of an earlier answer; Pion would end here
		}
		answer := p.screen.refusal(b[:n])
		if answer == nil {
			return n, addr, nil
		}
		_, _ = p.PacketConn.WriteTo(answer, addr) // as lossy as UDP is
	}
}
