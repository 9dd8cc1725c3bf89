package signaling

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"tablee/ratelimit"
	"tablee/room"
)

// change changes the salon from outside, as the admin page does.
func (h *house) change(change func(*room.Settings)) {
	h.t.Helper()
	if _, err := h.rooms.Update(h.t.Context(), "salon", func(r *room.Room) error { change(&r.Settings); return nil }); err != nil {
		h.t.Fatal(err)
	}
}

// knock dials and says hello, and expects nothing.
func (h *house) knock(m ClientMessage, header ...string) *client {
	h.t.Helper()
	head := http.Header{}
	for i := 0; i < len(header); i += 2 {
		head.Set(header[i], header[i+1])
	}
	c := h.dial("salon", head)
	m.T, m.V = "hello", Version
	if m.Name == "" {
		m.Name = "Guest"
	}
	c.say(m)
	return c
}

// refused knocks and expects to be refused.
func (h *house) refused(code room.Code, m ClientMessage, header ...string) Error {
	h.t.Helper()
	c := h.knock(m, header...)
	e := c.expectError(code)
	c.expectClose(1008)
	return e
}

// rest takes all that has come so far.
func (c *client) rest() (all []incoming) {
	time.Sleep(time.Second)
	for {
		select {
		case m, ok := <-c.inbox:
			if !ok {
				return all
			}
			all = append(all, m)
		default:
			return all
		}
	}
}

// Who waits receives nothing of the room, whatever happens in it: everything that is sent to them is looked at.
func TestLobbyLeaksNothing(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		h.change(func(s *room.Settings) { s.Lobby = true })
		anna := h.join(ClientMessage{Name: "Anna-canary", Host: h.host})
		bob := h.knock(ClientMessage{Name: "Bob"})
		var w Waiting
		bob.expect("waiting", &w)
		if w.Place != 1 || !w.Hosted {
			t.Fatalf("%+v", w)
		}
		var l Lobby
		for len(l.Waiting) == 0 {
			anna.expect("lobby", &l)
		}
		if len(l.Waiting) != 1 || l.Waiting[0].Name != "Bob" || l.Waiting[0].Role != "guest" {
			t.Fatalf("%+v", l)
		}
		anna.say(ClientMessage{T: "chat", Text: "canary"})
		anna.say(ClientMessage{T: "react", Emoji: "👍"})
		anna.say(ClientMessage{T: "state", Hand: yes()})
		anna.say(ClientMessage{T: "poll", Orders: Orders{Question: "canary?", Options: []string{"a", "b"}}})
		anna.say(ClientMessage{T: "timer", Orders: Orders{Seconds: 60}})
		anna.say(ClientMessage{T: "room", Orders: Orders{Settings: &SettingsPatch{StartMuted: yes()}}})
		carl := h.join(ClientMessage{Name: "Carl-canary", Host: h.host})
		carl.say(ClientMessage{T: "leave"})
		dora := h.knock(ClientMessage{Name: "Dora-canary"})
		dora.expect("waiting", &w)
		if w.Place != 2 {
			t.Errorf("%+v", w)
		}
		bob.say(ClientMessage{T: "ping", N: 7})
		for _, m := range bob.rest() {
			if !slices.Contains([]string{"waiting", "pong"}, m.kind) || strings.Contains(string(m.data), "canary") || strings.Contains(string(m.data), "alon") {
				t.Errorf("one who waits was sent %s", m.data)
			}
		}
		if len(h.hub.Seated("salon")) != 0 {
			t.Error("who is inside is told outside")
		}
		if len(h.media.all()) != 0 {
			t.Error("somebody who waits has media")
		}
	})
}

// In the lobby one may wait, leave, and enter when one was let in; all else ends the connection.
func TestWhoWaitsMayDoNothing(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		h.change(func(s *room.Settings) { s.Lobby = true })
		for kind, m := range everything() {
			if kind == "ping" || kind == "leave" {
				continue
			}
			c := h.knock(ClientMessage{})
			c.expect("waiting", &Waiting{})
			c.say(m)
			want := room.CodeHelloExpected
			switch kind {
			case "enter":
				want = room.CodeNotAdmitted
			case "hello":
				want = room.CodeAlreadyJoined
			}
			c.expectError(want)
			c.expectClose(1008)
		}
		time.Sleep(time.Second)
		if s := h.hub.Stats(); s.Members != 0 || s.Rooms != 0 {
			t.Errorf("%+v", s)
		}
	})
}

