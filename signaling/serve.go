package signaling

import (
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"tablee/room"
)

// upgradeTimeout is how long a client may take for the WebSocket handshake.
const upgradeTimeout = 10 * time.Second

func newUpgrader() websocket.Upgrader {
	return websocket.Upgrader{
		HandshakeTimeout:  upgradeTimeout,
		WriteBufferPool:   &sync.Pool{}, // idle connections hold no write buffer
		Subprotocols:      []string{Subprotocol},
		CheckOrigin:       func(*http.Request) bool { return true }, // checked before, to answer in our form
		EnableCompression: true,                                     // offers are large (RFC 7692)
	}
}

// ServeHTTP is the WebSocket of the room r.PathValue("name"). It returns when the connection is gone.
func (h *Hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !sameOrigin(r) {
		h.refuseHTTP(w, &room.Error{Code: room.CodeForbidden, Message: "pages of other sites may not connect"})
		return
	}
	if err := h.admit(); err != nil {
		w.Header().Set("Retry-After", "2")
		h.refuseHTTP(w, err)
		return
	}
	defer h.letOut()
	browser, cookie := h.browser(r)
	header := http.Header{}
	if cookie != nil {
		header.Add("Set-Cookie", cookie.String())
	}
	ws, err := h.upgrader.Upgrade(w, r, header)
	if err != nil {
		h.counters.refuse(room.CodeBadMessage) // Upgrade has answered
		return
	}
	c := newConn(h, ws, r.PathValue("name"))
	c.host, c.askedHost, c.identity = h.hostToken(r, c.roomName), r.Host, h.identify(r)
	c.browser, c.client = browser, h.guesses.Client(h.address(r))
	c.admission = func(name string) error { return h.admission(r, name) }
	h.add(c)
	defer h.remove(c)
	c.serve()
}

// admit lets a request through the door, or says why not.
func (h *Hub) admit() *room.Error {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.stopping:
		return &room.Error{Code: room.CodeShuttingDown, Message: "the server is stopping; come back in a moment"}
	case h.open >= h.limits.MaxParticipantsTotal+waitingConns:
		return &room.Error{Code: room.CodeServerFull, Message: "the server has too many connections; come back in a moment"}
	}
	h.open++
	h.serving.Add(1)
	return nil
}

// letOut ends what admit began.
func (h *Hub) letOut() {
	h.mu.Lock()
	h.open--
	h.mu.Unlock()
	h.serving.Done()
}

// add makes a connection known, so that a shutdown reaches it; one that comes too late hears of it at once.
func (h *Hub) add(c *conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.conns[c] = struct{}{}
	if h.stopping {
		c.out.finish(shutdownEnding())
	}
}

func (h *Hub) remove(c *conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.conns, c)
}

func (h *Hub) refuseHTTP(w http.ResponseWriter, why *room.Error) {
	h.counters.refuse(why.Code)
	type body struct {
		Code    room.Code `json:"code"`
		Message string    `json:"message"`
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(why.Code.HTTPStatus())
	// An error here is a client that is gone.
	_ = json.NewEncoder(w).Encode(map[string]body{"error": {why.Code, why.Message}})
}

// sameOrigin tells whether a request comes from one of our own pages, or from a program that is no browser. Without
// it any site could open a WebSocket with our cookies (RFC 6455, section 10.2).
func sameOrigin(r *http.Request) bool {
	values := r.Header.Values("Origin")
	if len(values) == 0 {
		return true
	}
	origin, err := url.Parse(values[0])
	if err != nil || len(values) > 1 || origin.Host == "" {
		return false
	}
	return strings.EqualFold(hostPort(origin.Host, origin.Scheme), hostPort(r.Host, origin.Scheme))
}

// hostPort adds the scheme's port to a host that names none.
func hostPort(host, scheme string) string {
	if _, _, err := net.SplitHostPort(host); err == nil {
		return host
	}
	port := map[string]string{"http": "80", "https": "443"}[scheme]
	return net.JoinHostPort(strings.Trim(host, "[]"), port)
}
