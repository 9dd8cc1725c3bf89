package sfu

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/logging"
	"github.com/pion/rtcp"
	"github.com/pion/transport/v5/packetio"
	"github.com/pion/webrtc/v4"
)

// The transport on stock Pion, without interceptors.
//
// The way of a packet:
//  1. Pion's UDP mux reads the socket and finds the connection by ICE user name, later by source address.
//  2. Pion decrypts, on one goroutine per participant for RTP and one for RTCP.
//  3. The packet is written to a tap, which stands where Pion would have put a queue per SSRC: it hands the packet to
//     receiver at once. Pion's own readers of that queue get EOF and end, so no goroutine per stream is left.
//  4. Routing writes to a slot's outlet, which is Pion's SRTP stream: encrypt, send.

// startBitrate is what Chromium is told to begin with (kbit/s): without it three simulcast layers take ten seconds to
// come up.
const startBitrate = 1600

// ICE timers: after iceDisconnected without an answer the page is told to hurry, after iceFailed more it is given up.
const (
	iceDisconnected = 5 * time.Second
	iceFailed       = 20 * time.Second
	iceKeepalive    = 2 * time.Second
)

// iceTries is how many checks of an address may go unanswered before it is given up. Pion's seven is too few where a third
// of the packets is lost: one address in a hundred would be given up, and often there is no other.
const iceTries = 30

// dtlsRetransmission is when a handshake message is first sent again; it doubles each time. With Pion's second, a line that
// loses a third of its packets has too few tries before everybody gives up; a few needless repeats on a slow one cost little.
const dtlsRetransmission = 100 * time.Millisecond

// pionLink is one PeerConnection.
type pionLink struct {
	pc *webrtc.PeerConnection
	to receiver
}

// tap takes decrypted packets of one SSRC from Pion.
type tap struct {
	to   receiver
	rtcp bool
	ssrc uint32
}

func (t *tap) Read([]byte) (int, error) { return 0, io.EOF }
func (t *tap) Close() error             { return nil }

// Write is called by Pion for every packet; for RTCP, once for each SSRC that the packet is about.
func (t *tap) Write(b []byte) (int, error) {
	if t.rtcp {
		t.to.receiveRTCP(t.ssrc, b)
	} else {
		t.to.receiveRTP(b)
	}
	return len(b), nil
}

// pionSlot is a slot as Pion sees it: a track that is bound once and never changes.
type pionSlot struct {
	mid   string
	video bool
	to    receiver
}

func (s *pionSlot) ID() string       { return "slot" + s.mid }
func (s *pionSlot) RID() string      { return "" }
func (s *pionSlot) StreamID() string { return "slot" + s.mid } // a stream each: one for all made browsers lip-sync strangers
func (s *pionSlot) Kind() webrtc.RTPCodecType {
	if s.video {
		return webrtc.RTPCodecTypeVideo
	}
	return webrtc.RTPCodecTypeAudio
}
func (s *pionSlot) Unbind(webrtc.TrackLocalContext) error { return nil }
func (s *pionSlot) Bind(c webrtc.TrackLocalContext) (webrtc.RTPCodecParameters, error) {
	mime := webrtc.MimeTypeOpus
	if s.video {
		mime = webrtc.MimeTypeVP8
	}
	for _, p := range c.CodecParameters() {
		if p.MimeType != mime {
			continue
		}
		n := negotiated{ssrc: uint32(c.SSRC()), pt: uint8(p.PayloadType)}
		for _, q := range c.CodecParameters() {
			if q.MimeType == webrtc.MimeTypeRTX && q.SDPFmtpLine == "apt="+strconv.Itoa(int(p.PayloadType)) {
				n.ssrcRTX, n.ptRTX = uint32(c.SSRCRetransmission()), uint8(q.PayloadType)
			}
		}
		s.to.openSlot(s.mid, s.video, c.WriteStream(), n)
		return p, nil
	}
	return webrtc.RTPCodecParameters{}, webrtc.ErrUnsupportedCodec
}

