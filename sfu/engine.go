package sfu

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/transport/v5"
	"github.com/pion/webrtc/v4"

	"tablee/sfu/allocate"
	"tablee/sfu/direct"
	"tablee/sfu/udp"
)

// Config is what an Engine is made of.
type Config struct {
	Conns     []*udp.Conn      // the UDP sockets of the media port (see Listen); the engine closes them
	Others    []net.PacketConn // further ways to participants, such as a relay's; not on stock Pion; the engine closes them
	Net       transport.Net    // nil: the machine's; a virtual one in tests
	Addresses []netip.Addr     // advertised besides those of the machine, such as a router's public one
	Uplink    int              // bit/s that all receivers outside this machine's networks are sent together; 0 for no limit
	Profile   string           // what a meeting may cost (package allocate has the names); "" is normal
	TCPPort   int              // at which one of Others is reached by ICE-TCP; 0 for none
	Voices    int              // how many voices each participant hears at once; 0 means DefaultVoices
	Stock     bool             // packets travel through stock Pion PeerConnections: slower, for comparison and in need
	Log       *slog.Logger
}

// DefaultVoices is how many voices each participant hears at once: nobody follows more.
const DefaultVoices = 3

// Engine routes the media of all rooms. Make one with New, and Run it.
type Engine struct {
	cfg      Config
	log      *slog.Logger
	port     *direct.Port // nil on stock Pion
	mux      ice.UDPMux   // on stock Pion
	cert     webrtc.Certificate
	loopback bool // nothing but loopback addresses here: advertise those
	start    time.Time
	clock    func() int64 // monotonic nanoseconds since start
	counters counters
	nextID   atomic.Uint32 // of sources and streams
	agenda   agenda

	historyLimit int64 // bytes
	uplink       uplink

	// Of Run's goroutine.
	allocator       allocate.Allocator
	load            allocate.Load
	mostShown       int // pictures that one receiver is sent at most
	sharing, pacing timer
	watch           loadWatch
	cpuTime         func() time.Duration // that the process has taken

	newLink func(*Peer) (link, error)

	mu     sync.Mutex // guards the rest
	rooms  map[string]*room
	pasts  map[pastKey]past
	closed bool

	profile  *allocate.Profile            // of rooms that have none of their own
	profiles map[string]*allocate.Profile // of rooms that have their own
}

// New makes an engine on sockets that are already open.
func New(cfg Config) (*Engine, error) {
	if len(cfg.Conns) == 0 {
		return nil, fmt.Errorf("make the media engine: no UDP socket was given")
	}
	if cfg.Voices == 0 {
		cfg.Voices = DefaultVoices
	}
	if cfg.Profile == "" {
		cfg.Profile = allocate.Normal
	}
	profile := cfg.profile(cfg.Profile)
	if profile == nil {
		return nil, fmt.Errorf("make the media engine: there is no profile %q", cfg.Profile)
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make the media engine's key: %w", err)
	}
	cert, err := webrtc.GenerateCertificate(key) // one for all: it names the server, and making one is slow on a Pi
	if err != nil {
		return nil, fmt.Errorf("make the media engine's certificate: %w", err)
	}
	e := &Engine{cfg: cfg, log: cfg.Log, cert: *cert, loopback: onlyLoopback(cfg.Net), start: time.Now(), historyLimit: historyLimit(), profile: profile, rooms: map[string]*room{}, pasts: map[pastKey]past{}, profiles: map[string]*allocate.Profile{}}
	e.clock = func() int64 { return int64(time.Since(e.start)) }
	e.agenda.wake = make(chan struct{}, 1)
	e.sharing.init(func(w *worker) { w.reshare = true })
	e.pacing.init(e.pace)
	e.watch.timer.init(e.watchLoad)
	e.cpuTime = processTime
	e.uplink.setLimit(cfg.Uplink)
	if cfg.Stock {
		e.mux, e.newLink = newMux(cfg), e.newPionLink
		return e, nil
	}
	return e, e.openPort(key)
}

// openPort makes the direct transport.
func (e *Engine) openPort(key *ecdsa.PrivateKey) error {
	der, err := certificateDER(e.cert)
	if err != nil {
		return err
	}
	var others []*udp.Conn
	for _, c := range e.cfg.Others {
		others = append(others, udp.New(c))
	}
	e.port, err = direct.NewPort(direct.Config{Conns: e.cfg.Conns, Others: others, Net: e.cfg.Net, Addresses: e.cfg.Addresses, TCPPort: e.cfg.TCPPort,
		Certificate: &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, Loopback: e.loopback})
	if err != nil {
		return fmt.Errorf("make the media engine: %w", err)
	}
	e.newLink = e.newDirectLink
	return nil
}

