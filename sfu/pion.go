package sfu

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/logging"
	"github.com/pion/rtcp"
	"github.com/pion/transport/v5/packetio"
	"github.com/pion/webrtc/v4"

	"tablee/sfu/direct"
	"tablee/sfu/negotiate"
)

// The transport on stock Pion, without interceptors: the fallback, and the oracle of the direct one.
//
// The way of a packet:
//  1. Pion's UDP mux reads the socket and finds the connection by ICE user name, later by source address.
//  2. Pion decrypts, on one goroutine per participant for RTP and one for RTCP.
//  3. The packet is written to a tap, which stands where Pion would have put a queue per SSRC: it hands the packet to
//     routing at once. Pion's own readers of that queue get EOF and end, so no goroutine per stream is left.
//  4. Routing writes to a slot's outlet, which is Pion's SRTP stream: encrypt, send.

// pionLink is one PeerConnection.
type pionLink struct {
	pc   *webrtc.PeerConnection
	peer *Peer
}

// tap takes decrypted packets of one SSRC from Pion, on one goroutine for all of a participant's RTP, or RTCP.
type tap struct {
	to   *Peer
	w    *worker
	rtcp bool
	ssrc uint32
}

func (t *tap) Read([]byte) (int, error) { return 0, io.EOF }
func (t *tap) Close() error             { return nil }

// Write is called by Pion for every packet; for RTCP, once for each SSRC that the packet is about.
func (t *tap) Write(b []byte) (int, error) {
	t.w.now = t.w.engine.now()
	if !t.rtcp {
		t.to.receiveRTP(t.w, b)
	} else if t.first(b) {
		t.to.receiveRTCP(t.w, b)
	}
	t.w.finish()
	return len(b), nil
}

// first says whether the tap's SSRC is the first that an RTCP packet is about: there it is read.
func (t *tap) first(b []byte) bool {
	packets, err := rtcp.Unmarshal(b)
	if err != nil {
		t.w.engine.counters.badRTCP.Add(1)
		return false
	}
	for _, p := range packets {
		if to := p.DestinationSSRC(); len(to) > 0 {
			return to[0] == t.ssrc
		}
	}
	return false
}

// pionSlot is a slot as Pion sees it: a track that is bound once and never changes.
type pionSlot struct {
	section *negotiate.Section
	peer    *Peer
}

func (s *pionSlot) ID() string       { return "slot" + s.section.Mid }
func (s *pionSlot) RID() string      { return "" }
func (s *pionSlot) StreamID() string { return "slot" + s.section.Mid } // a stream each: one for all made browsers lip-sync strangers
func (s *pionSlot) Kind() webrtc.RTPCodecType {
	if s.section.Video {
		return webrtc.RTPCodecTypeVideo
	}
	return webrtc.RTPCodecTypeAudio
}
func (s *pionSlot) Unbind(webrtc.TrackLocalContext) error { return nil }
func (s *pionSlot) Bind(c webrtc.TrackLocalContext) (webrtc.RTPCodecParameters, error) {
	mime := webrtc.MimeTypeOpus
	if s.section.Video {
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
		n.twcc = twccID(s.section)
		slot := newSlot(s.peer, s.section.Mid, s.section.Video, n)
		slot.out.stock = c.WriteStream()
		s.peer.openSlot(slot)
		return p, nil
	}
	return webrtc.RTPCodecParameters{}, webrtc.ErrUnsupportedCodec
}