// newPionLink makes a PeerConnection whose packets go to to.
func (e *Engine) newPionLink(to receiver) (link, error) {
	media, err := mediaEngine()
	if err != nil {
		return nil, err
	}
	s := webrtc.SettingEngine{LoggerFactory: &logging.DefaultLoggerFactory{DefaultLogLevel: logging.LogLevelDisabled}}
	s.BufferFactory = func(kind packetio.BufferPacketType, ssrc uint32) io.ReadWriteCloser {
		return &tap{to: to, rtcp: kind == packetio.RTCPBufferPacket, ssrc: ssrc}
	}
	s.SetICEUDPMux(e.mux)
	s.SetICETimeouts(iceDisconnected, iceFailed, iceKeepalive)
	s.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled) // browsers' checks show their address; names need no resolving
	s.SetICEMaxBindingRequests(iceTries)
	// The client begins the handshake as soon as its checks succeed, without waiting for ours; and when it is done, so
	// are we: what it sends then is not lost.
	if err := s.SetAnsweringDTLSRole(webrtc.DTLSRoleServer); err != nil {
		return nil, fmt.Errorf("choose the DTLS role: %w", err)
	}
	s.SetDTLSRetransmissionInterval(dtlsRetransmission)
	s.SetFireOnTrackBeforeFirstRTP(true) // else a goroutine waits for the first packet of each declared SSRC
	s.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4, webrtc.NetworkTypeUDP6})
	s.SetIncludeLoopbackCandidate(e.loopback)
	if e.cfg.Net != nil {
		s.SetNet(e.cfg.Net)
	}
	if len(e.cfg.Addresses) > 0 {
		var external []string
		for _, a := range e.cfg.Addresses {
			external = append(external, a.String())
		}
		if err := s.SetICEAddressRewriteRules(webrtc.ICEAddressRewriteRule{
			External: external, AsCandidateType: webrtc.ICECandidateTypeHost, Mode: webrtc.ICEAddressRewriteAppend,
		}); err != nil {
			return nil, fmt.Errorf("advertise media addresses: %w", err)
		}
	}
	api := webrtc.NewAPI(webrtc.WithMediaEngine(media), webrtc.WithSettingEngine(s), webrtc.WithInterceptorRegistry(&interceptor.Registry{}))
	pc, err := api.NewPeerConnection(webrtc.Configuration{Certificates: []webrtc.Certificate{e.cert}})
	if err != nil {
		return nil, fmt.Errorf("make a PeerConnection: %w", err)
	}
	pc.OnConnectionStateChange(func(state webrtc.PeerConnectionState) {
		switch state {
		case webrtc.PeerConnectionStateConnected:
			to.connected()
		case webrtc.PeerConnectionStateFailed:
			to.lost()
		}
	})
	return &pionLink{pc: pc, to: to}, nil
}

