package web

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tablee/ratelimit"
)

// memoryListener hands out one end of each pipe that is dialled.
type memoryListener struct {
	conns  chan net.Conn
	closed chan struct{}
}

func newMemoryListener() *memoryListener {
	return &memoryListener{conns: make(chan net.Conn), closed: make(chan struct{})}
}

func (l *memoryListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *memoryListener) Close() error   { close(l.closed); return nil }
func (l *memoryListener) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80} }

// from is a connection that says where it comes from.
type from struct {
	net.Conn
	addr string
}

func (c from) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(netip.MustParseAddrPort(c.addr)) }

func (l *memoryListener) dial(addr string) net.Conn {
	ours, theirs := net.Pipe()
	l.conns <- from{theirs, addr}
	return ours
}

// inVirtualTime runs a server for the length of f.
func inVirtualTime(t *testing.T, h http.Handler, bound Bound, f func(*Server, *memoryListener)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := newMemoryListener()
		s := NewServer(h, bound, slog.New(slog.DiscardHandler))
		done := make(chan error)
		go func() { done <- s.Serve(l) }()
		f(s, l)
		if err := s.Shutdown(t.Context()); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		if err := <-done; err != nil {
			t.Errorf("serve: %v", err)
		}
		if c := s.Connections(); c.Open != 0 {
			t.Errorf("%d connections are left", c.Open)
		}
	})
}

var roomy = Bound{Total: 100, Each: 100}

func said(text string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, err := io.Copy(io.Discard, r.Body)
		if err == nil {
			_, _ = io.WriteString(w, text)
		}
	})
}

// TestSlowloris is number 30 of the bad inputs: who is slow is cut off, while others are served.
func TestSlowloris(t *testing.T) {
	cases := map[string]struct {
		first, drip string
		every       time.Duration
		atMost      time.Duration
	}{
		"says nothing":    {"", "", time.Hour, headerTimeout},
		"drips a header":  {"GET / HTTP/1.1\r\nHost: x\r\n", "X: y\r\n", time.Second, headerTimeout},
		"drips a body":    {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n\r\n", "x", time.Second, readTimeout},
		"never reads":     {"GET /big HTTP/1.1\r\nHost: x\r\n\r\n", "", time.Hour, writeTimeout},
		"stays idle":      {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "", time.Hour, idleTimeout},
		"header too long": {"GET / HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("y", maxHeader+8192), "", time.Hour, time.Second},
	}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/big" {
			_, _ = w.Write(make([]byte, 1<<20))
			return
		}
		said("hello").ServeHTTP(w, r)
	})
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, handler, roomy, func(s *Server, l *memoryListener) {
				start := time.Now()
				conn := l.dial("192.0.2.1:1000")
				dripped := make(chan struct{})
				go func() {
					defer close(dripped)
					_, _ = io.WriteString(conn, c.first)
					for c.drip != "" {
						time.Sleep(c.every)
						if _, err := io.WriteString(conn, c.drip); err != nil {
							return
						}
					}
				}()
				if name == "never reads" {
					synctest.Wait()
					get(t, l)
					time.Sleep(c.atMost + time.Second)
				} else {
					get(t, l)
					if _, err := io.ReadAll(conn); err != nil && !errors.Is(err, io.EOF) {
						t.Logf("reading ends with %v", err)
					}
				}
				took := time.Since(start)
				synctest.Wait()
				if open := s.Connections().Open; open != 0 || took > c.atMost+2*time.Second {
					t.Errorf("%d connections are open after %v", open, took)
				}
				conn.Close()
				<-dripped
			})
		})
	}
}

// get asks once, on a connection of its own, and wants an answer at once.
func get(t *testing.T, l *memoryListener) {
	t.Helper()
	start := time.Now()
	conn := l.dial("192.0.2.2:1000")
	defer conn.Close()
	go func() { _, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n") }()
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Errorf("somebody else is not served: %v", err)
		return
	}
	resp.Body.Close()
	if took := time.Since(start); resp.StatusCode != 200 || took > 0 {
		t.Errorf("somebody else gets %d after %v", resp.StatusCode, took)
	}
}

