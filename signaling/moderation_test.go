package signaling

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tablee/room"
)

// cast is one of each role in a meeting, by the way that people of that role really come.
func (h *house) cast() map[string]*client {
	h.t.Helper()
	all := map[string]*client{"host": h.join(ClientMessage{Name: "host", Host: h.host})}
	for _, role := range []room.Role{room.Listener, room.Guest, room.Speaker, room.Moderator} {
		_, token, err := h.rooms.NewLink(h.t.Context(), "salon", room.LinkWish{Role: role})
		if err != nil {
			h.t.Fatal(err)
		}
		name := role.String()
		all[name] = h.knock(ClientMessage{Name: name, Orders: Orders{Link: token}})
		all[name].expect("welcome", &all[name].welcome)
	}
	all["member"] = h.knock(ClientMessage{Name: "member"}, "Test-Account", "bob")
	all["member"].expect("welcome", &all["member"].welcome)
	return all
}

// outcome says something and tells whether it was refused as forbidden.
func (c *client) outcome(m ClientMessage) (forbidden bool) {
	c.t.Helper()
	n := time.Now().UnixNano()
	c.say(m)
	c.say(ClientMessage{T: "ping", N: n})
	for {
		kind, data, err := c.next()
		if err != nil {
			return false // what was said ended the connection
		}
		switch {
		case kind == "error" && code(data) == "forbidden":
			forbidden = true
		case kind == "pong" && strings.Contains(string(data), strconv.FormatInt(n, 10)):
			time.Sleep(time.Second) // the bucket of orders refills
			return forbidden
		}
	}
}

// The matrix of roles and actions, through the real WebSocket.
func TestMatrix(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		h.change(func(s *room.Settings) { s.Arrive = room.Listener })
		cast := h.cast()
		for name, c := range cast {
			role, ok := room.ParseRole(name)
			if !ok || c.welcome.Role != name {
				t.Fatalf("%s came as %s", name, c.welcome.Role)
			}
			for kind, m := range everything() {
				if kind == "hello" || kind == "leave" || kind == "enter" || kind == "end" || kind == "breakouts" || kind == "offer" {
					continue
				}
				if kind == "close" || kind == "vote" {
					m.Poll = 99
				}
				if m.T == "state" {
					m.Mic = nil
				}
				want := rules[kind].guarded && !role.May(rules[kind].action)
				if got := c.outcome(m); got != want {
					t.Errorf("%s says %s, forbidden: %v", name, kind, got)
				}
			}
		}
		for name, c := range cast {
			if name != "host" && !c.outcome(ClientMessage{T: "end"}) {
				t.Errorf("a %s ends the meeting", name)
			}
		}
		cast["host"].say(ClientMessage{T: "end"})
		for _, c := range cast {
			c.expectClose(1000)
		}
	})
}

func mute(id, what string) ClientMessage {
	return ClientMessage{T: "mute", Orders: Orders{ID: id, What: what}}
}

func (h *house) peerOf(id string) *fakePeer {
	h.t.Helper()
	for _, p := range h.media.all() {
		if p.id == id {
			return p
		}
	}
	h.t.Fatalf("%s has no peer", id)
	return nil
}

