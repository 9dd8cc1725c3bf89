package direct

import (
	"crypto"
	"crypto/x509"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pion/dtls/v3/pkg/crypto/fingerprint"
	"github.com/pion/transport/v5"
	"github.com/pion/transport/v5/stdnet"
)

// rescan is for how long the machine's addresses are taken for known.
const rescan = 5 * time.Second

// localAddresses are where the Port can be reached.
type localAddresses struct {
	net         transport.Net
	loopback    bool
	ports       map[path]uint16
	tcp         int
	bound       []netip.Addr // addresses of sockets that are not bound to all
	fingerprint string

	mu       sync.Mutex // guards the rest
	more     []netip.Addr
	found    []netip.Addr
	networks []netip.Prefix // that the machine is part of
	at       time.Time
}

func (a *localAddresses) init(cfg Config) {
	a.net, a.loopback, a.ports, a.tcp, a.more = cfg.Net, cfg.Loopback, map[path]uint16{}, cfg.TCPPort, cfg.Addresses
	for _, c := range cfg.Conns {
		at := c.LocalAddr()
		via := pathIPv4
		if at.Addr().Is6() {
			via = pathIPv6
		}
		a.ports[via] = at.Port()
		if !at.Addr().IsUnspecified() && !slices.Contains(a.bound, at.Addr()) {
			a.bound = append(a.bound, at.Addr())
		}
	}
	if cert, err := x509.ParseCertificate(cfg.Certificate.Certificate[0]); err == nil {
		if print, err := fingerprint.Fingerprint(cert, crypto.SHA256); err == nil {
			a.fingerprint = "sha-256 " + strings.ToUpper(print) // RFC 8122, section 5; Firefox insists on it
		}
	}
}

// families names an address of each family, for ICE agents to pair the client's with.
func (a *localAddresses) families() []netip.AddrPort {
	out := []netip.AddrPort{netip.AddrPortFrom(netip.IPv4Unspecified(), max(a.ports[pathIPv4], 1))}
	if port, ok := a.ports[pathIPv6]; ok {
		out = append(out, netip.AddrPortFrom(netip.IPv6Unspecified(), port))
	}
	return out
}

// SetAddresses replaces what is advertised besides the machine's own addresses, and says whether that is a change.
func (p *Port) SetAddresses(more []netip.Addr) bool {
	p.local.mu.Lock()
	defer p.local.mu.Unlock()
	if slices.Equal(p.local.more, more) {
		return false
	}
	p.local.more = slices.Clone(more)
	return true
}

// Preferences of candidates (RFC 8445, section 5.1.2.1; RFC 6544, section 4.2: those of TCP below those of UDP).
const (
	preferUDP = 126
	preferTCP = 80
)

// candidates are the values of the answer's a=candidate lines (RFC 8839, section 5.1), best first. An address of a family that
// no socket of ours is of is left out, of TCP too: no agent has a side for it.
func (a *localAddresses) candidates() []string {
	var datagrams, streams []string
	for i, ip := range a.all() {
		via := pathIPv4
		if ip.Is6() {
			via = pathIPv6
		}
		port, ok := a.ports[via]
		if !ok {
			continue
		}
		datagrams = append(datagrams, fmt.Sprintf("%d 1 udp %d %s %d typ host", 2*i+1, priority(preferUDP, i), ip.WithZone(""), port))
		if a.tcp != 0 {
			streams = append(streams, fmt.Sprintf("%d 1 tcp %d %s %d typ host tcptype passive", 2*i+2, priority(preferTCP, i), ip.WithZone(""), a.tcp))
		}
	}
	return append(datagrams, streams...)
}

// priority is that of the i-th host candidate of one component: each has another local preference.
func priority(kind, i int) uint32 { return uint32(kind)<<24 | uint32(65535-i)<<8 | 255 }

func (a *localAddresses) all() []netip.Addr {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.refreshLocked()
	out := slices.Clone(a.found)
	for _, m := range a.more {
		if m = m.Unmap(); !slices.Contains(out, m) {
			out = append(out, m)
		}
	}
	return out
}

// refreshLocked looks at the machine's networks anew, when the last look was some time ago. a.mu is held.
func (a *localAddresses) refreshLocked() {
	if now := time.Now(); a.at.IsZero() || now.Sub(a.at) > rescan {
		a.found, a.networks = a.scan()
		a.at = now
	}
	if len(a.bound) > 0 {
		a.found = a.bound
	}
}

// Near says whether an address is of this machine's own networks.
func (p *Port) Near(ip netip.Addr) bool { return p.local.near(ip) }

// near says whether an address is of a network that this machine is part of, or is one of its own, or of the router that
// it is advertised by: what goes there does not go over the line to the Internet.
func (a *localAddresses) near(ip netip.Addr) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.refreshLocked()
	return ip.IsLoopback() || ip.IsLinkLocalUnicast() || slices.Contains(a.more, ip) ||
		slices.ContainsFunc(a.networks, func(n netip.Prefix) bool { return n.Contains(ip) })
}

// scan lists the machine's addresses that others can reach, IPv4 first, no link-local ones; and the networks they are of.
func (a *localAddresses) scan() (out []netip.Addr, networks []netip.Prefix) {
	n := a.net
	if n == nil {
		var err error
		if n, err = stdnet.NewNet(); err != nil {
			return nil, nil
		}
	}
	interfaces, err := n.Interfaces()
	if err != nil {
		return nil, nil
	}
	for _, i := range interfaces {
		addresses, err := i.Addrs()
		if err != nil || i.Flags&net.FlagUp == 0 {
			continue
		}
		for _, x := range addresses {
			p, ok := x.(*net.IPNet)
			if !ok {
				continue
			}
			ip, ok := netip.AddrFromSlice(p.IP)
			if ip = ip.Unmap(); ok && ip.IsLoopback() == a.loopback && !ip.IsLinkLocalUnicast() && !ip.IsMulticast() {
				out = append(out, ip)
				if bits, size := p.Mask.Size(); size != 0 {
					networks = append(networks, netip.PrefixFrom(ip, max(bits-size+ip.BitLen(), 0)).Masked())
				}
			}
		}
	}
	slices.SortStableFunc(out, func(x, y netip.Addr) int {
		if x.Is4() != y.Is4() {
			if x.Is4() {
				return -1
			}
			return 1
		}
		return 0
	})
	return out, networks
}
