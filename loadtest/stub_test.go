package loadtest

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/pion/interceptor"
	"github.com/pion/logging"
	"github.com/pion/transport/v5"
	"github.com/pion/transport/v5/vnet"
	"github.com/pion/webrtc/v4"

	"tablee/signaling"
)

// pipes is a listener in memory.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
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
func (p *pipes) Close() error   { p.once.Do(func() { close(p.closed) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 80} }

// dial is Options.DialContext.
func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case p.conns <- server:
		return client, nil
	case <-p.closed:
		return nil, fmt.Errorf("connection refused: %w", net.ErrClosed)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// stub is a server that lets people in, connects their media, and forwards nothing.
type stub struct {
	t      *testing.T
	pipes  *pipes
	server http.Server
	wan    *vnet.Router
	api    *webrtc.API
	seats  int // how many may be in
	refuse string
	mute   bool   // never answers hello
	tells  string // about the room; nothing is not found
	moved  bool   // asks at each ping to restart ICE
	early  bool   // asks it before it answers the first offer

	mu      sync.Mutex
	members []signaling.Member
	conns   []*websocket.Conn
	pcs     []*webrtc.PeerConnection
	by      map[*websocket.Conn]*webrtc.PeerConnection
	hellos  []signaling.ClientMessage
	demands int
	left    int
	again   int // offers to restart ICE
	ways    int // how many times a way was found
	wg      sync.WaitGroup
}

func newStub(t *testing.T) *stub {
	t.Helper()
	s := &stub{t: t, pipes: newPipes(), seats: 100, by: map[*websocket.Conn]*webrtc.PeerConnection{}}
	var err error
	if s.wan, err = vnet.NewRouter(&vnet.RouterConfig{
		CIDR: "10.0.0.0/8", MinDelay: 5 * time.Millisecond, LoggerFactory: logging.NewDefaultLoggerFactory(),
	}); err != nil {
		t.Fatal(err)
	}
	var engine webrtc.SettingEngine
	engine.SetNet(s.net("10.9.9.9"))
	engine.LoggerFactory = &logging.DefaultLoggerFactory{DefaultLogLevel: logging.LogLevelDisabled}
	media := &webrtc.MediaEngine{}
	if err := media.RegisterDefaultCodecs(); err != nil {
		t.Fatal(err)
	}
	for _, uri := range []string{uriMid, uriRid, uriRRid} {
		if err := media.RegisterHeaderExtension(webrtc.RTPHeaderExtensionCapability{URI: uri}, webrtc.RTPCodecTypeVideo); err != nil {
			t.Fatal(err)
		}
	}
	s.api = webrtc.NewAPI(webrtc.WithMediaEngine(media), webrtc.WithSettingEngine(engine),
		webrtc.WithInterceptorRegistry(&interceptor.Registry{}))
	return s
}

func (s *stub) net(ip string) transport.Net {
	s.t.Helper()
	n, err := vnet.NewNet(&vnet.NetConfig{StaticIPs: []string{ip}})
	if err == nil {
		err = s.wan.AddNet(n)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

// run starts the stub, runs the load test against it, and stops it.
func (s *stub) run(o Options) (*Report, error) {
	return s.runCtx(context.Background(), o)
}

func (s *stub) runCtx(ctx context.Context, o Options) (r *Report, err error) {
	s.t.Helper()
	s.with(o.Participants, func(with Options) {
		o.URL, o.DialContext, o.Net = with.URL, with.DialContext, with.Net
		r, err = Run(ctx, o)
	})
	return r, err
}

// with starts the stub, lets f do something with options that lead to it, for at most so many participants, and stops it.
func (s *stub) with(participants int, f func(Options)) {
	s.t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/v1/rooms", s.open)
	mux.HandleFunc("GET /ws/room/{name}", s.socket)
	mux.HandleFunc("GET /api/v1/rooms/{name}", func(w http.ResponseWriter, r *http.Request) {
		if s.tells == "" {
			http.NotFound(w, r)
			return
		}
		fmt.Fprint(w, s.tells)
	})
	s.server.Handler = mux
	s.wg.Go(func() { _ = s.server.Serve(s.pipes) })
	nets := make([]transport.Net, participants)
	for i := range nets {
		nets[i] = s.net(fmt.Sprintf("10.0.0.%d", i+1))
	}
	if err := s.wan.Start(); err != nil {
		s.t.Fatal(err)
	}
	f(Options{
		URL: "http://stub/r/test", DialContext: s.pipes.dial,
		Net: func(i int) (transport.Net, error) { return nets[i], nil },
	})
	s.die()
	s.wg.Wait()
	if err := s.wan.Stop(); err != nil {
		s.t.Error(err)
	}
}

// die ends the stub like kill -9: nobody is told.
func (s *stub) die() {
	_ = s.server.Close()
	s.mu.Lock()
	conns, pcs := s.conns, s.pcs
	s.conns, s.pcs = nil, nil
	s.mu.Unlock()
	for _, c := range conns {
		_ = c.Close()
	}
	for _, pc := range pcs {
		_ = pc.GracefulClose()
	}
}

func (s *stub) open(w http.ResponseWriter, _ *http.Request) {
	if s.refuse != "" {
		http.Error(w, s.refuse, http.StatusForbidden)
		return
	}
	w.WriteHeader(http.StatusCreated)
	fmt.Fprint(w, `{"room":{"name":"test","title":"test"},"url":"/r/test"}`)
}

func (s *stub) socket(w http.ResponseWriter, r *http.Request) {
	up := websocket.Upgrader{Subprotocols: []string{signaling.Subprotocol}}
	conn, err := up.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer conn.Close()
	s.mu.Lock()
	s.conns = append(s.conns, conn)
	s.mu.Unlock()
	for {
		var m signaling.ClientMessage
		if conn.ReadJSON(&m) != nil || s.answer(conn, &m) != nil {
			return
		}
	}
}

// answer answers one message; an error ends the connection.
func (s *stub) answer(conn *websocket.Conn, m *signaling.ClientMessage) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch m.T {
	case "hello":
		s.hellos = append(s.hellos, *m)
		if s.mute {
			return nil
		}
		n := len(s.members)
		if n >= s.seats {
			_ = conn.WriteJSON(signaling.Error{T: "error", Code: "room_full", Message: "all seats are taken", Re: "hello"})
			return net.ErrClosed
		}
		s.members = append(s.members, signaling.Member{ID: fmt.Sprint("m", n), Num: uint32(n + 1), Cam: true})
		return conn.WriteJSON(signaling.Welcome{
			T: "welcome", V: 1, ID: fmt.Sprint("m", n), Num: uint32(n + 1), Resume: "token", PC: "pc", Media: signaling.MediaNew,
			Members: s.members, Voices: 3,
		})
	case "offer":
		if s.early && s.by[conn] == nil {
			if err := conn.WriteJSON(signaling.Restart{T: "restart"}); err != nil {
				return err
			}
		}
		sdp, err := s.connect(conn, m.SDP)
		if err != nil {
			s.t.Error(err)
			return err
		}
		return conn.WriteJSON(signaling.Answer{T: "answer", Gen: m.Gen, SDP: sdp})
	case "ping":
		if s.moved {
			if err := conn.WriteJSON(signaling.Restart{T: "restart"}); err != nil {
				return err
			}
		}
		return conn.WriteJSON(signaling.Pong{T: "pong", N: m.N})
	case "demand":
		s.demands++
	case "leave":
		s.left++
		return net.ErrClosed
	}
	return nil
}

// connect answers an offer: a second one with the PeerConnection of the first. s.mu is held.
func (s *stub) connect(conn *websocket.Conn, offer string) (string, error) {
	if pc := s.by[conn]; pc != nil {
		s.again++
		if err := pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: offer}); err != nil {
			return "", err
		}
		return gather(pc)
	}
	pc, err := s.newPeer(offer)
	if err != nil {
		return "", err
	}
	s.by[conn] = pc
	pc.OnICEConnectionStateChange(func(to webrtc.ICEConnectionState) {
		if to == webrtc.ICEConnectionStateConnected {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.ways++
		}
	})
	return gather(pc)
}