// newPionLink makes a PeerConnection whose packets go to p.
func (e *Engine) newPionLink(p *Peer) (link, error) {
	codecs, err := mediaEngine()
	if err != nil {
		return nil, err
	}
	s := webrtc.SettingEngine{LoggerFactory: &logging.DefaultLoggerFactory{DefaultLogLevel: logging.LogLevelDisabled}}
	media, control := newWorker(e, nil), newWorker(e, nil)
	s.BufferFactory = func(kind packetio.BufferPacketType, ssrc uint32) io.ReadWriteCloser {
		if kind == packetio.RTCPBufferPacket {
			return &tap{to: p, w: control, rtcp: true, ssrc: ssrc}
		}
		return &tap{to: p, w: media, ssrc: ssrc}
	}
	s.SetICEUDPMux(e.mux)
	s.SetICETimeouts(direct.Disconnected, direct.Failed, direct.Keepalive)
	s.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled) // browsers' checks show their address; names need no resolving
	s.SetICEMaxBindingRequests(direct.Tries)
	// The client begins the handshake as soon as its checks succeed, without waiting for ours; and when it is done, so
	// are we: what it sends then is not lost.
	if err := s.SetAnsweringDTLSRole(webrtc.DTLSRoleServer); err != nil {
		return nil, fmt.Errorf("choose the DTLS role: %w", err)
	}
	s.SetDTLSRetransmissionInterval(direct.Retransmission)
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
	api := webrtc.NewAPI(webrtc.WithMediaEngine(codecs), webrtc.WithSettingEngine(s), webrtc.WithInterceptorRegistry(&interceptor.Registry{}))
	pc, err := api.NewPeerConnection(webrtc.Configuration{Certificates: []webrtc.Certificate{e.cert}})
	if err != nil {
		return nil, fmt.Errorf("make a PeerConnection: %w", err)
	}
	pc.OnConnectionStateChange(func(state webrtc.PeerConnectionState) {
		switch state {
		case webrtc.PeerConnectionStateConnected:
			p.moved(e.cfg.Uplink == 0) // where it is, is not looked at
			p.connected()
		case webrtc.PeerConnectionStateFailed:
			p.lost()
		}
	})
	return &pionLink{pc: pc, peer: p}, nil
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
		{negotiate.URIMid, []webrtc.RTPCodecType{audio, video}, nil},
		{negotiate.URIRid, []webrtc.RTPCodecType{video}, nil},
		{negotiate.URIRRid, []webrtc.RTPCodecType{video}, nil},
		{negotiate.URILevel, []webrtc.RTPCodecType{audio}, []webrtc.RTPTransceiverDirection{up}},
		{negotiate.URITWCC, []webrtc.RTPCodecType{audio, video}, nil},
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
func (t *pionLink) Answer(raw string, offer *negotiate.Offer) (string, error) {
	if err := t.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: raw}); err != nil {
		return "", fmt.Errorf("%w: apply it: %w", ErrOffer, err)
	}
	receives := map[string]*negotiate.Section{}
	for i := range offer.Sections {
		if s := &offer.Sections[i]; s.Receives {
			receives[s.Mid] = s
		}
	}
	for _, tr := range t.pc.GetTransceivers() {
		if tr.Sender() != nil && tr.Sender().Track() != nil || receives[tr.Mid()] == nil {
			continue
		}
		// AddTrack takes the first free transceiver of the kind, which is this one: they come in the order of sections.
		sender, err := t.pc.AddTrack(&pionSlot{section: receives[tr.Mid()], peer: t.peer})
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
			fmt.Fprintf(&b, "a=fmtp:%s x-google-start-bitrate=%d\r\n", strings.TrimPrefix(pt, "a=rtpmap:"), negotiate.StartBitrate)
		}
	}
	return b.String()
}

// SpaceRTCP implements link.
func (t *pionLink) SpaceRTCP(w *worker, n int) []byte { return w.building(n) }

// SendRTCP implements link.
func (t *pionLink) SendRTCP(_ *worker, b []byte) error {
	packets, err := rtcp.Unmarshal(b)
	if err != nil {
		return fmt.Errorf("read what is to be sent: %w", err)
	}
	if err := t.pc.WriteRTCP(packets); err != nil {
		return fmt.Errorf("send RTCP: %w", err)
	}
	return nil
}

// Close implements link.
func (t *pionLink) Close() error { return t.pc.GracefulClose() }
