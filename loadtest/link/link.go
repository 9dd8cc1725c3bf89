package link

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/logging"
	"github.com/pion/rtp"
	"github.com/pion/transport/v5"
)

// Times of ICE and DTLS: without an answer for disconnected media is in trouble, failed later it is given up. A
// handshake message that was lost is sent again every retransmit.
const (
	disconnected = 5 * time.Second
	failed       = 15 * time.Second
	keepalive    = 2 * time.Second
	retransmit   = 250 * time.Millisecond
	// pace is the time between two rounds of checks. Pion nominates a pair at the first answer only when the server's own
	// check came before it; else with the next round, which with Pion's 200 ms made one join in ten a fifth of a second
	// late, and one in a hundred half a second or more. Browsers check every 50 ms.
	pace = 50 * time.Millisecond
	// tries is how often an address is checked before it is given up: browsers are more patient than Pion's seven.
	tries = uint16(failed / pace)
)

// maxEarly bounds the media kept that comes before the handshake is over, in packets: the server may be done with it, and
// send, a little before the client is.
const maxEarly = 512

// State of a link.
type State int32

// The states. A link that is Failed or Closed stays so.
const (
	Connecting State = iota
	Connected
	Failed
	Closed // by the server
)

func (s State) String() string { return [...]string{"connecting", "connected", "failed", "closed"}[s] }

// Config says how a link is made.
type Config struct {
	Identity Identity
	Net      transport.Net     // nil for the machine's
	IPv6     bool              // the server is reached by IPv6
	Wrap     func(Conn) Conn   // puts something between link and socket, such as a slow line; nil for nothing
	Media    func(rtp []byte)  // gets each decrypted packet, which it must not keep
	Control  func(rtcp []byte) // likewise; neither is called concurrently
	Changed  func()            // the state is another
	Failure  func(error)       // why it failed
}

// Remote is what a link needs of the server's answer.
type Remote struct {
	Ufrag, Pwd  string
	Fingerprint string // "sha-256 AB:CD:…"
	Active      bool   // the server begins the handshake of DTLS (RFC 5763, section 5)
	Candidates  []string
}

// Link is one participant's transport.
type Link struct {
	cfg        Config
	agent      *ice.Agent
	socket     *socket
	Ufrag, Pwd string // own, for the offer

	server  Remote // since Start
	state   atomic.Int32
	remote  atomic.Pointer[netip.AddrPort] // where media goes
	keys    atomic.Pointer[keys]
	roaming atomic.Pointer[roaming] // nil when not: from the change of address until media come there
	ctx     context.Context         // ends with Close
	cancel  context.CancelFunc
	running sync.WaitGroup

	mu    sync.Mutex // guards receiving: early, and what decrypts
	early [][]byte   // media from before the keys
}

