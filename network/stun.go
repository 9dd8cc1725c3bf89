package network

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/pion/stun/v4"
)

// stunTries and stunFirst are how a question is repeated (RFC 8489, section 6.2.1, shortened).
const (
	stunTries = 4
	stunFirst = 250 * time.Millisecond
)

// errSTUN is an answer that says no address.
var errSTUN = errors.New("the STUN server says no address")

// Mapped asks a STUN server from which address a packet of this socket comes.
func Mapped(ctx context.Context, c net.PacketConn, server net.Addr) (netip.AddrPort, error) {
	m, err := stun.Build(stun.TransactionID, stun.BindingRequest)
	if err != nil {
		return netip.AddrPort{}, err
	}
	stop := context.AfterFunc(ctx, func() { _ = c.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	b := make([]byte, 1500)
	pause := stunFirst
	for range stunTries {
		if _, err = c.WriteTo(m.Raw, server); err != nil {
			break
		}
		if err = c.SetReadDeadline(time.Now().Add(pause)); err != nil {
			break
		}
		for {
			var n int
			if n, _, err = c.ReadFrom(b); err != nil {
				break
			}
			answer := &stun.Message{Raw: b[:n]}
			if answer.Decode() != nil || answer.TransactionID != m.TransactionID {
				continue // an answer to an earlier question, or nonsense
			}
			var at stun.XORMappedAddress
			if at.GetFrom(answer) != nil {
				return netip.AddrPort{}, errSTUN
			}
			ip, _ := netip.AddrFromSlice(at.IP)
			return netip.AddrPortFrom(ip.Unmap(), uint16(at.Port)), nil
		}
		if ctx.Err() != nil {
			break
		}
		pause *= 2
	}
	return netip.AddrPort{}, fmt.Errorf("ask a STUN server: %w", err)
}

// askSTUN asks the servers one after the other for our address.
func askSTUN(ctx context.Context, servers []string) (netip.Addr, error) {
	var errs []error
	for _, s := range servers {
		to, err := net.ResolveUDPAddr("udp4", s)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		c, err := (&net.ListenConfig{}).ListenPacket(ctx, "udp4", ":0")
		if err != nil {
			return netip.Addr{}, err
		}
		at, err := Mapped(ctx, c, to)
		_ = c.Close()
		if err == nil {
			return at.Addr(), nil
		}
		errs = append(errs, err)
	}
	return netip.Addr{}, errors.Join(errs...)
}

// How a NAT maps ports (RFC 4787, section 4.1).
const (
	NATNone        = "none"                 // what we send arrives with our own address
	NATIndependent = "endpoint-independent" // one public port for one of ours: most home routers
	NATSymmetric   = "symmetric"            // another public port for everybody we talk to: nobody can find us
)

// NATType asks two STUN servers from one socket. They must be two addresses, or two ports.
func NATType(ctx context.Context, one, two string) (string, netip.AddrPort, error) {
	c, err := (&net.ListenConfig{}).ListenPacket(ctx, "udp4", ":0")
	if err != nil {
		return "", netip.AddrPort{}, fmt.Errorf("find out the NAT's type: %w", err)
	}
	defer c.Close()
	var seen [2]netip.AddrPort
	for i, s := range []string{one, two} {
		to, err := net.ResolveUDPAddr("udp4", s)
		if err != nil {
			return "", netip.AddrPort{}, fmt.Errorf("find out the NAT's type: %w", err)
		}
		if seen[i], err = Mapped(ctx, c, to); err != nil {
			return "", netip.AddrPort{}, fmt.Errorf("find out the NAT's type: %w", err)
		}
	}
	for _, a := range localAddresses() {
		if seen[0].Addr() == a {
			return NATNone, seen[0], nil
		}
	}
	if seen[0] != seen[1] {
		return NATSymmetric, seen[0], nil
	}
	return NATIndependent, seen[0], nil
}
