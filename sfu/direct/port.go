package direct

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"

	"github.com/pion/dtls/v3"
	"github.com/pion/transport/v5"

	"tablee/sfu/udp"
)

// Config is what a Port is made of.
type Config struct {
	Conns       []*udp.Conn      // the sockets of the media port; the Port closes them
	Others      []*udp.Conn      // further ways to participants: relays, framed TCP; the Port closes them
	Net         transport.Net    // nil: the machine's; a virtual one in tests
	Addresses   []netip.Addr     // advertised besides those of the machine, such as a router's public one
	TCPPort     int              // at which one of Others is reached by ICE-TCP (RFC 6544); 0 for none
	Certificate *tls.Certificate // one for all participants: it names the server
	Loopback    bool             // the machine has nothing but loopback addresses: advertise those
}

// Port is the media port: its sockets, and who is behind which remote address.
type Port struct {
	cfg      Config
	conns    [][]*udp.Conn // by path
	readers  []reader
	profiles []dtls.SRTPProtectionProfile
	fast     bool // use package srtp's own counter mode
	local    localAddresses
	buffers  chan *packet
	counters Counters

	// Who is behind an address that ICE has validated; replaced whole, so that readers need no lock.
	media atomic.Pointer[map[route]*Link]

	mu      sync.Mutex // guards the rest
	control map[route]*side
	ufrags  map[string]*Link // by our part of the ICE user name
	closed  bool
}

// path is a way that datagrams take: all sockets of an address family are one, each further connection is another.
type path uint8

// reader is one socket to be read.
type reader struct {
	path path
	conn *udp.Conn
}

// Paths. Each of Config.Others is one of its own, and comes after.
const (
	pathIPv4 path = iota
	pathIPv6
	pathOther
)

// route is where a datagram came from, or goes.
type route struct {
	path path
	addr netip.AddrPort
}

// Counters are totals since the start.
type Counters struct {
	Strangers atomic.Uint64 // media from addresses that ICE has not validated
	Junk      atomic.Uint64 // datagrams of no protocol that is spoken here
	Short     atomic.Uint64 // RTP whose header is longer than the packet
	ShortRTCP atomic.Uint64 // RTCP likewise
	Auth      atomic.Uint64 // media that failed authentication
	Replayed  atomic.Uint64 // media that had come before, by SRTP's count
	Crowded   atomic.Uint64 // ICE and DTLS packets dropped because a participant's queue was full
	Handshake atomic.Uint64 // DTLS handshakes that failed
}

// ErrClosed is what a closed Port answers.
var ErrClosed = errors.New("the media port is closed")

// NewPort makes a Port of open sockets.
func NewPort(cfg Config) (*Port, error) {
	if len(cfg.Conns) == 0 {
		return nil, errors.New("make the media port: no UDP socket was given")
	}
	p := &Port{cfg: cfg, control: map[route]*side{}, ufrags: map[string]*Link{}, buffers: make(chan *packet, maxSpare)}
	p.profiles, p.fast = profiles()
	p.media.Store(&map[route]*Link{})
	p.local.init(cfg)
	p.conns = make([][]*udp.Conn, int(pathOther)+len(cfg.Others))
	for _, c := range cfg.Conns {
		via := pathIPv4
		if c.LocalAddr().Addr().Is6() {
			via = pathIPv6
		}
		p.add(via, c)
	}
	for i, c := range cfg.Others {
		p.add(pathOther+path(i), c)
	}
	return p, nil
}

func (p *Port) add(via path, c *udp.Conn) {
	p.conns[via] = append(p.conns[via], c)
	p.readers = append(p.readers, reader{via, c})
}

// Counters are the Port's totals.
func (p *Port) Counters() *Counters { return &p.counters }

// Inboxes is how many goroutines should read, each with an Inbox of its own.
func (p *Port) Inboxes() int { return len(p.readers) }

// Run sends what the sockets could not take at once, until ctx ends.
func (p *Port) Run(ctx context.Context) {
	var all sync.WaitGroup
	for _, r := range p.readers {
		all.Go(func() { r.conn.Run(ctx) })
	}
	all.Wait()
}

// Stats are the sockets' totals.
func (p *Port) Stats() udp.Stats {
	var sum udp.Stats
	for _, r := range p.readers {
		sum = sum.Add(r.conn.Stats())
	}
	return sum
}

// Mode says which way packets take through the kernel.
func (p *Port) Mode() string { return p.cfg.Conns[0].Mode() }

// Close closes the sockets: readers end with net.ErrClosed. Links should be closed before.
func (p *Port) Close() error {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	var errs []error
	for _, r := range p.readers {
		if err := r.conn.Close(); !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("close the media port: %w", err)
	}
	return nil
}

// admit lets media in from a route.
func (p *Port) admit(r route, l *Link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || (*p.media.Load())[r] == l {
		return
	}
	next := maps.Clone(*p.media.Load())
	next[r] = l
	p.media.Store(&next)
}

// expel closes the port to routes of a link.
func (p *Port) expel(l *Link, routes ...route) {
	p.mu.Lock()
	defer p.mu.Unlock()
	next := maps.Clone(*p.media.Load())
	for _, r := range routes {
		if next[r] == l { // another may have come to use the address
			delete(next, r)
		}
	}
	p.media.Store(&next)
}
