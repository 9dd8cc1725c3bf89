package signaling

import (
	"bytes"
	"compress/flate"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"tablee/room"
)

// onTCP serves the house's hub on a real socket too.
func onTCP(t *testing.T, limits room.Limits) (*house, string) {
	h := newHouse(t, limits)
	mux := http.NewServeMux()
	mux.Handle("GET /ws/room/{name}", h.hub)
	srv := httptest.NewServer(mux)
	t.Cleanup(func() { h.stop(); srv.Close() })
	return h, strings.TrimPrefix(srv.URL, "http://")
}

func dialTCP(t *testing.T, host string, header http.Header) (*client, *http.Response, error) {
	ws, resp, err := websocket.DefaultDialer.DialContext(t.Context(), "ws://"+host+"/ws/room/salon", header)
	if err != nil {
		return nil, resp, err
	}
	c := &client{t: t, ws: ws, inbox: make(chan incoming, 4096)}
	t.Cleanup(func() { ws.Close() })
	go c.read()
	return c, resp, nil
}

func TestOrigin(t *testing.T) {
	h, host := onTCP(t, room.Limits{})
	for _, origin := range []string{"https://evil.test", "null", "http://" + host + ".evil.test", "http://127.0.0.1:1", "file://", ""} {
		_, resp, err := dialTCP(t, host, http.Header{"Origin": {origin}})
		if err == nil || resp == nil || resp.StatusCode != http.StatusForbidden {
			t.Errorf("origin %q: %v, %v", origin, resp, err)
			continue
		}
		var body map[string]map[string]string
		if err := json.NewDecoder(resp.Body).Decode(&body); err != nil || body["error"]["code"] != "forbidden" {
			t.Errorf("origin %q: body %v, %v", origin, body, err)
		}
	}
	if n := h.hub.Stats().Refused[room.CodeForbidden]; n != 6 {
		t.Errorf("%d counted", n)
	}
	for _, header := range []http.Header{nil, {"Origin": {"http://" + host}}, {"Origin": {"https://" + strings.ToUpper(host)}}} {
		if _, _, err := dialTCP(t, host, header); err != nil {
			t.Errorf("%v: %v", header, err)
		}
	}
}

func TestSameOriginKnowsDefaultPorts(t *testing.T) {
	for _, c := range []struct {
		host, origin string
		want         bool
	}{
		{"meet.test", "https://meet.test", true},
		{"meet.test:443", "https://meet.test", true},
		{"meet.test:80", "https://meet.test", false},
		{"meet.test", "http://meet.test:80", true},
		{"[::1]:8080", "http://[::1]:8080", true},
		{"[::1]", "http://[::1]", true},
		{"meet.test", "https://meet.test.evil.test", false},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Host = c.host
		r.Header.Set("Origin", c.origin)
		if got := sameOrigin(r); got != c.want {
			t.Errorf("host %s, origin %s: %v", c.host, c.origin, got)
		}
	}
}

func TestFrameOverTheLimit(t *testing.T) {
	h, host := onTCP(t, room.Limits{})
	c, _, err := dialTCP(t, host, nil)
	if err != nil {
		t.Fatal(err)
	}
	// The frame is refused by its header; what follows is read and thrown away, so that the close frame arrives.
	c.raw(`{"t":"hello","name":"` + strings.Repeat("a", MaxMessage) + `"}`)
	c.expectClose(websocket.CloseMessageTooBig)
	h.stop() // waits for the connection's end
	if n := h.hub.Stats().Refused[room.CodeTooBig]; n != 1 {
		t.Fatalf("%d counted", n)
	}
}

func TestLargestMessageIsTaken(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		c := h.join(ClientMessage{})
		frame, _ := json.Marshal(ClientMessage{T: "offer"})
		c.say(ClientMessage{T: "offer", SDP: strings.Repeat("a", MaxMessage-len(frame)-len(`,"sdp":""`)-1)})
		c.expect("answer", &Answer{})
	})
}