// mediaEngine registers what the engine speaks: Opus, VP8 and its retransmissions, and the extensions that it reads.
func mediaEngine() (*webrtc.MediaEngine, error) {
	const audio, video = webrtc.RTPCodecTypeAudio, webrtc.RTPCodecTypeVideo
	m := &webrtc.MediaEngine{}
	var errs []error
	codec := func(kind webrtc.RTPCodecType, pt webrtc.PayloadType, c webrtc.RTPCodecCapability) {
		errs = append(errs, m.RegisterCodec(webrtc.RTPCodecParameters{RTPCodecCapability: c, PayloadType: pt}, kind))
	}
	twcc := webrtc.RTCPFeedback{Type: webrtc.TypeRTCPFBTransportCC}
	codec(audio, 111, webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2,
		SDPFmtpLine: "minptime=10;useinbandfec=1;usedtx=1", RTCPFeedback: []webrtc.RTCPFeedback{twcc}})
	codec(video, 96, webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8, ClockRate: 90000, RTCPFeedback: []webrtc.RTCPFeedback{
		twcc, {Type: webrtc.TypeRTCPFBCCM, Parameter: "fir"}, {Type: webrtc.TypeRTCPFBNACK}, {Type: webrtc.TypeRTCPFBNACK, Parameter: "pli"}}})
	codec(video, 97, webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeRTX, ClockRate: 90000, SDPFmtpLine: "apt=96"})

	up := webrtc.RTPTransceiverDirectionRecvonly // from the client to us only
	for _, x := range []struct {
		uri   string
		kinds []webrtc.RTPCodecType
		dirs  []webrtc.RTPTransceiverDirection
	}{
		{uriMid, []webrtc.RTPCodecType{audio, video}, nil},
		{uriRid, []webrtc.RTPCodecType{video}, nil},
		{uriRRid, []webrtc.RTPCodecType{video}, nil},
		{uriLevel, []webrtc.RTPCodecType{audio}, []webrtc.RTPTransceiverDirection{up}},
		{uriTWCC, []webrtc.RTPCodecType{audio, video}, []webrtc.RTPTransceiverDirection{up}},
	} {
		for _, kind := range x.kinds {
			errs = append(errs, m.RegisterHeaderExtension(webrtc.RTPHeaderExtensionCapability{URI: x.uri}, kind, x.dirs...))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("register codecs: %w", err)
	}
	return m, nil
}

// Answer implements link.
func (t *pionLink) Answer(offer string, sections []section) (string, error) {
	if err := t.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: offer}); err != nil {
		return "", fmt.Errorf("%w: apply it: %w", ErrOffer, err)
	}
	receives := map[string]bool{}
	for i := range sections {
		receives[sections[i].mid] = sections[i].receives
	}
	for _, tr := range t.pc.GetTransceivers() {
		if tr.Sender() != nil && tr.Sender().Track() != nil || !receives[tr.Mid()] {
			continue
		}
		// AddTrack takes the first free transceiver of the kind, which is this one: they come in the order of sections.
		sender, err := t.pc.AddTrack(&pionSlot{mid: tr.Mid(), video: tr.Kind() == webrtc.RTPCodecTypeVideo, to: t.to})
		if err != nil {
			return "", fmt.Errorf("%w: make a slot: %w", ErrOffer, err)
		}
		if tr.Sender() != sender {
			return "", fmt.Errorf("%w: its sections are not in an order that slots can follow", ErrOffer)
		}
	}
	answer, err := t.pc.CreateAnswer(nil)
	if err != nil {
		return "", fmt.Errorf("%w: create the answer: %w", ErrOffer, err)
	}
	gathered := webrtc.GatheringCompletePromise(t.pc)
	if err := t.pc.SetLocalDescription(answer); err != nil {
		return "", fmt.Errorf("%w: apply the answer: %w", ErrOffer, err)
	}
	<-gathered
	return withStartBitrate(t.pc.LocalDescription().SDP), nil
}

// withStartBitrate adds Chromium's x-google-start-bitrate to each VP8 format of an answer.
func withStartBitrate(answer string) string {
	var b strings.Builder
	for line := range strings.SplitAfterSeq(answer, "\r\n") {
		b.WriteString(line)
		if pt, ok := strings.CutSuffix(strings.TrimSpace(line), " VP8/90000"); ok {
			fmt.Fprintf(&b, "a=fmtp:%s x-google-start-bitrate=%d\r\n", strings.TrimPrefix(pt, "a=rtpmap:"), startBitrate)
		}
	}
	return b.String()
}

// WriteRTCP implements link.
func (t *pionLink) WriteRTCP(packets []rtcp.Packet) error { return t.pc.WriteRTCP(packets) }

// Close implements link.
func (t *pionLink) Close() error { return t.pc.GracefulClose() }
