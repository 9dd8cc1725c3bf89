package signaling

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"tablee/ratelimit"
	"tablee/room"
)

// CloseSlow is the WebSocket close code of a client that reads too slowly; it may come back.
const CloseSlow = 4008

// Deadlines of a connection.
const (
	helloWait   = 10 * time.Second // from the handshake to being seated
	pingEvery   = 10 * time.Second
	silenceWait = 30 * time.Second // without a message or a pong
	messageWait = 10 * time.Second // from a message's first byte to its last
	writeWait   = 10 * time.Second // for one message
	closeWait   = time.Second      // for the client's close frame after ours
	roomWait    = 5 * time.Second  // for the disk, when a room is looked up
)

// controlLimit is how many of a client's pings are answered.
var controlLimit = limit{rate: 10, burst: 50}

// conn is one WebSocket. Its reader runs in ServeHTTP's goroutine, its writer in one of its own; the fields below out
// belong to the reader.
type conn struct {
	hub      *Hub
	ws       *websocket.Conn
	roomName string // as in the request
	host     string // host token of the request's cookie, or ""
	identity room.Identity
	browser  string        // what the browser is known by, or ""
	client   ratelimit.Key // picks the buckets of guesses
	born     time.Time

	askedHost string // the Host by which the client knows us
	// admission asks whether the host's line carries one more person in that room.
	admission func(room string) error
	out       *queue

	state   State
	control bucket
	entry   entry    // what it has brought to the door, once it has come there
	meeting *meeting // with waiting, while in the lobby; with seat and pc, once seated
	waiting string   // id in the lobby, "" when not there
	seat    *seat
	pc      string
	reading bool // inside a message: pongs do not prolong its deadline

	gone      atomic.Bool // its account is let in no more
	goingAway bool        // the client's page was closed, or is being loaded again

	mu      sync.Mutex // guards closing, and the read deadline while it is false
	closing bool       // our close frame is out
}

func newConn(h *Hub, ws *websocket.Conn, roomName string) *conn {
	return &conn{hub: h, ws: ws, roomName: roomName, born: time.Now(), out: newQueue()}
}

// serve runs the connection until it is gone.
func (c *conn) serve() {
	written := make(chan struct{})
	go func() {
		defer close(written)
		c.write()
	}()
	end, clean := c.read()
	c.leaveSeat(false) // first: the others should know at once
	if clean {
		c.ws.Close() // nobody is there to write to
	}
	c.out.finish(end)
	<-written
	if !clean {
		c.linger()
	}
	c.ws.Close()
}

// leaveSeat gives the seat up for good, or leaves it away. It does nothing the second time.
func (c *conn) leaveSeat(forGood bool) {
	if c.waiting != "" {
		c.meeting.stopWaiting(c.waiting)
		c.waiting = ""
		c.hub.release(c.meeting, 1)
	}
	if c.seat != nil && c.meeting.drop(c.seat, c, forGood) {
		c.hub.vacate(c.meeting, []*seat{c.seat})
	}
}

// push queues a frame; when that was one too many, the connection ends as slow.
func (c *conn) push(f frame) {
	if !c.out.push(f) {
		c.hub.counters.slow.Add(1)
	}
}

// send queues a message.
func (c *conn) send(message any) { c.push(encode(message)) }

// refuse queues an error and counts it.
func (c *conn) refuse(err error, re, ref string) {
	why := room.Public(err)
	c.hub.counters.refuse(why.Code)
	c.send(Error{T: "error", Code: string(why.Code), Message: why.Message, Re: re, Ref: ref, Args: why.Args})
}

// perform does what Step asked for, in order.
func (c *conn) perform(effects []Effect) {
	for _, effect := range effects {
		switch e := effect.(type) {
		case Join:
			c.performJoin(e)
		case Negotiate:
			c.negotiate(e)
		case Demand:
			c.seat.wish(c.pc, func(w *Wishes) { w.Videos = e.Videos })
		case Prefer:
			c.seat.wish(c.pc, func(w *Wishes) { w.Quality = e.Quality })
		case Enter:
			c.performEnter()
		case Order:
			c.obey(e)
		case Apply:
			c.meeting.change(c.seat.id, e.Change)
		case Say:
			c.say(e)
		case Cheer:
			c.meeting.broadcast(React{T: "react", ID: c.seat.id, Emoji: e.Emoji})
		case Echo:
			c.send(Pong{T: "pong", N: e.N})
		case Refuse:
			c.refuse(e.Err, e.Re, "")
		case Depart:
			c.leaveSeat(true)
			c.out.finish(ending{code: websocket.CloseNormalClosure})
		case End:
			c.out.finish(refusedEnding(e.Bye))
		}
	}
}

// refusedEnding closes on a client that was refused; reason may be "".
func refusedEnding(reason string) ending {
	e := ending{code: websocket.ClosePolicyViolation}
	if reason != "" {
		e.bye = &Bye{T: "bye", Reason: reason}
	}
	return e
}

func (c *conn) performJoin(j Join) { c.seatOrRefuse(c.join(j)) }

func (c *conn) performEnter() { c.seatOrRefuse(c.enterFromLobby()) }

// seatOrRefuse ends the connection of somebody whom the door has refused.
func (c *conn) seatOrRefuse(err error) {
	if err != nil {
		if room.CodeOf(err) == room.CodeInternal {
			c.hub.log.Error("seating somebody failed", "err", err)
		}
		c.refuse(err, "hello", "")
		c.out.finish(refusedEnding(""))
	}
}

// negotiate answers an offer. The engine's work happens here, in the client's own goroutine: nobody else waits.
func (c *conn) negotiate(n Negotiate) {
	sdp, err := c.seat.negotiate(c.meeting, c.pc, n.Offer)
	switch {
	case err == nil:
		c.send(Answer{T: "answer", Gen: n.Gen, SDP: sdp})
	case errors.Is(err, errOutdated): // another connection has taken over and this one is being closed
	default:
		// Not the cause: it may quote the offer, and with it the client's addresses.
		c.hub.log.Info("an offer was refused", "code", room.CodeOf(err))
		c.refuse(err, "offer", "")
		if room.CodeOf(err) == room.CodeLineFull { // a seat without a voice is no seat
			c.leaveSeat(true)
			c.out.finish(refusedEnding(""))
		}
	}
}

// say posts a chat message. Its author's copy comes with everybody else's, once it is stored.
func (c *conn) say(e Say) {
	who, ok := c.meeting.member(c.seat.id)
	if !ok {
		return // the seat was given up this moment
	}
	if c.meeting.main != nil { // a breakout room keeps nothing
		c.meeting.sayHere(who, e)
		return
	}
	m := room.Message{Room: c.meeting.info.Name, From: who.ID, Name: who.Name, Seat: who.Seat, At: time.Now(), Text: e.Text}
	err := c.hub.chat.Post(m, func(stored room.Message, err error) {
		if err != nil {
			c.refuse(err, "chat", e.Ref)
			return
		}
		c.hub.said(stored, e.Ref)
	})
	if err != nil {
		c.refuse(err, "chat", e.Ref)
	}
}