// A few hundred bytes on the wire must not become megabytes in memory (RFC 7692, section 7.2.2).
func TestDecompressionBomb(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		c := h.dial("salon", nil)
		var bomb bytes.Buffer
		w, _ := flate.NewWriter(&bomb, flate.BestCompression)
		w.Write([]byte(`{"t":"` + strings.Repeat("a", 2<<20)))
		w.Flush()
		payload := bytes.TrimSuffix(bomb.Bytes(), []byte{0, 0, 0xff, 0xff})
		if len(payload) > MaxMessage {
			t.Fatalf("the bomb has %d bytes", len(payload))
		}
		writeFrame(t, c.ws.NetConn(), 0xC1, payload) // FIN, RSV1, text
		c.expectClose(websocket.CloseMessageTooBig)
	})
}

// writeFrame writes one client frame by hand (RFC 6455, section 5.2), with a mask of zeros.
func writeFrame(t *testing.T, w net.Conn, first byte, payload []byte) {
	t.Helper()
	head := []byte{first, 0x80 | 127}
	head = binary.BigEndian.AppendUint64(head, uint64(len(payload)))
	head = append(head, 0, 0, 0, 0)
	if _, err := w.Write(append(head, payload...)); err != nil {
		t.Fatalf("writing a frame: %v", err)
	}
}

func TestDripFedFragments(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		anna, c := h.join(ClientMessage{}), h.deaf("salon", nil)
		c.say(ClientMessage{T: "hello", V: 1, Name: "Drip"})
		if _, _, err := c.ws.ReadMessage(); err != nil { // the welcome; then nobody but us touches the line
			t.Fatal(err)
		}
		start := time.Now()
		writeFrame(t, c.ws.NetConn(), 0x01, []byte(`{"t":`)) // a first fragment
		dripping := make(chan struct{})
		go func() {
			defer close(dripping)
			for { // fragments and pings, each well within any idle time
				<-time.After(time.Second)
				for _, frame := range [][]byte{{0x00, 0x81, 0, 0, 0, 0, ' '}, {0x8A, 0x80, 0, 0, 0, 0}, {0x89, 0x80, 0, 0, 0, 0}} {
					if _, err := c.ws.NetConn().Write(frame); err != nil {
						return
					}
				}
			}
		}()
		var m MemberEvent
		anna.expect("member", &m)
		if d := time.Since(start); !m.Member.Away || d > messageWait+time.Second {
			t.Fatalf("dropped after %v: %+v", d, m)
		}
		<-dripping
	})
}

func TestHelloDeadline(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		c := h.deaf("salon", nil)
		c.ws.SetPingHandler(func(string) error { return nil })
		go c.read()
		start := time.Now()
		go func() { // pongs are no hello
			for range 9 {
				<-time.After(time.Second)
				if err := c.ws.WriteControl(websocket.PongMessage, nil, time.Now().Add(time.Second)); err != nil {
					t.Errorf("pong: %v", err)
				}
			}
		}()
		var bye Bye
		c.expect("bye", &bye)
		if d := time.Since(start); d != helloWait || bye.Reason != ByeIdle {
			t.Fatalf("%+v after %v", bye, d)
		}
		c.expectClose(websocket.ClosePolicyViolation)
	})
}

func TestSilentConnection(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		anna, mute := h.join(ClientMessage{}), h.deaf("salon", nil)
		mute.ws.SetPingHandler(func(string) error { return nil })
		mute.say(ClientMessage{T: "hello", V: 1, Name: "Mute"})
		go mute.read()
		mute.expect("welcome", &Welcome{})
		start := time.Now()
		var m MemberEvent
		anna.expect("member", &m)
		if d := time.Since(start); !m.Member.Away || d != silenceWait {
			t.Fatalf("away after %v: %+v", d, m)
		}
		var bye Bye
		mute.expect("bye", &bye)
		if bye.Reason != ByeIdle || bye.Retry <= 0 {
			t.Fatalf("bye %+v", bye)
		}
		anna.sync() // who answers pings stays for as long as they like
	})
}