// Muting is enforced in the engine, told to the one whom it concerns and to all, and ends with that one's own wish.
func TestMute(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		anna := h.join(ClientMessage{Name: "Anna", Host: h.host, Mic: yes()})
		bob := h.join(ClientMessage{Name: "Bob", Mic: yes(), Cam: yes()})
		bob.say(ClientMessage{T: "offer", SDP: "v=0"})
		bob.expect("answer", &Answer{})
		peer := h.peerOf(bob.welcome.ID)
		if peer.allowed() != (Gate{true, true, true}) {
			t.Fatalf("%+v", peer.allowed())
		}
		anna.say(mute(bob.welcome.ID, KindMic))
		var asked Asked
		if bob.expect("asked", &asked); asked != (Asked{T: "asked", Do: AskedMuted, What: KindMic, By: anna.welcome.ID}) {
			t.Errorf("%+v", asked)
		}
		var e MemberEvent
		for e.Member.ID != bob.welcome.ID || e.Member.Mic {
			anna.expect("member", &e)
		}
		if !e.Member.Cam || peer.allowed() != (Gate{false, true, true}) {
			t.Errorf("%+v %+v", e, peer.allowed())
		}
		anna.say(mute("", KindCamera)) // all but oneself
		bob.expect("asked", &asked)
		if peer.allowed() != (Gate{false, false, true}) || asked.What != KindCamera {
			t.Errorf("%+v %+v", asked, peer.allowed())
		}
		bob.say(ClientMessage{T: "state", Mic: yes()})
		bob.sync()
		if peer.allowed() != (Gate{true, false, true}) {
			t.Errorf("%+v", peer.allowed())
		}
		if who, _ := h.hub.meetings["salon"].member(anna.welcome.ID); !who.Mic {
			t.Error("who mutes all is muted")
		}
		anna.say(ClientMessage{T: "ask", Orders: Orders{ID: bob.welcome.ID, What: KindCamera}})
		if bob.expect("asked", &asked); asked.Do != AskedUnmute || asked.What != KindCamera || peer.allowed().Camera {
			t.Errorf("%+v %+v", asked, peer.allowed())
		}
		// A new PeerConnection is as muted as the old one.
		peer.notify(Notice{Lost: true})
		bob.say(ClientMessage{T: "offer", SDP: "v=1"})
		bob.expect("answer", &Answer{})
		if again := h.media.all()[1]; again.allowed() != (Gate{true, false, true}) {
			t.Errorf("%+v", again.allowed())
		}
	})
}

// A listener who publishes anyway is not forwarded, and one who is given the floor is.
func TestListenersAreNotForwarded(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		h.change(func(s *room.Settings) { s.Arrive = room.Listener })
		anna := h.join(ClientMessage{Name: "Anna", Host: h.host})
		bob := h.join(ClientMessage{Name: "Bob", Mic: yes(), Cam: yes()})
		if me := bob.welcome.Members[1]; me.Mic || me.Cam || bob.welcome.Role != "listener" {
			t.Errorf("%+v", bob.welcome)
		}
		bob.say(ClientMessage{T: "offer", SDP: "v=0", Mids: &Mids{Mic: "0"}})
		bob.expect("answer", &Answer{})
		peer := h.peerOf(bob.welcome.ID)
		if peer.allowed() != (Gate{}) {
			t.Fatalf("%+v", peer.allowed())
		}
		grant := func(role string) {
			t.Helper()
			anna.say(ClientMessage{T: "grant", Orders: Orders{ID: bob.welcome.ID, Role: role}})
			anna.sync()
		}
		grant("speaker")
		var you You
		if bob.expect("you", &you); you.Role != "speaker" || !slices.Contains(you.Rights, "mic") || peer.allowed() != (Gate{true, true, true}) {
			t.Errorf("%+v %+v", you, peer.allowed())
		}
		bob.say(ClientMessage{T: "state", Mic: yes()})
		bob.sync()
		grant("listener")
		if bob.expect("you", &you); you.Role != "listener" || peer.allowed() != (Gate{}) {
			t.Errorf("%+v %+v", you, peer.allowed())
		}
		if who, _ := h.hub.meetings["salon"].member(bob.welcome.ID); who.Mic {
			t.Error("a listener's microphone is on")
		}
		// A setting does the same as a role.
		grant("guest")
		h.change(func(s *room.Settings) { s.Talk = room.Speaker })
		if got := peer.allowed(); got != (Gate{false, true, true}) {
			t.Errorf("%+v", got)
		}
		if p, ok := h.hub.Pass("salon", bob.welcome.Resume); !ok || p.May(room.PublishMic) || !p.May(room.WritePad) {
			t.Errorf("%+v %v", p, ok)
		}
	})
}

