package signaling

import (
	"context"
	"log/slog"
	"maps"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"tablee/room"
)

// HubConfig is what a Hub needs.
type HubConfig struct {
	Rooms  *room.Registry
	Media  Media
	Chat   ChatLog
	Key    []byte      // the server's secret; what signs resume tokens is derived from it
	Limits room.Limits // MaxParticipants, MaxParticipantsTotal; room.DefaultLimits for those that are 0
	Voices int         // voice slots worth offering; DefaultVoices when 0
	// Profile is how much of the host's line a meeting may have; ProfileNormal when empty.
	Profile string
	// Admit is asked before a newcomer is given a seat; nil lets everybody in. Its error refuses them, with its code.
	Admit func(r *http.Request, name string) error
	// HostToken finds the host token of a room in a request's cookies, "" for none; may be nil. A good token in hello
	// makes a host as well.
	HostToken func(r *http.Request, name string) string
	// Identify tells who a request's session says it is; nil when nobody has an account. It is asked once for each
	// WebSocket, at the handshake.
	Identify func(*http.Request) room.Identity
	// JoinTokens opens the join tokens of other sites; nil where there are none.
	JoinTokens JoinTokens
	// Browser finds what a browser is known by at the doors of rooms, so that one who was banned stays out, and the cookie
	// to be set when it is new; nil for nothing. What it is known by is kept as long as the meeting, and only of the banned.
	Browser func(*http.Request) (id string, set *http.Cookie)
	// Address tells where a request comes from, to limit how often passwords are guessed; nil takes all for one.
	Address func(*http.Request) netip.Addr
	// ICE makes the ICE servers that a member is told, by the host name under which it knows us; may be nil.
	ICE func(host, member string) []ICE
	// Breakouts remembers which meetings are parted, over a restart; nil for nobody.
	Breakouts BreakoutStore
	// Happens is told when somebody is in a room where nobody was, and when the last one has left it; breakout rooms are
	// part of theirs. It must not block. nil for nobody.
	Happens func(Happening)
	Log     *slog.Logger // nowhere when nil
}

// Happening is the beginning or the end of a meeting.
type Happening struct {
	Room  string
	Began time.Time
	Ended time.Time // zero for a beginning
	Most  int       // how many had seats at once at most, those in breakout rooms not counted; of an end
}

// DefaultVoices is how many voices a client should offer to receive.
const DefaultVoices = 3

// Bounds of a hub.
const (
	waitingConns = 64              // WebSockets beyond MaxParticipantsTotal that may be open: not seated yet, or closing
	sweepEvery   = time.Second     // how often seats expire
	stopTimeout  = 3 * time.Second // for the last messages at a shutdown; then connections are cut
	comeBack     = 1000            // Bye.Retry, in milliseconds
	restartGrace = 2 * time.Minute // after a start, in which resume tokens are believed as if the meeting had gone on
)

// Hub is the signaling of all rooms.
type Hub struct {
	rooms     *room.Registry
	media     Media
	chat      ChatLog
	tokens    signer
	limits    room.Limits
	voices    int
	profile   atomic.Pointer[string] // see serverProfile
	most      atomic.Int64           // people in one room; see SetMaxParticipants
	admission func(*http.Request, string) error
	hostToken func(*http.Request, string) string
	identify  func(*http.Request) room.Identity
	join      JoinTokens
	browser   func(*http.Request) (string, *http.Cookie)
	address   func(*http.Request) netip.Addr
	ice       func(host, member string) []ICE
	parted    BreakoutStore // nil for none
	happens   func(Happening)
	log       *slog.Logger
	upgrader  websocket.Upgrader
	counters  counters
	seats     atomic.Int64   // seats taken in all meetings
	serving   sync.WaitGroup // ServeHTTP calls that got past the door

	born    time.Time
	guesses guesses

	mu       sync.Mutex // guards what follows, and each meeting's refs; may be taken while a meeting's mu is not held
	stopping bool
	open     int // ServeHTTP calls that got past the door
	conns    map[*conn]struct{}
	meetings map[string]*meeting
	empty    map[string]time.Time // rooms whose meeting has ended, and when: temporary ones are deleted after a while
}

