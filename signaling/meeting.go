package signaling

import (
	"cmp"
	"crypto/rand"
	"encoding/binary"
	"maps"
	"slices"
	"sync"
	"time"

	"tablee/room"
)

// meeting is a live meeting: room.Meeting says who is seated where, seats hold the connections and the media. It is
// made when the first person comes and forgotten when the last seat is empty.
type meeting struct {
	hub   *Hub
	info  RoomInfo
	ready chan struct{} // closed when the chat was read from the disk
	refs  int           // seats, and joins under way; guarded by hub.mu

	mu    sync.Mutex // guards what follows; never held while disk, engine or socket work
	state *room.Meeting
	seats map[string]*seat
	chat  history

	profile string // what it may cost
}

func newMeeting(h *Hub, r room.Room) *meeting {
	return &meeting{
		hub: h, info: RoomInfo{Name: r.Name, Title: r.Title}, ready: make(chan struct{}),
		state: room.NewMeeting(h.limits.MaxParticipants), seats: map[string]*seat{}, profile: cmp.Or(r.Settings.Profile, h.profile),
	}
}

// entry is what a connection brings to the door.
type entry struct {
	Join
	role  room.Role // by host token
	claim claim     // of a resume token of ours for this room, or zero
}

// enter seats a connection: on its old seat when that is still kept, else on a new one. fresh says which. It is
// refused with room_full or server_full.
func (m *meeting) enter(c *conn, e entry) (s *seat, a attached, fresh bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var who room.Member
	var events []room.Event
	// A seat that is kept is good proof of its holder even when the token has expired: meetings may be longer than
	// that, and a machine without a clock jumps when it learns the time.
	if old, kept := m.state.Get(e.claim.id); kept {
		who, events, err = m.state.Resume(old.ID, e.Name, max(e.role, old.Role), e.Change)
	} else {
		who, events, err = m.sitDownLocked(e)
		fresh = true
	}
	if err != nil {
		return nil, attached{}, false, err
	}
	if fresh {
		m.seats[who.ID] = newSeat(who.ID, who.Num)
	}
	m.tellLocked(events, who.ID) // the others; the welcome tells the client itself
	s = m.seats[who.ID]
	a = s.attach(c, e.PC, newID(), func(a attached) frame { return m.welcomeLocked(who, a, m.hub.ice(c.askedHost, who.ID)) })
	return s, a, fresh, nil
}

// sitDownLocked finds a new seat, with the id, number and seat of an earlier visit where they are free.
func (m *meeting) sitDownLocked(e entry) (room.Member, []room.Event, error) {
	if !m.hub.takeSeat() {
		return room.Member{}, nil, &room.Error{Code: room.CodeServerFull, Message: "the server is full; try again when somebody has left"}
	}
	who := room.Member{ID: newID(), Seat: -1, Name: e.Name, Role: e.role}
	if e.claim.id != "" && !e.claim.expired {
		who.ID, who.Num, who.Seat, who.Role = e.claim.id, e.claim.num, e.claim.seat, max(e.role, e.claim.role)
	}
	for m.state.HasNum(who.Num) {
		who.Num = randomNum()
	}
	who, events, err := m.state.Join(who)
	if err != nil {
		m.hub.freeSeats(1)
		return room.Member{}, nil, err
	}
	if changes := m.state.SetState(who.ID, e.Change); len(changes) > 0 {
		who = changes[0].Member
		events[0].Member = who
	}
	return who, events, nil
}

func (m *meeting) welcomeLocked(who room.Member, a attached, ice []ICE) frame {
	w := Welcome{
		T: "welcome", V: Version, ID: who.ID, Num: who.Num, Room: m.info, Role: who.Role.String(),
		Resume: m.hub.tokens.sign(claim{room: m.info.Name, id: who.ID, num: who.Num, seat: who.Seat, role: who.Role}, time.Now()),
		PC:     a.pc, Media: MediaNew, Members: []Member{}, Chat: slices.Clip(m.chat.list),
		Voices: m.hub.voices, Max: m.hub.limits.MaxParticipants, Profile: m.profile, ICE: ice,
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
	return true
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
	return gone
}

// disband empties all seats without a word to anybody, when the server stops.
func (m *meeting) disband() []*seat {
	m.mu.Lock()
	defer m.mu.Unlock()
	gone := slices.Collect(maps.Values(m.seats))
	m.state, m.seats = room.NewMeeting(m.hub.limits.MaxParticipants), map[string]*seat{}
	return gone
}

// change applies what a member says of itself.
func (m *meeting) change(id string, c room.Change) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tellLocked(m.state.SetState(id, c), "")
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
