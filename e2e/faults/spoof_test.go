package faults

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"tablee/loadtest/link"
	"tablee/signaling"
)

// open opens a room and gives its host's token.
func (s *server) open(t *testing.T, name string) string {
	t.Helper()
	resp, err := http.Post(s.url+"/api/v1/rooms", "application/json", strings.NewReader(`{"name":"`+name+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var opened struct{ Host string }
	if err := json.NewDecoder(resp.Body).Decode(&opened); err != nil || opened.Host == "" {
		t.Fatal(err, resp.Status)
	}
	return opened.Host
}

// talker is a bare WebSocket, of which every word is looked at.
type talker struct {
	t  *testing.T
	ws *websocket.Conn
}

func (s *server) talk(t *testing.T, room, host string) talker {
	t.Helper()
	d := websocket.Dialer{Subprotocols: []string{signaling.Subprotocol}, HandshakeTimeout: patience}
	ws, _, err := d.Dial(strings.Replace(s.url, "http", "ws", 1)+"/ws/room/"+room, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ws.Close() })
	c := talker{t, ws}
	c.say(&signaling.ClientMessage{T: "hello", V: signaling.Version, Name: "Talker", Host: host}, "welcome")
	return c
}

// say says something and waits for the first word of those kinds; it gives the kind and the code of an error.
func (c talker) say(m *signaling.ClientMessage, kinds ...string) (kind, code string) {
	c.t.Helper()
	if err := c.ws.WriteJSON(m); err != nil {
		c.t.Fatal(err)
	}
	if err := c.ws.SetReadDeadline(time.Now().Add(patience)); err != nil {
		c.t.Fatal(err)
	}
	for {
		var word struct{ T, Code string }
		if err := c.ws.ReadJSON(&word); err != nil {
			c.t.Fatalf("after %s: %v", m.T, err)
		}
		for _, k := range kinds {
			if word.T == k {
				return word.T, word.Code
			}
		}
	}
}

// TestMediaOfOthers: who asks for somebody of another room by their id is sent nothing of them; sections that an offer does not
// have, or that are for receiving, cannot be claimed to send on; and who is taken out is neither heard nor seen from then on.
func TestMediaOfOthers(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and runs the program")
	}
	s := startServer(t)
	host := s.open(t, "one")
	s.open(t, "two")
	a := join(t, s.url, "one", "A", false).connect()
	witness := join(t, s.url, "one", "Witness", false).connect()
	spy := join(t, s.url, "two", "Spy", false).connect()
	friend := join(t, s.url, "two", "Friend", false).connect()
	for _, c := range []*client{witness, spy} {
		c.say(&signaling.ClientMessage{T: "demand", Videos: []signaling.Video{{ID: a.self.ID, Kind: signaling.KindCamera, Height: 720, Big: true}, {ID: a.self.ID, Kind: signaling.KindScreen, Height: 720}}})
	}
	sc := &scene{server: s, a: a, witness: witness}
	a.fence(witness)
	sc.film(t, 300, "to the witness")
	friend.fence(spy) // what was sent to the spy before has come
	spy.mu.Lock()
	for mark := range spy.marks {
		if mark>>24 == a.self.Num { // the friend has another number
			t.Error("the spy hears another room")
		}
	}
	for mid, id := range spy.slots {
		if id != "" && id != friend.self.ID {
			t.Errorf("the spy's section %s shows %s", mid, id)
		}
	}
	if len(spy.shown) > 0 {
		t.Error("the spy sees another room")
	}
	spy.mu.Unlock()

	liar := s.talk(t, "one", "")
	identity, err := link.NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	for name, mids := range map[string]signaling.Mids{
		"not there": {Mic: "99"}, "twice": {Mic: midMic, Sound: midMic}, "of another kind": {Mic: midCamera}, "for receiving": {Mic: "3"},
	} {
		kind, code := liar.say(&signaling.ClientMessage{T: "offer", SDP: a.offer(identity.Fingerprint), Gen: 1, Mids: &mids}, "answer", "error")
		if kind != "error" || code != "offer_invalid" && code != "bad_message" {
			t.Errorf("a section that is %s: %s %s", name, kind, code)
		}
	}

	h := s.talk(t, "one", host)
	h.say(&signaling.ClientMessage{T: "remove", Orders: signaling.Orders{ID: a.self.ID}}, "left")
	witness.until("A's sections are empty", func() bool {
		for _, id := range witness.slots {
			if id == a.self.ID {
				return false
			}
		}
		return true
	})
	was := s.figures(t)
	const late = 50
	for range late {
		p, _ := a.voice()
		a.send(a.bytes(p))
	}
	s.rises(t, dropped("unknown_address"), was, late/2) // a socket may lose some
}