// New opens the socket and gathers its only candidate.
func New(cfg Config) (*Link, error) {
	c, err := cfg.open()
	if err != nil {
		return nil, err
	}
	l := &Link{cfg: cfg}
	l.socket = newSocket(c, l.media, l.answered)
	l.ctx, l.cancel = context.WithCancel(context.Background())
	if err := l.gather(); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

// open opens a socket on the participant's network.
func (c *Config) open() (Conn, error) {
	network := "udp4"
	if c.IPv6 {
		network = "udp6"
	}
	s, err := listen(c.Net, network)
	if err == nil && c.Wrap != nil {
		s = c.Wrap(s)
	}
	return s, err
}

// gather makes the ICE agent.
func (l *Link) gather() error {
	kind := ice.NetworkTypeUDP4
	if l.cfg.IPv6 {
		kind = ice.NetworkTypeUDP6
	}
	options := []ice.AgentOption{
		ice.WithUDPMux(l.socket), ice.WithNetworkTypes([]ice.NetworkType{kind}), ice.WithDisableActiveTCP(),
		ice.WithCandidateTypes([]ice.CandidateType{ice.CandidateTypeHost}),
		ice.WithMulticastDNSMode(ice.MulticastDNSModeDisabled), ice.WithIncludeLoopback(),
		ice.WithDisconnectedTimeout(disconnected), ice.WithFailedTimeout(failed), ice.WithKeepaliveInterval(keepalive),
		ice.WithMaxBindingRequests(tries), ice.WithCheckInterval(pace),
		ice.WithPrflxAcceptanceMinWait(0), // the server's answers may come from an address that it did not name
		ice.WithLoggerFactory(quiet()),
	}
	if l.cfg.Net != nil {
		options = append(options, ice.WithNet(l.cfg.Net))
	}
	var err error
	if l.agent, err = ice.NewAgentWithOptions(options...); err != nil {
		return fmt.Errorf("make an ICE agent: %w", err)
	}
	err = errors.Join(
		l.agent.OnCandidate(func(ice.Candidate) {}),
		l.agent.OnConnectionStateChange(func(s ice.ConnectionState) {
			if s == ice.ConnectionStateFailed {
				l.end(Failed)
			}
		}),
		l.agent.OnSelectedCandidatePairChange(func(_, remote ice.Candidate) {
			if a, err := netip.ParseAddr(remote.Address()); err == nil {
				to := netip.AddrPortFrom(a, uint16(remote.Port()))
				l.remote.Store(&to)
			}
		}),
		l.agent.GatherCandidates(),
	)
	if err != nil {
		return fmt.Errorf("start the ICE agent: %w", err)
	}
	if l.Ufrag, l.Pwd, err = l.agent.GetLocalUserCredentials(); err != nil {
		return fmt.Errorf("read ICE credentials: %w", err)
	}
	return nil
}

func quiet() logging.LoggerFactory {
	return &logging.DefaultLoggerFactory{DefaultLogLevel: logging.LogLevelDisabled}
}

// Start connects to the server in the background; Config.Changed tells how it went.
func (l *Link) Start(r Remote) error {
	l.server = r
	if err := l.offered(r.Candidates); err != nil {
		return err
	}
	l.running.Go(func() {
		if err := l.connect(r); err != nil && l.end(Failed) && l.cfg.Failure != nil {
			l.cfg.Failure(err)
		}
	})
	return nil
}

// connect is ICE, then DTLS, then waiting for the server to close.
func (l *Link) connect(r Remote) error {
	conn, err := l.agent.Dial(l.ctx, r.Ufrag, r.Pwd)
	if err != nil {
		return fmt.Errorf("connect with ICE: %w", err)
	}
	secure, err := l.handshake(conn, r)
	if err != nil {
		return err
	}
	defer secure.Close() // says goodbye, unless the socket is switched off
	k, err := newKeys(secure, !r.Active)
	if err != nil {
		return err
	}
	l.open(k)
	l.become(Connected)
	stop := context.AfterFunc(l.ctx, func() { _ = secure.Close() })
	defer stop()
	for b := make([]byte, 1); ; { // nothing comes but the server's goodbye
		if _, err := secure.Read(b); err != nil {
			l.end(Closed)
			return nil
		}
	}
}

// State is how the link stands.
func (l *Link) State() State { return State(l.state.Load()) }

// become changes the state and tells.
func (l *Link) become(s State) {
	l.state.Store(int32(s))
	l.cfg.Changed()
}

// end changes the state for good, unless it is final already or the link is being closed.
func (l *Link) end(s State) bool {
	for {
		old := l.state.Load()
		if State(old) >= Failed || l.ctx.Err() != nil {
			return false
		}
		if l.state.CompareAndSwap(old, int32(s)) {
			l.cfg.Changed()
			return true
		}
	}
}

// open begins to encrypt and decrypt, with what came before.
func (l *Link) open(k *keys) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.keys.Store(k)
	for _, b := range l.early {
		l.mediaLocked(k, b)
	}
	l.early = nil
}

// media takes a packet of SRTP or SRTCP; b may be overwritten.
func (l *Link) media(b []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.roaming.Load() != nil {
		l.roaming.Store(nil)
	}
	k := l.keys.Load()
	if k == nil {
		if len(l.early) < maxEarly {
			l.early = append(l.early, bytes.Clone(b))
		}
		return
	}
	l.mediaLocked(k, b)
}

func (l *Link) mediaLocked(k *keys, b []byte) {
	if len(b) > 1 && b[1] >= 192 && b[1] <= 223 { // RTCP (RFC 5761, section 4)
		if plain, err := k.in.DecryptRTCP(nil, b, nil); err == nil {
			l.cfg.Control(plain)
		}
		return
	}
	if plain, err := k.in.DecryptRTP(b[:0], b, &k.header); err == nil {
		l.cfg.Media(plain)
	}
}

// WriteRTP encrypts and sends a packet. It is not to be called concurrently with itself or WriteRTCP.
func (l *Link) WriteRTP(header *rtp.Header, payload []byte) error {
	k, to := l.keys.Load(), l.remote.Load()
	if k == nil || to == nil || l.roaming.Load().unknown() {
		return nil // not connected (any more), or not yet again; the state tells
	}
	b, err := k.sealRTP(header, payload)
	if err != nil {
		return err
	}
	_, err = l.socket.WriteToAddrPort(b, *to)
	return err
}

// WriteRTCP encrypts and sends a compound packet.
func (l *Link) WriteRTCP(compound []byte) error {
	k, to := l.keys.Load(), l.remote.Load()
	if k == nil || to == nil || l.roaming.Load().unknown() {
		return nil
	}
	b, err := k.out.EncryptRTCP(nil, compound, nil)
	if err != nil {
		return err
	}
	_, err = l.socket.WriteToAddrPort(b, *to)
	return err
}

// Vanish switches the network off: nothing goes out any more, not even a goodbye.
func (l *Link) Vanish() { l.socket.dead.Store(true) }

// Close ends the link and everything that it started.
func (l *Link) Close() {
	l.cancel()
	l.running.Wait()
	if l.agent != nil {
		_ = l.agent.GracefulClose() // nothing is left to do about it
	}
	_ = l.socket.Close()
}
