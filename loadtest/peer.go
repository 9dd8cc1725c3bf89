package loadtest

import (
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/logging"
	"github.com/pion/rtcp"
	"github.com/pion/transport/v5"
	"github.com/pion/transport/v5/packetio"
	"github.com/pion/webrtc/v4"

	"tablee/loadtest/samples"
	"tablee/signaling"
)

// ICE times: without an answer for iceDisconnected media is in trouble, iceFailed later it is given up.
const (
	iceDisconnected = 5 * time.Second
	iceFailed       = 15 * time.Second
	iceKeepalive    = 2 * time.Second
)

// maxVideos is the most pictures that a participant may ask for (docs/protocol.md, demand).
const maxVideos = 32

// peer is one PeerConnection, without interceptors and without a goroutine per stream.
type peer struct {
	pc       *webrtc.PeerConnection
	down     *downstream
	requests chan<- request
	mic      *track
	camera   []*track
	mids     signaling.Mids
	micTr    *webrtc.RTPTransceiver
	cameraTr *webrtc.RTPTransceiver
	state    atomic.Int32 // webrtc.PeerConnectionState
	closed   atomic.Bool
}

// publication is what negotiation decided about all that is published.
type publication struct {
	mic               *bound
	camera            []*bound
	micMid, cameraMid string
}

// peerOptions say how a PeerConnection is made.
type peerOptions struct {
	net      transport.Net // nil for the machine's
	loopback bool          // the server is on this machine
	voices   int           // audio slots
	videos   int           // video slots
	layers   []samples.Layer
	down     *downstream
	requests chan<- request
	wake     chan<- struct{} // asks the loop to look at the state
}

// newPeer makes a PeerConnection with all its sections.
// Browsers try a handshake message again sooner than Pion does, and do not give up an address after seven checks.
const (
	iceTries           = 30
	dtlsRetransmission = 100 * time.Millisecond
)

func newPeer(o peerOptions) (*peer, error) {
	p := &peer{down: o.down, requests: o.requests}
	media, err := mediaEngine()
	if err != nil {
		return nil, err
	}
	s := webrtc.SettingEngine{LoggerFactory: &logging.DefaultLoggerFactory{DefaultLogLevel: logging.LogLevelDisabled}}
	s.BufferFactory = func(kind packetio.BufferPacketType, ssrc uint32) io.ReadWriteCloser {
		return &tap{peer: p, rtcp: kind == packetio.RTCPBufferPacket, ssrc: ssrc}
	}
	s.SetFireOnTrackBeforeFirstRTP(true) // spares a goroutine per slot that waits for its first packet
	s.SetICETimeouts(iceDisconnected, iceFailed, iceKeepalive)
	s.SetICEMaxBindingRequests(iceTries)
	s.SetDTLSRetransmissionInterval(dtlsRetransmission)
	s.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	s.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4, webrtc.NetworkTypeUDP6})
	s.SetIncludeLoopbackCandidate(o.loopback)
	if o.net != nil {
		s.SetNet(o.net)
	}
	api := webrtc.NewAPI(webrtc.WithMediaEngine(media), webrtc.WithSettingEngine(s),
		webrtc.WithInterceptorRegistry(&interceptor.Registry{}))
	if p.pc, err = api.NewPeerConnection(webrtc.Configuration{}); err != nil {
		return nil, fmt.Errorf("make a PeerConnection: %w", err)
	}
	p.pc.OnConnectionStateChange(func(state webrtc.PeerConnectionState) {
		p.state.Store(int32(state))
		select {
		case o.wake <- struct{}{}:
		default: // the loop is about to look anyway
		}
	})
	if err := p.addSections(o); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

// mediaEngine registers what simulated participants speak.
func mediaEngine() (*webrtc.MediaEngine, error) {
	const audio, video = webrtc.RTPCodecTypeAudio, webrtc.RTPCodecTypeVideo
	m := &webrtc.MediaEngine{}
	twcc := webrtc.RTCPFeedback{Type: webrtc.TypeRTCPFBTransportCC}
	err := errors.Join(
		m.RegisterCodec(webrtc.RTPCodecParameters{PayloadType: 111, RTPCodecCapability: webrtc.RTPCodecCapability{
			MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2, SDPFmtpLine: "minptime=10;useinbandfec=1",
			RTCPFeedback: []webrtc.RTCPFeedback{twcc},
		}}, audio),
		m.RegisterCodec(webrtc.RTPCodecParameters{PayloadType: 96, RTPCodecCapability: webrtc.RTPCodecCapability{
			MimeType: webrtc.MimeTypeVP8, ClockRate: 90000, RTCPFeedback: []webrtc.RTCPFeedback{
				twcc, {Type: webrtc.TypeRTCPFBCCM, Parameter: "fir"}, {Type: webrtc.TypeRTCPFBNACK},
				{Type: webrtc.TypeRTCPFBNACK, Parameter: "pli"},
			},
		}}, video),
		m.RegisterCodec(webrtc.RTPCodecParameters{PayloadType: 97, RTPCodecCapability: webrtc.RTPCodecCapability{
			MimeType: webrtc.MimeTypeRTX, ClockRate: 90000, SDPFmtpLine: "apt=96",
		}}, video),
	)
	for _, x := range []struct {
		uri   string
		kinds []webrtc.RTPCodecType
	}{
		{uriMid, []webrtc.RTPCodecType{audio, video}}, {uriTWCC, []webrtc.RTPCodecType{audio, video}},
		{uriLevel, []webrtc.RTPCodecType{audio}},
		{uriRid, []webrtc.RTPCodecType{video}}, {uriRRid, []webrtc.RTPCodecType{video}},
	} {
		for _, kind := range x.kinds {
			err = errors.Join(err, m.RegisterHeaderExtension(webrtc.RTPHeaderExtensionCapability{URI: x.uri}, kind))
		}
	}
	if err != nil {
		return nil, fmt.Errorf("register codecs: %w", err)
	}
	return m, nil
}

