package turn

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/pion/logging"
	pion "github.com/pion/turn/v5"
)

// Realm is the protocol's name for whose users these are.
const Realm = "tablee"

// Config is what a Server is made of.
type Config struct {
	Key       []byte           // credentials are made with it; see Issue
	Packets   []net.PacketConn // UDP sockets; the server closes them
	Listeners []net.Listener   // of TCP connections, from which TLS has been taken off; the server closes them
	Relay     *Relay
	Now       func() time.Time
}

// Stats are the counters of a Server.
type Stats struct {
	Relay     RelayStats
	TCP       int   // open TCP connections
	Forbidden int64 // requests for a peer that is not ours
	BadAuth   int64 // requests with credentials that are none
	Quota     int64 // allocations refused because somebody had enough
}

// Server is a STUN and TURN server.
type Server struct {
	cfg    Config
	tcp    *streams
	stats  struct{ forbidden, badAuth, quota atomic.Int64 }
	screen *screen
}

// New makes a server. It answers nobody before Run.
func New(cfg Config) (*Server, error) {
	if len(cfg.Key) == 0 || cfg.Relay == nil || len(cfg.Packets)+len(cfg.Listeners) == 0 {
		return nil, errors.New("make the TURN server: it needs a key, a relay and a socket")
	}
	s := &Server{cfg: cfg, tcp: newStreams()}
	s.screen = &screen{server: s}
	return s, nil
}

// Run serves until ctx ends.
func (s *Server) Run(ctx context.Context) error {
	c := pion.ServerConfig{
		Realm: Realm,
		// Pion tells addresses of clients in its log.
		LoggerFactory: &logging.DefaultLoggerFactory{DefaultLogLevel: logging.LogLevelDisabled},
		AuthHandler:   s.authenticate,
		QuotaHandler:  s.quota,
		EventHandler: pion.EventHandler{
			OnAllocationCreated: func(src, _ net.Addr, _, _, _ string, _ net.Addr, _ int) { s.tcp.settle(src) },
		},
	}
	for _, p := range s.cfg.Packets {
		c.PacketConnConfigs = append(c.PacketConnConfigs, pion.PacketConnConfig{
			PacketConn: &screenedPackets{PacketConn: p, screen: s.screen}, RelayAddressGenerator: generator{s.cfg.Relay}, PermissionHandler: s.permit,
		})
	}
	for _, l := range s.cfg.Listeners {
		c.ListenerConfigs = append(c.ListenerConfigs, pion.ListenerConfig{
			Listener: &streamListener{Listener: l, streams: s.tcp, screen: s.screen}, RelayAddressGenerator: generator{s.cfg.Relay}, PermissionHandler: s.permit,
		})
	}
	server, err := pion.NewServer(c)
	if err != nil {
		return fmt.Errorf("start the TURN server: %w", err)
	}
	<-ctx.Done()
	err = server.Close()
	s.tcp.close()
	if err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("stop the TURN server: %w", err)
	}
	return nil
}

func (s *Server) authenticate(ra *pion.RequestAttributes) (string, []byte, bool) {
	user, key, ok := check(s.cfg.Key, ra.Username, ra.Realm, s.cfg.Now())
	if !ok {
		s.stats.badAuth.Add(1)
	}
	return user, key, ok
}

func (s *Server) quota(user, _ string, _ net.Addr) bool {
	ok := s.cfg.Relay.mayAllocate(user)
	if !ok {
		s.stats.quota.Add(1)
	}
	return ok
}

func (s *Server) permit(_ net.Addr, peer net.IP) bool {
	ok := s.cfg.Relay.policy.Load().host(peer)
	if !ok {
		s.stats.forbidden.Add(1)
	}
	return ok
}

// Stats reads the counters.
func (s *Server) Stats() Stats {
	return Stats{Relay: s.cfg.Relay.Stats(), TCP: s.tcp.count(), Forbidden: s.stats.forbidden.Load(),
		BadAuth: s.stats.badAuth.Load(), Quota: s.stats.quota.Load()}
}

// generator makes allocations of a relay.
type generator struct{ relay *Relay }

// Validate implements pion's RelayAddressGenerator.
func (g generator) Validate() error { return nil }

// AllocatePacketConn implements pion's RelayAddressGenerator.
func (g generator) AllocatePacketConn(c pion.AllocateListenerConfig) (net.PacketConn, net.Addr, error) {
	a, err := g.relay.allocate(c.UserID, c.Network == "udp6", c.RequestedPort)
	if err != nil {
		return nil, nil, err
	}
	return a, a.addr, nil
}

// errNoTCP: a relayed connection carries datagrams; RFC 6062's relayed TCP leads nowhere here.
var errNoTCP = errors.New("TCP is not relayed")

// AllocateListener implements pion's RelayAddressGenerator.
func (g generator) AllocateListener(pion.AllocateListenerConfig) (net.Listener, net.Addr, error) {
	return nil, nil, errNoTCP
}

// AllocateConn implements pion's RelayAddressGenerator.
func (g generator) AllocateConn(pion.AllocateConnConfig) (net.Conn, error) { return nil, errNoTCP }

// addrOf is a peer's address in our form.
func addrOf(ip net.IP, port int) (netip.AddrPort, bool) {
	a, ok := netip.AddrFromSlice(ip)
	return netip.AddrPortFrom(a.Unmap(), uint16(port)), ok
}
