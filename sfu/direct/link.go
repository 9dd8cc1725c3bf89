package direct

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/pion/dtls/v3"
	"github.com/pion/ice/v4"

	"tablee/sfu/negotiate"
	"tablee/sfu/udp"
)

// The life of a connection:
//  1. Answer takes the offer's ICE and DTLS parameters, and starts an ICE agent whose only candidates are the Port.
//  2. The client's checks tell the agent its addresses. Each one that was checked may send media (admit).
//  3. When the client has nominated a pair, the DTLS handshake runs over it, on a goroutine of its own.
//  4. The handshake's keys are installed, and Connected is called: packets go both ways.
//  5. The client may nominate another pair at any time, and packets go there from then on: that is roaming. An offer with
//     new ICE credentials restarts ICE (RFC 8445, section 9); packets go on along the old pair until there is a new one.
//  6. Lost is called once the agent has given up, or the handshake has failed.

// Receiver is told how a Link fares. Its methods may be called from any goroutine, and must not block.
type Receiver interface {
	Connected()
	// Moved says where packets go from now on: whether to this machine's own network, or beyond.
	Moved(near bool)
	Lost()
}

// Link is one participant's connection.
type Link struct {
	port *Port
	to   Receiver

	// Owner is for the caller: who the packets of this Link belong to.
	Owner any

	selected atomic.Pointer[route] // where packets go; nil before a pair was nominated
	keys     atomic.Pointer[keys]  // nil before the handshake is done

	ctx    context.Context
	cancel context.CancelFunc
	shake  sync.Once
	wait   sync.WaitGroup

	mu      sync.Mutex // guards the rest
	agent   *ice.Agent
	conn    *ice.Conn
	secure  *dtls.Conn
	local   negotiate.Transport
	remote  negotiate.Transport
	slots   map[string]negotiate.Slot
	session uint64
	version uint64
	routes  []route // admitted, oldest first
	closed  bool

	sides []*side // by address family; guarded by Port.mu
}

// NewLink makes a connection that waits for an offer.
func (p *Port) NewLink(to Receiver, owner any) *Link {
	l := &Link{port: p, to: to, Owner: owner, slots: map[string]negotiate.Slot{}, session: uint64(random()) >> 1}
	l.ctx, l.cancel = context.WithCancel(context.Background())
	return l
}

// random is 32 bits that nobody can guess.
func random() uint32 {
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return binary.BigEndian.Uint32(b[:])
}

// Opened is a slot that an offer has opened: a section that the client receives on.
type Opened struct {
	Section *negotiate.Section
	Slot    negotiate.Slot
}

// Answer applies an offer, the first or a further one, and returns the answer and the slots that are new. One call at a
// time; opus is how voices are to be encoded. Errors that are the offer's fault wrap negotiate.ErrOffer.
func (l *Link) Answer(o *negotiate.Offer, opus negotiate.Opus) (string, []Opened, error) {
	if err := o.Transport.Check(); err != nil {
		return "", nil, err
	}
	if err := l.connect(o.Transport); err != nil {
		return "", nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	var opened []Opened
	for i := range o.Sections {
		s := &o.Sections[i]
		if _, known := l.slots[s.Mid]; known || !s.Answered() {
			continue
		}
		mid := strings.Clone(s.Mid) // a part of the offer would keep all of it in memory
		slot := negotiate.Slot{SSRC: l.newSSRCLocked(o)}
		l.slots[mid] = slot
		if s.PTRTX != 0 {
			slot.RTX = l.newSSRCLocked(o)
			l.slots[mid] = slot
		}
		opened = append(opened, Opened{s, slot})
	}
	l.version++
	return o.Answer(negotiate.Answer{Session: l.session, Version: l.version, Transport: l.local, Opus: opus,
		Candidates: l.port.local.candidates(), Slots: l.slots}), opened, nil
}

// newSSRCLocked draws an SSRC that nobody uses on this connection. l.mu is held.
func (l *Link) newSSRCLocked(o *negotiate.Offer) uint32 {
	for {
		ssrc := random()
		taken := ssrc < 1<<16 // small ones are for reports
		for _, s := range l.slots {
			taken = taken || s.SSRC == ssrc || s.RTX == ssrc
		}
		for i := range o.Sections {
			_, rtx := o.Sections[i].RTXOf[ssrc]
			taken = taken || rtx || slices.Contains(o.Sections[i].SSRCs, ssrc)
		}
		if !taken {
			return ssrc
		}
	}
}

// admit lets media in from an address that ICE has checked. The oldest gives way when there are too many.
func (l *Link) admit(r route) {
	l.mu.Lock()
	if l.closed || slices.Contains(l.routes, r) {
		l.mu.Unlock()
		return
	}
	var old []route
	l.routes = append(l.routes, r)
	if len(l.routes) > maxMedia {
		victim := 0
		if s := l.selected.Load(); s != nil && l.routes[0] == *s {
			victim = 1
		}
		old = []route{l.routes[victim]}
		l.routes = slices.Delete(l.routes, victim, victim+1)
	}
	l.mu.Unlock()
	l.port.admit(r, l)
	if old != nil {
		l.port.expel(l, old...)
	}
}

// SpaceRTCP gives room in o for a plain RTCP packet of n bytes, to be filled and given to SendRTCP at once; nil when the
// participant cannot be reached yet.
func (l *Link) SpaceRTCP(o *Outbox, n int) []byte {
	if l.keys.Load() == nil {
		return nil
	}
	return o.space(l, n+overhead)
}

// SendRTCP encrypts the plain packet b, built in SpaceRTCP's room, and leaves it in o.
func (l *Link) SendRTCP(o *Outbox, b []byte) error {
	sealed, err := l.keys.Load().sealRTCP(b)
	if err != nil {
		return fmt.Errorf("encrypt RTCP: %w", err)
	}
	o.cur.Commit(sealed, o.to, udp.Control)
	return nil
}

// Close ends the connection, and waits until nothing of it runs any more.
func (l *Link) Close() error {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return nil
	}
	l.closed = true
	agent, secure, routes := l.agent, l.secure, l.routes
	l.mu.Unlock()
	l.cancel()
	if secure != nil {
		_ = secure.Close() // says goodbye (close_notify), if anybody listens
	}
	var err error
	if agent != nil {
		err = agent.GracefulClose()
	}
	l.wait.Wait()
	l.port.expel(l, routes...)
	if err != nil {
		return fmt.Errorf("close the ICE agent: %w", err)
	}
	return nil
}