func TestAdmitAndDeny(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		h.change(func(s *room.Settings) { s.Lobby = true })
		early := h.knock(ClientMessage{Name: "Early"})
		var w Waiting
		if early.expect("waiting", &w); w.Hosted {
			t.Error("nobody is there yet")
		}
		anna := h.join(ClientMessage{Name: "Anna", Host: h.host})
		for !w.Hosted {
			early.expect("waiting", &w)
		}
		guests := []*client{early}
		for i := range 4 {
			guests = append(guests, h.knock(ClientMessage{Name: fmt.Sprint("G", i)}))
			guests[i+1].expect("waiting", &w)
		}
		var l Lobby
		for len(l.Waiting) < 5 {
			anna.expect("lobby", &l)
		}
		enter := func(c *client) {
			c.expect("admitted", &Admitted{})
			c.say(ClientMessage{T: "enter"})
			c.expect("welcome", &c.welcome)
		}
		anna.say(ClientMessage{T: "admit", Orders: Orders{ID: l.Waiting[1].ID}})
		enter(guests[1])
		guests[4].expect("waiting", &w)
		anna.say(ClientMessage{T: "deny", Orders: Orders{ID: l.Waiting[0].ID}})
		guests[0].expectError(room.CodeNotAdmitted)
		guests[0].expectClose(1008)
		guests[3].ws.Close() // gave up
		anna.say(ClientMessage{T: "admit", Orders: Orders{ID: "nobody"}})
		anna.say(ClientMessage{T: "admit"})
		enter(guests[2])
		enter(guests[4])
		// A guest of the meeting admits nobody.
		late := h.knock(ClientMessage{Name: "Late"})
		late.expect("waiting", &w)
		guests[1].say(ClientMessage{T: "admit"})
		guests[1].expectError(room.CodeForbidden)
		// One who was inside comes back without waiting; one whose token is of another meeting does not.
		guests[2].ws.Close()
		time.Sleep(time.Minute)
		back := h.knock(ClientMessage{Name: "Back", Resume: guests[2].welcome.Resume})
		back.expect("welcome", &back.welcome)
		// Opening the lobby lets everybody in.
		anna.say(ClientMessage{T: "room", Orders: Orders{Settings: &SettingsPatch{Lobby: no()}}})
		enter(late)
	})
}

func TestLobbyIsBounded(t *testing.T) {
	inBubble(t, room.Limits{MaxParticipantsTotal: 100}, func(h *house) {
		h.change(func(s *room.Settings) { s.Lobby = true })
		for range room.MaxWaiting {
			h.knock(ClientMessage{}).expect("waiting", &Waiting{})
		}
		h.refused(room.CodeRoomFull, ClientMessage{})
	})
}

func TestDoors(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		in := func(m ClientMessage, header ...string) *client {
			t.Helper()
			c := h.knock(m, header...)
			c.expect("welcome", &c.welcome)
			return c
		}
		link := func(role room.Role, uses int) ClientMessage {
			_, token, err := h.rooms.NewLink(t.Context(), "salon", room.LinkWish{Role: role, Uses: uses})
			if err != nil {
				t.Fatal(err)
			}
			return ClientMessage{Orders: Orders{Link: token}}
		}
		host := ClientMessage{Host: h.host}
		if _, err := h.rooms.SetPassword(t.Context(), "salon", "sésame"); err != nil {
			t.Fatal(err)
		}
		h.refused(room.CodePasswordNeeded, ClientMessage{})
		h.refused(room.CodePasswordNeeded, ClientMessage{}, "Test-Account", "bob")
		h.refused(room.CodePasswordWrong, ClientMessage{Orders: Orders{Password: "sesame"}})
		guest := in(ClientMessage{Orders: Orders{Password: "sésame"}})
		in(host)
		in(link(room.Guest, 0)) // an invitation is enough
		single := link(room.Speaker, 1)
		if c := in(single); c.welcome.Role != "speaker" {
			t.Errorf("%+v", c.welcome.Role)
		}
		h.refused(room.CodeLinkInvalid, single)
		h.refused(room.CodeLinkInvalid, ClientMessage{Orders: Orders{Link: "made up"}})

		h.change(func(s *room.Settings) { s.Locked = true })
		h.refused(room.CodeRoomLocked, ClientMessage{Orders: Orders{Password: "sésame"}})
		h.refused(room.CodeRoomLocked, link(room.Speaker, 0))
		in(link(room.Moderator, 0))
		guest.ws.Close() // who was inside comes back
		in(ClientMessage{Resume: guest.welcome.Resume})

		h.change(func(s *room.Settings) { s.Locked, s.Opens = false, time.Now().Add(90*time.Second) })
		if e := h.refused(room.CodeRoomNotOpen, link(room.Guest, 0)); e.Args["minutes"] != 2 {
			t.Errorf("%+v", e)
		}
		in(host)
		time.Sleep(90 * time.Second)
		in(link(room.Guest, 0))
		h.change(func(s *room.Settings) { s.Max = 2 })
		h.refused(room.CodeRoomFull, host)
		h.change(func(s *room.Settings) { s.Max = 0 })
		if c := in(ClientMessage{Orders: Orders{Password: "sésame"}}, "Test-Account", "bob"); c.welcome.Role != "member" {
			t.Errorf("%s", c.welcome.Role)
		}
	})
}

