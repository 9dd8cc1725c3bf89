package turn

import (
	"bufio"
	"net"
	"sync"
	"time"
)

// Deadlines of TCP connections. Until it has an allocation, a connection must show progress soon; with one, a client
// refreshes it every ten minutes at the latest (RFC 8656, section 7.1). A client that does not take what we send for so
// long is as good as gone.
const (
	unsettledTimeout = 30 * time.Second
	settledTimeout   = 12 * time.Minute
	sendTimeout      = 10 * time.Second
)

// streams are the open TCP connections.
type streams struct {
	mu     sync.Mutex
	byAddr map[string]*stream // guarded by mu
}

func newStreams() *streams { return &streams{byAddr: map[string]*stream{}} }

func (s *streams) add(c *stream) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.byAddr[c.key] = c
}

func (s *streams) remove(c *stream) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byAddr[c.key] == c {
		delete(s.byAddr, c.key)
	}
}

// settle notes that a client has an allocation now.
func (s *streams) settle(client net.Addr) {
	if _, ok := client.(*net.TCPAddr); !ok {
		return
	}
	s.mu.Lock()
	c := s.byAddr[client.String()]
	s.mu.Unlock()
	if c != nil {
		c.mu.Lock()
		c.settled = true
		c.mu.Unlock()
	}
}

func (s *streams) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.byAddr)
}

// close cuts all connections: Pion closes its listeners only.
func (s *streams) close() {
	s.mu.Lock()
	all := make([]*stream, 0, len(s.byAddr))
	for _, c := range s.byAddr {
		all = append(all, c)
	}
	s.mu.Unlock()
	for _, c := range all {
		_ = c.Close()
	}
}

// streamListener makes every connection a stream.
type streamListener struct {
	net.Listener
	streams *streams
	screen  *screen
}

// Accept implements net.Listener.
func (l *streamListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	s := &stream{Conn: c, framed: bufio.NewReaderSize(c, 2*maxMessage), screen: l.screen, streams: l.streams, key: c.RemoteAddr().String()}
	l.streams.add(s)
	return s, nil
}

// stream is one TCP connection. It reads whole messages, screens them, and gives them to Pion, which takes them apart
// again.
type stream struct {
	net.Conn
	framed  *bufio.Reader
	screen  *screen
	streams *streams
	key     string
	buffer  [maxMessage]byte
	rest    []byte // of the message in buffer; only Pion's reader touches both

	mu      sync.Mutex
	settled bool // guarded by mu
}

// Read implements net.Conn.
func (s *stream) Read(b []byte) (int, error) {
	for len(s.rest) == 0 {
		s.mu.Lock()
		patience := unsettledTimeout
		if s.settled {
			patience = settledTimeout
		}
		s.mu.Unlock()
		if err := s.Conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
			return 0, err
		}
		n, err := readMessage(s.framed, s.buffer[:])
		if err != nil {
			return 0, err
		}
		if answer := s.screen.refusal(s.buffer[:n]); answer != nil {
			if _, err := s.Write(answer); err != nil {
				return 0, err
			}
			continue
		}
		s.rest = s.buffer[:n]
	}
	n := copy(b, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

// Write implements net.Conn.
func (s *stream) Write(b []byte) (int, error) {
	if err := s.Conn.SetWriteDeadline(time.Now().Add(sendTimeout)); err != nil {
		return 0, err
	}
	n, err := s.Conn.Write(b)
	if err != nil {
		_ = s.Close() // what was sent in part cannot be mended
	}
	return n, err
}

// Close implements net.Conn.
func (s *stream) Close() error {
	s.streams.remove(s)
	return s.Conn.Close()
}
