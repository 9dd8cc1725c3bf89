package pad

import (
	"errors"
	"io"
	"net"
	"time"

	"github.com/gorilla/websocket"

	"tablee/room"
)

// Deadlines of a connection.
const (
	pingEvery   = 15 * time.Second
	silenceWait = 45 * time.Second
	messageWait = 60 * time.Second // from a message's first byte to its last: 4 MiB over a thin line
	writeWait   = 60 * time.Second
	closeWait   = time.Second
)

// serve runs the connection until it is gone.
func (c *conn) serve() {
	written := make(chan struct{})
	go func() {
		defer close(written)
		c.write()
	}()
	err := c.read()
	c.o.mu.Lock()
	c.o.leaveLocked(c)
	c.o.mu.Unlock()
	e := ending{drop: true}
	if err != nil {
		e = endingFor(err)
	}
	c.out.finish(e)
	<-written
}

// read takes frames until the connection ends. It returns nil when there is nothing left to say to the client.
func (c *conn) read() error {
	c.alive()
	c.ws.SetPongHandler(func(string) error { c.alive(); return nil })
	for {
		kind, r, err := c.ws.NextReader()
		if err != nil {
			return nil
		}
		c.setReadDeadline(time.Now().Add(messageWait))
		frame, err := io.ReadAll(io.LimitReader(r, MaxMessage+1))
		switch {
		case err != nil:
			return nil
		case len(frame) > MaxMessage:
			c.hub.stats.tooBig.Add(1)
			return &room.Error{Code: room.CodeTooBig, Message: "a message is too big"}
		case kind != websocket.BinaryMessage:
			return c.malformed(errMessage)
		case c.out.ended():
			continue // we only wait for the client's close frame
		}
		if err := c.handle(frame); err != nil {
			return err
		}
		now := time.Now()
		if wait := max(c.frames.take(1, now), c.bytes.take(float64(len(frame)), now)); wait > 0 {
			<-time.After(wait) // it is read later: nothing of it is lost
		}
		c.alive()
	}
}

func (c *conn) alive() { c.setReadDeadline(time.Now().Add(silenceWait)) }

// setReadDeadline does nothing once our close frame is out: its deadline is the last one.
func (c *conn) setReadDeadline(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closing {
		c.ws.SetReadDeadline(t)
	}
}

// write sends what is queued, and pings, until the queue has ended or the client does not take it. Then it closes.
func (c *conn) write() {
	defer c.ws.Close() // wakes the reader
	ping := time.NewTicker(pingEvery)
	defer ping.Stop()
	for {
		select {
		case <-c.out.wake:
			end, err := c.flush()
			if err != nil {
				return
			}
			if end != nil {
				c.sayGoodbye(*end)
				return
			}
		case <-ping.C:
			if err := c.ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(closeWait)); err != nil {
				var timeout net.Error
				if !errors.As(err, &timeout) || !timeout.Timeout() {
					return
				}
			}
		}
	}
}

// flush writes all that waits. end is not nil when the queue has ended and is empty.
func (c *conn) flush() (end *ending, err error) {
	for {
		f, end := c.out.take()
		if f == nil {
			return end, nil
		}
		c.ws.SetWriteDeadline(time.Now().Add(writeWait))
		if err := c.ws.WriteMessage(websocket.BinaryMessage, f); err != nil {
			return nil, err
		}
	}
}

// sayGoodbye says why, sends the close frame, and reads away what the client still sends: closing with unread bytes
// makes TCP send a reset, which can overtake the close frame.
func (c *conn) sayGoodbye(e ending) {
	c.mu.Lock()
	c.closing = true
	c.ws.SetReadDeadline(time.Now().Add(closeWait))
	c.mu.Unlock()
	if e.code == 0 {
		return
	}
	c.ws.SetWriteDeadline(time.Now().Add(closeWait))
	if c.events && e.bye != "" {
		// An error shows again in the close frame below.
		_ = c.ws.WriteMessage(websocket.BinaryMessage, eventFrame(byeEvent{T: "bye", Code: e.bye}))
	}
	_ = c.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(e.code, e.bye), time.Now().Add(closeWait))
	line := c.ws.NetConn()
	if half, ok := line.(interface{ CloseWrite() error }); ok && half.CloseWrite() != nil {
		return
	}
	const linger = 16 << 20
	line.SetReadDeadline(time.Now().Add(closeWait))
	_, _ = io.CopyN(io.Discard, line, linger)
}
