package pad

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"tablee/pad/yjs"
	"tablee/room"
)

// Subprotocol is what a client asks for that understands events; accessProtocol is before an access.
const (
	Subprotocol    = "tablee.pad"
	accessProtocol = "access."
)

// Close codes. A stock client does not come back after 44xx.
const (
	CloseGoingAway = websocket.CloseGoingAway
	CloseSlow      = 4008
	CloseForbidden = 4403
	CloseBroken    = 4409
	CloseGone      = 4410
	CloseTooBig    = 4413
	CloseMalformed = 4422
	closeFull      = websocket.CloseTryAgainLater
)

// What one client may send; beyond it is read later, not refused.
const (
	framesPerSecond = 300
	framesBurst     = 3000
	bytesPerSecond  = 2 << 20
	bytesBurst      = 4 * MaxMessage
)

// maxGaps is how often in a row a client may answer our question for what is missing with something that does not fit.
const maxGaps = 3

// conn is one WebSocket. Its reader runs in ServeWS's goroutine, its writer in one of its own.
type conn struct {
	hub    *Hub
	ws     *websocket.Conn
	access string
	events bool // understands events
	out    *queue
	o      *openPad
	frames bucket // of the reader
	bytes  bucket

	// Guarded by o.mu:
	who    Who
	ids    map[uint64]uint64 // Yjs client ids that it speaks for, and their awareness clocks
	behind bool              // something it sent was not taken, so that no mark may be answered
	asked  bool              // our step 1 is out, its step 2 is awaited
	gaps   int
	held   int64 // the last mark while behind
	denied bool  // something was refused since the last mark
	leftAt time.Time

	mu      sync.Mutex // guards closing, and the read deadline while it is false
	closing bool
}

func newUpgrader() websocket.Upgrader {
	return websocket.Upgrader{
		HandshakeTimeout: 10 * time.Second,
		WriteBufferPool:  &sync.Pool{}, // idle connections hold no write buffer
		Subprotocols:     []string{Subprotocol},
		CheckOrigin:      func(*http.Request) bool { return true }, // web has checked it
	}
}

// ServeWS is the WebSocket of the pad r.PathValue("id"). It returns when the connection is gone.
func (h *Hub) ServeWS(w http.ResponseWriter, r *http.Request) {
	if !h.admit() {
		http.Error(w, "the server has too many connections; come back in a moment", http.StatusServiceUnavailable)
		return
	}
	defer h.dismiss()
	c := &conn{hub: h, out: newQueue(), ids: map[uint64]uint64{}, access: r.URL.Query().Get("access"), events: r.URL.Query().Get("events") == "1",
		frames: newBucket(framesPerSecond, framesBurst), bytes: newBucket(bytesPerSecond, bytesBurst)}
	for _, p := range websocket.Subprotocols(r) {
		if access, ok := strings.CutPrefix(p, accessProtocol); ok {
			c.access = access
		}
		c.events = c.events || p == Subprotocol
	}
	ws, err := h.upgrader.Upgrade(w, r, nil)
	if err != nil {
		h.stats.malformed.Add(1) // Upgrade has answered
		return
	}
	c.ws = ws
	defer ws.Close()
	if err := c.enter(r.Context(), r.PathValue("id"), r.URL.Query().Get("name")); err != nil {
		c.out.finish(endingFor(err))
		c.write()
		return
	}
	defer h.release(c.o)
	c.serve()
}

// admit lets a request through the door.
func (h *Hub) admit() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.stopping || h.conns >= MaxConns {
		return false
	}
	h.conns++
	h.serving.Add(1)
	return true
}

func (h *Hub) dismiss() {
	h.mu.Lock()
	h.conns--
	h.mu.Unlock()
	h.serving.Done()
}

// endingFor tells how a connection ends that was refused.
func endingFor(err error) ending {
	e := ending{bye: string(room.Public(err).Code)}
	switch room.CodeOf(err) {
	case room.CodePadUnknown:
		e.code = CloseGone
	case room.CodeForbidden:
		e.code = CloseForbidden
	case room.CodePadBroken:
		e.code = CloseBroken
	case room.CodeTooBig:
		e.code = CloseTooBig
	case room.CodeBadMessage:
		e.code = CloseMalformed
	default:
		e.code = closeFull
	}
	return e
}

// enter opens the pad and joins those who are in it.
func (c *conn) enter(ctx context.Context, id, name string) error {
	ctx, cancel := context.WithTimeout(ctx, loadTimeout)
	defer cancel()
	p, who, err := c.hub.Find(ctx, id, c.access, room.PadRead)
	if err != nil {
		return err
	}
	c.who = who
	c.rename(name)
	o, err := c.hub.acquire(ctx, p)
	if err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.gone || len(o.conns) >= MaxClients {
		err := errUnknown()
		if !o.gone {
			err = &room.Error{Code: room.CodeServerFull, Message: "too many people have this pad open"}
		}
		c.hub.release(o)
		return err
	}
	c.o = o
	o.colorLocked(c)
	o.conns[c] = struct{}{}
	if c.events {
		c.push(eventFrame(welcomeEvent{T: "welcome", Pad: InfoFor(o.pad, c.who.Right), Right: c.who.Right.String(), User: c.who.User}))
		if o.failing {
			c.push(eventFrame(storageEvent{T: "storage"}))
		}
	}
	o.askLocked(c)
	o.showAllLocked(c)
	return nil
}