func TestStartMuted(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		h.change(func(s *room.Settings) { s.StartMuted = true })
		anna := h.join(ClientMessage{Name: "Anna", Host: h.host, Mic: yes()})
		bob := h.join(ClientMessage{Name: "Bob", Mic: yes(), Cam: yes()})
		if who := bob.welcome.Members; !who[0].Mic || who[1].Mic || who[1].Cam || anna.welcome.Role != "host" {
			t.Errorf("%+v", who)
		}
		bob.say(ClientMessage{T: "state", Mic: yes()})
		bob.sync()
		if who, _ := h.hub.meetings["salon"].member(bob.welcome.ID); !who.Mic {
			t.Error("bob cannot switch his microphone on")
		}
	})
}

// Granting and revoking: who may do it to whom, what it is worth after a reconnect, and that no old token brings it back.
func TestGrant(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		cast := h.cast()
		grant := func(by, to, role string) bool {
			return cast[by].outcome(ClientMessage{T: "grant", Orders: Orders{ID: cast[to].welcome.ID, Role: role}})
		}
		for _, c := range []struct {
			by, to, role string
			forbidden    bool
		}{
			{"moderator", "guest", "moderator", true}, {"moderator", "host", "guest", true}, {"host", "host", "guest", true}, {"guest", "listener", "guest", true},
			{"moderator", "guest", "speaker", false}, {"moderator", "speaker", "listener", false}, {"host", "guest", "moderator", false}, {"moderator", "guest", "listener", true},
			{"host", "moderator", "guest", false},
		} {
			if got := grant(c.by, c.to, c.role); got != c.forbidden {
				t.Errorf("%s makes %s a %s, forbidden: %v", c.by, c.to, c.role, got)
			}
		}
		back := func(name string) string { // their seat is given up, and they come back with the token of the beginning
			cast[name].say(ClientMessage{T: "leave"})
			time.Sleep(time.Second)
			c := h.knock(ClientMessage{Name: name, Resume: cast[name].welcome.Resume})
			c.expect("welcome", &c.welcome)
			return c.welcome.Role
		}
		if role := back("moderator"); role != "guest" {
			t.Errorf("the unmade moderator came back as %s", role)
		}
		if role := back("guest"); role != "moderator" {
			t.Errorf("the new moderator came back as %s", role)
		}
	})
}

func TestRemoveAndBan(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		cast := h.cast()
		remove := func(by, who string, ban bool) ClientMessage {
			return ClientMessage{T: "remove", Orders: Orders{ID: cast[who].welcome.ID, Ban: ban}}
		}
		for _, c := range [][2]string{{"guest", "listener"}, {"moderator", "host"}, {"speaker", "guest"}} {
			if !cast[c[0]].outcome(remove(c[0], c[1], false)) {
				t.Errorf("a %s removes a %s", c[0], c[1])
			}
		}
		guest := cast["guest"]
		guest.say(ClientMessage{T: "offer", SDP: "v=0"})
		guest.expect("answer", &Answer{})
		peer := h.peerOf(guest.welcome.ID)
		cast["moderator"].say(remove("moderator", "guest", false))
		var bye Bye
		if guest.expect("bye", &bye); bye.Reason != ByeRemoved || bye.Retry != 0 {
			t.Errorf("%+v", bye)
		}
		var left Left
		for left.ID != guest.welcome.ID {
			cast["host"].expect("left", &left)
		}
		if left.Reason != "removed" || peer.closes() != 1 {
			t.Errorf("%+v, closed %d times", left, peer.closes())
		}
		// Removed, one may come back, but as a stranger.
		h.change(func(s *room.Settings) { s.Lobby = true })
		h.knock(ClientMessage{Resume: guest.welcome.Resume}).expect("waiting", &Waiting{})
		h.change(func(s *room.Settings) { s.Lobby = false })

		mallory := h.knock(ClientMessage{Name: "Mallory"}, "Test-Browser", "firefox")
		mallory.expect("welcome", &mallory.welcome)
		cast["mallory"] = mallory
		cast["host"].say(remove("host", "mallory", true))
		cast["host"].say(remove("host", "member", true))
		if mallory.expect("bye", &bye); bye.Reason != ByeBanned {
			t.Errorf("%+v", bye)
		}
		cast["member"].expectClose(1000)
		h.refused(room.CodeBanned, ClientMessage{Resume: mallory.welcome.Resume})
		h.refused(room.CodeBanned, ClientMessage{}, "Test-Browser", "firefox")
		h.refused(room.CodeBanned, ClientMessage{}, "Test-Account", "bob")
		h.knock(ClientMessage{}, "Test-Browser", "other").expect("welcome", &Welcome{})
	})
}

