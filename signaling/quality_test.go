package signaling

import (
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"tablee/room"
)

// sitWithMedia makes somebody who has a PeerConnection, and its peer.
func (h *house) sitWithMedia(name string) (*client, *fakePeer) {
	h.t.Helper()
	c := h.join(ClientMessage{Name: name})
	c.say(ClientMessage{T: "offer", SDP: "v=0"})
	c.expect("answer", &Answer{})
	peers := h.media.all()
	return c, peers[len(peers)-1]
}

// A choice made before the offer, or between two of them, reaches the engine with what is shown.
func TestPrefsReachTheEngine(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		c := h.join(ClientMessage{})
		if c.welcome.Profile != ProfileNormal {
			t.Fatalf("profile %q", c.welcome.Profile)
		}
		c.say(ClientMessage{T: "prefs", Quality: QualitySaver})
		c.say(ClientMessage{T: "demand", Videos: []Video{{ID: "x", Kind: KindCamera, Height: 720, Big: true}}})
		c.say(ClientMessage{T: "offer", SDP: "v=0"})
		c.expect("answer", &Answer{})
		peer := h.media.all()[0]
		want := Wishes{Videos: []Video{{ID: "x", Kind: KindCamera, Height: 720, Big: true}}, Quality: QualitySaver}
		if got := peer.lastDemand(); !reflect.DeepEqual(got, want) {
			t.Fatalf("the engine heard %+v", got)
		}
		c.say(ClientMessage{T: "prefs", Quality: QualityVoice})
		c.sync()
		want.Quality = QualityVoice
		if got := peer.lastDemand(); !reflect.DeepEqual(got, want) {
			t.Fatalf("the engine heard %+v", got)
		}
		c.say(ClientMessage{T: "prefs", Quality: "everything"})
		if e := c.expectError(room.CodeBadMessage); e.Re != "prefs" {
			t.Fatalf("error %+v", e)
		}
	})
}

// Nobody said anything: what the line carries.
func TestPrefsBeginWithAuto(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		_, peer := h.sitWithMedia("Anna")
		if got := peer.lastDemand().Quality; got != QualityAuto {
			t.Fatalf("quality %q", got)
		}
	})
}

func TestLineIsTold(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		c, peer := h.sitWithMedia("Anna")
		peer.notify(Notice{Line: &Line{
			Bars: 9, Limit: LimitYourLine, Weak: true, Down: 96, Up: 40, Loss: 7, RTT: 210,
			Paused: []Paused{{ID: "x", Kind: KindCamera, Why: LimitYourLine}},
		}})
		_, data, _ := c.next()
		want := `{"t":"line","bars":4,"limit":"your-line","weak":true,"down":96,"up":40,"loss":7,"rtt":210,"paused":[{"id":"x","kind":"camera","why":"your-line"}]}`
		if string(data) != want {
			t.Fatalf("line %s", data)
		}
		peer.notify(Notice{Line: &Line{Bars: 4}})
		_, data, _ = c.next()
		if !strings.Contains(string(data), `"paused":[]`) {
			t.Fatalf("line %s", data)
		}
	})
}

// A server that is reached elsewhere asks for a restart of ICE.
func TestARestartIsAskedFor(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		c, peer := h.sitWithMedia("Anna")
		peer.notify(Notice{Restart: true})
		if _, data, _ := c.next(); string(data) != `{"t":"restart"}` {
			t.Fatalf("told %s", data)
		}
	})
}

// Bars go to others in the room, about others in the room.
func TestBarsAreOfOthersInTheRoom(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		anna, peer := h.sitWithMedia("Anna")
		bob := h.join(ClientMessage{Name: "Bob"})
		anna.expect("joined", &MemberEvent{})
		peer.notify(Notice{Bars: map[string]int{anna.welcome.ID: 1, bob.welcome.ID: 3, "a stranger": 2}})
		var bars Bars
		anna.expect("bars", &bars)
		if want := map[string]int{bob.welcome.ID: 3}; !maps.Equal(bars.Bars, want) {
			t.Fatalf("bars %v", bars.Bars)
		}
		peer.notify(Notice{Bars: map[string]int{anna.welcome.ID: 0}})
		peer.notify(Notice{Bars: map[string]int{bob.welcome.ID: -2}})
		anna.expect("bars", &bars)
		if bars.Bars[bob.welcome.ID] != 0 {
			t.Fatalf("bars %v", bars.Bars)
		}
	})
}

// One who comes back hears of the line again, and of those who are still there.
func TestKeepRepeatsLineAndBars(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		anna, peer := h.sitWithMedia("Anna")
		bob, cleo := h.join(ClientMessage{Name: "Bob"}), h.join(ClientMessage{Name: "Cleo"})
		peer.notify(Notice{Line: &Line{Bars: 3}, Bars: map[string]int{bob.welcome.ID: 2, cleo.welcome.ID: 4}})
		anna.expect("bars", &Bars{})
		anna.ws.NetConn().Close()
		synctest.Wait()
		peer.notify(Notice{Line: &Line{Bars: 1, Weak: true}, Bars: map[string]int{cleo.welcome.ID: 1}})
		bob.say(ClientMessage{T: "leave"})
		bob.expectClose(1000)

		back := h.join(ClientMessage{Resume: anna.welcome.Resume, PC: anna.welcome.PC})
		if back.welcome.Media != MediaKeep {
			t.Fatalf("welcome %+v", back.welcome)
		}
		var line Line
		back.expect("line", &line)
		if line.Bars != 1 || !line.Weak {
			t.Fatalf("line %+v", line)
		}
		var bars Bars
		back.expect("bars", &bars)
		if want := map[string]int{cleo.welcome.ID: 1}; !maps.Equal(bars.Bars, want) {
			t.Fatalf("bars %v", bars.Bars)
		}
	})
}