// SetAddresses replaces what is advertised besides the machine's own addresses. Who is in a meeting from outside is asked to
// restart ICE: the old address may be gone. So is who is still on the way in: the answer that it got may name the old one.
func (e *Engine) SetAddresses(more []netip.Addr) {
	if e.port == nil || !e.port.SetAddresses(more) {
		return
	}
	for _, r := range e.appendRooms(nil) {
		for _, p := range r.all() {
			if p.far.Load() || p.coming() {
				p.tell(func(n *Notice) { n.Restart = true })
			}
		}
	}
}

// outbox is what the i-th goroutine sends with, nil on stock Pion.
func (e *Engine) outbox(i int) *direct.Outbox {
	if e.port == nil {
		return nil
	}
	return e.port.Outbox(i)
}

// Mode says which way packets take, for the log and for metrics.
func (e *Engine) Mode() string {
	if e.port == nil {
		return "stock Pion"
	}
	return e.port.Mode()
}

// now is monotonic nanoseconds.
func (e *Engine) now() int64 { return e.clock() }

// Join seats a participant: id is unique in the room, num is the CSRC under which others receive it. notify is called
// by one goroutine, in order, and must not block; a last call may still be under way when Close returns.
func (e *Engine) Join(roomName, id string, num uint32, notify func(Notice)) (*Peer, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil, ErrClosed
	}
	r := e.rooms[roomName]
	if r == nil {
		r = newRoom(e, roomName)
		e.rooms[roomName] = r
	}
	e.agenda.arm(&e.watch.timer, e.now())
	p := newPeer(r, id, num, notify)
	e.recall(p)
	r.add(p)
	e.counters.peers.Add(1)
	return p, nil
}

// leave takes a participant out, and its room when it was the last.
func (e *Engine) leave(p *Peer) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.keepPast(p)
	if p.room.remove(p) {
		delete(e.rooms, p.room.name)
	}
	e.counters.peers.Add(-1)
}

// Run reads and writes the media port, does what is periodic, and delivers notices, until ctx ends. Then the port is closed.
func (e *Engine) Run(ctx context.Context) error {
	var all sync.WaitGroup
	if e.port != nil {
		e.readAll(ctx, &all)
	}
	e.work(ctx)
	var err error
	if e.port != nil {
		err = e.port.Close()
	}
	all.Wait()
	return err
}

// work does what the agenda says.
func (e *Engine) work(ctx context.Context) {
	w := newWorker(e, e.outbox(0))
	alarm := time.NewTimer(0)
	defer alarm.Stop()
	for {
		e.workOnce(w)
		if at := e.agenda.next(); at < math.MaxInt64 {
			alarm.Reset(time.Duration(max(at-e.now(), 0)))
		} else { // nothing is going on: sleep until somebody comes
			alarm.Stop()
		}
		select {
		case <-ctx.Done():
			return
		case <-alarm.C:
		case <-e.agenda.wake:
		}
	}
}

// workOnce does what is due now.
func (e *Engine) workOnce(w *worker) {
	w.now = e.now()
	for t := e.agenda.due(w.now); t != nil; t = e.agenda.due(w.now) {
		t.do(w)
	}
	w.rooms, w.news = e.agenda.take(w.rooms[:0], w.news[:0])
	for _, r := range w.rooms {
		r.route(w)
	}
	if w.reshare {
		w.reshare = false
		e.share(w)
	}
	w.finish()
	for _, p := range w.news {
		p.notes.deliver()
	}
	clear(w.rooms)
	clear(w.news)
}

// appendRooms lists the rooms.
func (e *Engine) appendRooms(dst []*room) []*room {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, r := range e.rooms {
		dst = append(dst, r)
	}
	return dst
}

// Close ends all connections and closes the sockets.
func (e *Engine) Close() error {
	e.mu.Lock()
	e.closed = true
	var peers []*Peer
	for _, r := range e.rooms {
		peers = append(peers, r.all()...)
	}
	e.mu.Unlock()
	for _, p := range peers {
		p.Close()
	}
	if e.port != nil {
		return e.port.Close()
	}
	err := e.mux.Close()
	for _, c := range e.cfg.Conns {
		_ = c.Close() // the mux has closed it already, or is about to have
	}
	if err != nil {
		return fmt.Errorf("close the media port: %w", err)
	}
	return nil
}
