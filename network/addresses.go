package network

import (
	"net"
	"net/netip"
	"slices"
)

// Addresses are those at which this machine is reached.
type Addresses struct {
	Local   []netip.Addr // the machine's own, that others on its network can use
	Public4 netip.Addr   // IPv4, as the outside knows us; the zero Addr when unknown
	Source  string       // who told Public4
	Fixed   []netip.Addr // from the settings
}

// Who tells the public address.
const (
	FromSettings = "settings"
	FromMachine  = "machine" // it is one of the machine's own
	FromNATPMP   = "nat-pmp"
	FromUPnP     = "upnp"
	FromDNS      = "dns"
	FromSTUN     = "stun"
)

// Extra are the addresses to be advertised besides the machine's own.
func (a Addresses) Extra() []netip.Addr {
	out := slices.Clone(a.Fixed)
	if a.Public4.IsValid() && !slices.Contains(a.Local, a.Public4) && !slices.Contains(out, a.Public4) {
		out = append(out, a.Public4)
	}
	return out
}

// Media are all the addresses of the media port.
func (a Addresses) Media(port uint16) []netip.AddrPort {
	var out []netip.AddrPort
	for _, ip := range append(slices.Clone(a.Local), a.Extra()...) {
		out = append(out, netip.AddrPortFrom(ip, port))
	}
	return out
}

// Equal says if nothing has changed.
func (a Addresses) Equal(b Addresses) bool {
	return a.Public4 == b.Public4 && a.Source == b.Source && slices.Equal(a.Local, b.Local) && slices.Equal(a.Fixed, b.Fixed)
}

// sharedRange is what providers number their customers with who get no public address (RFC 6598).
func sharedRange() netip.Prefix { return netip.MustParsePrefix("100.64.0.0/10") }

// Public says if an address can be reached from everywhere.
func Public(a netip.Addr) bool {
	a = a.Unmap()
	return a.IsGlobalUnicast() && !a.IsPrivate() && !sharedRange().Contains(a)
}

// Outside says if an address is of somebody who is neither in our house nor led back inside by our own router. Houses with IPv6
// have public addresses, in one network or a few (RFC 7368, section 2.4): a /56 is what most providers give.
func (a Addresses) Outside(from netip.Addr) bool {
	from = from.Unmap().WithZone("")
	if !Public(from) || from == a.Public4 || slices.Contains(a.Local, from) || slices.Contains(a.Fixed, from) {
		return false
	}
	if from.Is4() {
		return true
	}
	return !slices.ContainsFunc(a.Local, func(l netip.Addr) bool {
		return l.Is6() && netip.PrefixFrom(l, housePrefix).Masked().Contains(from)
	})
}

// housePrefix is how many bits of IPv6 addresses are the same in one house.
const housePrefix = 56

// usable says if an address of an interface is of use to others: not loopback, not link-local (RFC 8445, section 5.1.1.1).
func usable(a netip.Addr) bool { return a.IsGlobalUnicast() }

// localAddresses are those of the machine's interfaces, in a fixed order.
func localAddresses() []netip.Addr {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return nil // the next look may find them
	}
	var out []netip.Addr
	for _, a := range all {
		if p, err := netip.ParsePrefix(a.String()); err == nil && usable(p.Addr()) {
			out = append(out, p.Addr().Unmap())
		}
	}
	slices.SortFunc(out, netip.Addr.Compare)
	return slices.Compact(out)
}
