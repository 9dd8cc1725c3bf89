package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"tablee/room"
)

// Two clients of which one lies, through the whole server: what it claims to be is refused as docs/protocol.md says, and the
// other is told nothing of it.

// guest is somebody at a table.
type guest struct {
	*websocket.Conn
	id, resume string
	welcome    map[string]any
}

// sit takes a seat, and reads what everybody is told then.
func (c visitor) sit(t *testing.T, room string, more map[string]any) guest {
	t.Helper()
	ws := c.hello(t, room, more)
	t.Cleanup(func() { ws.Close() })
	w := await(t, ws, "welcome")
	heard(t, ws, 1)
	id, _ := w["id"].(string)
	resume, _ := w["resume"].(string)
	return guest{Conn: ws, id: id, resume: resume, welcome: w}
}

// opened opens a room and sits down as its host.
func opened(t *testing.T, v *virtual, name string) guest {
	t.Helper()
	_, body, _ := visitor{v: v}.ask(t, "POST", "/api/v1/rooms", fmt.Sprintf(`{"name":%q}`, name))
	host := regexp.MustCompile(`"host":"([^"]+)"`).FindStringSubmatch(body)
	if host == nil {
		t.Fatal(body)
	}
	return visitor{v: v}.sit(t, name, map[string]any{"name": "Hélène", "host": host[1]})
}

// quiet fails when somebody was told anything but what is expected.
func (g guest) quiet(t *testing.T, why string, expected ...string) {
	t.Helper()
	synctest.Wait()
	for _, m := range heard(t, g.Conn, 2) {
		told := false
		for _, e := range expected {
			told = told || strings.HasPrefix(m, `{"t":"`+e+`"`)
		}
		if !told {
			t.Errorf("%s: the other is told %s", why, m)
		}
	}
}

// Resume tokens that are forged, of another room, or with another's PeerConnection: who brings one is a stranger.
func TestForgedResumeTokens(t *testing.T) {
	inServer(t, func(t *testing.T, v *virtual) {
		anne, other := opened(t, v, "salon"), opened(t, v, "other")
		mallory := visitor{v: v}.sit(t, "salon", map[string]any{"name": "Mallory"})
		heard(t, anne.Conn, 1)
		raw := func(token string) []byte {
			b, err := base64.RawURLEncoding.DecodeString(token)
			if err != nil || !bytes.Contains(b, []byte("salon")) && !bytes.Contains(b, []byte("other")) {
				t.Fatalf("a resume token is not what it was when this test was written: %q %v", b, err)
			}
			return b
		}
		text := base64.RawURLEncoding.EncodeToString
		own, theirs := raw(mallory.resume), raw(anne.resume)
		raised := bytes.Clone(own)
		raised[15] = byte(room.Host) // where the role is
		for name, token := range map[string]string{
			"own, with the other's id":     text(bytes.Replace(own, []byte(mallory.id), []byte(anne.id), 1)),
			"own, with another role":       text(raised),
			"the other's, signed as own":   text(append(bytes.Clone(theirs[:len(theirs)-32]), own[len(own)-32:]...)),
			"the other's, without its end": text(theirs[:len(theirs)-1]),
			"the other's id alone":         anne.id,
			"of a host elsewhere":          other.resume,
			"of a host elsewhere, renamed": text(bytes.Replace(raw(other.resume), []byte("other"), []byte("salon"), 1)),
			"nothing":                      "",
		} {
			g := visitor{v: v}.sit(t, "salon", map[string]any{"name": "Anne", "resume": token, "pc": anne.welcome["pc"]})
			if g.id == anne.id || g.id == other.id || g.welcome["role"] != "guest" || g.welcome["media"] != "new" || g.welcome["pc"] == anne.welcome["pc"] {
				t.Errorf("a token that is %s: %v", name, g.welcome)
			}
			anne.quiet(t, name, "joined")
			say(t, g.Conn, map[string]any{"t": "leave"})
			synctest.Wait()
			heard(t, anne.Conn, 1)
		}
		// One's own token with the other's PeerConnection gives one's own seat, and no media of the other's.
		back := visitor{v: v}.sit(t, "salon", map[string]any{"name": "Mallory", "resume": mallory.resume, "pc": anne.welcome["pc"]})
		if back.id != mallory.id || back.welcome["media"] != "new" {
			t.Errorf("with another's pc: %v", back.welcome)
		}
		if bye := await(t, mallory.Conn, "bye"); bye["reason"] != "replaced" {
			t.Errorf("the earlier connection is told %v", bye)
		}
		anne.quiet(t, "with another's pc", "member") // Mallory was away for no time, and is there
	})
}

