package loadtest

import (
	"fmt"
	"math/rand/v2"
	"sync/atomic"

	"github.com/pion/rtcp"

	"tablee/loadtest/link"
	"tablee/loadtest/samples"
	"tablee/signaling"
)

// maxVideos is the most pictures that a participant may ask for (docs/protocol.md, demand).
const maxVideos = 32

// peer is one connection for media: the offer, the answer, and the link that carries it.
type peer struct {
	link     *link.Link
	down     *downstream
	requests chan<- request
	options  peerOptions
	mids     signaling.Mids
	mic      *bound
	camera   []*bound
	screen   []*bound
	opus     opus                  // of the answer
	failure  atomic.Pointer[error] // why the link failed
}

// publication is what negotiation decided about all that is published.
type publication struct {
	mic                          *bound
	camera, screen               []*bound // layer by layer; nil when there is none
	micMid, cameraMid, screenMid string
	opus                         opus
}

// peerOptions say how a peer is made.
type peerOptions struct {
	link           link.Config // without its functions
	rng            *rand.Rand
	voices         int // audio slots
	videos         int // video slots
	camera, screen []samples.Layer
	down           *downstream
	requests       chan<- request
	wake           chan<- struct{} // asks the loop to look at the state
}

// newPeer opens a link.
func newPeer(o peerOptions) (*peer, error) {
	p := &peer{down: o.down, requests: o.requests, options: o}
	c := o.link
	c.Media, c.Control = o.down.packet, p.control
	c.Failure = func(err error) { p.failure.Store(&err) }
	c.Changed = func() {
		select {
		case o.wake <- struct{}{}:
		default: // the loop is about to look anyway
		}
	}
	var err error
	if p.link, err = link.New(c); err != nil {
		return nil, fmt.Errorf("prepare media: %w", err)
	}
	p.mic = &bound{to: p.link, ssrc: o.rng.Uint32() | 1, pt: ptOpus}
	p.camera, p.screen = p.layers(o.camera), p.layers(o.screen)
	return p, nil
}

// layers numbers the streams of a picture's layers.
func (p *peer) layers(of []samples.Layer) []*bound {
	var out []*bound
	for range of {
		out = append(out, &bound{
			to: p.link, ssrc: p.options.rng.Uint32() | 1, rtx: p.options.rng.Uint32() | 1, pt: ptVP8, ptRTX: ptRTX,
		})
	}
	return out
}

// offer makes the offer.
func (p *peer) offer() string {
	rids := func(layers []samples.Layer) (names []string) {
		for _, l := range layers {
			names = append(names, l.RID)
		}
		return names
	}
	o := p.options
	sdp, mids := writeOffer(offerOptions{
		ufrag: p.link.Ufrag, pwd: p.link.Pwd, fingerprint: o.link.Identity.Fingerprint, mic: p.mic.ssrc,
		camera: rids(o.camera), screen: rids(o.screen), voices: o.voices, videos: o.videos,
	})
	p.mids = mids
	return sdp
}

// accept applies the server's answer.
func (p *peer) accept(sdp string) error {
	a, err := readAnswer(sdp)
	if err != nil {
		return err
	}
	p.opus = a.opus
	p.down.reset(a, p.mic.ssrc) // before media can come
	p.mic.extensions = a.taken[p.mids.Mic]
	for _, section := range []struct {
		mid    string
		layers []*bound
	}{{p.mids.Camera, p.camera}, {p.mids.Screen, p.screen}} {
		for _, b := range section.layers {
			b.extensions = a.taken[section.mid]
		}
	}
	return p.link.Start(a.remote)
}

// publication returns what was negotiated; ok is false when the server took not all of it.
func (p *peer) publication() (b *publication, ok bool) {
	for _, o := range append(append([]*bound{p.mic}, p.camera...), p.screen...) {
		if o.extensions == nil {
			return nil, false
		}
	}
	return &publication{
		mic: p.mic, camera: p.camera, screen: p.screen,
		micMid: p.mids.Mic, cameraMid: p.mids.Camera, screenMid: p.mids.Screen,
		opus: p.opus,
	}, true
}

// failed is why the link is no longer of use.
func (p *peer) failed() error {
	if err := p.failure.Load(); err != nil {
		return *err
	}
	return fmt.Errorf("media %v", p.link.State())
}

// writeRTCP sends feedback and reports.
func (p *peer) writeRTCP(packets []rtcp.Packet) {
	if b, err := rtcp.Marshal(packets); err == nil {
		_ = p.link.WriteRTCP(b) // lost feedback is sent again; a dead transport tells by its state
	}
}

// control takes RTCP of the server.
func (p *peer) control(b []byte) {
	packets, err := rtcp.Unmarshal(b)
	if err != nil {
		return
	}
	for _, packet := range packets {
		switch q := packet.(type) {
		case *rtcp.SenderReport:
			p.down.senderReport(q.SSRC, q.NTPTime, p.down.clock.now())
		case *rtcp.PictureLossIndication:
			p.ask(request{ssrc: q.MediaSSRC, key: true})
		case *rtcp.FullIntraRequest:
			for _, e := range q.FIR {
				p.ask(request{ssrc: e.SSRC, key: true})
			}
		case *rtcp.TransportLayerNack:
			r := request{ssrc: q.MediaSSRC}
			for _, n := range q.Nacks {
				r.nacks = append(r.nacks, n.PacketList()...)
			}
			p.ask(r)
		}
	}
}

// ask passes what the server asks for to the loop.
func (p *peer) ask(r request) {
	select {
	case p.requests <- r:
	default: // a flood; the server will ask again
	}
}

// close ends the link and everything that it started.
func (p *peer) close() { p.link.Close() }