func TestConnectionsAreBounded(t *testing.T) {
	inVirtualTime(t, said("hello"), Bound{Total: 6, Each: 2}, func(s *Server, l *memoryListener) {
		var open []net.Conn
		dial := func(addr string, let bool) {
			t.Helper()
			c := l.dial(addr)
			open = append(open, c)
			go func() { _, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n") }()
			resp, err := http.ReadResponse(bufio.NewReader(c), nil)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			if want := map[bool]int{true: 200, false: 503}[let]; resp.StatusCode != want {
				t.Errorf("a connection from %s gets %d", addr, resp.StatusCode)
			}
		}
		dial("192.0.2.1:1", true)
		dial("192.0.2.1:2", true)
		dial("192.0.2.1:3", false)
		dial("[2001:db8::1]:1", true)
		dial("[2001:db8::2]:1", true)
		dial("[2001:db8::3]:1", false) // the same /64
		dial("127.0.0.1:1", true)
		dial("127.0.0.1:2", true)
		dial("127.0.0.1:3", false) // the total
		if c := s.Connections(); c.Open != 6 || c.Refused != 3 {
			t.Errorf("counted is %+v", c)
		}
		open[0].Close()
		synctest.Wait()
		dial("127.0.0.1:4", true)
		for _, c := range open {
			c.Close()
		}
		synctest.Wait()
		if n := len(s.gate.each); n != 0 {
			t.Errorf("%d addresses are remembered", n)
		}
	})
}

func TestOneMachineMayHoldMoreThanOneAddress(t *testing.T) {
	g := newGate(Bound{Total: 6, Each: 2})
	for i := range 6 {
		if !g.enter(netip.MustParseAddr("::1")) {
			t.Errorf("a proxy's connection %d is refused", i)
		}
	}
}

func TestShutdownCutsOffAfterItsDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stuck := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		l := newMemoryListener()
		s := NewServer(stuck, roomy, slog.New(slog.DiscardHandler))
		done := make(chan error)
		go func() { done <- s.Serve(l) }()
		conn := l.dial("192.0.2.1:1")
		defer conn.Close()
		if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		if err := s.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("shutdown ends with %v", err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestClientAddress(t *testing.T) {
	cases := []struct {
		remote    string
		forwarded []string
		want      string
	}{
		{"192.0.2.1:5", nil, "192.0.2.1/32"},
		{"192.0.2.1:5", []string{"203.0.113.9"}, "192.0.2.1/32"}, // not our proxy
		{"127.0.0.1:5", []string{"203.0.113.9"}, "203.0.113.9/32"},
		{"127.0.0.1:5", []string{"10.0.0.1, 203.0.113.9"}, "203.0.113.9/32"},
		{"127.0.0.1:5", []string{"10.0.0.1", "203.0.113.9 "}, "203.0.113.9/32"},
		{"[::1]:5", []string{"2001:db8::7"}, "2001:db8::/64"},
		{"127.0.0.1:5", []string{"nonsense"}, "127.0.0.1/32"},
		{"127.0.0.1:5", nil, "127.0.0.1/32"},
		{"[::ffff:192.0.2.1]:5", nil, "192.0.2.1/32"},
		{"[fe80::1%eth0]:5", nil, "fe80::/64"},
		{"pipe", nil, "invalid Prefix"},
	}
	for _, c := range cases {
		r := &http.Request{RemoteAddr: c.remote, Header: http.Header{"X-Forwarded-For": c.forwarded}}
		if got := ratelimit.Household(clientAddr(r)).String(); got != c.want {
			t.Errorf("%s for %q is %s, not %s", c.remote, c.forwarded, got, c.want)
		}
	}
	for remote, want := range map[string]bool{"127.0.0.1:5": true, "192.0.2.1:5": false} {
		r := &http.Request{RemoteAddr: remote, Header: http.Header{"X-Forwarded-Proto": {"https"}}}
		if got := overTLS(r); got != want {
			t.Errorf("X-Forwarded-Proto from %s: %t", remote, got)
		}
	}
}

func TestLogsHoldNoAddresses(t *testing.T) {
	cases := map[string]string{
		"http: panic serving 192.0.2.1:5000: boom":                             "http: panic serving [address] boom",
		"http: TLS handshake error from [2001:db8::1]:443: EOF":                "http: TLS handshake error from [address] EOF",
		"read tcp 192.0.2.1:1->192.0.2.2:2: i/o timeout":                       "read tcp [address] i/o timeout",
		"http: Accept error: accept tcp 0.0.0.0:80: too many; retrying in 5ms": "http: Accept error: accept tcp [address] too many; retrying in 5ms",
		"dial (fe80::1%eth0), ::1: no":                                         "dial [address] [address] no",
	}
	for in, want := range cases {
		if got := redactAddresses(in); got != want {
			t.Errorf("%q becomes %q, not %q", in, got, want)
		}
	}
	var log bytes.Buffer
	n, err := redactor{slog.New(slog.NewTextHandler(&log, nil))}.Write([]byte("from 192.0.2.1:5\n"))
	if err != nil || n != 17 || !strings.Contains(log.String(), `message="from [address]"`) {
		t.Errorf("%d, %v, %q", n, err, &log)
	}
}

// FuzzHandler sends whole requests as they come from the network: no panic, no 5xx, always the security headers.
func FuzzHandler(f *testing.F) {
	for _, line := range []string{"GET / HTTP/1.1", "GET /r/%00 HTTP/1.1", "GET //../%2e%2e/x HTTP/1.0", "OPTIONS * HTTP/1.1",
		"GET http://evil.example/r/x HTTP/1.1", "CONNECT evil.example:443 HTTP/1.1"} {
		f.Add(line+"\r\nHost: x\r\nAccept-Encoding: gzip;q=1, *;q=\r\nIf-None-Match: W/\"\r\n\r\n", "192.0.2.1:5")
	}
	body := `{"name":"` + "\u202e" + `"}`
	f.Add(fmt.Sprintf("POST /api/v1/rooms HTTP/1.1\r\nHost: x\r\nOrigin: http://x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body), "[::1]:5")
	f.Fuzz(func(t *testing.T, raw, remote string) {
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(raw)))
		if err != nil {
			return
		}
		r.RemoteAddr = remote
		g := newRig(t)
		w := newRecorder()
		g.ServeHTTP(w, r)
		if w.status >= 500 {
			t.Errorf("%q is %d", raw, w.status)
		}
		if w.header.Get("Content-Security-Policy") == "" {
			t.Errorf("%q has no security headers", raw)
		}
	})
}

// recorder keeps only the status, since httptest's recorder has opinions about headers.
type recorder struct {
	header http.Header
	status int
}

func newRecorder() *recorder { return &recorder{header: http.Header{}, status: 200} }

func (w *recorder) Header() http.Header         { return w.header }
func (w *recorder) Write(p []byte) (int, error) { return len(p), nil }
func (w *recorder) WriteHeader(status int)      { w.status = status }
