package main

import (
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"tablee/room"
)

// heard reads all that comes until the answer to a ping, and gives it as text.
func heard(t *testing.T, ws *websocket.Conn, n int) (all []string) {
	t.Helper()
	say(t, ws, map[string]any{"t": "ping", "n": n})
	for {
		_, data, err := ws.ReadMessage()
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(data), `"t":"pong"`) {
			return all
		}
		all = append(all, string(data))
	}
}

// Somebody in the lobby learns nothing of what is inside: not by their WebSocket, whatever happens there, and not over HTTP
// with anything that they were given. The same requests by somebody inside do get answers, so the test sees what it looks for.
func TestTheLobbyHasNoWindow(t *testing.T) {
	inServer(t, func(t *testing.T, v *virtual) {
		_, anne := v.account(t, "anne", room.Admin)
		if status, body, _ := anne.ask(t, "PUT", "/api/v1/rooms/salon", `{"settings":{"lobby":true}}`); status >= 300 {
			t.Fatal(status, body)
		}
		host := anne.hello(t, "salon", map[string]any{"name": "Anne-canary"})
		defer host.Close()
		welcome := await(t, host, "welcome")
		seat, _ := welcome["resume"].(string)
		inside := visitor{v: v}
		status, body, _ := inside.ask(t, "POST", "/api/v1/pads", `{"room":"salon","title":"canary","text":"canary text"}`, "Authorization", "Bearer seat.salon."+seat)
		if status != http.StatusCreated {
			t.Fatal(status, body)
		}
		pad := regexp.MustCompile(`"id":"([^"]+)"`).FindStringSubmatch(body)[1]

		bob := visitor{v: v}
		guest := bob.hello(t, "salon", map[string]any{"name": "Bob"})
		defer guest.Close()
		if w := await(t, guest, "waiting"); fmt.Sprint(w) != "map[hosted:true place:1 t:waiting]" {
			t.Errorf("who waits is told %v", w)
		}
		for i, m := range []map[string]any{
			{"t": "chat", "text": "canary"}, {"t": "react", "emoji": "👍"}, {"t": "state", "hand": true}, {"t": "poll", "question": "canary?", "options": []string{"canary", "b"}},
			{"t": "vote", "poll": 1, "choices": []int{0}}, {"t": "timer", "seconds": 60}, {"t": "room", "settings": map[string]any{"title": "canary"}},
			{"t": "invite", "role": "guest", "label": "canary"}, {"t": "lock", "on": true}, {"t": "lock", "on": false}, {"t": "announce", "text": "canary"},
		} {
			say(t, host, m)
			heard(t, host, i)
		}
		for range 12 { // sweeps, and what is sent now and then
			for _, m := range heard(t, guest, 99) {
				if m != `{"t":"waiting","place":1,"hosted":true}` {
					t.Errorf("who waits is sent %s", m)
				}
			}
			heard(t, host, 99)
			time.Sleep(5 * time.Second)
		}

		paths := []string{"/api/v1/pads?room=salon", "/api/v1/pads/" + pad, "/api/v1/pads/" + pad + "/text", "/api/v1/pads/" + pad + "/history", "/api/v1/rooms/salon/files"}
		for _, path := range paths {
			access := "Bearer seat.salon." + seat
			if strings.HasSuffix(path, "/files") {
				access = "Bearer " + seat
			}
			if status, body, _ := inside.ask(t, "GET", path, "", "Authorization", access); status >= 400 {
				t.Errorf("from inside, %s: %d %s", path, status, body)
			}
			for _, access := range []string{"", "Bearer x", "Bearer seat.salon.", "Bearer seat.salon.x", "Bearer host.salon.x"} {
				var header []string
				if access != "" {
					header = []string{"Authorization", access}
				}
				if status, body, _ := bob.ask(t, "GET", path, "", header...); status < 400 || strings.Contains(body, "canary") {
					t.Errorf("from the lobby, %s with %q: %d %s", path, access, status, body)
				}
			}
		}
		for _, path := range []string{"/api/v1/rooms/salon", "/api/v1/rooms", "/api/v1/rooms/salon/settings", "/api/v1/rooms/salon/links", "/api/v1/server/now", "/api/v1/server/log"} {
			if _, body, _ := bob.ask(t, "GET", path, ""); strings.Contains(body, "Anne") || strings.Contains(body, welcome["id"].(string)) {
				t.Errorf("%s tells %s", path, body)
			}
		}
	})
}

// Ten thousand guesses over HTTP and the WebSocket, in virtual time and from one place: only so few get an answer, the rest is
// told to wait; and who knows the password gets in from elsewhere, or a little later.
func TestTenThousandGuessesAtTheServer(t *testing.T) {
	const guesses, every = 10_000, 100 * time.Millisecond
	inServer(t, func(t *testing.T, v *virtual) {
		v.account(t, "anne", room.Admin)
		bot := visitor{v: v}
		answered := 0
		client := &http.Client{Transport: &http.Transport{DialContext: v.pipes.DialContext}}
		defer client.CloseIdleConnections()
		for n := range guesses {
			time.Sleep(every)
			resp, err := client.Post("http://tablee.test/api/v1/login", "application/json", strings.NewReader(fmt.Sprintf(`{"login":"anne","password":"guess %d"}`, n)))
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
			switch resp.StatusCode {
			case http.StatusUnauthorized:
				answered++
			case http.StatusTooManyRequests:
				if resp.Header.Get("Retry-After") == "" {
					t.Fatal("nobody is told how long to wait")
				}
			default:
				t.Fatal(resp.Status)
			}
		}
		if most := 12 + int(guesses*every/(30*time.Second)) + 1; answered > most || answered < most/2 {
			t.Errorf("%d of %d guesses at an account were answered, %d may be", answered, guesses, most)
		}
		time.Sleep(time.Minute)
		if status, body, _ := bot.ask(t, "POST", "/api/v1/login", `{"login":"anne","password":"cheval agrafe pile"}`); status != http.StatusOK {
			t.Errorf("the right one after a minute: %d %s", status, body)
		}
	})
}
