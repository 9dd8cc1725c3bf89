package main

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"tablee/signaling"
)

// writeTimeout bounds a write to a participant.
const writeTimeout = 5 * time.Second

// server holds the rooms.
type server struct {
	voices    int
	mux       *http.ServeMux
	forwarded atomic.Uint64 // packets, in all rooms

	mu    sync.Mutex
	rooms map[string]*room // guarded by mu
}

func newServer(voices int) *server {
	s := &server{voices: voices, mux: http.NewServeMux(), rooms: map[string]*room{}}
	s.mux.HandleFunc("GET /healthz", func(http.ResponseWriter, *http.Request) {})
	s.mux.HandleFunc("GET /metrics", s.metrics)
	s.mux.HandleFunc("POST /api/v1/rooms", s.open)
	s.mux.HandleFunc("GET /ws/room/{name}", s.join)
	return s
}

// ServeHTTP implements http.Handler.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// open finds every room.
func (s *server) open(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		Name string `json:"name"`
	}
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{ // who has gone away does not need the answer
		"room": signaling.RoomInfo{Name: asked.Name, Title: asked.Name}, "url": "/r/" + asked.Name,
	})
}

// room returns the room of a name, new if need be.
func (s *server) room(name string) *room {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rooms[name]
	if r == nil {
		r = &room{name: name, forwarded: &s.forwarded, members: map[string]*member{}}
		s.rooms[name] = r
	}
	return r
}

// join is a participant's life.
func (s *server) join(w http.ResponseWriter, r *http.Request) {
	upgrader := websocket.Upgrader{Subprotocols: []string{signaling.Subprotocol}}
	ws, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // the upgrader has answered
	}
	defer ws.Close()
	room := s.room(r.PathValue("name"))
	var m *member
	for {
		var c signaling.ClientMessage
		if ws.ReadJSON(&c) != nil || c.T == "leave" {
			break
		}
		switch {
		case c.T == "hello" && m == nil:
			m = room.enter(ws, &c, s.voices)
		case m == nil:
		case c.T == "ping":
			m.say(signaling.Pong{T: "pong", N: c.N})
		case c.T == "offer":
			m.answer(&c)
		case c.T == "demand":
			room.demand(m, c.Videos)
		case c.T == "state":
			room.change(m, &c)
		}
	}
	if m != nil {
		room.leave(m)
	}
}

// room is one meeting.
type room struct {
	name      string
	forwarded *atomic.Uint64 // the server's

	mu      sync.Mutex
	count   uint32             // guarded by mu: who ever came
	members map[string]*member // guarded by mu
}

// enter seats a participant and tells everybody.
func (r *room) enter(ws *websocket.Conn, hello *signaling.ClientMessage, voices int) *member {
	on := func(b *bool) bool { return b != nil && *b }
	r.mu.Lock()
	defer r.mu.Unlock()
	r.count++
	m := &member{room: r, ws: ws, sources: map[string]*source{}}
	m.info = signaling.Member{
		ID: "m" + strconv.FormatUint(uint64(r.count), 10), Num: r.count, Seat: int(r.count) - 1, Name: hello.Name, Role: "guest",
		Mic: on(hello.Mic), Cam: on(hello.Cam),
	}
	r.tellLocked(signaling.MemberEvent{T: "joined", Member: m.info})
	r.members[m.info.ID] = m
	welcome := signaling.Welcome{
		T: "welcome", V: signaling.Version, ID: m.info.ID, Num: m.info.Num, Room: signaling.RoomInfo{Name: r.name, Title: r.name},
		Role: m.info.Role, Resume: m.info.ID, PC: m.info.ID, Media: signaling.MediaNew, Chat: []signaling.Chat{},
		Voices: voices, Max: 500,
	}
	for _, other := range r.members {
		welcome.Members = append(welcome.Members, other.info)
	}
	slices.SortFunc(welcome.Members, func(a, b signaling.Member) int { return int(a.Num) - int(b.Num) })
	m.say(welcome)
	m.say(signaling.Send{T: "send", Camera: []string{lowest}, Screen: []string{lowest}})
	return m
}

// demand notes what a participant shows.
func (r *room) demand(m *member, videos []signaling.Video) {
	r.mu.Lock()
	defer r.mu.Unlock()
	m.videos = videos
	r.routeLocked()
}

// change notes what a participant has switched on or off.
func (r *room) change(m *member, c *signaling.ClientMessage) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range []struct {
		now  *bool
		kept *bool
	}{{c.Mic, &m.info.Mic}, {c.Cam, &m.info.Cam}, {c.Screen, &m.info.Screen}, {c.Sound, &m.info.Sound}} {
		if s.now != nil {
			*s.kept = *s.now
		}
	}
	r.tellLocked(signaling.MemberEvent{T: "member", Member: m.info})
}

// leave ends a participant's media and tells everybody.
func (r *room) leave(m *member) {
	r.mu.Lock()
	delete(r.members, m.info.ID)
	clear(m.sources)
	r.routeLocked()
	r.tellLocked(signaling.Left{T: "left", ID: m.info.ID, Reason: "left"})
	pc := m.pc
	r.mu.Unlock()
	if pc != nil {
		_ = pc.Close() // nothing is left to do about it
	}
}

func (r *room) tellLocked(message any) {
	for _, m := range r.members {
		m.say(message)
	}
}
