package main

import (
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/gorilla/websocket"

	"tablee/accounts"
	"tablee/room"
)

// Who gets in and who does not, through the whole server in memory.

// visitor is a browser, with a cookie or without.
type visitor struct {
	v      *virtual
	cookie string // name=value
}

// ask sends a request as our own page does.
func (c visitor) ask(t *testing.T, method, path, body string, header ...string) (int, string, http.Header) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, "http://tablee.test"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if method != "GET" {
		r.Header.Set("Origin", "http://tablee.test")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.cookie != "" {
		r.Header.Set("Cookie", c.cookie)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	client := &http.Client{Transport: &http.Transport{DialContext: c.v.pipes.DialContext, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(data), resp.Header
}

// hello opens a WebSocket to a room and says hello, with what else is in the message.
func (c visitor) hello(t *testing.T, room string, more map[string]any) *websocket.Conn {
	t.Helper()
	header := http.Header{"Origin": {"http://tablee.test"}}
	if c.cookie != "" {
		header.Set("Cookie", c.cookie)
	}
	dialer := websocket.Dialer{NetDialContext: c.v.pipes.DialContext, Subprotocols: []string{"tablee.v1"}}
	ws, _, err := dialer.DialContext(t.Context(), "ws://tablee.test/ws/room/"+room, header)
	if err != nil {
		t.Fatal(err)
	}
	m := map[string]any{"t": "hello", "v": 1, "name": "Ada"}
	for k, value := range more {
		m[k] = value
	}
	say(t, ws, m)
	return ws
}

func say(t *testing.T, ws *websocket.Conn, m any) {
	t.Helper()
	if err := ws.WriteJSON(m); err != nil {
		t.Fatal(err)
	}
}

// account makes an account and logs its browser in.
func (v *virtual) account(t *testing.T, login string, role room.Role) (accounts.Account, visitor) {
	t.Helper()
	acc, err := v.accounts.Create(t.Context(), accounts.Wish{Login: login, Password: "cheval agrafe pile"}, role)
	if err != nil {
		t.Fatal(err)
	}
	status, body, header := visitor{v: v}.ask(t, "POST", "/api/v1/login", fmt.Sprintf(`{"login":%q,"password":"cheval agrafe pile"}`, login))
	cookie, _, _ := strings.Cut(header.Get("Set-Cookie"), ";")
	if status != http.StatusOK || cookie == "" {
		t.Fatal(status, body)
	}
	return acc, visitor{v: v, cookie: cookie}
}

// inServer runs f with a whole server in virtual time.
func inServer(t *testing.T, f func(t *testing.T, v *virtual)) {
	t.Helper()
	data := filepath.Join(t.TempDir(), "data")
	synctest.Test(t, func(t *testing.T) {
		v := startVirtual(t, data)
		defer func() { // also when f gives up
			v.stop()
			if err := <-v.done; err != nil {
				t.Errorf("the server ends with %v", err)
			}
		}()
		f(t, v)
	})
}

// An account that is disabled or deleted is out at once: its session at the API, and its seat in a meeting.
func TestADisabledAccountIsOutAtOnce(t *testing.T) {
	inServer(t, func(t *testing.T, v *virtual) {
		_, anne := v.account(t, "anne", room.Admin)
		for login, change := range map[string]func(id string) (int, string, http.Header){
			"bob": func(id string) (int, string, http.Header) {
				return anne.ask(t, "PATCH", "/api/v1/accounts/"+id, `{"disabled":true}`)
			},
			"carl": func(id string) (int, string, http.Header) { return anne.ask(t, "DELETE", "/api/v1/accounts/"+id, "") },
		} {
			acc, theirs := v.account(t, login, room.AccountHolder)
			if status, body, _ := theirs.ask(t, "PUT", "/api/v1/rooms/"+login+"s", `{}`); status >= 300 {
				t.Fatal(status, body)
			}
			ws := theirs.hello(t, login+"s", nil)
			defer ws.Close()
			welcome := await(t, ws, "welcome")
			if welcome["role"] != "host" {
				t.Fatalf("%v", welcome["role"])
			}
			if status, body, _ := change(acc.ID); status >= 300 {
				t.Fatal(status, body)
			}
			if bye := await(t, ws, "bye"); bye["reason"] != "removed" {
				t.Errorf("%s is told %v", login, bye)
			}
			for _, path := range []string{"/api/v1/rooms", "/api/v1/me/secrets"} {
				if status, body, _ := theirs.ask(t, "GET", path, ""); status != http.StatusUnauthorized {
					t.Errorf("%s is answered %d %s", path, status, body)
				}
			}
			back := theirs.hello(t, login+"s", map[string]any{"resume": welcome["resume"]})
			defer back.Close()
			if again := await(t, back, "welcome"); again["role"] != "guest" {
				t.Errorf("%s comes back as a %v", login, again["role"])
			}
		}
	})
}
