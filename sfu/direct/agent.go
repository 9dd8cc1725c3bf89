package direct

import (
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/logging"
	"github.com/pion/stun/v4"

	"tablee/sfu/negotiate"
)

// ICE timers: an address that has been silent for Disconnected is in doubt, Failed later it is given up.
const (
	Disconnected = 5 * time.Second
	Failed       = 20 * time.Second
	Keepalive    = 2 * time.Second
)

// Tries is how many checks of an address may go unanswered before it is given up. Pion's seven is too few where a third
// of the packets is lost: one address in a hundred would be given up, and often there is no other.
const Tries = 30

// connect starts ICE with the client's parameters, or restarts it when they have changed.
func (l *Link) connect(remote negotiate.Transport) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closed:
		return ErrClosed
	case l.agent == nil:
		return l.startLocked(remote)
	case remote.Ufrag == l.remote.Ufrag && remote.Pwd == l.remote.Pwd:
		return nil
	case remote.Fingerprint != l.remote.Fingerprint:
		return fmt.Errorf("%w: it changes the DTLS certificate of a connection", negotiate.ErrOffer)
	}
	return l.restartLocked(remote)
}

// startLocked makes the agent and lets it wait for checks. l.mu is held.
func (l *Link) startLocked(remote negotiate.Transport) error {
	options := []ice.AgentOption{
		ice.WithNetworkTypes([]ice.NetworkType{ice.NetworkTypeUDP4, ice.NetworkTypeUDP6}),
		ice.WithCandidateTypes([]ice.CandidateType{ice.CandidateTypeHost}),
		ice.WithMulticastDNSMode(ice.MulticastDNSModeDisabled), // browsers' checks show their address; names need no resolving
		ice.WithDisconnectedTimeout(Disconnected), ice.WithFailedTimeout(Failed), ice.WithKeepaliveInterval(Keepalive),
		ice.WithMaxBindingRequests(Tries), ice.WithBindingRequestHandler(l.renominates),
		ice.WithLoggerFactory(&logging.DefaultLoggerFactory{DefaultLogLevel: logging.LogLevelDisabled}),
	}
	if l.port.cfg.Net != nil {
		options = append(options, ice.WithNet(l.port.cfg.Net))
	}
	agent, err := ice.NewAgentWithOptions(options...)
	if err != nil {
		return fmt.Errorf("make an ICE agent: %w", err)
	}
	l.agent, l.remote = agent, remote.Clone()
	l.local.Fingerprint = l.port.local.fingerprint
	l.local.Setup = "passive" // the client begins the handshake as soon as its checks succeed, without waiting for ours
	if remote.Setup == "passive" {
		l.local.Setup = "active"
	}
	if err := agent.OnConnectionStateChange(l.onState); err != nil {
		return fmt.Errorf("watch the ICE agent: %w", err)
	}
	if err := agent.OnSelectedCandidatePairChange(func(_, remote ice.Candidate) { l.onSelected(remote) }); err != nil {
		return fmt.Errorf("watch the ICE agent: %w", err)
	}
	if err := l.seatLocked(); err != nil {
		return err
	}
	l.conn, err = agent.StartAccept(remote.Ufrag, remote.Pwd)
	if err != nil {
		return fmt.Errorf("start ICE: %w", err)
	}
	return nil
}

// restartLocked begins ICE anew (RFC 8445, section 9). l.mu is held.
func (l *Link) restartLocked(remote negotiate.Transport) error {
	if err := l.agent.Restart("", ""); err != nil {
		return fmt.Errorf("restart ICE: %w", err)
	}
	if err := l.seatLocked(); err != nil {
		return err
	}
	if err := l.agent.SetRemoteCredentials(remote.Ufrag, remote.Pwd); err != nil {
		return fmt.Errorf("%w: take its ICE credentials: %w", negotiate.ErrOffer, err)
	}
	l.remote = remote.Clone()
	return nil
}

// seatLocked gives the agent its candidates: one for each address family, whatever addresses the machine has, since all are
// one Port. l.mu is held.
func (l *Link) seatLocked() error {
	ufrag, pwd, err := l.agent.GetLocalUserCredentials()
	if err != nil {
		return fmt.Errorf("read the ICE credentials: %w", err)
	}
	l.local.Ufrag, l.local.Pwd = ufrag, pwd
	var sides []*side
	for _, a := range l.port.local.families() {
		s := newSide(l, ufrag, net.UDPAddrFromAddrPort(a))
		c, err := ice.NewCandidateHost(&ice.CandidateHostConfig{Network: "udp", Address: a.Addr().String(), Port: int(a.Port()), Component: ice.ComponentRTP})
		if err != nil {
			return fmt.Errorf("make an ICE candidate: %w", err)
		}
		if err := l.agent.AddVirtualCandidate(c, s); err != nil {
			return fmt.Errorf("add an ICE candidate: %w", err)
		}
		sides = append(sides, s)
	}
	p := l.port
	p.mu.Lock()
	defer p.mu.Unlock()
	l.sides = sides
	p.ufrags[ufrag] = l
	return nil
}

// sideLocked is the side of the agent that a check from this address is for. Port.mu is held.
func (l *Link) sideLocked(via path, from netip.AddrPort) *side {
	for _, s := range l.sides {
		if a, ok := s.local.(*net.UDPAddr); ok && (a.IP.To4() == nil) == from.Addr().Is6() {
			s.learnLocked(from, via)
			l.port.control[route{via, from}] = s
			return s
		}
	}
	return nil
}

// onState is told of the agent's state, in order, on a goroutine of the agent's.
func (l *Link) onState(s ice.ConnectionState) {
	switch s {
	case ice.ConnectionStateConnected:
		l.shake.Do(func() {
			l.mu.Lock()
			defer l.mu.Unlock()
			if !l.closed {
				l.wait.Go(l.handshake)
			}
		})
	case ice.ConnectionStateFailed:
		l.to.Lost()
	}
}

// renominates says whether to go over to the pair that a check came on. Once there is a connection, the client's latest word
// counts: who leaves a Wi-Fi for a mobile network nominates a pair of lower priority, and Pion by itself would stay with the
// higher one (RFC 8445, section 8.1.1, knows one nomination only), and so with an address where nobody is any more.
func (l *Link) renominates(m *stun.Message, _, remote ice.Candidate, pair *ice.CandidatePair) bool {
	if l.keys.Load() == nil || pair.ResponsesReceived() == 0 || !m.Contains(stun.AttrUseCandidate) {
		return false
	}
	now := l.selected.Load()
	return now != nil && now.addr != addressOf(remote)
}

// onSelected is told which pair the client has nominated.
func (l *Link) onSelected(remote ice.Candidate) {
	to := addressOf(remote)
	if !to.IsValid() {
		return
	}
	via := l.port.pathOf(l, to)
	l.selected.Store(&route{via, to})
	l.to.Moved(l.port.local.near(to.Addr())) // a relay's addresses are of no network of ours
}

// addressOf is where a candidate is; not valid for one that has a name only.
func addressOf(c ice.Candidate) netip.AddrPort {
	ip, err := netip.ParseAddr(c.Address())
	if err != nil {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(ip.Unmap(), uint16(c.Port()))
}

// pathOf says by which path a link's address is reached.
func (p *Port) pathOf(l *Link, a netip.AddrPort) path {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range l.sides {
		if via, ok := s.via[a]; ok {
			return via
		}
	}
	if a.Addr().Is6() {
		return pathIPv6
	}
	return pathIPv4
}