func TestSlowReader(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		anna := h.join(ClientMessage{})
		slow := h.deaf("salon", nil)
		slow.say(ClientMessage{T: "hello", V: 1, Name: "Slow"})
		synctest.Wait() // its welcome waits to be read
		for i := range maxQueued + 10 {
			anna.say(ClientMessage{T: "react", Emoji: "🎉"})
			if i%40 == 39 {
				<-time.After(time.Second) // anna keeps to her rate limit, and slow is not writeWait behind yet
			}
			if h.hub.Stats().Slow > 0 {
				break
			}
		}
		if h.hub.Stats().Slow != 1 {
			t.Fatal("the queue took everything")
		}
		go slow.read() // now it reads: the frame that was under way, then the end
		var bye Bye
		slow.expect("bye", &bye)
		if bye.Reason != ByeSlow || bye.Retry <= 0 {
			t.Fatalf("bye %+v", bye)
		}
		slow.expectClose(CloseSlow)
		anna.sync()
	})
}

func TestBadMessages(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		c := h.join(ClientMessage{})
		for _, raw := range []string{
			``, `x`, `[]`, `"t"`, `null`, `{"t":"ping"`, `{"t":"ping"} {}`, `{"t":"ping","n":"1"}`, `{"t":1}`,
			`{"t":"ping","t":"leave"}`, `{"t":"ping","T":"leave"}`, `{"t":"offer","sdp":"a","ſdp":"b"}`,
			`{"t":"ping","x":{"a":1,"a":2}}`,
			`{"t":"ping","x":` + strings.Repeat("[", MaxDepth) + strings.Repeat("]", MaxDepth) + `}`,
			`{"t":"dance"}`, "{\"t\":\"ping\",\"x\":\"\xff\"}",
		} {
			c.raw(raw)
			if e := c.expectError(room.CodeBadMessage); strings.Contains(e.Message+e.Re, "dance") {
				t.Fatalf("the client's words are reflected: %+v", e)
			}
		}
		if err := c.ws.WriteMessage(websocket.BinaryMessage, []byte(`{"t":"ping"}`)); err != nil {
			t.Fatal(err)
		}
		c.expectError(room.CodeBadMessage)
		c.raw(`{"t":"ping","n":5,"unknown":[{"a":1},{"a":1}]}`) // unknown fields are ignored
		c.expect("pong", &Pong{})
		c.sync()
	})
}

func TestTwentyBadMessagesAreEnough(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		c := h.join(ClientMessage{})
		for range maxBad {
			c.raw(`x`)
			c.expectError(room.CodeBadMessage)
		}
		c.raw(`x`)
		var bye Bye
		c.expect("bye", &bye)
		if bye.Reason != ByeRefused || bye.Retry != 0 {
			t.Fatalf("bye %+v", bye)
		}
		c.expectClose(websocket.ClosePolicyViolation)
	})
}

func TestRateLimit(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		c := h.join(ClientMessage{})
		for range int(messageLimit.burst) { // hello was one of them
			c.say(ClientMessage{T: "ping"})
		}
		c.expectError(room.CodeRateLimited)
		<-time.After(2 * time.Second)
		c.sync()
		for range 1000 { // a flood ends
			if c.ws.WriteJSON(ClientMessage{T: "ping"}) != nil {
				break
			}
		}
		c.expectClose(websocket.ClosePolicyViolation)
	})
}

func TestPingFlood(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		c := h.deaf("salon", nil)
		pongs := 0
		c.ws.SetPongHandler(func(string) error { pongs++; return nil })
		go c.read()
		for range 1000 {
			if err := c.ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(time.Second)); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		if pongs != int(controlLimit.burst) {
			t.Fatalf("%d pongs", pongs)
		}
	})
}

