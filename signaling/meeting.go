package signaling

import (
	"cmp"
	"crypto/rand"
	"encoding/binary"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"tablee/room"
)

// maxKnown is how many people a meeting remembers as having been let in; later ones stand before the door again when
// they come back after their seat was given up.
const maxKnown = 10_000

// meeting is a live meeting: room.Meeting says who is seated where, seats hold the connections and the media. It is
// made when the first person comes and forgotten when the last seat is empty.
type meeting struct {
	hub   *Hub
	info  RoomInfo
	ready chan struct{} // closed when the chat was read from the disk
	refs  int           // seats, and joins under way; guarded by hub.mu

	began atomic.Pointer[time.Time] // when the first one sat down; nil before that
	most  atomic.Int32              // who sat here at once at most

	mu    sync.Mutex // guards what follows; never held while disk, engine or socket work
	state *room.Meeting
	seats map[string]*seat
	chat  history

	room    room.Room
	ended   bool                 // nobody comes in any more
	lobby   room.Lobby           // who waits and was not admitted yet
	waiters map[string]*waiter   // those, and the admitted who have not entered yet
	known   map[string]bool      // members who were let in
	granted map[string]room.Role // what moderators made of members, whatever they came as
	removed map[string]bool      // members whose resume tokens are worth nothing any more
	banned  map[string]bool      // what the banned are known by
	polls   room.Polls
	timer   timer

	main  *meeting   // of a breakout room; does not change
	n     int        // its number; does not change
	small []*meeting // the breakout rooms of a main meeting

	stirred bool // moderators are to be told anew who is in which breakout room

	profile string // what it may cost
}

func newMeeting(h *Hub, r room.Room) *meeting {
	return &meeting{
		hub: h, info: RoomInfo{Name: r.Name, Title: r.Title}, ready: make(chan struct{}),
		state: room.NewMeeting(h.seatsOf(r)), seats: map[string]*seat{}, profile: cmp.Or(r.Settings.Profile, h.serverProfile()),
		room: r, waiters: map[string]*waiter{}, known: map[string]bool{}, granted: map[string]room.Role{}, removed: map[string]bool{},
		banned: map[string]bool{},
	}
}

// enter seats a connection: on its old seat when that is still kept, else on a new one. fresh says which. It is
// refused with room_full or server_full.
func (m *meeting) enter(c *conn, e entry) (s *seat, a attached, fresh bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.ended {
		return nil, attached{}, false, errEnded()
	}
	if c.gone.Load() {
		return nil, attached{}, false, &room.Error{Code: room.CodeForbidden, Message: "your account is let in no more"}
	}
	var who room.Member
	var events []room.Event
	// A seat that is kept is good proof of its holder even when the token has expired: meetings may be longer than
	// that, and a machine without a clock jumps when it learns the time.
	if old, kept := m.state.Get(e.claim.id); kept && !m.removed[old.ID] {
		s = m.seats[old.ID]
		s.base, s.plain = max(s.base, e.role), max(s.plain, e.plain)
		role := m.roleLocked(old.ID, s.base)
		e.Name = cmp.Or(s.name, e.Name)
		who, events, err = m.state.Resume(old.ID, e.Name, role, m.allowedLocked(role, s.muted, e.Change))
	} else {
		who, events, err = m.sitDownLocked(e)
		fresh = true
	}
	if err != nil {
		return nil, attached{}, false, err
	}
	if fresh {
		s = newSeat(who.ID, who.Num)
		s.base, s.plain = e.role, e.plain
		if e.claim.id != "" && !e.claim.expired && !m.removed[e.claim.id] {
			s.base, s.plain = max(s.base, e.claim.role), max(s.plain, e.claim.role)
		}
		if m.room.Settings.StartMuted && who.Role < room.Moderator && !m.known[who.ID] {
			s.muted = Gate{Mic: true, Camera: true}
		}
		s.account, s.browser = c.identity.Account, c.browser
		if e.named {
			s.name = e.Name
		}
		m.seats[who.ID] = s
		m.satDownLocked()
		if len(m.known) < maxKnown {
			m.known[who.ID] = true
		}
	}
	m.tellLocked(events, who.ID) // the others; the welcome tells the client itself
	m.setRightsLocked(s, who.Role)
	a = s.attach(c, e.PC, newID(), func(a attached) []frame {
		return append([]frame{m.welcomeLocked(who, s, a, m.hub.ice(c.askedHost, who.ID))}, m.briefLocked(who)...)
	})
	if m.rightsLocked(who.Role).May(room.Admit) {
		m.lobbyChangedLocked()
	}
	m.breakoutsChangedLocked()
	return s, a, fresh, nil
}