// newPeer makes a PeerConnection whose slots stay empty. s.mu is held.
func (s *stub) newPeer(offer string) (*webrtc.PeerConnection, error) {
	pc, err := s.api.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return nil, err
	}
	s.pcs = append(s.pcs, pc)
	if err := pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: offer}); err != nil {
		return nil, err
	}
	for i, tr := range pc.GetTransceivers() {
		if strings.Contains(strings.Split(offer, "\r\nm=")[i+1], "a=sendonly") { // microphone, camera, screen
			continue
		}
		mime := webrtc.MimeTypeOpus
		if tr.Kind() == webrtc.RTPCodecTypeVideo {
			mime = webrtc.MimeTypeVP8
		}
		track, err := webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{MimeType: mime}, fmt.Sprint(i), fmt.Sprint(i))
		if err != nil {
			return nil, err
		}
		if _, err := pc.AddTrack(track); err != nil {
			return nil, err
		}
	}
	return pc, nil
}

// gather answers when all candidates are known.
func gather(pc *webrtc.PeerConnection) (string, error) {
	answer, err := pc.CreateAnswer(nil)
	if err != nil {
		return "", err
	}
	gathered := webrtc.GatheringCompletePromise(pc)
	if err := pc.SetLocalDescription(answer); err != nil {
		return "", err
	}
	<-gathered
	return pc.LocalDescription().SDP, nil
}
