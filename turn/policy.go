package turn

import (
	"net"
	"net/netip"
)

// policy says where relayed packets may go: to the media engine's own addresses. It is a list of what is allowed, so no
// notation of a forbidden address (IPv4-mapped, NAT64, 6to4, 0.0.0.0/8 and whatever is invented next) can slip through: an
// address that is not written like one of ours is not one of ours.
type policy struct {
	peers map[netip.AddrPort]struct{}
	hosts map[netip.Addr]struct{}
}

func newPolicy(media []netip.AddrPort) *policy {
	p := &policy{peers: map[netip.AddrPort]struct{}{}, hosts: map[netip.Addr]struct{}{}}
	for _, a := range media {
		a = netip.AddrPortFrom(a.Addr().Unmap().WithZone(""), a.Port())
		p.peers[a] = struct{}{}
		p.hosts[a.Addr()] = struct{}{}
	}
	return p
}

// host says if a permission may be given for an address; ports are not part of one (RFC 8656, section 9).
func (p *policy) host(ip net.IP) bool {
	a, ok := netip.AddrFromSlice(ip)
	_, ours := p.hosts[a.Unmap()]
	return ok && ours
}

// peer says if packets may go there.
func (p *policy) peer(a netip.AddrPort) bool {
	_, ours := p.peers[a]
	return ours
}

// Relayed transport addresses are made up, from the ranges for benchmarks, which no network routes (RFC 2544, RFC 5180):
// they cannot be those of anybody who comes directly.
func relayedRanges() (v4, v6 netip.Prefix) {
	return netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("2001:2::/48")
}

// Relayed says if an address is that of a relayed participant, as the media engine sees it.
func Relayed(a netip.Addr) bool {
	v4, v6 := relayedRanges()
	a = a.Unmap()
	return v4.Contains(a) || v6.Contains(a)
}