// A link that was for one is not used up by somebody whom the door then refuses.
func TestALinkIsUsedByWhoGetsIn(t *testing.T) {
	inBubble(t, room.Limits{MaxParticipants: 1}, func(h *house) {
		_, token, err := h.rooms.NewLink(t.Context(), "salon", room.LinkWish{Role: room.Guest, Uses: 1})
		if err != nil {
			t.Fatal(err)
		}
		anna := h.join(ClientMessage{Name: "Anna"})
		m := ClientMessage{Orders: Orders{Link: token}}
		h.refused(room.CodeRoomFull, m)
		anna.say(ClientMessage{T: "leave"})
		time.Sleep(time.Second)
		c := h.knock(m)
		c.expect("welcome", &c.welcome)
		c.ws.Close()
		time.Sleep(time.Second)
		m.Resume = c.welcome.Resume // a reload comes with both
		again := h.knock(m)
		again.expect("welcome", &again.welcome)
	})
}

// Ten thousand guesses, in virtual time: from one place, and from ten thousand places at once.
func TestGuesses(t *testing.T) {
	place := func(n int) netip.Addr { return netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)}) }
	try := func(from func(i int) netip.Addr, every time.Duration) (tried int, took time.Duration) {
		now := epoch
		g := newGuesses()
		for i := 0; tried < 10_000; i++ {
			if g.password(g.Client(from(i)), "salon", now) == 0 {
				tried++
			}
			now = now.Add(every)
		}
		return tried, now.Sub(epoch)
	}
	if _, took := try(func(int) netip.Addr { return place(1) }, time.Second); took < 40*time.Hour {
		t.Errorf("from one place it takes %v", took)
	}
	if _, took := try(place, 100*time.Millisecond); took < 5*time.Hour {
		t.Errorf("from everywhere it takes %v", took)
	}
	g := newGuesses()
	one, two, three := g.Client(place(1)), g.Client(place(2)), g.Client(place(3))
	for range 1000 { // who knows the password is never slowed down
		if wait := g.password(one, "a", epoch); wait > 0 {
			t.Fatal(wait)
		}
		g.right(one, "a")
	}
	for range guessBurstClient {
		g.password(two, "b", epoch)
	}
	if wait := g.password(two, "b", epoch); wait != guessEveryClient {
		t.Errorf("after the burst the wait is %v", wait)
	}
	if g.password(three, "b", epoch) > 0 {
		t.Error("another client has to wait, too")
	}
	if g.links(two, epoch) > 0 {
		t.Error("who mistyped a password cannot come with a link")
	}
}

// Made-up links and join tokens at a door: after some of them the good one has to wait as well, from there, and from nowhere
// else; whoever has a seat comes back to it whatever they bring.
func TestGuessingInvitations(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		_, token, err := h.rooms.NewLink(t.Context(), "salon", room.LinkWish{Role: room.Moderator})
		if err != nil {
			t.Fatal(err)
		}
		good := ClientMessage{Orders: Orders{Link: token}}
		here := []string{"Test-Address", "192.0.2.66"}
		seated := h.knock(good, here...)
		seated.expect("welcome", &seated.welcome)
		burst := ratelimit.Links().Burst
		for n := range burst {
			m := ClientMessage{Orders: Orders{Link: "made up"}}
			if n%2 == 1 {
				m = ClientMessage{Token: "made up"}
			}
			h.refused(room.CodeLinkInvalid, m, here...)
		}
		for _, m := range []ClientMessage{{Token: "made up"}, good} {
			if e := h.refused(room.CodeRateLimited, m, here...); e.Args["seconds"] != 3 {
				t.Errorf("%+v", e)
			}
		}
		c := h.knock(good, "Test-Address", "192.0.2.7")
		c.expect("welcome", &c.welcome)
		back := h.knock(ClientMessage{Resume: seated.welcome.Resume, Orders: Orders{Link: "made up"}}, here...)
		back.expect("welcome", &back.welcome)
		h.knock(ClientMessage{Name: "Zoé"}, here...).expect("welcome", &Welcome{}) // without a link nobody waits
		time.Sleep(ratelimit.Links().Every)
		c = h.knock(good, here...)
		c.expect("welcome", &c.welcome)
		if c.welcome.Role != "moderator" {
			t.Errorf("after the wait the link gives %s", c.welcome.Role)
		}
	})
}

