package signaling

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"tablee/room"
)

// inBubble runs a test in virtual time; the bubble fails it when a goroutine is left.
func inBubble(t *testing.T, limits room.Limits, f func(h *house)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { f(newHouse(t, limits)) })
}

func TestTwoMeet(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		anna := h.join(ClientMessage{Name: "  Anna ", Host: h.host, Mic: yes()})
		w := anna.welcome
		if w.Role != "host" || w.Media != MediaNew || w.PC == "" || w.Num == 0 || w.Voices != DefaultVoices || w.Max != 25 ||
			w.Room != (RoomInfo{Name: "salon", Title: "Salon"}) || w.Chat == nil || len(w.Members) != 1 {
			t.Fatalf("welcome %+v", w)
		}
		if me := w.Members[0]; me.ID != w.ID || me.Name != "Anna" || !me.Mic || me.Cam || me.Seat != 0 {
			t.Fatalf("member %+v", me)
		}

		bob := h.join(ClientMessage{Name: "Bob"})
		var joined MemberEvent
		anna.expect("joined", &joined)
		if joined.Member.ID != bob.welcome.ID || joined.Member.Seat != 1 || joined.Member.Role != "guest" {
			t.Fatalf("joined %+v", joined)
		}
		if len(bob.welcome.Members) != 2 || bob.welcome.Members[0].Name != "Anna" {
			t.Fatalf("members %+v", bob.welcome.Members)
		}
		if got := h.hub.Seated("salon"); !slices.Equal(got, []Seated{{"Anna", 0}, {"Bob", 1}}) {
			t.Fatalf("seated %+v", got)
		}

		bob.say(ClientMessage{T: "state", Cam: yes(), Hand: yes()})
		var member MemberEvent
		anna.expect("member", &member)
		if !member.Member.Cam || member.Member.Hand != 1 || member.Member.ID != bob.welcome.ID {
			t.Fatalf("member %+v", member)
		}
		bob.expect("member", &member) // to oneself too

		bob.say(ClientMessage{T: "chat", Text: "salut", Ref: "r1"})
		var line, own Chat
		anna.expect("chat", &line)
		bob.expect("chat", &own)
		if line.Text != "salut" || line.Ref != "" || line.Name != "Bob" || line.N != 1 || own.Ref != "r1" || own.N != 1 {
			t.Fatalf("chat %+v, own %+v", line, own)
		}

		anna.say(ClientMessage{T: "react", Emoji: "❤️"})
		var react React
		bob.expect("react", &react)
		if react.ID != anna.welcome.ID || react.Emoji != "❤️" {
			t.Fatalf("react %+v", react)
		}

		bob.say(ClientMessage{T: "leave"})
		bob.expectClose(websocket.CloseNormalClosure)
		var left Left
		anna.expect("left", &left)
		if left.ID != bob.welcome.ID || left.Reason != "left" {
			t.Fatalf("left %+v", left)
		}
		synctest.Wait()
		if s := h.hub.Stats(); s.Rooms != 1 || s.Members != 1 {
			t.Fatalf("stats %+v", s)
		}
	})
}

