package direct

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"encoding/binary"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/dtls/v3/pkg/crypto/selfsign"
	"github.com/pion/logging"
	"github.com/pion/transport/v5/vnet"
	"go.uber.org/goleak"

	"tablee/sfu/direct/directtest"
	"tablee/sfu/negotiate"
	"tablee/sfu/udp"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a Port that is read, on a virtual network and in virtual time.
type world struct {
	t    *testing.T
	port *Port
	wan  *vnet.Router
	next byte

	drop atomic.Pointer[func(from, to string, b []byte) bool]

	mu     sync.Mutex // guards opened
	opened map[*Link]int
}

var serverAddr = netip.MustParseAddrPort("1.2.9.9:50000")

func inWorld(t *testing.T, f func(w *world)) {
	synctest.Test(t, func(t *testing.T) {
		wan, err := vnet.NewRouter(&vnet.RouterConfig{CIDR: "1.2.0.0/16", MinDelay: 10 * time.Millisecond, QueueSize: 100000,
			LoggerFactory: &logging.DefaultLoggerFactory{DefaultLogLevel: logging.LogLevelDisabled}})
		must(t, err)
		w := &world{t: t, wan: wan, opened: map[*Link]int{}}
		wan.AddChunkFilter(func(c vnet.Chunk) bool {
			drop := w.drop.Load()
			return drop == nil || !(*drop)(c.SourceAddr().String(), c.DestinationAddr().String(), c.UserData())
		})
		host := w.host("1.2.9.9")
		must(t, wan.Start())
		conn, err := host.ListenUDP("udp4", net.UDPAddrFromAddrPort(serverAddr))
		must(t, err)
		w.port, err = NewPort(Config{Conns: []*udp.Conn{udp.New(conn)}, Net: host, Certificate: certificate(t)})
		must(t, err)
		done := make(chan struct{})
		go func() { w.read(); close(done) }()
		f(w)
		must(t, w.port.Close())
		<-done
		must(t, wan.Stop())
		time.Sleep(time.Minute) // Pion's last timers
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func certificate(t *testing.T) *tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	c, err := selfsign.SelfSign(key)
	must(t, err)
	return &c
}

// read is what a worker does.
func (w *world) read() {
	in := w.port.Inbox(0)
	for {
		n, err := in.Receive()
		if err != nil {
			return
		}
		for i := range n {
			if kind, link, _ := in.Packet(i); kind != None {
				w.mu.Lock()
				w.opened[link]++
				w.mu.Unlock()
			}
		}
	}
}

func (w *world) host(ip string) *vnet.Net {
	n, err := vnet.NewNet(&vnet.NetConfig{StaticIPs: []string{ip}})
	must(w.t, err)
	must(w.t, w.wan.AddNet(n))
	return n
}

// socket opens one on a host of its own.
func (w *world) socket() net.PacketConn {
	w.next++
	conn, err := w.host(netip.AddrFrom4([4]byte{1, 2, 1, w.next}).String()).ListenUDP("udp4", &net.UDPAddr{})
	must(w.t, err)
	return conn
}

// participant is one end on each side.
type participant struct {
	*directtest.Client
	w    *world
	link *Link
	came atomic.Int64 // media datagrams that came to it
	seq  uint16

	connected, lost atomic.Int64
	stream          Stream
	out             *Outbox
}

// Connected implements Receiver.
func (p *participant) Connected() { p.connected.Add(1) }

// Moved implements Receiver.
func (p *participant) Moved(bool) {}

// Lost implements Receiver.
func (p *participant) Lost() { p.lost.Add(1) }

// sections are those of an offer: it sends sound on one, and receives it on the other.
const sections = "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=sendonly\r\na=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\n" +
	"m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\na=recvonly\r\na=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\n"

// prepare makes a participant who has an answer, and no connection yet.
func (w *world) prepare(setup string, change func(*directtest.Client)) *participant {
	w.t.Helper()
	p := &participant{w: w, out: w.port.Outbox(0)}
	var err error
	p.Client, err = directtest.New(directtest.Config{Conn: w.socket(), Server: serverAddr, Setup: setup, Media: func([]byte) { p.came.Add(1) }})
	must(w.t, err)
	if change != nil {
		change(p.Client)
	}
	p.link = w.port.NewLink(p, nil)
	p.answer()
	p.stream.Init(p.link, p.Slots()["1"].SSRC)
	return p
}

// answer lets the link answer the client's offer.
func (p *participant) answer() {
	p.w.t.Helper()
	offer, err := negotiate.Parse(p.Offer(sections))
	must(p.w.t, err)
	answer, _, err := p.link.Answer(offer, negotiate.Opus{})
	must(p.w.t, err)
	p.Accept(answer)
}

// connect does all that it takes.
func (p *participant) connect() error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	err := p.Connect(ctx)
	time.Sleep(time.Second)
	return err
}

func (w *world) join() *participant {
	w.t.Helper()
	p := w.prepare("", nil)
	must(w.t, p.connect())
	if p.connected.Load() != 1 {
		w.t.Fatal("the client is connected, and the link is not")
	}
	return p
}

func (p *participant) leave() {
	p.w.t.Helper()
	must(p.w.t, p.link.Close())
	_ = p.Client.Close()
}

// opened is how many of the participant's packets were opened.
func (p *participant) opened() int {
	time.Sleep(100 * time.Millisecond)
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	return p.w.opened[p.link]
}

// media is the participant's next packet, protected.
func (p *participant) media() []byte {
	p.w.t.Helper()
	p.seq++
	b, err := p.SealRTP(rtp(make([]byte, 0, 200), 100, p.seq))
	must(p.w.t, err)
	return b
}

func rtp(b []byte, ssrc uint32, seq uint16) []byte {
	b = append(b, 0x80, 111)
	b = binary.BigEndian.AppendUint16(b, seq)
	b = binary.BigEndian.AppendUint32(b, uint32(seq)*960)
	b = binary.BigEndian.AppendUint32(b, ssrc)
	return append(b, "what is said"...)
}

// hears sends so many packets to the participant and says how many came.
func (p *participant) hears(n int) int {
	p.w.t.Helper()
	before := p.came.Load()
	for range n {
		p.seq++
		b := p.stream.Space(p.out, 100)
		if b == nil {
			break
		}
		must(p.w.t, p.stream.Send(p.out, rtp(b, p.Slots()["1"].SSRC, p.seq), 12, udp.Audio))
		p.out.Flush()
	}
	time.Sleep(100 * time.Millisecond)
	return int(p.came.Load() - before)
}

// size is how much the Port remembers.
func (p *Port) size() (media, control, ufrags int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(*p.media.Load()), len(p.control), len(p.ufrags)
}