func TestHandsPollsTimer(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		anna := h.join(ClientMessage{Name: "Anna", Host: h.host})
		bob := h.join(ClientMessage{Name: "Bob"})
		bob.say(ClientMessage{T: "state", Hand: yes()})
		anna.say(ClientMessage{T: "lower", Orders: Orders{ID: bob.welcome.ID}})
		bob.sync()
		bob.say(ClientMessage{T: "state", Hand: yes()})
		bob.sync()
		anna.say(ClientMessage{T: "lower"})
		var asked Asked
		if bob.expect("asked", &asked); asked.Do != AskedLowered {
			t.Errorf("%+v", asked)
		}
		if who, _ := h.hub.meetings["salon"].member(bob.welcome.ID); who.Hand != 0 {
			t.Errorf("%+v", who)
		}

		anna.say(ClientMessage{T: "poll", Orders: Orders{Question: "Quand ?", Options: []string{"lundi", "mardi"}}})
		var poll PollEvent
		if bob.expect("poll", &poll); poll.Poll != 1 || len(poll.Votes) != 2 || poll.Closed {
			t.Errorf("%+v", poll)
		}
		bob.say(ClientMessage{T: "vote", Orders: Orders{Poll: 1, Choices: []int{1}}})
		for poll.People == 0 {
			bob.expect("poll", &poll)
		}
		if poll.Votes[1] != 1 || !slices.Equal(poll.Mine, []int{1}) || poll.Voters[1][0] != "Bob" {
			t.Errorf("%+v", poll)
		}
		poll = PollEvent{}
		for poll.People == 0 {
			anna.expect("poll", &poll)
		}
		if len(poll.Mine) != 0 {
			t.Errorf("%+v", poll)
		}
		anna.say(ClientMessage{T: "close", Orders: Orders{Poll: 1}})
		anna.sync()
		bob.say(ClientMessage{T: "vote", Orders: Orders{Poll: 1, Choices: []int{0}}})
		bob.expectError(room.CodeForbidden)

		anna.say(ClientMessage{T: "timer", Orders: Orders{Seconds: 90}})
		var timer Timer
		if bob.expect("timer", &timer); timer.Left != 90_000 || timer.Total != 90_000 {
			t.Errorf("%+v", timer)
		}
		time.Sleep(5 * time.Second)
		late := h.knock(ClientMessage{Name: "Carl"})
		if late.expect("poll", &poll); !poll.Closed || poll.Votes[1] != 1 {
			t.Errorf("%+v", poll)
		}
		if late.expect("timer", &timer); timer.Left > 85_000 || timer.Left < 80_000 {
			t.Errorf("%+v", timer)
		}
	})
}

func TestLinksByWebSocket(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		cast := h.cast()
		mod := cast["moderator"]
		mod.say(ClientMessage{T: "invite", Orders: Orders{Role: "speaker", Label: "Zoé", Hours: 1, Uses: 1}})
		var in Invited
		mod.expect("invited", &in)
		if in.Link.Role != "speaker" || in.Link.Label != "Zoé" || in.Link.Uses != 1 || in.Link.Token == "" || in.Link.Expires == 0 {
			t.Fatalf("%+v", in)
		}
		for _, role := range []string{"moderator", "host", "admin"} {
			if !mod.outcome(ClientMessage{T: "invite", Orders: Orders{Role: role}}) {
				t.Errorf("a moderator invites a %s", role)
			}
		}
		for role, want := range map[string]bool{"moderator": false, "host": true} {
			if cast["host"].outcome(ClientMessage{T: "invite", Orders: Orders{Role: role}}) != want {
				t.Errorf("a host invites a %s: %v", role, !want)
			}
		}
		mod.say(ClientMessage{T: "revoke", Orders: Orders{ID: in.Link.ID}})
		var links Links
		mod.expect("links", &links)
		for _, l := range links.Links {
			if l.ID == in.Link.ID || l.Token != "" {
				t.Errorf("%+v", l)
			}
		}
		h.refused(room.CodeLinkInvalid, ClientMessage{Orders: Orders{Link: in.Link.Token}})
	})
}

