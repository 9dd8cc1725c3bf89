package web

import (
	"context"
	"crypto/tls"
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

// maxStreams bounds the requests of one HTTP/2 connection that are under way at once. A page has a dozen files.
const maxStreams = 32

// tlsKey is the key of a request's context under which the state of its TLS connection lies.
type tlsKey struct{}

// secured is a connection from which TLS has been taken off already.
type secured interface{ TLS() *tls.ConnectionState }

// withTLS tells requests of the TLS connection that somebody before us has taken off: net/http itself sees none.
func withTLS(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if state, ok := r.Context().Value(tlsKey{}).(*tls.ConnectionState); ok && state != nil {
			r.TLS = state
		}
		next.ServeHTTP(w, r)
	})
}

// protocols are HTTP/1.1 and, on a connection that begins with its preface, HTTP/2: what was negotiated by ALPN shows in
// the first bytes as well.
func protocols() *http.Protocols {
	p := new(http.Protocols)
	p.SetHTTP1(true)
	p.SetUnencryptedHTTP2(true)
	return p
}

// NewServer makes a server of h. Nothing runs until Serve.
func NewServer(h http.Handler, bound Bound, logger *slog.Logger) *Server {
	return &Server{
		http: http.Server{
			Handler:   withTLS(h),
			Protocols: protocols(),
			HTTP2:     &http.HTTP2Config{MaxConcurrentStreams: maxStreams},
			ConnContext: func(ctx context.Context, c net.Conn) context.Context {
				if counted, ok := c.(*countedConn); ok {
					c = counted.Conn
				}
				if s, ok := c.(secured); ok {
					return context.WithValue(ctx, tlsKey{}, s.TLS())
				}
				return ctx
			},
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