// What is known of lines ends with their PeerConnection.
func TestANewPeerConnectionKnowsNoLine(t *testing.T) {
	var v view
	v.take(Notice{Line: &Line{Bars: 2}, Bars: map[string]int{"b": 2}})
	s := newSeat("a", 1)
	s.view = v
	s.pc = "old"
	c := &conn{out: newQueue()}
	s.attach(c, "", "new", func(attached) []frame { return []frame{{value: "welcome"}} })
	if n := len(c.out.items); n != 1 {
		t.Fatalf("%d frames", n)
	}
}

// A slow reader gets the newest line and all changed bars, not a queue of them.
func TestLinesDoNotQueueUp(t *testing.T) {
	q := newQueue()
	var v view
	push := func(n Notice) {
		for _, f := range v.take(n) {
			if !q.push(f) {
				t.Fatal("a slow reader was closed for lines alone")
			}
		}
	}
	other := frame{data: []byte("x"), size: 1}
	q.push(other)
	for i := range 3 * maxQueued {
		push(Notice{Line: &Line{Down: i}, Bars: map[string]int{fmt.Sprint("m", i%20): i % 5}})
	}
	q.push(other)
	push(Notice{Bars: map[string]int{"m0": 4}})
	if len(q.items) != 4 {
		t.Fatalf("%d frames wait", len(q.items))
	}
	total := 0
	var topics []string
	for _, f := range q.items {
		total += f.size
		topics = append(topics, f.topic)
	}
	if total != q.bytes {
		t.Fatalf("%d bytes, counted %d", total, q.bytes)
	}
	if want := []string{"", topicLine, "", topicBars}; !slices.Equal(topics, want) {
		t.Fatalf("the queue is %q", topics)
	}
	if line := string(q.items[1].data); !strings.Contains(line, fmt.Sprintf(`"down":%d,`, 3*maxQueued-1)) {
		t.Fatalf("not the newest: %s", line)
	}
	if bars := q.items[3].value.(Bars).Bars; len(bars) != 20 || bars["m0"] != 4 {
		t.Fatalf("bars %v", bars)
	}
}

// Frames that wait do not change after they were queued: two clients may have the same map.
func TestBarsAreCopied(t *testing.T) {
	first := barsFrame(map[string]int{"a": 1})
	second := barsFrame(map[string]int{"a": 2, "b": 3})
	merged := second.over(first)
	if first.value.(Bars).Bars["a"] != 1 || len(second.value.(Bars).Bars) != 2 {
		t.Fatal("a frame was changed")
	}
	if got := merged.value.(Bars).Bars; got["a"] != 2 || got["b"] != 3 {
		t.Fatalf("merged %v", got)
	}
}

func lineFull() error {
	return &room.Error{Code: room.CodeLineFull, Message: "full", Args: map[string]int{"need": 40, "have": 12, "room": 6}}
}

// A newcomer for whom the line has no room is told so, with the numbers, and nobody sees them come and go.
func TestAdmission(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		anna := h.join(ClientMessage{Name: "Anna"})
		asked := ""
		h.admit = func(r *http.Request, name string) error {
			asked = r.URL.Path + " " + name
			return lineFull()
		}
		bob := h.dial("Salon", nil)
		bob.say(ClientMessage{T: "hello", V: 1, Name: "Bob"})
		e := bob.expectError(room.CodeLineFull)
		if e.Re != "hello" || !maps.Equal(e.Args, map[string]int{"need": 40, "have": 12, "room": 6}) {
			t.Fatalf("error %+v", e)
		}
		bob.expectClose(1008)
		if asked != "/ws/room/Salon salon" {
			t.Fatalf("asked %q", asked)
		}
		anna.say(ClientMessage{T: "ping", N: 5})
		if kind, data, _ := anna.next(); kind != "pong" {
			t.Fatalf("anna heard %s", data)
		}
		// One who has a seat comes back to it.
		anna.ws.NetConn().Close()
		synctest.Wait()
		back := h.join(ClientMessage{Resume: anna.welcome.Resume})
		if back.welcome.ID != anna.welcome.ID {
			t.Fatalf("welcome %+v", back.welcome)
		}
		if s := h.hub.Stats(); s.Members != 1 || s.Refused[room.CodeLineFull] != 1 {
			t.Fatalf("stats %+v", s)
		}
	})
}

// When the line fills up between hello and offer, nobody keeps a seat without a voice.
func TestLineFullAtTheOffer(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		anna, bob := h.join(ClientMessage{Name: "Anna"}), h.join(ClientMessage{Name: "Bob"})
		h.media.set(func(m *fakeMedia) { m.joinErr = lineFull() })
		bob.say(ClientMessage{T: "offer", SDP: "v=0"})
		if e := bob.expectError(room.CodeLineFull); e.Re != "offer" || e.Args["room"] != 6 {
			t.Fatalf("error %+v", e)
		}
		bob.expectClose(1008)
		var left Left
		anna.expect("left", &left)
		if left.ID != bob.welcome.ID {
			t.Fatalf("left %+v", left)
		}
		synctest.Wait()
		if s := h.hub.Stats(); s.Members != 1 {
			t.Fatalf("stats %+v", s)
		}
	})
}