func TestMediaIsNegotiated(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		c := h.join(ClientMessage{})
		want := []Video{{ID: "x", Kind: KindCamera, Height: 180}}
		c.say(ClientMessage{T: "demand", Videos: want}) // before the offer: kept for the peer to come
		c.say(ClientMessage{T: "offer", SDP: "v=0", Gen: 7, Mids: &Mids{Mic: "0"}})
		var a Answer
		c.expect("answer", &a)
		if a.Gen != 7 || a.SDP != "answer to v=0" {
			t.Fatalf("answer %+v", a)
		}
		peers := h.media.all()
		if len(peers) != 1 || peers[0].id != c.welcome.ID || peers[0].num != c.welcome.Num || peers[0].offers[0].Mids.Mic != "0" {
			t.Fatalf("peers %+v", peers)
		}
		if !slices.Equal(peers[0].lastDemand().Videos, want) {
			t.Fatalf("the early demand was lost: %v", peers[0].demands)
		}

		peers[0].notify(Notice{Slots: []Slot{{Mid: "4", ID: "x", Kind: KindMic}}, Speaker: &Speaker{ID: "x"}, Send: &Send{Camera: []string{"q"}}})
		var slots Slots
		c.expect("slots", &slots)
		if len(slots.Slots) != 1 || slots.Slots[0].ID != "x" {
			t.Fatalf("slots %+v", slots)
		}
		_, data, _ := c.next()
		if string(data) != `{"t":"speaker","id":"x","talking":[]}` {
			t.Fatalf("speaker %s", data)
		}
		var send Send
		c.expect("send", &send)

		// A second offer goes to the same peer.
		c.say(ClientMessage{T: "offer", SDP: "v=1", Gen: 8})
		c.expect("answer", &a)
		if len(h.media.all()) != 1 || a.Gen != 8 {
			t.Fatalf("answer %+v, %d peers", a, len(h.media.all()))
		}

		// Lost media: the client hears of it, and its next offer makes a new peer.
		peers[0].notify(Notice{Lost: true})
		c.expectError(room.CodeMediaFailed)
		c.say(ClientMessage{T: "offer", SDP: "v=2", Gen: 9})
		c.expect("answer", &a)
		if n := len(h.media.all()); n != 2 || peers[0].closes() != 1 {
			t.Fatalf("%d peers, the lost one closed %d times", n, peers[0].closes())
		}
		c.say(ClientMessage{T: "leave"})
		c.expectClose(websocket.CloseNormalClosure)
		synctest.Wait()
		if h.media.all()[1].closes() != 1 {
			t.Fatal("the peer outlived its member")
		}
	})
}

func TestEngineRefuses(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		c := h.join(ClientMessage{})
		h.media.set(func(m *fakeMedia) { m.joinErr = errors.New("no port") })
		c.say(ClientMessage{T: "offer", SDP: "v=0"})
		c.expectError(room.CodeMediaFailed)
		h.media.set(func(m *fakeMedia) { m.joinErr, m.answerErr = nil, errors.New("not SDP") })
		c.say(ClientMessage{T: "offer", SDP: "v=0"})
		if e := c.expectError(room.CodeOfferInvalid); strings.Contains(e.Message, "not SDP") {
			t.Fatal("internals reach the user")
		}
		if p := h.media.all(); len(p) != 1 || p[0].closes() != 1 {
			t.Fatal("a half-made peer was kept")
		}
		h.media.set(func(m *fakeMedia) { m.answerErr = &room.Error{Code: room.CodeMediaFailed, Message: "closed"} })
		c.say(ClientMessage{T: "offer", SDP: "v=0"})
		c.expectError(room.CodeMediaFailed) // the engine knows better
		h.media.set(func(m *fakeMedia) { m.answerErr = nil })
		c.say(ClientMessage{T: "offer", SDP: "v=0"})
		c.expect("answer", &Answer{})
	})
}

// A slow engine holds up its own client and nobody else.
func TestSlowAnswerStallsNobody(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		anna, bob := h.join(ClientMessage{}), h.join(ClientMessage{})
		h.media.set(func(m *fakeMedia) { m.slow = 3 * time.Second })
		start := time.Now()
		anna.say(ClientMessage{T: "offer", SDP: "v=0"})
		synctest.Wait() // anna's reader is inside the engine now
		bob.say(ClientMessage{T: "state", Hand: yes()})
		bob.expect("member", &MemberEvent{})
		anna.expect("member", &MemberEvent{}) // even anna hears of it
		if d := time.Since(start); d != 0 {
			t.Fatalf("the room stood still for %v", d)
		}
		anna.expect("answer", &Answer{})
		if d := time.Since(start); d != 3*time.Second {
			t.Fatalf("answered after %v", d)
		}
	})
}

