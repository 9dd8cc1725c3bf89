package signaling

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"tablee/room"
)

// errOutdated: the connection's PeerConnection is not the seat's any more, because it was replaced.
var errOutdated = errors.New("the peer connection was replaced")

// seat is a member's place in a live meeting. It outlives the member's WebSocket, and keeps the media alive meanwhile.
//
// Two locks, never held together with the engine: mu guards the fields and is held for moments, also by the engine's
// notices; turn is held while the engine works, tens of milliseconds, and is a channel so that who waits for it is
// idle to testing/synctest. The order is meeting.mu, then mu; nobody holds either while waiting for turn.
type seat struct {
	id   string
	num  uint32
	turn chan struct{} // full while somebody talks to the engine

	mu   sync.Mutex
	conn *conn     // nil while away
	pc   string    // names the PeerConnection that is wanted
	peer *livePeer // nil until the first offer of pc
	view view
	want Wishes // what the client asked for, for a peer that is not there yet
	gate Gate   // what is forwarded of it

	// What the meeting knows of it, guarded by meeting.mu.
	base             room.Role // what its holder came as
	plain            room.Role // the same without their account: what a resume token says
	account, browser string    // what its holder is known by
	name             string    // given by a join token, so that its holder cannot change it; "" for their own choice
	muted            Gate      // what a moderator has switched off, until its holder switches it on again

	rights atomic.Uint64 // room.Rights, for the connection's Step
}

// livePeer is one PeerConnection on the server's side.
type livePeer struct {
	media  MediaPeer // set by Join; guarded by the seat's turn, as is closed
	closed bool
	ready  bool // media may be told of gates; guarded by the seat's mu
	lost   atomic.Bool
}

func newSeat(id string, num uint32) *seat {
	return &seat{id: id, num: num, turn: make(chan struct{}, 1), want: Wishes{Quality: QualityAuto}}
}

// attached is what attach found.
type attached struct {
	pc       string
	keep     bool      // the PeerConnection is still good
	replaced *conn     // the earlier connection, if it was still there
	stale    *livePeer // media to be closed with retire
}

// attach gives the seat a connection. The PeerConnection called pc is kept when it is the seat's and alive, else freshPC
// names the next one. welcome is queued first, then what the client may have missed of its media.
func (s *seat) attach(c *conn, pc, freshPC string, welcome func(attached) []frame) attached {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := attached{pc: s.pc, replaced: s.conn}
	a.keep = pc != "" && pc == s.pc && s.peer != nil && !s.peer.lost.Load()
	if !a.keep {
		a.pc, a.stale = freshPC, s.peer
		s.pc, s.peer, s.want.Videos, s.view = freshPC, nil, nil, view{} // a chosen quality is the person's, and stays
	}
	s.conn = c
	for _, f := range append(welcome(a), s.view.frames()...) {
		c.push(f)
	}
	return a
}

// detach takes the connection away, and tells whether it was still the seat's.
func (s *seat) detach(c *conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn != c {
		return false
	}
	s.conn = nil
	return true
}

// release takes the connection away for good, and returns it to be ended; nil when there was none.
func (s *seat) release() *conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.conn
	s.conn = nil
	return c
}

// push queues a frame for the seat's connection, if there is one.
func (s *seat) push(f frame) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn != nil {
		s.conn.push(f)
	}
}

// negotiate answers an offer for the PeerConnection pc; the first one makes the peer. It takes as long as the engine
// takes. Errors carry media_failed or offer_invalid, or are errOutdated.
func (s *seat) negotiate(m *meeting, pc string, o Offer) (string, error) {
	s.turn <- struct{}{}
	defer func() { <-s.turn }()
	peer, dead, fresh := s.currentPeer(pc)
	dead.close()
	if peer == nil {
		return "", errOutdated
	}
	if fresh {
		var err error
		peer.media, err = m.hub.media.Join(m.info.Name, s.id, s.num, func(n Notice) { m.notify(s, peer, n) })
		if err != nil {
			s.forget(peer)
			return "", fmt.Errorf("joining the media engine: %w", coded(err, room.CodeMediaFailed, "the media connection could not be made"))
		}
		s.applyGate(peer)
	}
	sdp, err := peer.media.Answer(o)
	if err != nil {
		if fresh { // half made; the next offer begins anew
			s.forget(peer)
			peer.close()
		}
		return "", fmt.Errorf("answering: %w", coded(err, room.CodeOfferInvalid, "the offer could not be answered"))
	}
	if fresh {
		peer.media.Demand(s.wanted())
	}
	return sdp, nil
}