// rename gives who came by a link, or a host outside the meeting, the name that they say. Who sits in the meeting has
// the meeting's.
func (c *conn) rename(name string) {
	if c.who.User.Seat >= 0 {
		return
	}
	if clean, err := room.CleanPersonName(name); err == nil {
		c.who.User.Name = clean
	}
}

// colorLocked gives who has no seat the colour that they had, or one after the other.
func (o *openPad) colorLocked(c *conn) {
	if c.who.User.Seat >= 0 {
		return
	}
	o.joined++
	color := o.joined
	for _, a := range o.authors {
		if a.Key == c.who.Key && a.Name == c.who.User.Name {
			color = a.N
		}
	}
	c.who.User = userAt(c.who.User.Name, color, -1, c.who.User.Guest)
}

// push queues a frame; when that was one too many, the connection ends as slow and comes back.
func (c *conn) push(frame []byte) {
	if !c.out.push(frame) {
		c.hub.stats.slow.Add(1)
	}
}

// handle does what a frame says. An error ends the connection.
func (c *conn) handle(frame []byte) error {
	for len(frame) > 0 {
		m, rest, err := nextMessage(frame)
		if err != nil {
			return c.malformed(err)
		}
		frame = rest
		switch m.kind {
		case msgSync:
			err = c.sync(m)
		case msgAwareness:
			err = c.present(m.body)
		case msgQuery:
			c.o.mu.Lock()
			c.o.showAllLocked(c)
			c.o.mu.Unlock()
		case msgEvent:
			err = c.event(m.body)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *conn) malformed(err error) error {
	c.hub.stats.malformed.Add(1)
	return &room.Error{Code: room.CodeBadMessage, Message: err.Error()}
}

func (c *conn) sync(m message) error {
	if m.step == syncStep1 {
		known, err := yjs.DecodeStateVector(m.body)
		if err != nil {
			return c.malformed(err)
		}
		c.o.mu.Lock()
		defer c.o.mu.Unlock()
		c.push(c.o.answerLocked(known))
		return nil
	}
	u, err := yjs.Parse(m.body)
	if err != nil {
		return c.malformed(err)
	}
	c.o.mu.Lock()
	defer c.o.mu.Unlock()
	return c.updateLocked(u, m)
}

// updateLocked judges an update and takes it.
func (c *conn) updateLocked(u *yjs.Update, m message) error {
	o := c.o
	if m.step == syncStep2 {
		c.asked, c.behind = false, false
		defer o.releaseMarkLocked(c)
	}
	verdict := o.tracker.Judge(u)
	switch {
	case verdict == yjs.Nothing:
		c.hub.stats.nothing.Add(1)
	case c.who.Right < room.PadComment || c.who.Right == room.PadComment && (verdict == yjs.Gap || !o.tracker.OnlyComments(u)):
		c.hub.stats.denied.Add(1)
		if !c.denied {
			c.push(deniedFrame("you may " + c.who.Right.String() + " this pad, and no more"))
		}
		c.denied = true
	case o.size+len(m.body) > MaxPad:
		c.hub.stats.tooBig.Add(1)
		return &room.Error{Code: room.CodeTooBig, Message: "the pad would be too big"}
	case o.failing && o.unsavedBytes+len(m.body) > maxUnsaved:
		c.behind = true // it keeps what it wrote, and is asked for it when the disk works again
	case verdict == yjs.Gap:
		c.hub.stats.gaps.Add(1)
		c.behind = true
		if m.step == syncStep2 {
			if c.gaps++; c.gaps == maxGaps {
				return c.malformed(errMessage)
			}
		}
		o.askLocked(c)
	case o.gone:
		return errUnknown()
	default:
		c.gaps = 0
		o.takeLocked(u, m.body, o.authorLocked(c.who), c)
		c.hub.markDirty(o)
	}
	return nil
}

// askLocked asks a client for what we lack, once until it answers.
func (o *openPad) askLocked(c *conn) {
	if c.asked {
		return
	}
	c.asked = true
	c.push(syncFrame(syncStep1, o.tracker.Known().Encode()))
}

func (c *conn) event(body []byte) error {
	e, err := readEvent(body)
	if err != nil {
		return c.malformed(err)
	}
	c.o.mu.Lock()
	defer c.o.mu.Unlock()
	switch e.T {
	case "mark":
		c.o.markLocked(c, e.N)
	case "me":
		c.rename(e.Name)
	}
	return nil
}

// markLocked answers a mark when all before it is on the disk. A client's newer mark stands for its older ones.
func (o *openPad) markLocked(c *conn, n int64) {
	switch {
	case c.denied:
		c.denied = false
		c.push(eventFrame(refusedEvent{T: "refused", N: n, Code: room.CodeForbidden}))
	case c.behind || c.asked:
		c.held = n
	case o.saved == o.taken:
		c.push(eventFrame(savedEvent{T: "saved", N: n}))
	default:
		for i := range o.waiting {
			if o.waiting[i].c == c {
				o.waiting[i].n, o.waiting[i].upTo = n, o.taken
				return
			}
		}
		o.waiting = append(o.waiting, mark{c, n, o.taken})
	}
}

func (o *openPad) releaseMarkLocked(c *conn) {
	if n := c.held; n != 0 && !c.behind {
		c.held = 0
		o.markLocked(c, n)
	}
}
