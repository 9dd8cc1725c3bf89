package loadtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/gorilla/websocket"

	"tablee/signaling"
)

// Times of docs/protocol.md, "WebSocket".
const (
	pingEvery   = 5 * time.Second
	silentAfter = 10 * time.Second
	writeWithin = 5 * time.Second
	dialWithin  = 10 * time.Second
	leaveWithin = time.Second
)

// maxMessage bounds a message of the server, in bytes: a welcome with its chat and an answer are the largest.
const maxMessage = 4 << 20

// session is one WebSocket. Writes belong to the participant's loop, reads to one goroutine that ends with the socket.
type session struct {
	conn *websocket.Conn
	// in gives what the server says, and is closed when the socket is; err may be read then.
	in  chan any
	err error
}

// dialSession connects to the room's WebSocket and starts to read.
func dialSession(ctx context.Context, t *target) (*session, error) {
	d := websocket.Dialer{
		NetDialContext: t.dial, HandshakeTimeout: dialWithin, Subprotocols: []string{signaling.Subprotocol},
	}
	conn, resp, err := d.DialContext(ctx, t.socket(), nil)
	if err != nil {
		return nil, dialError(err, resp)
	}
	conn.SetReadLimit(maxMessage)
	s := &session{conn: conn, in: make(chan any, 64)}
	go s.read()
	return s, nil
}

// dialError makes a sentence of a failed handshake.
func dialError(err error, resp *http.Response) error {
	if resp == nil {
		return fmt.Errorf("connect to the room: %w", err)
	}
	body, readErr := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if r := parseRefusal(body); readErr == nil && r != nil {
		return fmt.Errorf("enter the room: %w", r)
	}
	if !errors.Is(err, websocket.ErrBadHandshake) {
		return fmt.Errorf("enter the room: %w", err)
	}
	return fmt.Errorf("enter the room: the answer is %s: %w", resp.Status, err)
}

// read hands on what the server says until the socket ends.
func (s *session) read() {
	defer close(s.in)
	for {
		if err := s.conn.SetReadDeadline(time.Now().Add(silentAfter)); err != nil {
			s.err = err
			return
		}
		_, data, err := s.conn.ReadMessage()
		if err != nil {
			s.err = err
			return
		}
		m, err := decode(data)
		if err != nil {
			m = err
		}
		if m != nil {
			s.in <- m
		}
	}
}

// send writes one message.
func (s *session) send(m *signaling.ClientMessage) error {
	if err := s.conn.SetWriteDeadline(time.Now().Add(writeWithin)); err != nil {
		return fmt.Errorf("send %s: %w", m.T, err)
	}
	if err := s.conn.WriteJSON(m); err != nil {
		return fmt.Errorf("send %s: %w", m.T, err)
	}
	return nil
}

// ipv6 says whether the server is reached by IPv6.
func (s *session) ipv6() bool {
	a, ok := s.conn.RemoteAddr().(*net.TCPAddr)
	return ok && a.IP.To4() == nil && a.IP != nil
}

// drop closes the socket without a word and waits for its reader.
func (s *session) drop() {
	_ = s.conn.Close()
	for range s.in { // the reader may hold a message
	}
}

// leave says goodbye, waits shortly for the server to close, and closes.
func (s *session) leave() {
	timeout := time.AfterFunc(leaveWithin, func() { _ = s.conn.Close() })
	defer timeout.Stop()
	if s.send(&signaling.ClientMessage{T: "leave"}) == nil {
		for range s.in {
		}
	}
	s.drop()
}
