package signaling

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"tablee/password"
	"tablee/room"
	"tablee/room/roomtest"
	"tablee/testkit"
)

// pipeListener is a listener in memory, so that whole meetings run in testing/synctest.
type pipeListener struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newPipeListener() *pipeListener {
	return &pipeListener{conns: make(chan net.Conn), done: make(chan struct{})}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error   { l.once.Do(func() { close(l.done) }); return nil }
func (l *pipeListener) Addr() net.Addr { return pipeAddr{} }

func (l *pipeListener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case l.conns <- theirs:
		return ours, nil
	case <-l.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "pipe" }

// fakeChat is a ChatLog in memory; fail makes it refuse after the fact, as a disk does.
type fakeChat struct {
	mu       sync.Mutex
	stored   []room.Message
	occupied map[string]bool
	fail     bool
	broken   error // of Recent
}

func (f *fakeChat) Post(m room.Message, done func(room.Message, error)) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail {
		done(room.Message{}, &room.Error{Code: room.CodeChatUnsaved, Message: "not stored"})
		return nil
	}
	m.N = int64(len(f.stored) + 1)
	f.stored = append(f.stored, m)
	done(m, nil)
	return nil
}

func (f *fakeChat) Recent(_ context.Context, name string, limit int) ([]room.Message, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var list []room.Message
	for _, m := range f.stored {
		if m.Room == name {
			list = append(list, m)
		}
	}
	return list[max(0, len(list)-limit):], f.broken
}

func (f *fakeChat) SetOccupied(name string, occupied bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.occupied[name] = occupied
}

func (f *fakeChat) isOccupied(name string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.occupied[name]
}

// fakeMedia stands in for the engine, which has tests of its own.
type fakeMedia struct {
	mu        sync.Mutex
	peers     []*fakePeer
	joinErr   error
	answerErr error
	slow      time.Duration // how long an answer takes
	profiles  []string      // room=profile, as they were set
}

func (f *fakeMedia) SetProfile(room, profile string) {
	f.set(func(f *fakeMedia) { f.profiles = append(f.profiles, room+"="+profile) })
}

func (f *fakeMedia) Join(_, id string, num uint32, notify func(Notice)) (MediaPeer, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.joinErr != nil {
		return nil, f.joinErr
	}
	p := &fakePeer{media: f, id: id, num: num, notify: notify}
	f.peers = append(f.peers, p)
	return p, nil
}

func (f *fakeMedia) set(change func(*fakeMedia)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(f)
}

func (f *fakeMedia) profilesSet() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string{}, f.profiles...)
}

// all are the peers made so far.
func (f *fakeMedia) all() []*fakePeer {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]*fakePeer{}, f.peers...)
}

type fakePeer struct {
	media  *fakeMedia
	id     string
	num    uint32
	notify func(Notice)

	mu      sync.Mutex
	offers  []Offer
	demands []Wishes
	gate    Gate
	closed  int
}

func (p *fakePeer) Answer(o Offer) (string, error) {
	p.media.mu.Lock()
	slow, err := p.media.slow, p.media.answerErr
	p.media.mu.Unlock()
	if slow > 0 {
		<-time.After(slow)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.offers = append(p.offers, o)
	return "answer to " + o.SDP, err
}

func (p *fakePeer) Demand(w Wishes) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.demands = append(p.demands, w)
}

func (p *fakePeer) Allow(g Gate) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gate = g
}

func (p *fakePeer) allowed() Gate {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.gate
}

func (p *fakePeer) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed++
}

func (p *fakePeer) closes() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.closed
}

func (p *fakePeer) lastDemand() Wishes {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.demands) == 0 {
		return Wishes{}
	}
	return p.demands[len(p.demands)-1]
}

// house is a hub behind an HTTP server in memory, with one open room called "salon".
type house struct {
	t      *testing.T
	hub    *Hub
	media  *fakeMedia
	chat   *fakeChat
	host   string // host token of salon
	parted *fakeParted
	key    []byte
	rooms  *room.Registry
	lis    *pipeListener
	logs   *testkit.Output
	joins  JoinTokens                               // HubConfig.JoinTokens
	admit  func(r *http.Request, name string) error // HubConfig.Admit
	stop   func()                                   // stops the hub and waits for it; may be called twice
}

func newHouse(t *testing.T, limits room.Limits) *house {
	t.Helper()
	h := &house{
		t: t, media: &fakeMedia{}, chat: &fakeChat{occupied: map[string]bool{}}, key: []byte("a server's key of 32 random bytes"), parted: &fakeParted{all: map[string]partedMeeting{}},
		rooms: room.NewRegistry(roomtest.New(), room.DefaultLimits(), time.Now, room.WithPasswords(password.NewCheapHasher())), logs: &testkit.Output{},
	}
	_, token, _, err := h.rooms.Open(t.Context(), "Salon", room.Identity{})
	if err != nil {
		t.Fatal(err)
	}
	h.host = token
	h.start(limits)
	t.Cleanup(func() { h.stop() })
	return h
}

