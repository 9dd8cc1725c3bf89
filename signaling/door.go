package signaling

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/gorilla/websocket"

	"tablee/room"
)

// The way in: who somebody is (session, host token, link, resume token) gives a role; a seat that is kept, or one of this
// meeting before, lets them in at once; else the room's door asks for a password, or makes them wait in the lobby; then
// they are seated. Who waits is told that, and nothing of the room.

// entry is what a connection brings to the door.
type entry struct {
	Join
	room  room.Room
	role  room.Role // by session, host token or link
	plain room.Role // the same without the session's account, which can be taken away
	claim claim     // of a resume token of ours for this room, or zero

	invited bool // has a link or a join token that is good
	byLink  bool // which is to be used up, once there is a seat
	byToken bool
	named   bool // the name is a join token's, now or when the seat was first taken
}

// errAsk says that the door wants a password.
var errAsk = errors.New("the door wants a password")

// join takes the client to its seat, or to the lobby.
func (c *conn) join(j Join) error {
	ctx, cancel := context.WithTimeout(context.Background(), roomWait)
	defer cancel()
	e, m, err := c.identify(ctx, j)
	if err != nil {
		return err
	}
	c.entry = e
	wait, err := m.door(c, e, time.Now(), false)
	if errors.Is(err, errAsk) {
		if err = c.askPassword(e); err == nil {
			wait, err = m.door(c, e, time.Now(), true)
		}
	}
	switch {
	case err != nil:
		c.hub.release(m, 1)
		return err
	case wait:
		c.meeting, c.state = m, c.state.Waits()
		c.waiting, err = m.wait(c, e)
		if err != nil {
			c.hub.release(m, 1)
		}
		return err
	}
	return c.sit(ctx, m, e)
}

// identify finds out who comes, and finds or begins the meeting. A reference to it is held when there is no error.
func (c *conn) identify(ctx context.Context, j Join) (e entry, m *meeting, err error) {
	h := c.hub
	e = entry{Join: j}
	if cl, ok := h.tokens.verify(j.Resume, time.Now()); ok {
		e.claim = cl
	}
	if e.claim.name != "" && e.claim.room == c.roomName && !e.claim.expired { // also when the join token is good no more
		e.Name, e.named = e.claim.name, true
	}
	if e.claim.room == c.roomName && !e.claim.expired {
		h.wakeBreakout(ctx, c.roomName)
	}
	if main, ok := h.breakoutOf(c.roomName); ok {
		if e.claim.room != c.roomName || e.claim.expired {
			return e, nil, &room.Error{Code: room.CodeForbidden, Message: "one comes into a breakout room from its meeting"}
		}
		e.room, e.plain, e.claim.room = main, e.claim.role, c.roomName
		e.role = max(e.plain, c.identity.RoleIn(main))
		m, err = h.acquireBreakout(c.roomName)
		return e, m, err
	}
	if e.room, err = h.rooms.Get(ctx, c.roomName); err != nil {
		return e, nil, err
	}
	if e.claim.room != e.room.Name {
		e.claim = claim{}
	}
	e.role = room.Identity{}.RoleIn(e.room)
	for _, token := range []string{j.Host, c.host} {
		if token != "" && h.rooms.IsHost(ctx, e.room.Name, token) {
			e.role = room.Host
		}
	}
	if err := c.invitation(ctx, &e); err != nil && e.claim.id == "" { // one who comes back has used theirs up
		return e, nil, err
	}
	e.plain, e.role = e.role, max(e.role, c.identity.RoleIn(e.room))
	m, err = h.acquire(ctx, e.room)
	return e, m, err
}

// invitation takes what a link and a join token say into the entry. Those that lead nowhere are limited, by client.
func (c *conn) invitation(ctx context.Context, e *entry) error {
	if e.Link == "" && e.Token == "" {
		return nil
	}
	if wait := c.hub.guesses.links(c.client, time.Now()); wait > 0 {
		return slow(wait, "too many links that lead nowhere; wait a little")
	}
	var errs []error
	if e.Link != "" {
		errs = append(errs, c.openLink(ctx, e))
	}
	if e.Token != "" {
		errs = append(errs, c.openToken(ctx, e))
	}
	for _, err := range errs {
		if room.CodeOf(err) == room.CodeLinkInvalid {
			c.hub.guesses.wrong(c.client, time.Now())
		}
	}
	return cmp.Or(errs...)
}

func (c *conn) openLink(ctx context.Context, e *entry) error {
	l, err := c.hub.rooms.LookAtLink(ctx, e.room.Name, e.Link)
	if err == nil {
		e.invited, e.byLink, e.role = true, true, max(e.role, l.Role)
	}
	return err
}

