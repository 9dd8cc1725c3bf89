package signaling

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tablee/room"
)

// Breakout rooms are small meetings beside a main one. Each has a name that no room can have (salon~2) and lives as long
// as the moderators want it to. People are moved by ending their connection with bye moved, which says where to come in
// again and with which token; nobody comes in without such a token. What is said in a breakout room's chat is not kept.

// breakoutMark stands between the main room's name and the number; no room's name has it.
const breakoutMark = "~"

// top is the main meeting.
func (m *meeting) top() *meeting {
	if m.main != nil {
		return m.main
	}
	return m
}

// breakouts lists the breakout rooms.
func (m *meeting) breakouts() []*meeting {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.small)
}

// breakoutOf finds the main room of a breakout room that is asked for by name; ok is false for a name of another kind.
func (h *Hub) breakoutOf(name string) (main room.Room, ok bool) {
	if !strings.Contains(name, breakoutMark) {
		return room.Room{}, false
	}
	h.mu.Lock()
	m := h.meetings[name]
	h.mu.Unlock()
	if m == nil {
		return room.Room{}, true // acquireBreakout says that there is none
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.room, true
}

// acquireBreakout is acquire for a breakout room, which must be there.
func (h *Hub) acquireBreakout(name string) (*meeting, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	m := h.meetings[name]
	if m == nil || h.stopping {
		return nil, &room.Error{Code: room.CodeRoomUnknown, Message: "the breakout room is closed; go back to the meeting"}
	}
	m.refs++
	return m, nil
}

// breakOut parts a meeting: groups[i] goes into breakout room i+1. There must be none yet.
func (m *meeting) breakOut(by string, groups [][]string) error {
	if m.main != nil {
		return &room.Error{Code: room.CodeForbidden, Message: "breakout rooms are made in the meeting itself"}
	}
	m.mu.Lock()
	if len(m.small) > 0 || m.ended {
		m.mu.Unlock()
		return &room.Error{Code: room.CodeForbidden, Message: "there are breakout rooms already; call everybody back first"}
	}
	for i := range groups {
		m.small = append(m.small, m.newBreakout(i+1))
	}
	small := slices.Clone(m.small)
	m.mu.Unlock()
	m.hub.openBreakouts(m, small)
	m.keepBreakouts(len(small)) // before anybody is told where to go
	for i, ids := range groups {
		for _, id := range ids {
			m.move(id, m, small[i])
		}
	}
	m.tellBreakouts()
	return nil
}

func (m *meeting) newBreakout(n int) *meeting {
	r := m.room
	small := newMeeting(m.hub, r)
	small.info = RoomInfo{Name: fmt.Sprintf("%s%s%d", m.info.Name, breakoutMark, n), Title: fmt.Sprintf("%s – %d", m.info.Title, n)}
	small.main, small.n, small.profile = m, n, m.profile
	close(small.ready)
	return small
}

// openBreakouts makes breakout rooms known. They hold a reference to themselves and to the main meeting, until dropBreakouts.
func (h *Hub) openBreakouts(m *meeting, small []*meeting) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, each := range small {
		each.refs++
		m.refs++
		h.meetings[each.info.Name] = each
		h.media.SetProfile(each.info.Name, each.profile)
	}
}

// dropBreakouts forgets the breakout rooms.
func (m *meeting) dropBreakouts() {
	m.mu.Lock()
	small := m.small
	m.small = nil
	m.mu.Unlock()
	for _, each := range small {
		m.hub.release(each, 1)
	}
	if len(small) > 0 {
		m.keepBreakouts(0)
		m.hub.release(m, len(small))
	}
}

// move takes a member from one meeting to another of the same room. One who is not there is not moved.
func (m *meeting) move(id string, from, to *meeting) {
	if from == to {
		return
	}
	from.mu.Lock()
	who, ok := from.state.Get(id)
	s := from.seats[id]
	from.mu.Unlock()
	if !ok || s == nil {
		return
	}
	to.welcomeBack(who, s)
	from.mu.Lock()
	there := from.seats[id] == s
	if there {
		from.unseatLocked(id, s, room.ReasonMoved, from.moved(who, s, to))
		from.lobbyChangedLocked()
	}
	from.mu.Unlock()
	if there {
		from.hub.vacate(from, []*seat{s})
	}
}

