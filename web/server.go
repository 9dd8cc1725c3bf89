package web

import (
	"context"
	"errors"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"
)

// How long a connection may take for what. They bound what a slow or silent client holds, and end at a WebSocket, which
// has deadlines of its own.
const (
	headerTimeout = 5 * time.Second  // to send a request's header
	readTimeout   = 15 * time.Second // to send a whole request
	writeTimeout  = 60 * time.Second // to read the answer: the page over a very thin line
	idleTimeout   = 75 * time.Second // between two requests; longer than a proxy keeps its own connections
)

// maxHeader bounds a request's header, in bytes. net/http adds 4096 of slack to it.
const maxHeader = 12 << 10

// Server is the HTTP server around a handler.
type Server struct {
	http http.Server
	gate *gate
}

// NewServer makes a server of h. Nothing runs until Serve.
func NewServer(h http.Handler, bound Bound, logger *slog.Logger) *Server {
	return &Server{
		http: http.Server{
			Handler:           h,
			ReadHeaderTimeout: headerTimeout,
			ReadTimeout:       readTimeout,
			WriteTimeout:      writeTimeout,
			IdleTimeout:       idleTimeout,
			MaxHeaderBytes:    maxHeader,
			ErrorLog:          log.New(redactor{logger}, "", 0),
		},
		gate: newGate(bound),
	}
}

// Serve answers the connections of l until Shutdown; it closes l.
func (s *Server) Serve(l net.Listener) error {
	err := s.http.Serve(&boundedListener{Listener: l, gate: s.gate})
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// Shutdown takes no new connections and waits for the requests under way; when ctx ends first, it cuts them off.
// WebSockets are not waited for: their hub ends them.
func (s *Server) Shutdown(ctx context.Context) error {
	if err := s.http.Shutdown(ctx); err != nil {
		return errors.Join(err, s.http.Close())
	}
	return nil
}

// Connections are the gauges and counters of connections.
func (s *Server) Connections() Connections { return s.gate.stats() }

// redactor passes the complaints of net/http on to the log, without the addresses in them.
type redactor struct{ log *slog.Logger }

// Write implements io.Writer.
func (r redactor) Write(p []byte) (int, error) {
	r.log.Warn("http", "message", redactAddresses(strings.TrimSpace(string(p))))
	return len(p), nil
}

// redactAddresses replaces every IP address in a text.
func redactAddresses(text string) string {
	words := strings.Fields(text)
	for i, word := range words {
		bare := strings.TrimRight(strings.Trim(word, `,;()"'`), ":")
		if strings.Contains(bare, "->") { // "read tcp A->B: …"
			words[i] = "[address]"
			continue
		}
		_, errAddr := netip.ParseAddr(strings.Trim(bare, "[]"))
		_, errPort := netip.ParseAddrPort(bare)
		if errAddr == nil || errPort == nil {
			words[i] = "[address]"
		}
	}
	return strings.Join(words, " ")
}
