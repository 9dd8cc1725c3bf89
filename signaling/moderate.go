package signaling

import (
	"context"
	"time"

	"github.com/gorilla/websocket"

	"tablee/room"
)

// obey carries out what a host or moderator asks for. Step has checked the right to it; who it may be done to is checked
// here, with everybody's role of this moment.
func (c *conn) obey(o Order) {
	if err := c.carryOut(o); err != nil {
		if room.CodeOf(err) == room.CodeInternal {
			c.hub.log.Error("an order failed", "order", o.Kind, "err", err)
		}
		c.refuse(err, o.Kind, "")
	}
}

func (c *conn) carryOut(o Order) error {
	m, by, in := c.meeting, c.seat.id, o.Message
	switch o.Kind {
	case "admit", "deny", "ask", "mute", "lower", "grant", "poll", "vote", "close", "timer":
		return m.command(by, o)
	case "remove":
		return m.remove(by, in.ID, in.Ban)
	case "lock", "room", "links", "invite", "revoke":
		return c.administer(o)
	case "breakouts":
		return m.breakOut(by, in.Groups)
	case "assign":
		return m.top().assign(by, in.ID, in.Group)
	case "announce":
		return m.top().announce(by, in.Text)
	case "recall":
		m.top().recall()
	case "end":
		m.top().end()
	}
	return nil
}

// command carries out what concerns the meeting's memory alone.
func (m *meeting) command(by string, o Order) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	actor, ok := m.state.Get(by)
	if !ok {
		return nil // removed this moment
	}
	in := o.Message
	switch o.Kind {
	case "admit":
		m.admitLocked(in.ID)
	case "deny":
		m.denyLocked(in.ID)
	case "ask":
		return m.askLocked(actor, in.ID, in.What)
	case "mute":
		return m.muteLocked(actor, in.ID, in.What)
	case "lower":
		return m.lowerLocked(actor, in.ID)
	case "grant":
		return m.grantLocked(actor, in)
	case "poll":
		return m.pollOrderLocked(actor, in)
	case "vote":
		if err := m.polls.Vote(in.Poll, by, actor.Name, in.Choices); err != nil {
			return err
		}
		m.tellPollLocked(in.Poll)
	case "close":
		if m.polls.Close(in.Poll) {
			m.tellPollLocked(in.Poll)
		}
	case "timer":
		m.timer = timer{total: time.Duration(in.Seconds) * time.Second, ends: time.Now().Add(time.Duration(in.Seconds) * time.Second)}
		f, _ := m.timerLocked(time.Now())
		m.sendLocked(f, "")
	}
	return nil
}

// targetLocked finds the one whom something is done to. One who has left is nobody, and no error.
func (m *meeting) targetLocked(actor room.Member, id string, a room.Action) (room.Member, *seat, error) {
	who, ok := m.state.Get(id)
	if !ok {
		return room.Member{}, nil, nil
	}
	if id != actor.ID && !actor.Role.Over(who.Role, a) {
		return room.Member{}, nil, &room.Error{Code: room.CodeForbidden, Message: "you may not do that to somebody of their role"}
	}
	return who, m.seats[id], nil
}

func (m *meeting) askLocked(actor room.Member, id, what string) error {
	_, s, err := m.targetLocked(actor, id, room.Silence)
	if s != nil {
		s.push(encode(Asked{T: "asked", Do: AskedUnmute, What: what, By: actor.ID}))
	}
	return err
}

// muteLocked switches off what one sends, or all others of no higher rank ("").
func (m *meeting) muteLocked(actor room.Member, id, what string) error {
	if id != "" {
		who, s, err := m.targetLocked(actor, id, room.Silence)
		if s != nil {
			m.switchOffLocked(actor, who, s, what)
		}
		return err
	}
	for _, who := range m.state.Members() {
		if who.ID != actor.ID && actor.Role.Over(who.Role, room.Silence) {
			m.switchOffLocked(actor, who, m.seats[who.ID], what)
		}
	}
	return nil
}

func (m *meeting) switchOffLocked(actor, who room.Member, s *seat, what string) {
	off, c := new(bool), room.Change{}
	switch what {
	case KindMic:
		s.muted.Mic, c.Mic = true, off
	case KindCamera:
		s.muted.Camera, c.Cam = true, off
	case KindScreen:
		s.muted.Screen, c.Screen, c.Sound = true, off, off
	}
	m.gateLocked(s, who.Role)
	if events := m.state.SetState(who.ID, c); len(events) > 0 {
		m.tellLocked(events, "")
		s.push(encode(Asked{T: "asked", Do: AskedMuted, What: what, By: actor.ID}))
	}
}