// satDownLocked counts those who are here, and tells of the first.
func (m *meeting) satDownLocked() {
	m.most.Store(max(m.most.Load(), int32(len(m.seats))))
	if m.main == nil && m.began.Load() == nil {
		now := time.Now()
		m.began.Store(&now)
		m.hub.happens(Happening{Room: m.info.Name, Began: now})
	}
}

// roleLocked is what a member is who came as base: what moderators made of them, except that the host stays the host.
func (m *meeting) roleLocked(id string, base room.Role) room.Role {
	if given, ok := m.granted[id]; ok && base < room.Host {
		return given
	}
	return base
}

// briefLocked is what else somebody is told who was just welcomed. It ends with what everybody is told: you.
func (m *meeting) briefLocked(who room.Member) []frame {
	list := []frame{m.roomEventLocked()}
	if m.rightsLocked(who.Role).May(room.Admit) {
		list = append(list, m.lobbyLocked())
	}
	for n := range m.polls.Len() {
		list = append(list, m.pollLocked(n+1, who.ID))
	}
	if f, on := m.timerLocked(time.Now()); on {
		list = append(list, f)
	}
	return append(list, m.youLocked(who.Role))
}

// sitDownLocked finds a new seat, with the id, number and seat of an earlier visit where they are free.
func (m *meeting) sitDownLocked(e entry) (room.Member, []room.Event, error) {
	if !m.hub.takeSeat() {
		return room.Member{}, nil, &room.Error{Code: room.CodeServerFull, Message: "the server is full; try again when somebody has left"}
	}
	who := room.Member{ID: newID(), Seat: -1, Name: e.Name, Role: e.role}
	if e.claim.id != "" && !e.claim.expired && !m.removed[e.claim.id] {
		who.ID, who.Num, who.Seat = e.claim.id, e.claim.num, e.claim.seat
		who.Role = m.roleLocked(who.ID, max(e.role, e.claim.role))
	}
	for m.state.HasNum(who.Num) {
		who.Num = randomNum()
	}
	who, events, err := m.state.Join(who)
	if err != nil {
		m.hub.freeSeats(1)
		return room.Member{}, nil, err
	}
	muted := Gate{}
	if m.room.Settings.StartMuted && who.Role < room.Moderator && !m.known[who.ID] {
		muted = Gate{Mic: true, Camera: true}
	}
	if changes := m.state.SetState(who.ID, m.allowedLocked(who.Role, muted, e.Change)); len(changes) > 0 {
		who = changes[0].Member
		events[0].Member = who
	}
	return who, events, nil
}

func (m *meeting) welcomeLocked(who room.Member, s *seat, a attached, ice []ICE) frame {
	w := Welcome{
		T: "welcome", V: Version, ID: who.ID, Num: who.Num, Room: m.info, Role: who.Role.String(),
		Resume: m.hub.tokens.sign(claim{room: m.info.Name, id: who.ID, num: who.Num, seat: who.Seat, role: s.plain, name: s.name}, time.Now()),
		PC:     a.pc, Media: MediaNew, Members: []Member{}, Chat: slices.Clip(m.chat.list),
		Voices: m.hub.voices, Max: m.maxLocked(), Profile: m.profile, ICE: ice,
	}
	if a.keep {
		w.Media = MediaKeep
	}
	for _, member := range m.state.Members() {
		w.Members = append(w.Members, wireMember(member))
	}
	if w.Chat == nil {
		w.Chat = []Chat{}
	}
	return frame{value: w, size: m.chat.bytes + 1024 + 512*len(w.Members)}
}

// drop is called when a connection has ended: the member leaves, or is away for a while. It tells whether the seat is
// empty now.
func (m *meeting) drop(s *seat, c *conn, left bool) (empty bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !s.detach(c) {
		return false // somebody else sits here now
	}
	if !left {
		grace := room.AwayGrace
		if c.goingAway {
			grace = room.ReloadGrace
		}
		m.tellLocked(m.state.Away(s.id, time.Now(), grace), "")
		return false
	}
	m.tellLocked(m.state.Leave(s.id, room.ReasonLeft), "")
	delete(m.seats, s.id)
	m.leftLocked()
	return true
}

// leftLocked tells of what changes with those who are there.
func (m *meeting) leftLocked() {
	m.lobbyChangedLocked()
	m.breakoutsChangedLocked()
}

