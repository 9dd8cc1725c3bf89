package files

import (
	"errors"
	"net/http"
	"sync/atomic"
	"time"

	"tablee/room"
)

// errStopped ends a stretch whose client has come back on another connection.
var errStopped = errors.New("the client goes on elsewhere")

// source is the body of a request, read at the pace of the throttle, from a client that may be slow but not silent.
type source struct {
	f       *Files
	control *http.ResponseController
	r       *http.Request
	stopped atomic.Bool
	end     error // how the body ended: io.EOF when it was whole
}

func (f *Files) source(w http.ResponseWriter, r *http.Request) *source {
	return &source{f: f, control: http.NewResponseController(w), r: r}
}

// stop ends the reading, also one that waits for the network. It may be called from any goroutine.
func (s *source) stop() {
	s.stopped.Store(true)
	_ = s.control.SetReadDeadline(time.Unix(1, 0)) // a connection in memory has none; the flag ends it then
}

// Read implements io.Reader.
func (s *source) Read(b []byte) (int, error) {
	_ = s.control.SetReadDeadline(time.Now().Add(stalled)) // as above
	if s.stopped.Load() {                                  // looked at after the line above, which could undo stop's
		return 0, errStopped
	}
	n, err := s.r.Body.Read(b)
	s.end = err
	if n > 0 {
		if werr := s.f.throttle.wait(s.r.Context(), inwards, n); werr != nil {
			return n, werr
		}
	}
	return n, err
}

// receive takes a body.
func (f *Files) receive(from *source, u Upload) (Upload, error) {
	sum, err := parseChecksum(from.r.Header.Get("Upload-Checksum"))
	if err != nil {
		return u, err
	}
	after, err := f.stretch(from.r.Context(), u, from, sum)
	// The answer gets time of its own, however long the body took.
	_ = from.control.SetWriteDeadline(time.Now().Add(stalled)) // a connection in memory has none
	if err != nil && room.CodeOf(err) == room.CodeInternal {
		f.counts.interrupted.Add(1)
	}
	return after, err
}
