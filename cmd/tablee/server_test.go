package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"github.com/pion/logging"
	"github.com/pion/transport/v5/vnet"

	"tablee/cmd/tablee/config"
	"tablee/sfu/udp"
	"tablee/store"
)

// The whole server in memory, in virtual time: its page on pipes, its media on a virtual network.

// pipes is a listener whose connections never leave the process.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), closed: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	select {
	case <-p.closed:
	default:
		close(p.closed)
	}
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8080} }

func (p *pipes) DialContext(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.conns <- theirs:
		return ours, nil
	case <-p.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// virtual is a server in memory, and the ways to it.
type virtual struct {
	*server
	pipes *pipes
	log   *bytes.Buffer
	done  chan error
	stop  context.CancelFunc
}

// startVirtual must be called in a synctest bubble.
func startVirtual(t *testing.T, data string) *virtual {
	t.Helper()
	quiet := &logging.DefaultLoggerFactory{DefaultLogLevel: logging.LogLevelDisabled}
	wan, err := vnet.NewRouter(&vnet.RouterConfig{CIDR: "192.0.2.0/24", LoggerFactory: quiet})
	if err != nil {
		t.Fatal(err)
	}
	network, err := vnet.NewNet(&vnet.NetConfig{StaticIPs: []string{"192.0.2.1"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := wan.AddNet(network); err != nil {
		t.Fatal(err)
	}
	if err := wan.Start(); err != nil {
		t.Fatal(err)
	}
	conn, err := network.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4zero, Port: 8443})
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(config.Source{NoFile: true, Flags: map[string]string{"data": data}})
	if err != nil {
		t.Fatal(err)
	}
	v := &virtual{pipes: newPipes(), log: &bytes.Buffer{}, done: make(chan error, 1)}
	kept := &lines{}
	handler := slog.NewTextHandler(v.log, &slog.HandlerOptions{Level: slog.LevelDebug})
	v.server, err = newServer(cfg, deps{
		Listener: v.pipes, MediaConns: []*udp.Conn{udp.New(conn)}, Net: network, Log: slog.New(tee{Handler: handler, keep: kept}), Lines: kept,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	v.stop = func() {
		stop()
		if err := wan.Stop(); err != nil {
			t.Errorf("stop the virtual network: %v", err)
		}
	}
	go func() { v.done <- v.Run(ctx) }()
	synctest.Wait()
	return v
}

func (v *virtual) post(t *testing.T, body string) int {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DialContext: v.pipes.DialContext, DisableKeepAlives: true}}
	resp, err := client.Post("http://tablee.test/api/v1/rooms", "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

func (v *virtual) join(t *testing.T, room string) *websocket.Conn {
	t.Helper()
	dialer := websocket.Dialer{NetDialContext: v.pipes.DialContext, Subprotocols: []string{"tablee.v1"}}
	ws, resp, err := dialer.Dial("ws://tablee.test/ws/room/"+room, http.Header{"Origin": {"http://tablee.test"}})
	if err != nil {
		t.Fatalf("join: %v %v", err, resp)
	}
	if err := ws.WriteJSON(map[string]any{"t": "hello", "v": 1, "name": "Ada"}); err != nil {
		t.Fatal(err)
	}
	return ws
}

// await reads messages until one of the type comes.
func await(t *testing.T, ws *websocket.Conn, kind string) map[string]any {
	t.Helper()
	for {
		_, data, err := ws.ReadMessage()
		if err != nil {
			t.Fatalf("waiting for %s: %v", kind, err)
		}
		var m map[string]any
		if err := json.Unmarshal(data, &m); err != nil {
			t.Fatal(err)
		}
		if m["t"] == kind {
			return m
		}
	}
}

// TestShutdownTellsTheParticipantsAndLosesNothing: synctest fails the test when a goroutine is left.
func TestShutdownTellsTheParticipantsAndLosesNothing(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	synctest.Test(t, func(t *testing.T) {
		v := startVirtual(t, data)
		if status := v.post(t, `{"name":"abc"}`); status != http.StatusCreated {
			t.Fatalf("making a room: %d", status)
		}
		ws := v.join(t, "abc")
		defer ws.Close()
		await(t, ws, "welcome")
		if err := ws.WriteJSON(map[string]any{"t": "chat", "text": "to be remembered", "ref": "1"}); err != nil {
			t.Fatal(err)
		}
		await(t, ws, "chat")
		start := time.Now()
		v.stop()
		bye := await(t, ws, "bye")
		if bye["reason"] != "shutdown" || bye["retry"].(float64) <= 0 {
			t.Errorf("the participant is told %v", bye)
		}
		if err := <-v.done; err != nil {
			t.Errorf("the server ends with %v", err)
		}
		if took := time.Since(start); took > hubGrace {
			t.Errorf("stopping takes %v", took)
		}
		for _, word := range []string{"Ada", "remembered", "level=ERROR", "level=WARN"} {
			if strings.Contains(v.log.String(), word) {
				t.Errorf("the log has %s:\n%s", word, v.log)
			}
		}
	})
	s, err := store.Open(data)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	kept, err := s.RecentChat(t.Context(), "abc", 10)
	if err != nil || len(kept) != 1 || kept[0].Text != "to be remembered" {
		t.Errorf("kept is %v, %v", kept, err)
	}
}

func TestAServerThatCannotBeMadeLeavesNothingOpen(t *testing.T) {
	data := t.TempDir()
	s, err := store.Open(data)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	l := newPipes()
	media, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	cfg := config.Config{Data: data}
	_, err = newServer(cfg, deps{Listener: l, MediaConns: []*udp.Conn{udp.New(media)}, Log: slog.New(slog.DiscardHandler)})
	if !errors.Is(err, store.ErrInUse) {
		t.Errorf("a data folder in use gives %v", err)
	}
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("the listener is open: %v", err)
	}
	if _, err := media.WriteTo([]byte("x"), media.LocalAddr()); !errors.Is(err, net.ErrClosed) {
		t.Errorf("the media port is open: %v", err)
	}
}

// TestPartsThatFail: a part that fails stops the server with its error; one that does not stop is named.
func TestPartsThatFail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		failed := make(chan error, 1)
		cause := errors.New("cause")
		broken := start(failed, "the thing", func(context.Context) error { return cause })
		if err := <-failed; !errors.Is(err, cause) || !strings.Contains(err.Error(), "the thing failed") {
			t.Errorf("told is %v", err)
		}
		if err := broken.stop(time.Second); err != nil {
			t.Errorf("it is told twice: %v", err)
		}

		good := start(failed, "good", func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
		if err := good.stop(time.Second); err != nil {
			t.Errorf("a good end is %v", err)
		}
		untidy := start(failed, "untidy", func(ctx context.Context) error { <-ctx.Done(); return cause })
		if err := untidy.stop(time.Second); !errors.Is(err, cause) {
			t.Errorf("an untidy end is %v", err)
		}
		release := make(chan struct{})
		stuck := start(failed, "stuck", func(context.Context) error { <-release; return nil })
		if err := stuck.stop(time.Second); err == nil || !strings.Contains(err.Error(), "stop stuck: it still ran after 1s") {
			t.Errorf("a stuck part gives %v", err)
		}
		close(release)
	})
}

// TestAPageThatFailsStopsTheServer, with the cause and in good order.
func TestAPageThatFailsStopsTheServer(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	synctest.Test(t, func(t *testing.T) {
		v := startVirtual(t, data)
		if err := v.pipes.Close(); err != nil {
			t.Fatal(err)
		}
		if err := <-v.done; err == nil || !strings.Contains(err.Error(), "the front failed") {
			t.Errorf("the server ends with %v", err)
		}
		v.stop()
	})
}
