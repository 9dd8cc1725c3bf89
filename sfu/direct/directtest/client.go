package directtest

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/dtls/v3/pkg/crypto/fingerprint"
	"github.com/pion/dtls/v3/pkg/crypto/selfsign"
)

// The life of a Client:
//  1. New gives it credentials; Offer names them, in front of the sections that the test wants.
//  2. Accept reads the answer: the server's credentials, and the SSRCs of the slots.
//  3. Connect sends checks until one is answered, nominates, and shakes hands. From then on Keys are there.
//  4. Media are handed to Config.Media as they come; SealRTP and SealRTCP protect what is to be sent, Send sends it.
//  5. Move changes the address; Renew makes new ICE credentials, for another Offer.

// Config is what a Client is made of.
type Config struct {
	Conn   net.PacketConn // its socket; the Client closes it
	Server netip.AddrPort // the media port
	Setup  string         // its DTLS role; "" for actpass
	Media  func(b []byte) // takes each media datagram, encrypted; b is valid until it returns
	Muted  bool           // checks are sent by Check only, once it is connected
}

// Client is one participant.
type Client struct {
	cfg   Config
	cert  tls.Certificate
	print string
	tie   [8]byte

	sock     atomic.Pointer[socket]
	readers  sync.WaitGroup
	dtls     chan []byte // handshake packets that came
	answered chan struct{}
	done     chan struct{}
	closing  sync.Once

	mu          sync.Mutex // guards the rest
	ufrag, pwd  string
	remote      remote
	fingerprint string // to be offered; the real one unless Forge was called
	secure      *dtls.Conn
	rank        byte // of the network that it is on: the higher, the less it is preferred
	seal        sealing
}

// remote is what the answer said.
type remote struct {
	ufrag, pwd, setup string
	slots             map[string]Slot
}

// Slot is the SSRCs of one section that the client receives on; RTX is 0 where there are no retransmissions.
type Slot struct{ SSRC, RTX uint32 }

// handshakeQueue is how many handshake packets wait; more are lost, as they would be on a line.
const handshakeQueue = 64

// New makes a Client on a socket, and starts reading it.
func New(cfg Config) (*Client, error) {
	cert, err := selfsign.GenerateSelfSigned()
	if err != nil {
		return nil, fmt.Errorf("make a certificate: %w", err)
	}
	parsed, err := x509.ParseCertificate(cert.Certificate[0])
	if err != nil {
		return nil, fmt.Errorf("read the certificate: %w", err)
	}
	print, err := fingerprint.Fingerprint(parsed, crypto.SHA256)
	if err != nil {
		return nil, fmt.Errorf("take the certificate's fingerprint: %w", err)
	}
	if cfg.Setup == "" {
		cfg.Setup = "actpass"
	}
	c := &Client{cfg: cfg, cert: cert, print: "sha-256 " + print, dtls: make(chan []byte, handshakeQueue), answered: make(chan struct{}, 1), done: make(chan struct{})}
	c.fingerprint = c.print
	_, _ = rand.Read(c.tie[:])
	c.Renew()
	c.Move(cfg.Conn)
	return c, nil
}

// Renew makes new ICE credentials: the next Offer is an ICE restart.
func (c *Client) Renew() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ufrag, c.pwd = word(4), word(12)
}

// word is n random bytes in hexadecimal.
func word(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return hex.EncodeToString(b)
}

// Forge makes the next Offer name another certificate than the one that the client has.
func (c *Client) Forge() {
	c.mu.Lock()
	defer c.mu.Unlock()
	last := len(c.fingerprint) - 1
	c.fingerprint = c.fingerprint[:last] + string('0'+(c.fingerprint[last]+1)%2)
}

// Offer is an offer with these sections (SDP, from the first m= line on).
func (c *Client) Offer(sections string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	bundle := "a=group:BUNDLE"
	for line := range strings.SplitSeq(sections, "\r\n") {
		if mid, ok := strings.CutPrefix(line, "a=mid:"); ok {
			bundle += " " + mid
		}
	}
	return "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n" + bundle + "\r\na=ice-ufrag:" + c.ufrag + "\r\na=ice-pwd:" + c.pwd +
		"\r\na=fingerprint:" + c.fingerprint + "\r\na=setup:" + c.cfg.Setup + "\r\n" + sections
}