// openToken takes what a join token says into the entry. It stands in for password and lobby, as a link does.
func (c *conn) openToken(ctx context.Context, e *entry) error {
	g, err := c.hub.join.Look(ctx, e.room.Name, e.Token)
	if err != nil {
		return err
	}
	by := room.Identity{GrantRoom: g.Room, Grant: g.Role}
	e.invited, e.byToken, e.role = true, true, max(e.role, by.RoleIn(e.room))
	if g.Name != "" {
		e.Name, e.named = g.Name, true
	}
	return nil
}

// sit gives the client a seat. The caller's reference to m goes to the seat, or is given back.
func (c *conn) sit(ctx context.Context, m *meeting, e entry) error {
	h := c.hub
	if !m.knows(e.claim.id) {
		err := m.hasRoom()
		if err == nil && m.main == nil {
			err = c.admission(m.info.Name)
		}
		if err == nil && e.byLink { // last, so that a link is used up by who gets in
			_, err = h.rooms.TakeLink(ctx, m.info.Name, e.Link)
		}
		if err == nil && e.byToken {
			err = h.join.Take(ctx, m.info.Name, e.Token)
		}
		if err != nil {
			h.release(m, 1)
			return err
		}
	}
	s, a, fresh, err := m.enter(c, e)
	if err != nil || !fresh {
		h.release(m, 1) // a new seat keeps the reference
	}
	if err != nil {
		return err
	}
	c.meeting, c.seat, c.pc = m, s, a.pc
	if a.replaced != nil {
		a.replaced.out.finish(ending{code: websocket.CloseNormalClosure, bye: &Bye{T: "bye", Reason: ByeReplaced}})
	}
	s.retire(a.stale)
	c.state = c.state.Admitted(room.Rights(s.rights.Load()))
	return nil
}

// enterFromLobby is sit for one whom a moderator has let in.
func (c *conn) enterFromLobby() error {
	m, id := c.meeting, c.waiting
	if id == "" || !m.takeAdmitted(id) {
		return &room.Error{Code: room.CodeNotAdmitted, Message: "nobody has let you in yet"}
	}
	c.waiting = "" // the reference goes to the seat
	ctx, cancel := context.WithTimeout(context.Background(), roomWait)
	defer cancel()
	return c.sit(ctx, m, c.entry)
}

// askPassword compares the password that came with hello. Wrong ones are limited, by client and by room.
func (c *conn) askPassword(e entry) error {
	if e.Password == "" {
		return &room.Error{Code: room.CodePasswordNeeded, Message: "the room has a password; say it"}
	}
	h := c.hub
	if wait := h.guesses.password(c.client, e.room.Name, time.Now()); wait > 0 {
		return slow(wait, "too many wrong passwords; wait a little")
	}
	if !h.rooms.CheckPassword(e.room, e.Password) {
		return &room.Error{Code: room.CodePasswordWrong, Message: "that is not the room's password; try again"}
	}
	h.guesses.right(c.client, e.room.Name)
	return nil
}

// door decides about somebody who stands before it: in, into the lobby (wait), errAsk, or another refusal.
func (m *meeting) door(c *conn, e entry, now time.Time, password bool) (wait bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.ended {
		return false, errEnded()
	}
	role := max(e.role, m.granted[e.claim.id])
	if m.bannedLocked(c, e) && role < room.Host {
		return false, &room.Error{Code: room.CodeBanned, Message: "you were removed from this meeting and cannot come back to it"}
	}
	if m.main != nil || m.returnsLocked(e.claim, now) {
		return false, nil
	}
	ask, wait, err := m.room.Settings.Door(role, e.invited, now)
	if err == nil && ask && !password {
		err = errAsk
	}
	return wait, err
}

// returnsLocked tells whether a claim is of somebody who was let in before: their seat is kept, or was given up in this
// meeting, or the server has just been restarted in the middle of it.
func (m *meeting) returnsLocked(c claim, now time.Time) bool {
	if c.id == "" || m.removed[c.id] {
		return false
	}
	if _, kept := m.state.Get(c.id); kept {
		return true
	}
	return !c.expired && (m.known[c.id] || now.Sub(m.hub.born) < restartGrace)
}

// bannedLocked compares what is known of somebody with what is known of the banned.
func (m *meeting) bannedLocked(c *conn, e entry) bool {
	return m.banned["member:"+e.claim.id] || c.browser != "" && m.banned["browser:"+c.browser] ||
		c.identity.Account != "" && m.banned["account:"+c.identity.Account]
}

// hasRoom refuses when the meeting is full.
func (m *meeting) hasRoom() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.state.Len() >= m.maxLocked() {
		return &room.Error{Code: room.CodeRoomFull, Message: "the room is full; try again when somebody has left"}
	}
	return nil
}

// knows tells whether a seat is kept for id.
func (m *meeting) knows(id string) bool {
	_, kept := m.member(id)
	return kept
}

func errEnded() error {
	return &room.Error{Code: room.CodeRoomUnknown, Message: "the meeting has ended"}
}