// Orders and wishes that name somebody, a poll or a link of another room do nothing there, and are no error, as for who has
// left; what a message claims about its sender is not believed.
func TestAnotherRoomIsOutOfReach(t *testing.T) {
	inServer(t, func(t *testing.T, v *virtual) {
		anne, mallory := opened(t, v, "salon"), opened(t, v, "other")
		bob := visitor{v: v}.sit(t, "salon", map[string]any{"name": "Bob"})
		say(t, anne.Conn, map[string]any{"t": "poll", "question": "?", "options": []string{"a", "b"}})
		say(t, anne.Conn, map[string]any{"t": "invite", "role": "guest"})
		link := await(t, anne.Conn, "invited")["link"].(map[string]any)
		heard(t, anne.Conn, 3)
		heard(t, bob.Conn, 3)
		yes := true
		for _, m := range []map[string]any{
			{"t": "mute", "id": bob.id, "what": "mic"}, {"t": "ask", "id": bob.id, "what": "mic"}, {"t": "lower", "id": bob.id},
			{"t": "grant", "id": bob.id, "role": "listener"}, {"t": "remove", "id": bob.id, "ban": yes}, {"t": "admit", "id": bob.id}, {"t": "deny", "id": bob.id},
			{"t": "assign", "id": bob.id, "group": 1}, {"t": "demand", "videos": []map[string]any{{"id": bob.id, "kind": "camera", "height": 720, "big": yes}}},
			{"t": "close", "poll": 1}, {"t": "revoke", "id": link["id"]},
		} {
			say(t, mallory.Conn, m)
			for _, answer := range heard(t, mallory.Conn, 4) {
				if strings.Contains(answer, bob.id) || strings.Contains(answer, "Bob") || strings.HasPrefix(answer, `{"t":"slots"`) {
					t.Errorf("%v is answered %s", m, answer)
				}
			}
			anne.quiet(t, fmt.Sprint(m))
			bob.quiet(t, fmt.Sprint(m))
		}
		in := visitor{v: v}.sit(t, "salon", map[string]any{"name": "Inès", "link": link["token"]})
		say(t, in.Conn, map[string]any{"t": "vote", "poll": 1, "choices": []int{0}}) // neither link nor poll has gone
		await(t, in.Conn, "poll")
		if w := firstOf(t, visitor{v: v}.hello(t, "other", map[string]any{"link": link["token"]})); w["code"] != "link_invalid" {
			t.Errorf("a link of another room: %v", w)
		}
		heard(t, anne.Conn, 5)
		heard(t, bob.Conn, 5)

		// In the same room: one speaks for oneself.
		for _, m := range []map[string]any{
			{"t": "chat", "text": "hi", "from": anne.id, "id": anne.id, "name": "Hélène", "seat": 0, "num": 1, "role": "host"},
			{"t": "react", "emoji": "👍", "from": anne.id, "id": anne.id}, {"t": "state", "hand": yes, "id": anne.id, "from": anne.id, "role": "host"},
		} {
			say(t, bob.Conn, m)
			kind := map[any]string{"state": "member"}[m["t"]]
			if kind == "" {
				kind, _ = m["t"].(string)
			}
			text := fmt.Sprint(await(t, bob.Conn, kind), await(t, anne.Conn, kind))
			if !strings.Contains(text, bob.id) || strings.Contains(text, anne.id) || strings.Contains(text, "Hélène") {
				t.Errorf("%v is told as %s", m, text)
			}
		}
		for _, kind := range []string{"mute", "remove", "grant", "ask", "lower"} {
			say(t, bob.Conn, map[string]any{"t": kind, "id": anne.id, "what": "mic", "role": "listener", "from": anne.id, "by": anne.id})
			if e := await(t, bob.Conn, "error"); e["code"] != "forbidden" || e["re"] != kind {
				t.Errorf("%s in another's name: %v", kind, e)
			}
		}
		anne.quiet(t, "orders in another's name")
	})
}

// A seat opens the files and pads of its own room, for as long as one has it. Who is taken out has nothing more of it: no
// request, no upload, no open pad, no seat; and the banned do not come back.
func TestWhoIsTakenOutHasNothing(t *testing.T) {
	for _, ban := range []bool{false, true} {
		t.Run(fmt.Sprintf("ban %v", ban), func(t *testing.T) {
			inServer(t, func(t *testing.T, v *virtual) { takenOut(t, v, ban) })
		})
	}
}