func TestBreakouts(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		anna := h.join(ClientMessage{Name: "Anna", Host: h.host})
		bob := h.join(ClientMessage{Name: "Bob"})
		carl := h.join(ClientMessage{Name: "Carl"})
		anna.say(ClientMessage{T: "breakouts", Orders: Orders{Groups: [][]string{{bob.welcome.ID}, {carl.welcome.ID}}}})
		moved := func(c *client, want string) *client {
			t.Helper()
			var bye Bye
			if c.expect("bye", &bye); bye.Reason != ByeMoved || bye.Room != want || bye.Resume == "" {
				t.Fatalf("%+v", bye)
			}
			c.expectClose(1000)
			next := h.dial(bye.Room, http.Header{})
			next.say(ClientMessage{T: "hello", V: Version, Name: "x", Resume: bye.Resume})
			next.expect("welcome", &next.welcome)
			if next.welcome.ID != c.welcome.ID {
				t.Errorf("%s became %s", c.welcome.ID, next.welcome.ID)
			}
			return next
		}
		bob, carl = moved(bob, "salon~1"), moved(carl, "salon~2")
		if len(bob.welcome.Members) != 1 || bob.welcome.Room.Title != "Salon – 1" {
			t.Errorf("%+v", bob.welcome)
		}
		var told Breakouts
		for len(told.Rooms) != 3 || len(told.Rooms[1].Members) != 1 || len(told.Rooms[2].Members) != 1 {
			anna.expect("breakouts", &told)
		}
		// What is said stays there, and is stored nowhere.
		bob.say(ClientMessage{T: "chat", Text: "entre nous", Ref: "1"})
		var chat Chat
		if bob.expect("chat", &chat); chat.Ref != "1" || chat.N != 1 {
			t.Errorf("%+v", chat)
		}
		if len(h.chat.stored) != 0 {
			t.Error("it is stored")
		}
		anna.say(ClientMessage{T: "announce", Text: "cinq minutes"})
		var word Announcement
		if bob.expect("announce", &word); word.Text != "cinq minutes" || word.Name != "Anna" {
			t.Errorf("%+v", word)
		}
		for _, m := range carl.rest() {
			if m.kind == "chat" {
				t.Errorf("carl was sent %s", m.data)
			}
		}
		// A pad of the room is open to who is in its breakout rooms; nobody comes in without having been sent.
		if p, ok := h.hub.Pass("salon", bob.welcome.Resume); !ok || p.ID != bob.welcome.ID {
			t.Errorf("%+v %v", p, ok)
		}
		for name, m := range map[string]ClientMessage{"salon~1": {}, "salon~2": {Resume: bob.welcome.Resume}, "salon~9": {Host: h.host}} {
			c := h.dial(name, http.Header{})
			m.T, m.V, m.Name = "hello", Version, "Mallory"
			c.say(m)
			c.expectError(room.CodeForbidden)
		}
		anna.say(ClientMessage{T: "assign", Orders: Orders{ID: carl.welcome.ID, Group: 1}})
		carl = moved(carl, "salon~1")
		if len(carl.welcome.Members) != 2 {
			t.Errorf("%+v", carl.welcome.Members)
		}
		h.change(func(s *room.Settings) { s.Lobby = true }) // who was inside is not kept out of it
		anna.say(ClientMessage{T: "recall"})
		bob, carl = moved(bob, "salon"), moved(carl, "salon")
		time.Sleep(time.Second)
		if s := h.hub.Stats(); s.Rooms != 1 || s.Members != 3 {
			t.Errorf("%+v", s)
		}
		for _, c := range []*client{anna, bob, carl} {
			c.say(ClientMessage{T: "leave"})
		}
		time.Sleep(time.Second)
		if s := h.hub.Stats(); s.Rooms != 0 || s.Members != 0 {
			t.Errorf("%+v", s)
		}
	})
}