// addSections adds microphone, camera with its layers, and the slots, in this order.
func (p *peer) addSections(o peerOptions) error {
	send := webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly}
	receive := webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly}
	var err error
	p.mic = &track{id: "mic", kind: webrtc.RTPCodecTypeAudio, mime: webrtc.MimeTypeOpus}
	if p.micTr, err = p.pc.AddTransceiverFromTrack(p.mic, send); err != nil {
		return fmt.Errorf("add the microphone: %w", err)
	}
	for i := range o.layers {
		t := &track{id: "camera", rid: o.layers[i].RID, kind: webrtc.RTPCodecTypeVideo, mime: webrtc.MimeTypeVP8}
		p.camera = append(p.camera, t)
		if i == 0 {
			p.cameraTr, err = p.pc.AddTransceiverFromTrack(t, send)
		} else {
			err = p.cameraTr.Sender().AddEncoding(t)
		}
		if err != nil {
			return fmt.Errorf("add the camera: %w", err)
		}
	}
	for i := range o.voices + o.videos {
		kind := webrtc.RTPCodecTypeAudio
		if i >= o.voices {
			kind = webrtc.RTPCodecTypeVideo
		}
		if _, err := p.pc.AddTransceiverFromKind(kind, receive); err != nil {
			return fmt.Errorf("add a slot: %w", err)
		}
	}
	return nil
}

// offer makes the offer. It carries no candidates: the server learns them from the checks.
func (p *peer) offer() (string, error) {
	o, err := p.pc.CreateOffer(nil)
	if err != nil {
		return "", fmt.Errorf("create the offer: %w", err)
	}
	if err := p.pc.SetLocalDescription(o); err != nil {
		return "", fmt.Errorf("apply the offer: %w", err)
	}
	p.mids = signaling.Mids{Mic: p.micTr.Mid(), Camera: p.cameraTr.Mid()}
	return o.SDP, nil
}

// accept applies the server's answer.
func (p *peer) accept(answer string) error {
	slots, err := readSlots(answer)
	if err != nil {
		return err
	}
	p.down.reset(slots) // before media can come
	d := webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer}
	if err := p.pc.SetRemoteDescription(d); err != nil {
		return fmt.Errorf("apply the answer: %w", err)
	}
	return nil
}

// publication returns what was negotiated; ok is false before it is.
func (p *peer) publication() (b *publication, ok bool) {
	b = &publication{mic: p.mic.bound.Load(), micMid: p.mids.Mic, cameraMid: p.mids.Camera}
	if b.mic == nil {
		return nil, false
	}
	for _, t := range p.camera {
		c := t.bound.Load()
		if c == nil {
			return nil, false
		}
		b.camera = append(b.camera, c)
	}
	return b, true
}

// close ends the PeerConnection and everything that it started.
func (p *peer) close() {
	p.closed.Store(true)
	_ = p.pc.GracefulClose() // nothing is left to do about it
}

// tap stands where Pion would queue the packets of an SSRC: it hands them on, and never has one to read.
type tap struct {
	peer *peer
	rtcp bool
	ssrc uint32
}

func (t *tap) Read([]byte) (int, error) { return 0, io.EOF }
func (t *tap) Close() error             { return nil }

// Write is called by Pion for each decrypted packet.
func (t *tap) Write(b []byte) (int, error) {
	switch {
	case t.peer.closed.Load():
	case t.rtcp:
		t.peer.feedback(t.ssrc, b)
	default:
		t.peer.down.packet(b)
	}
	return len(b), nil
}

// feedback takes RTCP that concerns one SSRC; Pion calls once for each SSRC that a packet names.
func (p *peer) feedback(ssrc uint32, b []byte) {
	packets, err := rtcp.Unmarshal(b)
	if err != nil {
		return
	}
	for _, packet := range packets {
		r := request{ssrc: ssrc}
		switch q := packet.(type) {
		case *rtcp.SenderReport:
			if q.SSRC == ssrc {
				p.down.senderReport(ssrc, q.NTPTime, p.down.clock.now())
			}
		case *rtcp.PictureLossIndication:
			r.key = q.MediaSSRC == ssrc
		case *rtcp.FullIntraRequest:
			for _, e := range q.FIR {
				r.key = r.key || e.SSRC == ssrc
			}
		case *rtcp.TransportLayerNack:
			for i := 0; q.MediaSSRC == ssrc && i < len(q.Nacks); i++ {
				r.nacks = append(r.nacks, q.Nacks[i].PacketList()...)
			}
		}
		if r.key || len(r.nacks) > 0 {
			select {
			case p.requests <- r:
			default: // a flood; the server will ask again
			}
		}
	}
}