// Identity comes from the session: whatever a message claims, others see the sender.
func TestSpoofedIdentity(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		anna, mallory := h.join(ClientMessage{Name: "Anna", Host: h.host}), h.join(ClientMessage{Name: "Mallory"})
		spoof := `"id":"` + anna.welcome.ID + `","from":"` + anna.welcome.ID + `","name":"Anna","seat":0,"num":1,"role":"host","n":99,"x":"canary"`
		mallory.raw(`{"t":"chat","text":"hi",` + spoof + `}`)
		_, data, _ := anna.next()
		for string(data[:11]) != `{"t":"chat"` {
			_, data, _ = anna.next()
		}
		var line Chat
		if err := json.Unmarshal(data, &line); err != nil || line.From != mallory.welcome.ID || line.Name != "Mallory" || line.Seat != 1 || line.N != 1 {
			t.Fatalf("chat %s", data)
		}
		if bytes.Contains(data, []byte("canary")) {
			t.Fatal("raw JSON was forwarded")
		}
		mallory.raw(`{"t":"state","hand":true,` + spoof + `}`)
		var m MemberEvent
		anna.expect("member", &m)
		if m.Member.ID != mallory.welcome.ID || m.Member.Role != "guest" || m.Member.Name != "Mallory" || m.Member.Seat != 1 {
			t.Fatalf("member %+v", m)
		}
		mallory.raw(`{"t":"react","emoji":"👍",` + spoof + `}`)
		var react React
		anna.expect("react", &react)
		if react.ID != mallory.welcome.ID {
			t.Fatalf("react %+v", react)
		}
	})
}

// Before its hello a client is told nothing of the room, whatever happens there.
func TestNothingBeforeHello(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		lurker := h.dial("salon", nil)
		anna := h.join(ClientMessage{})
		anna.say(ClientMessage{T: "chat", Text: "secret"})
		anna.expect("chat", &Chat{})
		lurker.say(ClientMessage{T: "demand"})
		kind, data, err := lurker.next()
		if err != nil || kind != "error" {
			t.Fatalf("%s %v", data, err)
		}
		lurker.expectClose(websocket.ClosePolicyViolation)
	})
}

func TestTooManyConnections(t *testing.T) {
	inBubble(t, room.Limits{MaxParticipantsTotal: 1}, func(h *house) {
		for range 1 + waitingConns {
			h.dial("salon", nil)
		}
		d := websocket.Dialer{NetDialContext: h.lis.dial}
		_, resp, err := d.DialContext(context.Background(), "ws://tablee.test/ws/room/salon", nil)
		if err == nil || resp == nil || resp.StatusCode != http.StatusServiceUnavailable {
			t.Fatalf("%v %v", resp, err)
		}
	})
}

func TestNotAWebSocket(t *testing.T) {
	h, host := onTCP(t, room.Limits{})
	resp, err := http.Get("http://" + host + "/ws/room/salon")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusBadRequest || h.hub.Stats().Conns != 0 {
		t.Fatalf("status %s", resp.Status)
	}
}

// The logs of a whole visit hold no names, chat or tokens.
func TestLogsAreDiscreet(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		c := h.join(ClientMessage{Name: "Canary Name", Host: h.host})
		c.say(ClientMessage{T: "chat", Text: "canary text"})
		h.media.set(func(m *fakeMedia) { m.answerErr = errors.New("canary: a=candidate 192.0.2.7") })
		c.say(ClientMessage{T: "offer", SDP: "canary sdp"})
		c.expect("error", &Error{})
		h.chat.broken = context.DeadlineExceeded
		c.say(ClientMessage{T: "leave"})
		c.expectClose(websocket.CloseNormalClosure)
		synctest.Wait()
		h.join(ClientMessage{})
		logs := h.logs.String()
		for _, secret := range []string{"Canary", "canary", "192.0.2.7", h.host, c.welcome.Resume, "salon"} {
			if strings.Contains(logs, secret) {
				t.Errorf("the logs hold %q", secret)
			}
		}
		if !slices.Contains(strings.Fields(logs), "level=INFO") || !strings.Contains(logs, "cannot be read") {
			t.Errorf("the test saw too little: %s", logs)
		}
	})
}