// coded gives an error of the engine a code, unless it brings its own.
func coded(err error, code room.Code, message string) error {
	if room.CodeOf(err) != room.CodeInternal {
		return err
	}
	return fmt.Errorf("%w: %w", &room.Error{Code: code, Message: message}, err)
}

// currentPeer is the peer of pc, made when there is none or when it was lost (then dead is the lost one). It is nil
// when pc is not what the seat wants any more.
func (s *seat) currentPeer(pc string) (peer, dead *livePeer, fresh bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pc != pc {
		return nil, nil, false
	}
	if s.peer != nil && !s.peer.lost.Load() {
		return s.peer, nil, false
	}
	dead = s.peer
	s.peer, s.view = &livePeer{}, view{}
	return s.peer, dead, true
}

// forget makes the seat have no peer, if it has this one.
func (s *seat) forget(p *livePeer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.peer == p {
		s.peer = nil
	}
}

func (s *seat) wanted() Wishes {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.want
}

// wish changes what the client of pc asks for, now or once there is a peer.
func (s *seat) wish(pc string, change func(*Wishes)) {
	s.turn <- struct{}{}
	defer func() { <-s.turn }()
	s.mu.Lock()
	peer := s.peer
	if s.pc != pc {
		peer = nil
	} else {
		change(&s.want)
	}
	want := s.want
	s.mu.Unlock()
	if peer != nil && peer.media != nil && !peer.closed {
		peer.media.Demand(want)
	}
}

// allow says what is forwarded of what the member sends, at once for a peer that there is, and for those to come.
func (s *seat) allow(g Gate) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gate = g
	if s.peer != nil && s.peer.ready {
		s.peer.media.Allow(g)
	}
}

// applyGate tells a new peer what is forwarded of it, before it can send.
func (s *seat) applyGate(p *livePeer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p.ready = true
	p.media.Allow(s.gate)
}

// retire closes a peer that attach replaced.
func (s *seat) retire(p *livePeer) {
	if p == nil {
		return
	}
	s.turn <- struct{}{}
	defer func() { <-s.turn }()
	p.close()
}

// clear ends the seat's media for good.
func (s *seat) clear() {
	s.mu.Lock()
	peer := s.peer
	s.pc, s.peer = "", nil
	s.mu.Unlock()
	s.retire(peer)
}

// close needs the seat's turn. It may be called on nil and more than once.
func (p *livePeer) close() {
	if p != nil && p.media != nil && !p.closed {
		p.closed = true
		p.media.Close()
	}
}

// gone makes the seat forget the line of a member who has left.
func (s *seat) gone(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.view.bars, id)
}

// notify takes a notice of the engine to the client, and remembers it for one who is away.
func (s *seat) notify(p *livePeer, n Notice) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.peer != p { // the last words of a peer that was replaced
		return
	}
	frames := s.view.take(n)
	if n.Renegotiate {
		frames = append(frames, encode(Renegotiate{T: "renegotiate"}))
	}
	if n.Restart {
		frames = append(frames, encode(Restart{T: "restart"}))
	}
	if n.Lost && !p.lost.Swap(true) {
		frames = append(frames, encode(Error{T: "error", Code: string(room.CodeMediaFailed), Message: "the media connection was lost; make a new one", Re: "offer"}))
	}
	if s.conn == nil {
		return
	}
	for _, f := range frames {
		s.conn.push(f)
	}
}