// lowerLocked takes one hand down, or all ("").
func (m *meeting) lowerLocked(actor room.Member, id string) error {
	lower := func(who room.Member, s *seat) {
		if events := m.state.SetState(who.ID, room.Change{Hand: new(bool)}); len(events) > 0 {
			m.tellLocked(events, "")
			s.push(encode(Asked{T: "asked", Do: AskedLowered, By: actor.ID}))
		}
	}
	if id == "" {
		for _, who := range m.state.Members() {
			lower(who, m.seats[who.ID])
		}
		return nil
	}
	who, s, err := m.targetLocked(actor, id, room.RaiseHand)
	if s != nil {
		lower(who, s)
	}
	return err
}

// grantLocked gives a member another role, for this meeting. Taking the role of moderator away is as much as giving it.
func (m *meeting) grantLocked(actor room.Member, in ClientMessage) error {
	role, _ := room.ParseRole(in.Role)
	give, _ := room.ToGrant(role)
	who, s, err := m.targetLocked(actor, in.ID, give)
	if s == nil || err != nil {
		return err
	}
	take := give
	if who.Role >= room.Moderator {
		take = room.Appoint
	}
	if who.ID == actor.ID || who.Role >= room.Host || !actor.Role.Over(who.Role, take) {
		return &room.Error{Code: room.CodeForbidden, Message: "you may not change the role of this person"}
	}
	if role == room.Guest && s.account != "" { // they have an account, whatever is taken from them
		role = room.AccountHolder
	}
	m.granted[who.ID] = role
	m.tellLocked(m.state.SetRole(who.ID, role), "")
	m.recheckLocked(who.ID)
	m.lobbyChangedLocked()
	return nil
}

// remove takes somebody out of the meeting. What lets them come back as a matter of course is worth nothing any more; the
// banned do not come back to this meeting at all.
func (m *meeting) remove(by, id string, ban bool) error {
	m.mu.Lock()
	actor, ok := m.state.Get(by)
	if !ok || id == by {
		m.mu.Unlock()
		return nil
	}
	who, s, err := m.targetLocked(actor, id, room.Remove)
	if err != nil || s == nil {
		m.mu.Unlock()
		return err
	}
	m.removed[id] = true
	reason := ByeRemoved
	if ban {
		reason = ByeBanned
		m.banned["member:"+id] = true
		if s.account != "" {
			m.banned["account:"+s.account] = true
		}
		if s.browser != "" {
			m.banned["browser:"+s.browser] = true
		}
	}
	m.unseatLocked(who.ID, s, room.ReasonRemoved, Bye{T: "bye", Reason: reason})
	m.leftLocked()
	m.mu.Unlock()
	m.hub.vacate(m, []*seat{s})
	return nil
}

// unseatLocked takes a seat away, with a last word to its holder. The caller vacates it without holding m.mu.
func (m *meeting) unseatLocked(id string, s *seat, why room.Reason, bye Bye) {
	delete(m.seats, id)
	s.rights.Store(0)
	if c := s.release(); c != nil {
		c.out.finish(ending{code: websocket.CloseNormalClosure, bye: &bye})
	}
	m.tellLocked(m.state.Leave(id, why), "")
}

// end ends the meeting for all, those in breakout rooms and in the lobby too.
func (m *meeting) end() {
	for _, each := range append(m.breakouts(), m) {
		each.mu.Lock()
		each.ended = true
		for _, who := range each.lobby.All() {
			each.lobby.Remove(who.ID)
			each.dismissLocked(who.ID, errEnded().(*room.Error))
		}
		gone := each.unseatAllLocked(room.ReasonEnded, func(string, *seat) Bye { return Bye{T: "bye", Reason: ByeEnded} })
		each.mu.Unlock()
		each.hub.forget(each)
		each.hub.vacate(each, gone)
	}
	m.dropBreakouts()
	m.hub.endTemporary(m)
}

func (m *meeting) unseatAllLocked(why room.Reason, bye func(id string, s *seat) Bye) (gone []*seat) {
	for _, who := range m.state.Members() {
		s := m.seats[who.ID]
		m.unseatLocked(who.ID, s, why, bye(who.ID, s))
		gone = append(gone, s)
	}
	return gone
}

// endTemporary deletes a room that ends with its meeting. A disk that fails leaves it for the next time.
func (h *Hub) endTemporary(m *meeting) {
	m.mu.Lock()
	temporary, name := m.room.Settings.Temporary, m.room.Name
	m.mu.Unlock()
	if !temporary {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), roomWait)
	defer cancel()
	if err := h.rooms.Delete(ctx, name); err != nil && room.CodeOf(err) != room.CodeRoomUnknown {
		h.log.Warn("a temporary room could not be deleted", "err", err)
	}
}
