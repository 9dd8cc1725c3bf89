package signaling

import (
	"errors"
	"io"
	"net"
	"time"

	"github.com/gorilla/websocket"

	"tablee/room"
)

// compressFrom is the size from which a message is worth compressing, in bytes: answers and welcomes.
const compressFrom = 1 << 10

// lingerBytes is how much of what a client still sends is read and thrown away before its connection is closed.
// Closing with unread bytes makes TCP send a reset, which can overtake the close frame.
const lingerBytes = 1 << 20

// read takes messages until the connection ends. It says how to end it, and whether there is nothing left to say:
// clean is true when the client has closed, or is gone.
func (c *conn) read() (end ending, clean bool) {
	c.ws.SetReadLimit(MaxMessage)
	c.ws.SetPongHandler(func(string) error { c.alive(); return nil })
	c.ws.SetPingHandler(c.answerPing)
	for {
		data, err := c.next()
		if err != nil {
			return c.why(err)
		}
		if len(data) > MaxMessage { // after decompression; the read limit counts what is on the wire
			c.hub.counters.refuse(room.CodeTooBig)
			return ending{code: websocket.CloseMessageTooBig, drop: true}, false
		}
		if c.out.ended() {
			continue // we only wait for the client's close frame
		}
		in := Input{}
		in.Message, in.Err = Decode(data)
		var effects []Effect
		if c.seat != nil && c.state.phase == seated { // roles and settings change at any time
			c.state = c.state.Admitted(room.Rights(c.seat.rights.Load()))
		}
		c.state, effects = Step(c.state, time.Now(), in)
		c.perform(effects)
	}
}

// next reads one message, or one byte more than the largest. Errors end the connection.
func (c *conn) next() ([]byte, error) {
	c.alive()
	kind, r, err := c.ws.NextReader()
	if err != nil {
		return nil, err
	}
	// A message that has begun must be complete soon, however many fragments and pings it comes with.
	c.reading = true
	defer func() { c.reading = false }()
	c.setReadDeadline(time.Now().Add(messageWait))
	data, err := io.ReadAll(io.LimitReader(r, MaxMessage+1))
	if err == nil && kind != websocket.TextMessage {
		return []byte{}, nil // Decode refuses it
	}
	return data, err
}

// alive prolongs the connection's life: something was heard. A client that is not seated has its hello's deadline.
func (c *conn) alive() {
	switch {
	case c.reading:
	case c.state.phase == seated, c.state.phase == waiting:
		c.setReadDeadline(time.Now().Add(silenceWait))
	default:
		c.setReadDeadline(c.born.Add(helloWait))
	}
}

func (c *conn) answerPing(data string) error {
	c.alive()
	if c.control.take(controlLimit, time.Now()) {
		// A pong that cannot be sent is no reason to stop reading: the writer notices a dead connection.
		_ = c.ws.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(closeWait))
	}
	return nil
}

// setReadDeadline does nothing once our close frame is out: its deadline is the last one.
func (c *conn) setReadDeadline(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closing {
		c.ws.SetReadDeadline(t)
	}
}

// why sorts the reader's errors.
func (c *conn) why(err error) (end ending, clean bool) {
	var timeout net.Error
	switch {
	case errors.Is(err, websocket.ErrReadLimit): // gorilla has sent the close frame
		c.hub.counters.refuse(room.CodeTooBig)
		return ending{code: websocket.CloseMessageTooBig, drop: true}, false
	case errors.As(err, new(*websocket.CloseError)):
		c.goingAway = websocket.IsCloseError(err, websocket.CloseGoingAway)
		return ending{drop: true}, true
	case c.out.ended(): // the client did not answer our close frame
		return ending{}, false
	case errors.As(err, &timeout) && timeout.Timeout():
		if c.state.phase != seated {
			c.hub.counters.refuse(room.CodeHelloExpected)
		}
		return ending{code: websocket.ClosePolicyViolation, bye: &Bye{T: "bye", Reason: ByeIdle, Retry: comeBack}}, false
	}
	return ending{drop: true}, true
}

// write sends what is queued, and pings, until the queue has ended or the client does not take it. Then it closes:
// with a close frame, or by cutting the line.
func (c *conn) write() {
	ping := time.NewTicker(pingEvery)
	defer ping.Stop()
	for {
		select {
		case <-c.out.wake:
			end, err := c.flush()
			if err != nil {
				c.ws.Close() // wakes the reader
				return
			}
			if end != nil {
				c.sayGoodbye(*end)
				return
			}
		case <-ping.C:
			if err := c.ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(writeWait)); err != nil {
				c.ws.Close()
				return
			}
		}
	}
}

// flush writes all that waits. end is not nil when the queue has ended and is empty.
func (c *conn) flush() (end *ending, err error) {
	for {
		f, ok, end := c.out.take()
		if !ok {
			return end, nil
		}
		if err := c.writeFrame(f); err != nil {
			return nil, err
		}
	}
}

func (c *conn) writeFrame(f frame) error {
	if f.value != nil {
		f = encode(f.value)
	}
	c.ws.EnableWriteCompression(f.size >= compressFrom)
	c.ws.SetWriteDeadline(time.Now().Add(writeWait))
	return c.ws.WriteMessage(websocket.TextMessage, f.data)
}

// sayGoodbye sends the bye and the close frame, and leaves the reader a moment to meet the client's close frame.
func (c *conn) sayGoodbye(e ending) {
	c.mu.Lock()
	c.closing = true
	c.ws.SetReadDeadline(time.Now().Add(writeWait + closeWait))
	c.mu.Unlock()
	if e.bye != nil {
		// An error shows again in the close frame below.
		_ = c.writeFrame(encode(e.bye))
	}
	if e.code != 0 {
		_ = c.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(e.code, ""), time.Now().Add(closeWait))
	}
	c.ws.SetReadDeadline(time.Now().Add(closeWait))
}

// linger lets the last frames reach a client that is still sending.
func (c *conn) linger() {
	line := c.ws.NetConn()
	if half, ok := line.(interface{ CloseWrite() error }); ok {
		if half.CloseWrite() != nil {
			return
		}
	}
	if line.SetReadDeadline(time.Now().Add(closeWait)) != nil {
		return
	}
	// Whatever ends it, the connection is closed next.
	_, _ = io.CopyN(io.Discard, line, lingerBytes)
}
