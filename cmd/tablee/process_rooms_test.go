package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"tablee/signaling"
)

// Number 36 of the faults, for what hosts change: each acknowledged change of a room and each acknowledged link is there
// after kill -9, however often it comes.

// roomKills is how often the server is killed in the middle of changes.
const roomKills = 3

func TestKillKeepsRoomChanges(t *testing.T) {
	bin, data := buildTablee(t), filepath.Join(t.TempDir(), "data")
	host, title, links := "", "", map[string]bool{}
	for round := range roomKills {
		p := startServer(t, data, bin)
		if round == 0 {
			host = openedHost(t, p)
		}
		h := meet(t, p, host)
		if got := h.room.Room.Title; title != "" && got != title {
			t.Fatalf("round %d: the room is called %q, acknowledged was %q", round, got, title)
		}
		h.say(`{"t":"links"}`)
		var list signaling.Links
		h.expect("links", &list)
		if len(list.Links) != len(links) {
			t.Fatalf("round %d: %d links, acknowledged were %d", round, len(list.Links), len(links))
		}
		for i := range 5 {
			title = fmt.Sprintf("Titre %d %d", round, i)
			h.say(fmt.Sprintf(`{"t":"room","settings":{"title":%q}}`, title))
			h.expect("room", &h.room)
			h.say(`{"t":"invite","role":"guest","uses":1}`)
			var in signaling.Invited
			h.expect("invited", &in)
			links[in.Link.ID] = true
		}
		if err := p.end(t, syscall.SIGKILL); err == nil {
			t.Fatal("it was not killed")
		}
	}
}

func openedHost(t *testing.T, p *process) string {
	t.Helper()
	status, body := p.ask(t, "POST", "/api/v1/rooms", `{"name":"salon"}`)
	var opened struct {
		Host string `json:"host"`
	}
	if err := json.Unmarshal([]byte(body), &opened); err != nil || status != http.StatusCreated || opened.Host == "" {
		t.Fatal(status, body, err)
	}
	return opened.Host
}

// keeper is the host in a meeting, by a bare WebSocket.
type keeper struct {
	t    *testing.T
	ws   *websocket.Conn
	room signaling.RoomEvent
}

func meet(t *testing.T, p *process, host string) *keeper {
	t.Helper()
	d := websocket.Dialer{Subprotocols: []string{signaling.Subprotocol}}
	ws, resp, err := d.DialContext(t.Context(), "ws"+strings.TrimPrefix(p.url, "http")+"/ws/room/salon", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	t.Cleanup(func() { ws.Close() })
	k := &keeper{t: t, ws: ws}
	k.say(fmt.Sprintf(`{"t":"hello","v":1,"name":"Anna","host":%q}`, host))
	k.expect("room", &k.room)
	return k
}

func (k *keeper) say(text string) {
	k.t.Helper()
	if err := k.ws.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
		k.t.Fatal(err)
	}
}

// expect reads until a message of that type comes.
func (k *keeper) expect(kind string, into any) {
	k.t.Helper()
	if err := k.ws.SetReadDeadline(time.Now().Add(patience)); err != nil {
		k.t.Fatal(err)
	}
	for {
		_, data, err := k.ws.ReadMessage()
		if err != nil {
			k.t.Fatalf("waiting for %s: %v", kind, err)
		}
		var head struct {
			T string `json:"t"`
		}
		if err := json.Unmarshal(data, &head); err != nil {
			k.t.Fatal(err)
		}
		if head.T == "error" {
			k.t.Fatalf("refused: %s", data)
		}
		if head.T == kind {
			if err := json.Unmarshal(data, into); err != nil {
				k.t.Fatal(err)
			}
			return
		}
	}
}