// NewHub is a hub that takes connections at once; Run must be running for seats to expire.
func NewHub(c HubConfig) *Hub {
	limits := room.DefaultLimits()
	if c.Limits.MaxParticipants > 0 {
		limits.MaxParticipants = c.Limits.MaxParticipants
	}
	if c.Limits.MaxParticipantsTotal > 0 {
		limits.MaxParticipantsTotal = c.Limits.MaxParticipantsTotal
	}
	if c.Voices == 0 {
		c.Voices = DefaultVoices
	}
	if c.Profile == "" {
		c.Profile = ProfileNormal
	}
	if c.Admit == nil {
		c.Admit = func(*http.Request, string) error { return nil }
	}
	if c.HostToken == nil {
		c.HostToken = func(*http.Request, string) string { return "" }
	}
	if c.Identify == nil {
		c.Identify = func(*http.Request) room.Identity { return room.Identity{} }
	}
	if c.JoinTokens == nil {
		c.JoinTokens = noJoinTokens{}
	}
	if c.Browser == nil {
		c.Browser = func(*http.Request) (string, *http.Cookie) { return "", nil }
	}
	if c.Address == nil {
		c.Address = func(*http.Request) netip.Addr { return netip.Addr{} }
	}
	if c.ICE == nil {
		c.ICE = func(string, string) []ICE { return nil }
	}
	if c.Happens == nil {
		c.Happens = func(Happening) {}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	h := &Hub{
		rooms: c.Rooms, media: c.Media, chat: c.Chat, tokens: newSigner(c.Key), limits: limits, voices: c.Voices,
		admission: c.Admit,
		hostToken: c.HostToken, identify: c.Identify, join: c.JoinTokens, browser: c.Browser, address: c.Address, ice: c.ICE, parted: c.Breakouts, happens: c.Happens, log: c.Log, counters: newCounters(), upgrader: newUpgrader(),
		conns: map[*conn]struct{}{}, meetings: map[string]*meeting{}, guesses: newGuesses(), born: time.Now(),
		empty: map[string]time.Time{},
	}
	h.profile.Store(&c.Profile)
	h.most.Store(int64(limits.MaxParticipants))
	h.rooms.Watch(h.news)
	return h
}

// Run expires seats until ctx ends; then it says `bye shutdown` to all, closes, and returns nil when nothing runs any
// more. The chat log must outlive it.
func (h *Hub) Run(ctx context.Context) error {
	h.findLeftovers(ctx, time.Now())
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for {
		select {
		case now := <-ticker.C:
			h.sweep(now)
			h.deleteTemporary(ctx, now)
		case <-ctx.Done():
			h.stop()
			return nil
		}
	}
}

// sweep frees the seats of those who have been away for too long.
func (h *Hub) sweep(now time.Time) {
	for _, m := range h.live() {
		h.vacate(m, m.expire(now))
		if m.takeStirred() {
			m.top().tellBreakouts()
		}
	}
}

// stop says goodbye to all and waits until every connection is gone.
func (h *Hub) stop() {
	h.mu.Lock()
	h.stopping = true
	for c := range h.conns {
		c.out.finish(shutdownEnding())
	}
	h.mu.Unlock()

	cut := time.AfterFunc(stopTimeout, h.cut)
	h.serving.Wait()
	cut.Stop()
	for _, m := range h.live() {
		h.vacate(m, m.disband())
	}
}

// cut closes every connection without a word. It may block for a moment (TLS says goodbye), so it holds no lock then.
func (h *Hub) cut() {
	h.mu.Lock()
	conns := slices.Collect(maps.Keys(h.conns))
	h.mu.Unlock()
	for _, c := range conns {
		c.ws.Close()
	}
}

func shutdownEnding() ending {
	return ending{code: websocket.CloseGoingAway, bye: &Bye{T: "bye", Reason: ByeShutdown, Retry: comeBack}}
}

// live lists the meetings of this moment.
func (h *Hub) live() []*meeting {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Collect(maps.Values(h.meetings))
}

// acquire finds or begins the meeting of r; each call is followed by one release, or by a seat that holds the meeting.
// The one who begins it reads the room's chat; a disk that fails does not stop people from meeting.
func (h *Hub) acquire(ctx context.Context, r room.Room) (*meeting, error) {
	h.mu.Lock()
	if h.stopping {
		h.mu.Unlock()
		return nil, &room.Error{Code: room.CodeShuttingDown, Message: "the server is stopping; come back in a moment"}
	}
	m, there := h.meetings[r.Name]
	if !there {
		m = newMeeting(h, r)
		h.meetings[r.Name] = m
		h.chat.SetOccupied(r.Name, true) // in h.mu, so that it cannot be overtaken by release
		h.media.SetProfile(r.Name, r.Settings.Profile)
	}
	m.refs++
	h.mu.Unlock()
	if there {
		select {
		case <-m.ready:
			return m, nil
		case <-ctx.Done():
			h.release(m, 1)
			return nil, ctx.Err()
		}
	}
	stored, err := h.chat.Recent(ctx, r.Name, recentChat)
	if err != nil {
		h.log.Warn("the chat so far cannot be read; the meeting goes on without it", "err", err)
	}
	m.restoreBreakouts(ctx)
	m.load(stored)
	return m, nil
}

// release gives n references back; the last one ends the meeting.
func (h *Hub) release(m *meeting, n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	m.refs -= n
	if m.refs == 0 && n > 0 && h.meetings[m.info.Name] == m {
		delete(h.meetings, m.info.Name)
		if m.main == nil {
			h.chat.SetOccupied(m.info.Name, false)
			h.empty[m.info.Name] = time.Now()
			if began := m.began.Load(); began != nil {
				h.happens(Happening{Room: m.info.Name, Began: *began, Ended: time.Now(), Most: int(m.most.Load())})
			}
		}
		h.media.SetProfile(m.info.Name, "")
	}
}

// vacate ends the media of seats that a meeting has given up, and frees them.
func (h *Hub) vacate(m *meeting, gone []*seat) {
	for _, s := range gone {
		s.clear()
	}
	h.freeSeats(len(gone))
	h.release(m, len(gone))
}

// takeSeat takes one of the server's seats, if there is one.
func (h *Hub) takeSeat() bool {
	if h.seats.Add(1) > int64(h.limits.MaxParticipantsTotal) {
		h.seats.Add(-1)
		return false
	}
	return true
}

func (h *Hub) freeSeats(n int) { h.seats.Add(-int64(n)) }

// said takes a stored chat message to whoever is in its room now. It does not block.
func (h *Hub) said(stored room.Message, ref string) {
	h.mu.Lock()
	m := h.meetings[stored.Room]
	h.mu.Unlock()
	if m != nil {
		m.said(stored, ref)
	}
}