// Ten thousand in a row from one place: so few are looked at.
func TestTenThousandInvitations(t *testing.T) {
	g := newGuesses()
	client, looked := g.Client(netip.MustParseAddr("2001:db8::7")), 0
	const tries = 10_000
	for n := range tries {
		if now := epoch.Add(time.Duration(n) * time.Second); g.links(client, now) == 0 {
			looked++
			g.wrong(client, now)
		}
	}
	if want := ratelimit.Links().Burst + tries/3; looked < want-2 || looked > want+2 {
		t.Errorf("%d of %d are looked at, %d may be", looked, tries, want)
	}
}

// The same through the door: after some wrong ones even the right password has to wait, but only from there.
func TestGuessesAtTheDoor(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		if _, err := h.rooms.SetPassword(t.Context(), "salon", "right"); err != nil {
			t.Fatal(err)
		}
		wrong, right := ClientMessage{Orders: Orders{Password: "wrong"}}, ClientMessage{Orders: Orders{Password: "right"}}
		here := []string{"Test-Address", "2001:db8::1"}
		for range guessBurstClient {
			h.refused(room.CodePasswordWrong, wrong, here...)
		}
		h.refused(room.CodeRateLimited, wrong, here...)
		if e := h.refused(room.CodeRateLimited, right, "Test-Address", "2001:db8::2"); e.Args["seconds"] < 1 { // the same household
			t.Errorf("%+v", e)
		}
		h.knock(right, "Test-Address", "192.0.2.7").expect("welcome", &Welcome{})
		time.Sleep(guessEveryClient)
		h.knock(right, here...).expect("welcome", &Welcome{})
	})
}

// A token of the last meeting does not open the lobby of the next one; of an interrupted one it does.
func TestTokensOfAnotherMeeting(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		h.change(func(s *room.Settings) { s.Lobby = true })
		time.Sleep(restartGrace)
		anna := h.join(ClientMessage{Name: "Anna", Host: h.host})
		bob := h.knock(ClientMessage{Name: "Bob"})
		bob.expect("waiting", &Waiting{})
		anna.say(ClientMessage{T: "admit"})
		bob.expect("admitted", &Admitted{})
		bob.say(ClientMessage{T: "enter"})
		bob.expect("welcome", &bob.welcome)
		anna.say(ClientMessage{T: "end"})
		var bye Bye
		if bob.expect("bye", &bye); bye.Reason != ByeEnded {
			t.Errorf("%+v", bye)
		}
		bob.expectClose(1000)
		h.knock(ClientMessage{Name: "Bob", Resume: bob.welcome.Resume}).expect("waiting", &Waiting{})
		h.stop()
		h.start(room.Limits{}) // the server is restarted: whoever was inside goes on
		h.knock(ClientMessage{Name: "Bob", Resume: bob.welcome.Resume}).expect("welcome", &Welcome{})
	})
}

// A meeting that is ended is over for who is away or waits, too, and a temporary room goes with it.
func TestEndForAll(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		h.change(func(s *room.Settings) { s.Temporary = true })
		anna := h.join(ClientMessage{Name: "Anna", Host: h.host})
		away := h.join(ClientMessage{Name: "Away"})
		away.ws.Close()
		h.change(func(s *room.Settings) { s.Lobby = true })
		waits := h.knock(ClientMessage{})
		waits.expect("waiting", &Waiting{})
		anna.say(ClientMessage{T: "end"})
		waits.expectError(room.CodeRoomUnknown)
		anna.expectClose(1000)
		time.Sleep(time.Second)
		if s := h.hub.Stats(); s.Members != 0 || s.Rooms != 0 || s.Conns != 0 {
			t.Errorf("%+v", s)
		}
		if _, err := h.rooms.Get(t.Context(), "salon"); !errors.Is(err, &room.Error{Code: room.CodeRoomUnknown}) {
			t.Error(err)
		}
	})
}

// A temporary room goes ten minutes after the last one has left, and not while somebody is there.
func TestTemporaryRooms(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		h.change(func(s *room.Settings) { s.Temporary = true })
		there := func() bool {
			_, err := h.rooms.Get(t.Context(), "salon")
			return err == nil
		}
		anna := h.join(ClientMessage{Name: "Anna"})
		time.Sleep(time.Hour / 6)
		anna.say(ClientMessage{T: "ping"})
		anna.say(ClientMessage{T: "leave"})
		time.Sleep(temporaryGrace - 5*time.Second)
		if !there() {
			t.Fatal("it is gone too soon")
		}
		h.stop()
		h.start(room.Limits{})
		time.Sleep(temporaryGrace - 5*time.Second)
		if !there() {
			t.Fatal("a restart does not begin the grace time anew")
		}
		time.Sleep(10 * time.Second)
		if there() {
			t.Fatal("it is still there")
		}
	})
}
