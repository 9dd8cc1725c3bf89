package udp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"
)

// freePortAttempts is how often another free port is tried, when the one that IPv4 has given is taken for IPv6.
const freePortAttempts = 16

// Config says how to open the media port.
type Config struct {
	Port     int  // 0 takes any free one
	Readers  int  // sockets for each of IPv4 and IPv6, so that as many processors can receive; on Linux only, else 1
	Buffer   int  // bytes asked of the kernel for each direction of each socket; 0 leaves its default
	Portable bool // leave the fast path alone
	NoGSO    bool // send each datagram by itself, as on a kernel or a card without UDP_SEGMENT
}

// Listen opens the media port on all addresses: first the sockets for IPv4 and then, where the machine has it, those for
// IPv6. With several readers, what comes from one address always comes through the same socket; it makes no difference
// through which one answers go.
func Listen(cfg Config) ([]*Conn, error) {
	if cfg.Readers < 1 || !canShare {
		cfg.Readers = 1
	}
	for attempt := 1; ; attempt++ {
		conns, err := listenAll(cfg)
		switch {
		case err == nil:
			return wrap(conns, cfg), nil
		case !errors.Is(err, syscall.EADDRINUSE):
			return nil, fmt.Errorf("open the media port: %w", err)
		case cfg.Port != 0:
			return nil, fmt.Errorf("open the media port: UDP port %d is used by another program; stop it, or choose another with media.port: %w", cfg.Port, err)
		case attempt == freePortAttempts:
			return nil, fmt.Errorf("open the media port: no port is free for both IPv4 and IPv6; choose one with media.port: %w", err)
		}
	}
}

// wrap sets the buffers and chooses the path.
func wrap(conns []*net.UDPConn, cfg Config) []*Conn {
	all := make([]*Conn, 0, len(conns))
	for _, c := range conns {
		if cfg.Buffer > 0 { // the kernel may grant less; that is not an error
			_ = c.SetReadBuffer(cfg.Buffer)
			_ = c.SetWriteBuffer(cfg.Buffer)
		}
		if cfg.Portable {
			all = append(all, New(c))
		} else {
			fast := newFast(c)
			if cfg.NoGSO {
				fast.gso.Store(false)
			}
			all = append(all, fast)
		}
	}
	return all
}

// listenAll opens all sockets or none.
func listenAll(cfg Config) (conns []*net.UDPConn, err error) {
	defer func() {
		if err != nil {
			for _, c := range conns {
				_ = c.Close()
			}
		}
	}()
	if conns, err = listenFamily(nil, "udp4", cfg.Port, cfg.Readers); err != nil {
		return conns, err
	}
	port := conns[0].LocalAddr().(*net.UDPAddr).Port
	before := len(conns)
	conns, err = listenFamily(conns, "udp6", port, cfg.Readers)
	if err != nil && len(conns) == before && !errors.Is(err, syscall.EADDRINUSE) { // no IPv6 here is not an error
		err = nil
	}
	return conns, err
}

// listenFamily adds the sockets of one family to conns. The first is opened for us alone, which fails when any other
// program has the port, even one that would share it. Only then is it opened to its siblings, so there is no moment in
// which a second server could come between. Later, only a program of the same user that asks to share can still join;
// a second Tablée does not.
func listenFamily(conns []*net.UDPConn, network string, port, readers int) ([]*net.UDPConn, error) {
	first, err := net.ListenUDP(network, &net.UDPAddr{Port: port})
	if err != nil {
		return conns, err
	}
	conns = append(conns, first)
	if readers == 1 {
		return conns, nil
	}
	raw, err := first.SyscallConn()
	if err != nil {
		return conns, fmt.Errorf("share the port between readers: %w", err)
	}
	if err := share(raw); err != nil {
		return conns, fmt.Errorf("share the port between readers: %w", err)
	}
	address := ":" + strconv.Itoa(first.LocalAddr().(*net.UDPAddr).Port)
	siblings := net.ListenConfig{Control: func(_, _ string, raw syscall.RawConn) error { return share(raw) }}
	for range readers - 1 {
		c, err := siblings.ListenPacket(context.Background(), network, address)
		if err != nil {
			return conns, fmt.Errorf("open the port for another reader: %w", err)
		}
		conns = append(conns, c.(*net.UDPConn))
	}
	return conns, nil
}