func TestResumeKeepsSeatAndMedia(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		anna, bob := h.join(ClientMessage{Name: "Anna", Host: h.host}), h.join(ClientMessage{Name: "Bob"})
		anna.say(ClientMessage{T: "offer", SDP: "v=0"})
		anna.expect("answer", &Answer{})
		peer := h.media.all()[0]
		peer.notify(Notice{Slots: []Slot{{Mid: "3", ID: "old"}}})

		anna.ws.NetConn().Close() // the network drops her
		var m MemberEvent
		bob.expect("member", &m)
		if !m.Member.Away {
			t.Fatalf("member %+v", m)
		}
		peer.notify(Notice{Slots: []Slot{{Mid: "3", ID: ""}, {Mid: "4", ID: "new"}}, Speaker: &Speaker{ID: "new"}})
		<-time.After(room.AwayGrace - 2*time.Second)

		back := h.join(ClientMessage{Name: "Anna", Resume: anna.welcome.Resume, PC: anna.welcome.PC})
		w := back.welcome
		if w.ID != anna.welcome.ID || w.Num != anna.welcome.Num || w.PC != anna.welcome.PC || w.Media != MediaKeep || w.Role != "host" || len(w.Members) != 2 {
			t.Fatalf("welcome %+v", w)
		}
		var slots Slots
		back.expect("slots", &slots) // what she missed
		if len(slots.Slots) != 2 || slots.Slots[0] != (Slot{Mid: "3"}) || slots.Slots[1].ID != "new" {
			t.Fatalf("slots %+v", slots)
		}
		back.expect("speaker", &Speaker{})
		bob.expect("member", &m)
		if m.Member.Away {
			t.Fatalf("member %+v", m)
		}
		<-time.After(time.Minute / 2) // she is not expired after all
		back.sync()
		if peer.closes() != 0 || len(h.media.all()) != 1 {
			t.Fatal("her media did not survive")
		}
	})
}

func TestResumeWithoutPeerConnection(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		anna := h.join(ClientMessage{})
		anna.say(ClientMessage{T: "offer", SDP: "v=0"})
		anna.expect("answer", &Answer{})
		anna.ws.NetConn().Close()
		synctest.Wait()
		back := h.join(ClientMessage{Resume: anna.welcome.Resume}) // a reloaded page
		if back.welcome.ID != anna.welcome.ID || back.welcome.Media != MediaNew || back.welcome.PC == anna.welcome.PC {
			t.Fatalf("welcome %+v", back.welcome)
		}
		back.sync()
		old := h.media.all()[0]
		if old.closes() != 1 {
			t.Fatal("the old peer is still there")
		}
		old.notify(Notice{Slots: []Slot{{Mid: "1", ID: "x"}}}) // its last words go nowhere
		back.say(ClientMessage{T: "ping", N: 1})
		if kind, data, _ := back.next(); kind != "pong" {
			t.Fatalf("got %s", data)
		}
	})
}

func TestAwayTooLong(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		anna, bob := h.join(ClientMessage{}), h.join(ClientMessage{})
		anna.say(ClientMessage{T: "offer", SDP: "v=0"})
		anna.expect("answer", &Answer{})
		anna.ws.NetConn().Close()
		start := time.Now()
		var left Left
		bob.expect("left", &left)
		if left.ID != anna.welcome.ID || left.Reason != "lost" {
			t.Fatalf("left %+v", left)
		}
		if d := time.Since(start); d < room.AwayGrace || d > room.AwayGrace+2*sweepEvery {
			t.Fatalf("after %v", d)
		}
		synctest.Wait()
		if h.media.all()[0].closes() != 1 || h.hub.Stats().Members != 1 {
			t.Fatal("media or seat outlived the member")
		}
	})
}

// A closed tab is not a tunnel: the others do not look at "coming back" for as long.
func TestAClosedPageLeavesSooner(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		anna, bob := h.join(ClientMessage{}), h.join(ClientMessage{})
		start := time.Now()
		if err := anna.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseGoingAway, ""), start.Add(time.Second)); err != nil {
			t.Fatal(err)
		}
		var left Left
		bob.expect("left", &left)
		if left.ID != anna.welcome.ID || left.Reason != "lost" {
			t.Fatalf("left %+v", left)
		}
		if d := time.Since(start); d < room.ReloadGrace || d > room.ReloadGrace+2*sweepEvery {
			t.Fatalf("after %v", d)
		}
	})
}

