package front

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net/netip"
	"strconv"
	"strings"
)

// The PROXY protocol, versions 1 and 2, as a TLS passthrough before us writes it: where a connection really comes from.

const (
	proxy1Most   = 107 // the longest line of version 1, with its end
	proxy2Header = 16  // signature, version and command, family, length
	proxy2Most   = 536 // of addresses and extensions in version 2; the protocol's own advice is to take 536
)

// errProxy is a PROXY header that breaks the rules.
var errProxy = errors.New("malformed PROXY header")

// proxied is what a PROXY header says. From is the zero value when it says nothing (UNKNOWN, LOCAL): the connection is
// the proxy's own then.
type proxied struct {
	from, to netip.AddrPort
}

// parseProxy reads a header at the beginning of b. n is its length, 0 as long as it is incomplete.
func parseProxy(b []byte) (p proxied, n int, err error) {
	if b[0] == proxy2Start[0] {
		return parseProxy2(b)
	}
	end := bytes.Index(b[:min(len(b), proxy1Most)], []byte("\r\n"))
	if end < 0 {
		if len(b) >= proxy1Most {
			return proxied{}, 0, errProxy
		}
		return proxied{}, 0, nil
	}
	p, err = parseProxyLine(string(b[:end]))
	return p, end + 2, err
}

// parseProxyLine reads "PROXY TCP4 FROM TO FROMPORT TOPORT".
func parseProxyLine(line string) (proxied, error) {
	f := strings.Split(line, " ")
	if len(f) >= 2 && f[1] == "UNKNOWN" {
		return proxied{}, nil
	}
	if len(f) != 6 || f[1] != "TCP4" && f[1] != "TCP6" {
		return proxied{}, errProxy
	}
	from, err1 := proxyAddr(f[2], f[4])
	to, err2 := proxyAddr(f[3], f[5])
	if err1 != nil || err2 != nil || from.Addr().Is4() != (f[1] == "TCP4") || to.Addr().Is4() != from.Addr().Is4() {
		return proxied{}, errProxy
	}
	return proxied{unmap(from), unmap(to)}, nil
}

func proxyAddr(host, port string) (netip.AddrPort, error) {
	a, err := netip.ParseAddr(host)
	n, errPort := strconv.ParseUint(port, 10, 16)
	if err != nil || errPort != nil || a.Zone() != "" {
		return netip.AddrPort{}, errProxy
	}
	return netip.AddrPortFrom(a, uint16(n)), nil
}

func parseProxy2(b []byte) (proxied, int, error) {
	if len(b) < proxy2Header {
		return proxied{}, 0, nil
	}
	length := int(binary.BigEndian.Uint16(b[14:]))
	command := b[12]
	if length > proxy2Most || command != 0x20 && command != 0x21 {
		return proxied{}, 0, errProxy
	}
	n := proxy2Header + length
	if len(b) < n {
		return proxied{}, 0, nil
	}
	if command == 0x20 { // LOCAL: the proxy asks for itself
		return proxied{}, n, nil
	}
	body := b[proxy2Header:n]
	size := 0
	switch b[13] {
	case 0x11: // TCP over IPv4
		size = 4
	case 0x21: // TCP over IPv6
		size = 16
	default: // UNSPEC, or what cannot be TCP
		return proxied{}, n, nil
	}
	if len(body) < 2*size+4 {
		return proxied{}, 0, errProxy
	}
	from, _ := netip.AddrFromSlice(body[:size])
	to, _ := netip.AddrFromSlice(body[size : 2*size])
	ports := body[2*size:]
	return proxied{
		unmap(netip.AddrPortFrom(from, binary.BigEndian.Uint16(ports))),
		unmap(netip.AddrPortFrom(to, binary.BigEndian.Uint16(ports[2:]))),
	}, n, nil
}

func unmap(a netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()) }
