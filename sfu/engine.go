package sfu

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/transport/v5"
	"github.com/pion/webrtc/v4"
)

// Config is what an Engine is made of.
type Config struct {
	Conns     []net.PacketConn // the UDP sockets of the media port (see Listen); the engine closes them
	Net       transport.Net    // nil: the machine's; a virtual one in tests
	Addresses []netip.Addr     // advertised besides those of the machine, such as a router's public one
	Voices    int              // how many voices each participant hears at once; 0 means DefaultVoices
	Log       *slog.Logger
}

// DefaultVoices is how many voices each participant hears at once: nobody follows more.
const DefaultVoices = 3

// Engine routes the media of all rooms. Make one with New, and Run it.
type Engine struct {
	cfg      Config
	log      *slog.Logger
	mux      ice.UDPMux
	cert     webrtc.Certificate
	loopback bool // nothing but loopback addresses here: advertise those
	start    time.Time
	counters counters
	nextID   atomic.Uint32 // of sources and streams
	wake     chan struct{}

	newLink func(to receiver) (link, error)

	mu     sync.Mutex // guards the rest
	rooms  map[string]*room
	closed bool
}

// New makes an engine on sockets that are already open.
func New(cfg Config) (*Engine, error) {
	if len(cfg.Conns) == 0 {
		return nil, fmt.Errorf("make the media engine: no UDP socket was given")
	}
	if cfg.Voices == 0 {
		cfg.Voices = DefaultVoices
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
	e := &Engine{cfg: cfg, log: cfg.Log, cert: *cert, start: time.Now(), wake: make(chan struct{}, 1), rooms: map[string]*room{}}
	e.mux, e.loopback = newMux(cfg)
	e.newLink = e.newPionLink
	return e, nil
}

// now is monotonic nanoseconds.
func (e *Engine) now() int64 { return int64(time.Since(e.start)) }

// poke asks Run to look at rooms with news soon.
func (e *Engine) poke() {
	select {
	case e.wake <- struct{}{}:
	default:
	}
}

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
	p := newPeer(r, id, num, notify)
	r.add(p)
	e.counters.peers.Add(1)
	e.poke()
	return p, nil
}

// leave takes a participant out, and its room when it was the last.
func (e *Engine) leave(p *Peer) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if p.room.remove(p) {
		delete(e.rooms, p.room.name)
	}
	e.counters.peers.Add(-1)
	e.poke()
}

// Periods of what Run does.
const (
	tick           = 20 * time.Millisecond // retransmission requests, silence after a voice
	feedbackPeriod = 100 * time.Millisecond
	speakerPeriod  = 300 * time.Millisecond
	reportPeriod   = time.Second
)

// Run does what is periodic and delivers notices, until ctx ends.
func (e *Engine) Run(ctx context.Context) error {
	t := time.NewTicker(tick)
	defer t.Stop()
	for {
		ticks := t.C
		if len(e.allRooms()) == 0 { // a server that nobody uses sleeps; Join wakes it
			t.Stop()
			ticks = nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticks:
			for _, r := range e.allRooms() {
				r.tick(e.now())
				r.deliver()
			}
		case <-e.wake:
			for _, r := range e.allRooms() {
				r.refresh(e.now())
				r.deliver()
			}
			if ticks == nil {
				t.Reset(tick)
			}
		}
	}
}

func (e *Engine) allRooms() []*room {
	e.mu.Lock()
	defer e.mu.Unlock()
	out := make([]*room, 0, len(e.rooms))
	for _, r := range e.rooms {
		out = append(out, r)
	}
	return out
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
	err := e.mux.Close()
	for _, c := range e.cfg.Conns {
		_ = c.Close() // the mux has closed it already, or is about to have
	}
	if err != nil {
		return fmt.Errorf("close the media port: %w", err)
	}
	return nil
}
