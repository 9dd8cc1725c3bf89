package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	"github.com/pion/webrtc/v4"

	"tablee/signaling"
)

// patience is how long anything may take: several browsers start at once on two cores, which may have other work besides.
const patience = 2 * time.Minute

// part is who a participant is.
type part struct {
	Origin, Room, Name string
	Others             int    // to be seen and heard
	Way                string // udp4, udp6, ice-tcp, relay-udp, relay-tcp, relay-tls
}

// Way is by which way media go.
type Way struct{ Type, Protocol, Relay, Remote string }

func main() {
	if len(os.Args) != 6 {
		fail(errors.New("usage: guest WAY ORIGIN ROOM NAME OTHERS"))
	}
	others, err := strconv.Atoi(os.Args[5])
	if err != nil {
		fail(err)
	}
	s := &simulated{part: part{Way: os.Args[1], Origin: os.Args[2], Room: os.Args[3], Name: os.Args[4], Others: others}, members: map[string]signaling.Member{}, keys: make(chan struct{}, 1)}
	s.seen.reset()
	if err := s.enter(); err != nil {
		fail(err)
	}
	go s.listen()
	say := json.NewEncoder(os.Stdout)
	_ = say.Encode(s.meets())
	for wishes := bufio.NewScanner(os.Stdin); wishes.Scan(); {
		switch what, address, _ := strings.Cut(wishes.Text(), " "); what {
		case "moved":
			_ = say.Encode(map[string]int64{"ms": s.moved(address).Milliseconds()})
		case "meets":
			_ = say.Encode(s.meets())
		}
	}
	_ = s.write(&signaling.ClientMessage{T: "leave"})
	_ = s.pc.Load().Close()
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "guest:", err)
	os.Exit(1)
}

// simulated is the participant.
type simulated struct {
	part
	pc   atomic.Pointer[webrtc.PeerConnection]
	mic  *webrtc.TrackLocalStaticRTP
	cam  *webrtc.TrackLocalStaticSample
	seen senses
	keys chan struct{} // key frames that are asked for

	mu      sync.Mutex // guards what follows, and writing to the socket
	ws      *websocket.Conn
	self    signaling.Welcome
	members map[string]signaling.Member
	gen     int
	known   string // the way when it met everybody last
}

// dial opens the room's socket, and says hello.
func (s *simulated) dial(hello signaling.ClientMessage) (*websocket.Conn, error) {
	d := websocket.Dialer{Subprotocols: []string{signaling.Subprotocol}, HandshakeTimeout: patience}
	ws, _, err := d.Dial("wss"+strings.TrimPrefix(s.Origin, "https")+"/ws/room/"+s.Room, nil)
	if err != nil {
		return nil, err
	}
	hello.T, hello.V, hello.Name = "hello", signaling.Version, s.Name
	return ws, ws.WriteJSON(&hello)
}

// enter opens the room, joins, and offers media.
func (s *simulated) enter() error {
	r, err := http.Post(s.Origin+"/api/v1/rooms", "application/json", strings.NewReader(fmt.Sprintf(`{"name":%q}`, s.Room)))
	if err != nil {
		return err
	}
	_ = r.Body.Close()
	on := true
	if s.ws, err = s.dial(signaling.ClientMessage{Mic: &on, Cam: &on}); err != nil {
		return err
	}
	if err := s.ws.ReadJSON(&s.self); err != nil || s.self.T != "welcome" {
		return fmt.Errorf("no welcome: %+v, error %w", s.self, err)
	}
	for _, m := range s.self.Members {
		s.members[m.ID] = m
	}
	if err := s.connect(); err != nil {
		return err
	}
	return errors.Join(s.offer(false), s.demand())
}

// write says something to the server.
func (s *simulated) write(m *signaling.ClientMessage) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ws.WriteJSON(m)
}

// listen takes what the server says, and comes back when the socket breaks.
func (s *simulated) listen() {
	go func() {
		for n := range time.Tick(5 * time.Second) {
			_ = s.write(&signaling.ClientMessage{T: "ping", N: n.Unix()})
		}
	}()
	for {
		_, b, err := s.ws.ReadMessage()
		if err != nil {
			s.comeBack()
			continue
		}
		if err := s.hear(b); err != nil {
			fail(fmt.Errorf("%s: %w", b, err))
		}
	}
}