func TestReplacedConnection(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		first := h.join(ClientMessage{})
		second := h.join(ClientMessage{Resume: first.welcome.Resume})
		var bye Bye
		first.expect("bye", &bye)
		if bye.Reason != ByeReplaced || bye.Retry != 0 {
			t.Fatalf("bye %+v", bye)
		}
		first.expectClose(websocket.CloseNormalClosure)
		second.say(ClientMessage{T: "chat", Text: "me"})
		var line Chat
		second.expect("chat", &line)
		if line.From != first.welcome.ID || h.hub.Stats().Members != 1 {
			t.Fatalf("chat %+v", line)
		}
	})
}

func TestRestartedServer(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		anna, bob := h.join(ClientMessage{Host: h.host}), h.join(ClientMessage{})
		bob.say(ClientMessage{T: "chat", Text: "before"})
		bob.expect("chat", &Chat{})
		h.stop()
		h.start(room.Limits{})

		// Bob is first, and gets the seat that he had.
		b := h.join(ClientMessage{Name: "Bob", Resume: bob.welcome.Resume, PC: bob.welcome.PC}).welcome
		a := h.join(ClientMessage{Name: "Anna", Resume: anna.welcome.Resume, PC: anna.welcome.PC}).welcome
		if b.ID != bob.welcome.ID || b.Num != bob.welcome.Num || b.Media != MediaNew || b.Role != "guest" {
			t.Fatalf("bob %+v", b)
		}
		if a.ID != anna.welcome.ID || a.Num != anna.welcome.Num || a.Role != "host" {
			t.Fatalf("anna %+v", a)
		}
		for _, m := range a.Members {
			if m.ID == b.ID && m.Seat != 1 || m.ID == a.ID && m.Seat != 0 {
				t.Fatalf("members %+v", a.Members)
			}
		}
		if len(a.Chat) != 1 || a.Chat[0].Text != "before" {
			t.Fatalf("chat %+v", a.Chat)
		}
	})
}

func TestTokensOfOthers(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		if _, _, _, err := h.rooms.Open(t.Context(), "cuisine", room.Identity{}); err != nil {
			t.Fatal(err)
		}
		anna := h.join(ClientMessage{Host: h.host})
		// A token of another room, a broken one, and none: a new guest, never an error.
		elsewhere := h.dial("cuisine", nil)
		elsewhere.say(ClientMessage{T: "hello", V: 1, Name: "x", Resume: anna.welcome.Resume})
		var w Welcome
		elsewhere.expect("welcome", &w)
		if w.ID == anna.welcome.ID || w.Role != "guest" {
			t.Fatalf("welcome %+v", w)
		}
		forged := h.join(ClientMessage{Resume: anna.welcome.Resume[:20] + "AAAA" + anna.welcome.Resume[24:], Host: "guess-guess-guess-gues"}).welcome
		if forged.ID == anna.welcome.ID || forged.Role != "guest" {
			t.Fatalf("welcome %+v", forged)
		}
	})
}

func TestHostByCookie(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		c := h.dial("salon", http.Header{"Cookie": {"host-salon=" + h.host}})
		c.say(ClientMessage{T: "hello", V: 1, Name: "x", Host: "wrong"})
		c.expect("welcome", &c.welcome)
		if c.welcome.Role != "host" {
			t.Fatalf("role %s", c.welcome.Role)
		}
	})
}

