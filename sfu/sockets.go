package sfu

import (
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"runtime"

	"github.com/pion/ice/v4"
	"github.com/pion/logging"
	"github.com/pion/transport/v5"
	"github.com/pion/transport/v5/stdnet"
	"github.com/pion/webrtc/v4"

	"tablee/sfu/udp"
)

// socketBuffer is what is asked of the kernel for each direction of the media port, in bytes: half a second of a full
// meeting, so that a burst of key frames is not lost while the processor is busy.
const socketBuffer = 2 << 20

// maxReaders is how many goroutines read the media port at most, for each address family.
const maxReaders = 4

// Listen opens the media port on all addresses: for IPv4 and, where the machine has it, for IPv6. Port 0 takes any free one.
func Listen(port int) ([]*udp.Conn, error) {
	return udp.Listen(udp.Config{Port: port, Readers: min(runtime.GOMAXPROCS(0), maxReaders), Buffer: socketBuffer})
}

// ListenStock is Listen for stock Pion, which reads one socket.
func ListenStock(port int) ([]*udp.Conn, error) {
	return udp.Listen(udp.Config{Port: port, Readers: 1, Buffer: socketBuffer, Portable: true})
}

// certificateDER is the certificate in the form that package tls takes.
func certificateDER(c webrtc.Certificate) ([]byte, error) {
	text, err := c.PEM()
	if err != nil {
		return nil, fmt.Errorf("read the media engine's certificate: %w", err)
	}
	for rest := []byte(text); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return nil, errors.New("read the media engine's certificate: there is none in it")
		} else if block.Type == "CERTIFICATE" {
			return block.Bytes, nil
		}
	}
}

// newMux puts Pion's demultiplexer on the sockets.
func newMux(cfg Config) ice.UDPMux {
	logger := (&logging.DefaultLoggerFactory{DefaultLogLevel: logging.LogLevelDisabled}).NewLogger("ice")
	var muxes []ice.UDPMux
	for _, c := range cfg.Conns {
		m := ice.NewUDPMuxDefault(ice.UDPMuxParams{UDPConn: c.PacketConn(), Net: cfg.Net, Logger: logger})
		muxes = append(muxes, familyMux{m, c.LocalAddr().Addr().Is6()})
	}
	return ice.NewMultiUDPMuxDefault(muxes...)
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
