package network

import (
	"context"
	"fmt"
	"net"

	"github.com/pion/logging"
	"github.com/pion/mdns/v2"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
)

// ServeLocalName answers the house's questions for NAME.local by multicast DNS (RFC 6762) until ctx ends. A machine that
// already has such a responder, as most Linux desktops do, shares the port with us.
func ServeLocalName(ctx context.Context, name string) error {
	c4, err4 := listenMulticast("udp4", mdns.DefaultAddressIPv4)
	c6, err6 := listenMulticast("udp6", mdns.DefaultAddressIPv6)
	if err4 != nil && err6 != nil {
		return fmt.Errorf("answer for %s.local: %w", name, err4)
	}
	var p4 *ipv4.PacketConn
	var p6 *ipv6.PacketConn
	if err4 == nil {
		p4 = ipv4.NewPacketConn(c4)
	}
	if err6 == nil {
		p6 = ipv6.NewPacketConn(c6)
	}
	s, err := mdns.NewServer(p4, p6, mdns.WithLocalNames(name+".local"),
		mdns.WithLoggerFactory(&logging.DefaultLoggerFactory{DefaultLogLevel: logging.LogLevelDisabled}))
	if err != nil {
		return fmt.Errorf("answer for %s.local: %w", name, err)
	}
	<-ctx.Done()
	if err := s.Close(); err != nil {
		return fmt.Errorf("stop answering for %s.local: %w", name, err)
	}
	return nil
}

func listenMulticast(network, address string) (*net.UDPConn, error) {
	a, err := net.ResolveUDPAddr(network, address)
	if err != nil {
		return nil, err
	}
	return net.ListenUDP(network, a) // an address of a group: Go lets several programs have it
}