// Accept reads the server's answer.
func (c *Client) Accept(answer string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := remote{slots: map[string]Slot{}}
	mid := ""
	for line := range strings.SplitSeq(answer, "\r\n") {
		key, value, _ := strings.Cut(line, ":")
		switch key {
		case "a=ice-ufrag":
			r.ufrag = value
		case "a=ice-pwd":
			r.pwd = value
		case "a=setup":
			r.setup = value
		case "a=mid":
			mid = value
		case "a=ssrc":
			id, _, _ := strings.Cut(value, " ")
			n, _ := strconv.ParseUint(id, 10, 32)
			switch s := r.slots[mid]; {
			case s.SSRC == 0:
				r.slots[mid] = Slot{SSRC: uint32(n)}
			case s.SSRC != uint32(n): // the second of a section is its repairs
				r.slots[mid] = Slot{s.SSRC, uint32(n)}
			}
		}
	}
	c.remote = r
}

// Slots are those of the answer, by mid.
func (c *Client) Slots() map[string]Slot {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.remote.slots
}

// Periods of checks: until the handshake is done, and after.
const (
	checkPeriod = 50 * time.Millisecond
	keepPeriod  = time.Second
)

// Connect brings the connection up; ctx bounds how long that may take.
func (c *Client) Connect(ctx context.Context) error {
	checking, stop := context.WithCancel(ctx)
	defer stop()
	c.readers.Go(func() { c.keepChecking(checking, checkPeriod) })
	select {
	case <-c.answered:
	case <-ctx.Done():
		return fmt.Errorf("wait for an answer to a check: %w", ctx.Err())
	}
	if err := c.shake(ctx); err != nil {
		return err
	}
	if !c.cfg.Muted {
		c.readers.Go(func() { c.keepChecking(context.Background(), keepPeriod) })
	}
	return nil
}

// keepChecking nominates the current address again and again, as a controlling agent keeps consent fresh.
func (c *Client) keepChecking(ctx context.Context, period time.Duration) {
	tick := time.NewTicker(period)
	defer tick.Stop()
	for {
		c.Check(true)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		case <-c.done:
			return
		}
	}
}

// Check sends one connectivity check from the current address.
func (c *Client) Check(nominate bool) { c.sock.Load().send(c.check(nominate), c.cfg.Server) }

// CheckFrom sends one from another socket.
func (c *Client) CheckFrom(conn net.PacketConn, nominate bool) {
	newSocket(conn).send(c.check(nominate), c.cfg.Server)
}

func (c *Client) check(nominate bool) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	var id [12]byte
	_, _ = rand.Read(id[:])
	b := begin(bindingRequest, id[:])
	b = attribute(b, attrUserName, []byte(c.remote.ufrag+":"+c.ufrag))
	b = attribute(b, attrPriority, []byte{110, 255 - c.rank, 255, 255})
	b = attribute(b, attrControlling, c.tie[:])
	if nominate {
		b = attribute(b, attrUseCandidate, nil)
	}
	return seal(b, c.remote.pwd)
}

// Demote makes the client's next checks come from a network that is preferred less, as a mobile one is to a Wi-Fi.
func (c *Client) Demote() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rank++
}

// Send sends a datagram to the media port.
func (c *Client) Send(b []byte) { c.sock.Load().send(b, c.cfg.Server) }

// Move makes conn the client's socket; the one before stays open until Drop or Close, but nothing is sent from it any more
// except answers to what comes there.
func (c *Client) Move(conn net.PacketConn) (before net.PacketConn) {
	s := newSocket(conn)
	if old := c.sock.Swap(s); old != nil {
		before = old.PacketConn
	}
	c.readers.Go(func() { c.read(s) })
	return before
}

// Close ends the client. Sockets that it moved away from are the test's to close, before.
func (c *Client) Close() error {
	err := net.ErrClosed
	c.closing.Do(func() {
		c.mu.Lock()
		secure := c.secure
		c.mu.Unlock()
		if secure != nil {
			_ = secure.Close()
		}
		close(c.done)
		err = c.sock.Load().Close()
		c.readers.Wait()
	})
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
