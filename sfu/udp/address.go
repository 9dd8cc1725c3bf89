package udp

import (
	"errors"
	"net"
	"net/netip"
	"sync/atomic"
)

// zone remembers by which interface the last datagram from a link-local address came (RFC 4007). Addresses are handed out
// without zones, because ICE and the maps of the engine compare them, and candidates carry none; the kernel wants one
// back. A server that serves people on the link-local addresses of two networks at once would mix them up; nobody does.
type zone struct {
	scope atomic.Uint32          // of the fast path
	name  atomic.Pointer[string] // of the portable path
}

// plain is an address in the only form the package uses: IPv4 never inside IPv6, and no zone.
func plain(a netip.AddrPort) netip.AddrPort {
	if ip := a.Addr(); ip.Is4In6() || ip.Zone() != "" {
		return netip.AddrPortFrom(ip.Unmap().WithZone(""), a.Port())
	}
	return a
}

// strip is plain for a source address; a zone is remembered.
func (z *zone) strip(a netip.AddrPort) netip.AddrPort {
	if name := a.Addr().Zone(); name != "" {
		if known := z.name.Load(); known == nil || *known != name {
			kept := name // so that name itself stays on the stack
			z.name.Store(&kept)
		}
	}
	return plain(a)
}

// restore gives a link-local destination the remembered zone.
func (z *zone) restore(a netip.AddrPort) netip.AddrPort {
	if ip := a.Addr(); ip.Is6() && ip.IsLinkLocalUnicast() {
		if name := z.name.Load(); name != nil {
			return netip.AddrPortFrom(ip.WithZone(*name), a.Port())
		}
	}
	return a
}

// canReach says if the socket can send to an address at all. The kernel would answer EINVAL to some of these, which is
// also how it refuses GSO.
func (c *Conn) canReach(to netip.AddrPort) bool {
	ip := to.Addr()
	if !ip.IsValid() || to.Port() == 0 {
		return false
	}
	return c.kernel == nil || ip.Is6() == c.ipv6
}

// addrPort reads an address of the net package.
func addrPort(a net.Addr) (netip.AddrPort, bool) {
	if u, ok := a.(*net.UDPAddr); ok && u != nil {
		ap := u.AddrPort()
		return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port()), ap.IsValid()
	}
	if a == nil {
		return netip.AddrPort{}, false
	}
	ap, err := netip.ParseAddrPort(a.String())
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port()), err == nil
}

// isAny says if err is one of the targets.
func isAny(err error, targets ...error) bool {
	for _, t := range targets {
		if errors.Is(err, t) {
			return true
		}
	}
	return false
}