func takenOut(t *testing.T, v *virtual, ban bool) {
	anne := opened(t, v, "salon")
	opened(t, v, "other")
	say(t, anne.Conn, map[string]any{"t": "room", "settings": map[string]any{"lobby": true}})
	heard(t, anne.Conn, 1)
	browser := visitor{v: v, cookie: "tablee_browser=" + strings.Repeat("m", 26)}
	ws := browser.hello(t, "salon", map[string]any{"name": "Mallory"})
	defer ws.Close()
	await(t, ws, "waiting")
	say(t, anne.Conn, map[string]any{"t": "admit"})
	await(t, ws, "admitted")
	say(t, ws, map[string]any{"t": "enter"})
	mallory := await(t, ws, "welcome")
	id, _ := mallory["id"].(string)
	resume, _ := mallory["resume"].(string)

	_, body, _ := visitor{v: v}.ask(t, "POST", "/api/v1/pads", `{"room":"salon","title":"plan"}`, "Authorization", "Bearer seat.salon."+anne.resume)
	pad := regexp.MustCompile(`"id":"([^"]+)"`).FindStringSubmatch(body)[1]
	upload := []string{"Authorization", "Bearer " + resume, "Tus-Resumable", "1.0.0", "Upload-Length", "3", "Upload-Metadata", "filename " + base64.StdEncoding.EncodeToString([]byte("a.txt"))}
	begun := func() int {
		status, _, _ := browser.ask(t, "POST", "/api/v1/rooms/salon/files/tus", "", upload...)
		return status
	}
	reads := func(name, path, access string) int {
		status, body, _ := browser.ask(t, "GET", path, "", "Authorization", "Bearer "+access)
		if status >= 400 && (strings.Contains(body, "plan") || strings.Contains(body, "Hélène")) {
			t.Errorf("%s tells %s", name, body)
		}
		return status
	}
	if a, b, c := begun(), reads("files", "/api/v1/rooms/salon/files", resume), reads("pad", "/api/v1/pads/"+pad, "seat.salon."+resume); a != 201 || b != 200 || c != 200 {
		t.Fatalf("from a seat: an upload %d, files %d, a pad %d", a, b, c)
	}
	// The seat is of this room, whatever else is asked for with it.
	for _, c := range [][2]string{{"/api/v1/rooms/other/files", resume}, {"/api/v1/pads?room=other", "seat.other." + resume}, {"/api/v1/pads/" + pad, "seat.other." + resume}} {
		if status := reads("another room's", c[0], c[1]); status < 400 {
			t.Errorf("%s with a seat elsewhere: %d", c[0], status)
		}
	}
	writes := padSocket(t, v, pad, "seat.salon."+resume)
	if word := padWord(t, writes); !strings.Contains(word, `"t":"welcome"`) {
		t.Fatalf("a pad says %q", word)
	}

	say(t, anne.Conn, map[string]any{"t": "remove", "id": id, "ban": ban})
	want := map[bool]string{true: "banned", false: "removed"}[ban]
	if bye := await(t, ws, "bye"); bye["reason"] != want {
		t.Errorf("who is taken out is told %v", bye)
	}
	if a, b, c := begun(), reads("files", "/api/v1/rooms/salon/files", resume), reads("pad", "/api/v1/pads/"+pad, "seat.salon."+resume); a < 400 || b < 400 || c < 400 {
		t.Errorf("after it: an upload %d, files %d, a pad %d", a, b, c)
	}
	out := time.Now()
	for !strings.Contains(padWord(t, writes), `"code":"forbidden"`) {
	}
	if took := time.Since(out); took > time.Second { // in virtual time: who only left has half a minute
		t.Errorf("the open pad is closed after %v", took)
	}
	heard(t, anne.Conn, 2)
	again := browser.hello(t, "salon", map[string]any{"name": "Mallory", "resume": resume})
	defer again.Close()
	w := firstOf(t, again)
	if ban && (w["t"] != "error" || w["code"] != "banned") || !ban && w["t"] != "waiting" {
		t.Errorf("with the old token: %v", w)
	}
	if !ban {
		say(t, again, map[string]any{"t": "enter"}) // nobody has let them in this time
		if e := await(t, again, "error"); e["code"] != "not_admitted" {
			t.Errorf("in by oneself: %v", e)
		}
		return
	}
	anne.quiet(t, "the banned before the door")
	if w := firstOf(t, browser.hello(t, "salon", nil)); w["code"] != "banned" { // the browser is known, too
		t.Errorf("without a token: %v", w)
	}
}

// firstOf is the first message on a WebSocket.
func firstOf(t *testing.T, ws *websocket.Conn) (m map[string]any) {
	t.Helper()
	if err := ws.ReadJSON(&m); err != nil {
		t.Fatal(err)
	}
	return m
}

// padSocket opens a pad as our page does.
func padSocket(t *testing.T, v *virtual, pad, access string) *websocket.Conn {
	t.Helper()
	d := websocket.Dialer{NetDialContext: v.pipes.DialContext, Subprotocols: []string{"tablee.pad", "access." + access}}
	ws, _, err := d.DialContext(t.Context(), "ws://tablee.test/ws/pad/"+pad, http.Header{"Origin": {"http://tablee.test"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ws.Close() })
	return ws
}

// padWord is the next event on a pad's WebSocket: a message of type 100 with JSON in it (docs/pads.md).
func padWord(t *testing.T, ws *websocket.Conn) string {
	t.Helper()
	for {
		_, data, err := ws.ReadMessage()
		if err != nil {
			t.Fatalf("a pad ends without a word: %v", err)
		}
		if len(data) > 0 && data[0] == 100 {
			return string(data[1:])
		}
	}
}