// comeBack dials until the server is there.
func (s *simulated) comeBack() {
	for range time.Tick(time.Second) {
		ws, err := s.dial(signaling.ClientMessage{Resume: s.self.Resume, PC: s.self.PC})
		if err != nil {
			continue
		}
		s.mu.Lock()
		s.ws = ws
		s.mu.Unlock()
		return
	}
}

// hear takes one message.
func (s *simulated) hear(b []byte) error {
	var m struct {
		T, SDP, ID, Media, Code string
		Gen                     int
		Member                  signaling.Member
	}
	if err := json.Unmarshal(b, &m); err != nil {
		return err
	}
	switch m.T {
	case "welcome":
		if err := json.Unmarshal(b, &s.self); err != nil || m.Media == signaling.MediaKeep {
			return err
		}
		return s.renew()
	case "answer":
		if m.Gen != s.gen {
			return nil // to an offer that another one has overtaken
		}
		return s.pc.Load().SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: m.SDP})
	case "joined", "member":
		s.mu.Lock()
		s.members[m.Member.ID] = m.Member
		s.mu.Unlock()
		return s.demand()
	case "left":
		s.mu.Lock()
		delete(s.members, m.ID)
		s.mu.Unlock()
		return s.demand()
	case "restart":
		return s.offer(true)
	case "error":
		if m.Code == "media_failed" {
			return s.renew()
		}
		return errors.New(m.Code)
	}
	return nil
}

// renew makes another PeerConnection, as the way of the old one is lost for good: a TCP connection, or a relay's.
func (s *simulated) renew() error {
	old := s.pc.Load()
	go func() { _ = old.Close() }() // it says goodbye, which may take a while
	if err := s.connect(); err != nil {
		return err
	}
	return s.offer(false)
}

// demand asks for everybody's picture.
func (s *simulated) demand() error {
	var all []signaling.Video
	for _, m := range s.others() {
		if m.Cam {
			all = append(all, signaling.Video{ID: m.ID, Kind: signaling.KindCamera, Height: 180})
		}
	}
	return s.write(&signaling.ClientMessage{T: "demand", Videos: all})
}

// others are those who are there.
func (s *simulated) others() (all []signaling.Member) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, m := range s.members {
		if id != s.self.ID && !m.Away {
			all = append(all, m)
		}
	}
	slices.SortFunc(all, func(a, b signaling.Member) int { return strings.Compare(a.ID, b.ID) })
	return all
}

// until tries until try succeeds, and says why not when time is over.
func (s *simulated) until(what string, try func() (string, bool)) {
	late := time.After(patience)
	for every := time.NewTicker(100 * time.Millisecond); ; {
		why, ok := try()
		if ok {
			every.Stop()
			return
		}
		select {
		case <-every.C:
		case <-late:
			fail(fmt.Errorf("%s %s: not within %v: %s", s.Name, what, patience, why))
		}
	}
}

// meets waits until it sees and hears so many others from now on, and says by which way.
func (s *simulated) meets() Way {
	s.seen.reset()
	s.until("meets everybody", func() (string, bool) {
		others, missing := s.others(), []string{fmt.Sprintf("media are %v", s.pc.Load().ConnectionState())}
		if len(others) < s.Others {
			return fmt.Sprintf("%d others are there", len(others)), false
		}
		for _, m := range others {
			if lacks := s.seen.lacks(m.Num); lacks != "" {
				missing = append(missing, m.Name+": "+lacks)
			}
		}
		return strings.Join(missing, ", "), len(missing) == 1
	})
	w, pair, _ := s.way()
	s.known = pair
	return w
}

// moved waits until media come by another way than when it met everybody, and from address, if there is one.
func (s *simulated) moved(address string) time.Duration {
	begin := time.Now()
	var before uint64
	s.until("comes by another way", func() (string, bool) {
		w, pair, received := s.way()
		more := received > before && before > 0
		before = received
		return fmt.Sprintf("%+v", w), more && pair != s.known && (address == "" || w.Remote == address)
	})
	return time.Since(begin)
}