// expire removes those who have been away for too long and returns their seats.
func (m *meeting) expire(now time.Time) []*seat {
	m.mu.Lock()
	defer m.mu.Unlock()
	var gone []*seat
	events := m.state.Expire(now)
	for _, e := range events {
		gone = append(gone, m.seats[e.Member.ID])
		delete(m.seats, e.Member.ID)
	}
	m.tellLocked(events, "")
	if len(gone) > 0 {
		m.leftLocked()
	}
	return gone
}

// disband empties all seats without a word to anybody, when the server stops.
func (m *meeting) disband() []*seat {
	m.mu.Lock()
	defer m.mu.Unlock()
	gone := slices.Collect(maps.Values(m.seats))
	m.state, m.seats = room.NewMeeting(m.maxLocked()), map[string]*seat{}
	return gone
}

// change applies what a member says of itself. What a moderator has switched off goes on again with it.
func (m *meeting) change(id string, c room.Change) {
	m.mu.Lock()
	defer m.mu.Unlock()
	who, ok := m.state.Get(id)
	s := m.seats[id]
	if !ok || s == nil {
		return
	}
	on := func(b *bool) bool { return b != nil && *b }
	s.muted.Mic = s.muted.Mic && !on(c.Mic)
	s.muted.Camera = s.muted.Camera && !on(c.Cam)
	s.muted.Screen = s.muted.Screen && !on(c.Screen)
	m.gateLocked(s, who.Role)
	m.tellLocked(m.state.SetState(id, m.allowedLocked(who.Role, s.muted, c)), "")
}

// broadcast sends a message to all.
func (m *meeting) broadcast(message any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sendLocked(encode(message), "")
}

// said tells all of a stored chat message; its author gets the ref back.
func (m *meeting) said(stored room.Message, ref string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	line := wireChat(stored)
	m.chat.add(line)
	m.sendLocked(encode(line), stored.From)
	if author := m.seats[stored.From]; author != nil {
		line.Ref = ref
		author.push(encode(line))
	}
}

// load takes the chat that was read from the disk and opens the door.
func (m *meeting) load(stored []room.Message) {
	m.mu.Lock()
	m.chat.loaded(stored)
	m.mu.Unlock()
	close(m.ready)
}

// member finds a member.
func (m *meeting) member(id string) (room.Member, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.state.Get(id)
}

// seated lists who is here, by seat.
func (m *meeting) seated() []Seated {
	m.mu.Lock()
	defer m.mu.Unlock()
	list := []Seated{}
	if m.room.Settings.Guarded(time.Now()) { // who is inside is for those who may come in
		return list
	}
	for _, who := range m.state.Members() {
		list = append(list, Seated{Name: who.Name, Seat: who.Seat})
	}
	return list
}

// tellLocked sends events to all but one.
func (m *meeting) tellLocked(events []room.Event, except string) {
	for _, e := range events {
		if e.Kind == room.EventLeft {
			for _, s := range m.seats {
				s.gone(e.Member.ID)
			}
		}
		m.sendLocked(encode(wireEvent(e)), except)
	}
}

// notify takes a notice of the engine to a seat. Bars are passed on of others who are seated, and of nobody else: the
// client's own line has a message of its own, and one who has left is nobody's business.
func (m *meeting) notify(s *seat, p *livePeer, n Notice) {
	if len(n.Bars) > 0 {
		m.mu.Lock() // until the seat knows, so that nobody leaves between
		defer m.mu.Unlock()
		others := map[string]int{}
		for id, bars := range n.Bars {
			if _, seated := m.state.Get(id); seated && id != s.id {
				others[id] = bars
			}
		}
		n.Bars = others
	}
	s.notify(p, n)
}

func (m *meeting) sendLocked(f frame, except string) {
	for id, s := range m.seats {
		if id != except {
			s.push(f)
		}
	}
}

func wireEvent(e room.Event) any {
	switch e.Kind {
	case room.EventJoined:
		return MemberEvent{T: "joined", Member: wireMember(e.Member)}
	case room.EventLeft:
		return Left{T: "left", ID: e.Member.ID, Reason: string(e.Reason)}
	}
	return MemberEvent{T: "member", Member: wireMember(e.Member)}
}

func wireMember(m room.Member) Member {
	return Member{
		ID: m.ID, Num: m.Num, Seat: m.Seat, Name: m.Name, Role: m.Role.String(),
		Mic: m.Mic, Cam: m.Cam, Screen: m.Screen, Sound: m.Sound, Hand: m.Hand, Away: m.Away,
	}
}

// newID is an identifier that nobody can guess: 80 random bits in base32.
func newID() string { return rand.Text()[:16] }

func randomNum() uint32 {
	var b [4]byte
	rand.Read(b[:]) // never fails (crypto/rand)
	return binary.BigEndian.Uint32(b[:])
}