// start runs a hub, again after stop: then it is a restarted server with the same rooms and key.
func (h *house) start(limits room.Limits) {
	h.hub = NewHub(HubConfig{
		Breakouts: h.parted, JoinTokens: h.joins,
		Rooms: h.rooms, Media: h.media, Chat: h.chat, Key: h.key, Limits: limits,
		Admit: func(r *http.Request, name string) error {
			if h.admit == nil {
				return nil
			}
			return h.admit(r, name)
		},
		HostToken: func(r *http.Request, name string) string {
			if c, err := r.Cookie("host-" + name); err == nil {
				return c.Value
			}
			return ""
		},
		Identify: func(r *http.Request) room.Identity {
			if account := r.Header.Get("Test-Account"); account != "" {
				return room.Identity{Account: account, Box: room.AccountHolder}
			}
			return room.Identity{}
		},
		Browser: func(r *http.Request) (string, *http.Cookie) { return r.Header.Get("Test-Browser"), nil },
		Address: func(r *http.Request) netip.Addr { a, _ := netip.ParseAddr(r.Header.Get("Test-Address")); return a },
		Log:     slog.New(slog.NewTextHandler(h.logs, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	mux := http.NewServeMux()
	mux.Handle("GET /ws/room/{name}", h.hub)
	srv := &http.Server{Handler: mux}
	h.lis = newPipeListener()
	var running sync.WaitGroup
	running.Go(func() {
		if err := srv.Serve(h.lis); !errors.Is(err, http.ErrServerClosed) {
			h.t.Errorf("serving: %v", err)
		}
	})
	ctx, cancel := context.WithCancel(context.Background())
	running.Go(func() {
		if err := h.hub.Run(ctx); err != nil {
			h.t.Errorf("running: %v", err)
		}
	})
	var once sync.Once
	h.stop = func() {
		once.Do(func() {
			cancel()
			srv.Close()
			running.Wait()
		})
	}
}

// client is a participant, who reads all the time (a pipe has no buffer) unless made by deaf.
type client struct {
	t       *testing.T
	ws      *websocket.Conn
	inbox   chan incoming // closed at the end
	end     error         // why, once inbox is closed
	welcome Welcome
}

type incoming struct {
	kind string
	data []byte
}

// dial opens a WebSocket to the room.
func (h *house) dial(name string, header http.Header) *client {
	h.t.Helper()
	c := h.deaf(name, header)
	go c.read()
	return c
}

// deaf is dial for a client that reads only what read is called for.
func (h *house) deaf(name string, header http.Header) *client {
	h.t.Helper()
	d := websocket.Dialer{NetDialContext: h.lis.dial, Subprotocols: []string{Subprotocol}, EnableCompression: true}
	ws, _, err := d.DialContext(h.t.Context(), "ws://tablee.test/ws/room/"+name, header)
	if err != nil {
		h.t.Fatalf("dialling: %v", err)
	}
	if ws.Subprotocol() != Subprotocol {
		h.t.Fatalf("subprotocol %q, want %q", ws.Subprotocol(), Subprotocol)
	}
	c := &client{t: h.t, ws: ws, inbox: make(chan incoming, 4096)}
	h.t.Cleanup(func() { ws.Close() })
	return c
}

// read takes messages into the inbox until the connection ends.
func (c *client) read() {
	defer close(c.inbox)
	for {
		_, data, err := c.ws.ReadMessage()
		if err != nil {
			c.end = err
			return
		}
		var head struct {
			T string `json:"t"`
		}
		if err := json.Unmarshal(data, &head); err != nil {
			c.t.Errorf("the server sent %q: %v", data, err)
		}
		c.inbox <- incoming{head.T, data}
	}
}

// join dials and says hello, with what else is set in m.
func (h *house) join(m ClientMessage) *client {
	h.t.Helper()
	c := h.dial("salon", nil)
	m.T, m.V = "hello", Version
	if m.Name == "" {
		m.Name = "Anna"
	}
	c.say(m)
	c.expect("welcome", &c.welcome)
	c.expect("you", &You{}) // the last of what everybody is told at first
	return c
}

func (c *client) say(m any) {
	c.t.Helper()
	if err := c.ws.WriteJSON(m); err != nil {
		c.t.Fatalf("writing: %v", err)
	}
}

// raw sends a text frame as it is.
func (c *client) raw(text string) {
	c.t.Helper()
	if err := c.ws.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
		c.t.Fatalf("writing: %v", err)
	}
}

// next is the next message and its type.
func (c *client) next() (string, []byte, error) {
	select {
	case m, ok := <-c.inbox:
		if !ok {
			return "", nil, c.end
		}
		return m.kind, m.data, nil
	case <-time.After(2 * time.Minute):
		return "", nil, errors.New("nothing came for two minutes")
	}
}

// expect reads until a message of type t comes, into dst.
func (c *client) expect(t string, dst any) {
	c.t.Helper()
	for {
		got, data, err := c.next()
		if err != nil {
			c.t.Fatalf("waiting for %s: %v", t, err)
		}
		if got == t {
			if err := json.Unmarshal(data, dst); err != nil {
				c.t.Fatalf("%s: %v", t, err)
			}
			return
		}
	}
}

func (c *client) expectError(code room.Code) Error {
	c.t.Helper()
	var e Error
	c.expect("error", &e)
	if e.Code != string(code) {
		c.t.Fatalf("error %q (%s), want %q", e.Code, e.Message, code)
	}
	return e
}

// expectClose reads to the end and checks the close code.
func (c *client) expectClose(code int) {
	c.t.Helper()
	for {
		_, _, err := c.next()
		if err == nil {
			continue
		}
		if !websocket.IsCloseError(err, code) {
			c.t.Fatalf("closed by %v, want code %d", err, code)
		}
		return
	}
}

// sync waits until the server has handled all that c said: it answers in order.
func (c *client) sync() {
	c.t.Helper()
	n := time.Now().UnixNano()
	c.say(ClientMessage{T: "ping", N: n})
	for {
		var p Pong
		c.expect("pong", &p)
		if p.N == n {
			return
		}
	}
}

func yes() *bool { b := true; return &b }
func no() *bool  { b := false; return &b }

// code is the code of an error message.
func code(data []byte) string {
	var e Error
	_ = json.Unmarshal(data, &e) // a message without one has none
	return e.Code
}
