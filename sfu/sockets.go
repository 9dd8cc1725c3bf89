package sfu

import (
	"errors"
	"fmt"
	"net"
	"syscall"

	"github.com/pion/ice/v4"
	"github.com/pion/logging"
	"github.com/pion/transport/v5"
	"github.com/pion/transport/v5/stdnet"
)

// socketBuffer is what is asked of the kernel for each direction of the media port, in bytes: half a second of a full
// meeting, so that a burst of key frames is not lost while the processor is busy.
const socketBuffer = 2 << 20

// Listen opens the media port on all addresses: one socket for IPv4 and, where the machine has it, one for IPv6. Port 0
// takes any free one.
func Listen(port int) ([]net.PacketConn, error) {
	v4, err := net.ListenUDP("udp4", &net.UDPAddr{Port: port})
	if err != nil {
		if errors.Is(err, syscall.EADDRINUSE) {
			return nil, fmt.Errorf("open the media port: UDP port %d is used by another program; stop it, or choose another with media.port: %w", port, err)
		}
		return nil, fmt.Errorf("open the media port: %w", err)
	}
	conns := []net.PacketConn{v4}
	bound := v4.LocalAddr().(*net.UDPAddr).Port
	if v6, err := net.ListenUDP("udp6", &net.UDPAddr{Port: bound}); err == nil { // no IPv6 here is not an error
		conns = append(conns, v6)
	}
	for _, c := range conns { // the kernel may grant less; that is not an error either
		_ = c.(*net.UDPConn).SetReadBuffer(socketBuffer)
		_ = c.(*net.UDPConn).SetWriteBuffer(socketBuffer)
	}
	return conns, nil
}

// newMux puts Pion's demultiplexer on the sockets, and says whether the machine has nothing but loopback addresses.
func newMux(cfg Config) (mux ice.UDPMux, loopback bool) {
	logger := (&logging.DefaultLoggerFactory{DefaultLogLevel: logging.LogLevelDisabled}).NewLogger("ice")
	var muxes []ice.UDPMux
	for _, c := range cfg.Conns {
		m := ice.NewUDPMuxDefault(ice.UDPMuxParams{UDPConn: c, Net: cfg.Net, Logger: logger})
		muxes = append(muxes, familyMux{m, isIPv6(c.LocalAddr())})
	}
	return ice.NewMultiUDPMuxDefault(muxes...), onlyLoopback(cfg.Net)
}

// familyMux keeps a mux to the address family of its socket: Pion takes a socket on [::] for one that speaks IPv4 too.
type familyMux struct {
	*ice.UDPMuxDefault
	v6 bool
}

// GetListenAddresses implements ice.UDPMux.
func (m familyMux) GetListenAddresses() []net.Addr {
	var out []net.Addr
	for _, a := range m.UDPMuxDefault.GetListenAddresses() {
		if isIPv6(a) == m.v6 {
			out = append(out, a)
		}
	}
	return out
}

func isIPv6(a net.Addr) bool {
	u, ok := a.(*net.UDPAddr)
	return ok && u.IP.To4() == nil
}

// onlyLoopback says whether a machine has no address but its own loopback, as a laptop in flight.
func onlyLoopback(n transport.Net) bool {
	if n == nil {
		var err error
		if n, err = stdnet.NewNet(); err != nil {
			return false
		}
	}
	interfaces, err := n.Interfaces()
	if err != nil {
		return false
	}
	for _, i := range interfaces {
		addrs, err := i.Addrs()
		if err != nil || i.Flags&net.FlagUp == 0 {
			continue
		}
		for _, a := range addrs {
			if p, ok := a.(*net.IPNet); ok && !p.IP.IsLoopback() && !p.IP.IsLinkLocalUnicast() {
				return false
			}
		}
	}
	return true
}