// welcomeBack lets a member in who is about to come from another meeting of the same room, with the role they have there.
func (m *meeting) welcomeBack(who room.Member, s *seat) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.known[who.ID] = true
	delete(m.granted, who.ID)
	if who.Role != s.base {
		m.granted[who.ID] = who.Role
	}
}

// moved is the last word to somebody who is moved: where to, and the token that lets them in.
func (m *meeting) moved(who room.Member, s *seat, to *meeting) Bye {
	token := m.hub.tokens.sign(claim{room: to.info.Name, id: who.ID, num: who.Num, seat: who.Seat, role: s.plain, name: s.name}, time.Now())
	return Bye{T: "bye", Reason: ByeMoved, Retry: 1, Room: to.info.Name, Resume: token}
}

// assign moves somebody, from wherever they are, into breakout room n, or back into the main one (0).
func (m *meeting) assign(by, id string, n int) error {
	small := m.breakouts()
	if n > len(small) {
		return badMessage("there is no such breakout room")
	}
	to := m
	if n > 0 {
		to = small[n-1]
	}
	for _, from := range append(small, m) {
		m.move(id, from, to)
	}
	m.tellBreakouts()
	return nil
}

// announce says something in all breakout rooms, and to those who stayed.
func (m *meeting) announce(by, text string) error {
	name := ""
	all := append(m.breakouts(), m)
	for _, each := range all {
		if who, ok := each.member(by); ok {
			name = who.Name
		}
	}
	for _, each := range all {
		each.broadcast(Announcement{T: "announce", Name: name, Text: text})
	}
	return nil
}

// recall brings everybody back and closes the breakout rooms.
func (m *meeting) recall() {
	for _, small := range m.breakouts() {
		small.mu.Lock()
		ids := small.state.Members()
		small.ended = true
		small.mu.Unlock()
		for _, who := range ids {
			m.move(who.ID, small, m)
		}
		m.hub.forget(small)
	}
	m.dropBreakouts()
	m.tellBreakouts()
}

// forget takes a meeting that has ended out of the list, so that the next one begins anew.
func (h *Hub) forget(m *meeting) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.meetings[m.info.Name] != m {
		return
	}
	delete(h.meetings, m.info.Name)
	if m.main == nil {
		h.chat.SetOccupied(m.info.Name, false)
	}
	h.media.SetProfile(m.info.Name, "")
}

// tellBreakouts tells moderators, wherever they are, who is in which breakout room.
func (m *meeting) tellBreakouts() {
	out := Breakouts{T: "breakouts", Rooms: []BreakoutGroup{}}
	all := append([]*meeting{m}, m.breakouts()...)
	for _, each := range all {
		each.mu.Lock()
		group := BreakoutGroup{N: each.n, Members: []LobbySeat{}}
		for _, who := range each.state.Members() {
			group.Members = append(group.Members, LobbySeat{ID: who.ID, Name: who.Name, Role: who.Role.String()})
		}
		each.mu.Unlock()
		out.Rooms = append(out.Rooms, group)
	}
	f := encode(out)
	for _, each := range all {
		each.mu.Lock()
		for id, s := range each.seats {
			if who, ok := each.state.Get(id); ok && each.rightsLocked(who.Role).May(room.RunBreakouts) {
				s.push(f)
			}
		}
		each.mu.Unlock()
	}
}

// breakoutsChangedLocked has tellBreakouts run by the hub's sweep: it takes several meetings' locks one after the other.
func (m *meeting) breakoutsChangedLocked() {
	if m.main != nil || len(m.small) > 0 {
		m.stirred = true
	}
}

// takeStirred tells once that who is where has changed.
func (m *meeting) takeStirred() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	was := m.stirred
	m.stirred = false
	return was
}

// sayHere tells the people in a breakout room what somebody writes; it is stored nowhere.
func (m *meeting) sayHere(who room.Member, e Say) {
	m.mu.Lock()
	n := int64(1)
	if last := len(m.chat.list); last > 0 {
		n = m.chat.list[last-1].N + 1
	}
	m.mu.Unlock()
	m.said(room.Message{Room: m.info.Name, N: n, From: who.ID, Name: who.Name, Seat: who.Seat, At: time.Now(), Text: e.Text}, e.Ref)
}