func TestRefusedAtTheDoor(t *testing.T) {
	inBubble(t, room.Limits{MaxParticipants: 2, MaxParticipantsTotal: 3}, func(h *house) {
		refused := func(name string, hello ClientMessage, code room.Code) {
			t.Helper()
			c := h.dial(name, nil)
			c.say(hello)
			c.expectError(code)
			c.expectClose(websocket.ClosePolicyViolation)
		}
		hello := ClientMessage{T: "hello", V: 1, Name: "x"}
		refused("nowhere", hello, room.CodeRoomUnknown)
		refused("..%2Fetc", hello, room.CodeRoomNameInvalid)
		refused("salon", ClientMessage{T: "hello", V: 2, Name: "x"}, room.CodeVersion)
		refused("salon", ClientMessage{T: "hello", V: 1, Name: " \u202e "}, room.CodeNameInvalid)
		refused("salon", ClientMessage{T: "chat", Text: "x"}, room.CodeHelloExpected)

		// A name that is not in normal form is answered as if it were.
		anna := h.dial("SALON", nil)
		anna.say(hello)
		anna.expect("welcome", &anna.welcome)
		h.join(ClientMessage{})
		refused("salon", hello, room.CodeRoomFull)
		// Who has a seat may come back to a full room.
		back := h.join(ClientMessage{Resume: anna.welcome.Resume})
		if back.welcome.ID != anna.welcome.ID {
			t.Fatal("another seat")
		}
		for _, name := range []string{"deux", "trois"} {
			if _, _, _, err := h.rooms.Open(t.Context(), name, room.Identity{}); err != nil {
				t.Fatal(err)
			}
		}
		third := h.dial("deux", nil)
		third.say(hello)
		third.expect("welcome", &Welcome{})
		refused("trois", hello, room.CodeServerFull)
		if h.chat.isOccupied("trois") {
			t.Fatal("a room where nobody got in counts as occupied")
		}
		third.say(ClientMessage{T: "leave"})
		third.expectClose(websocket.CloseNormalClosure)
		synctest.Wait()
		fourth := h.dial("trois", nil)
		fourth.say(hello)
		fourth.expect("welcome", &Welcome{})
		if s := h.hub.Stats(); s.Refused[room.CodeRoomFull] != 1 || s.Refused[room.CodeServerFull] != 1 || s.Members != 3 {
			t.Fatalf("stats %+v", s)
		}
	})
}

func TestChatThatCannotBeStored(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		h.chat.broken = errors.New("disk")
		anna, bob := h.join(ClientMessage{}), h.join(ClientMessage{}) // the meeting goes on without the disk
		h.chat.fail = true
		anna.say(ClientMessage{T: "chat", Text: "lost", Ref: "r9"})
		if e := anna.expectError(room.CodeChatUnsaved); e.Re != "chat" || e.Ref != "r9" {
			t.Fatalf("error %+v", e)
		}
		bob.say(ClientMessage{T: "ping"})
		if kind, data, _ := bob.next(); kind != "pong" {
			t.Fatalf("bob got %s", data)
		}
	})
}

func TestShutdown(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		waiting := h.dial("salon", nil) // has not said hello
		anna := h.join(ClientMessage{})
		anna.say(ClientMessage{T: "offer", SDP: "v=0"})
		anna.expect("answer", &Answer{})
		stopped := make(chan struct{})
		go func() { defer close(stopped); h.stop() }()
		for _, c := range []*client{anna, waiting} {
			var bye Bye
			c.expect("bye", &bye)
			if bye.Reason != ByeShutdown || bye.Retry <= 0 {
				t.Fatalf("bye %+v", bye)
			}
			c.expectClose(websocket.CloseGoingAway)
		}
		<-stopped
		if h.media.all()[0].closes() != 1 || h.hub.Stats().Members != 0 || h.hub.Stats().Rooms != 0 || h.chat.isOccupied("salon") {
			t.Fatal("something is left")
		}
	})
}

// A client that takes nothing cannot hold up a shutdown.
func TestShutdownWithADeadClient(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		deaf := h.deaf("salon", nil) // a pipe has no buffer
		deaf.say(ClientMessage{T: "hello", V: 1, Name: "x"})
		synctest.Wait() // the server's writer waits for it to read
		start := time.Now()
		h.stop()
		if d := time.Since(start); d > stopTimeout+2*closeWait {
			t.Fatalf("stopping took %v", d)
		}
	})
}
