package main

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
	"github.com/pion/webrtc/v4/pkg/media"

	"tablee/loadtest/samples"
	"tablee/signaling"
)

// pictures is how many others' pictures a simulated participant has room for.
const pictures = 12

// uriLevel is RFC 6464's.
const uriLevel = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"

// connect makes the PeerConnection, which can go by the one way only.
func (s *simulated) connect() error {
	var e webrtc.SettingEngine
	c := webrtc.Configuration{}
	switch s.Way {
	case "udp4":
		e.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	case "udp6":
		e.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP6})
	case "ice-tcp":
		e.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeTCP4})
	default:
		c.ICETransportPolicy = webrtc.ICETransportPolicyRelay
		prefix, suffix := "turn:", "transport="+strings.TrimPrefix(s.Way, "relay-")
		if s.Way == "relay-tls" {
			prefix, suffix = "turns:", "transport=tcp"
		}
		for _, i := range s.self.ICE {
			for _, u := range i.URLs {
				if strings.HasPrefix(u, prefix) && strings.HasSuffix(u, suffix) {
					c.ICEServers = append(c.ICEServers, webrtc.ICEServer{URLs: []string{u}, Username: i.Username, Credential: i.Credential})
				}
			}
		}
	}
	m := &webrtc.MediaEngine{}
	feedback := []webrtc.RTCPFeedback{{Type: "ccm", Parameter: "fir"}, {Type: "nack"}, {Type: "nack", Parameter: "pli"}}
	err := errors.Join(
		m.RegisterCodec(webrtc.RTPCodecParameters{RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2}, PayloadType: 111}, webrtc.RTPCodecTypeAudio),
		m.RegisterCodec(webrtc.RTPCodecParameters{RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8, ClockRate: 90000, RTCPFeedback: feedback}, PayloadType: 96}, webrtc.RTPCodecTypeVideo),
		m.RegisterCodec(webrtc.RTPCodecParameters{RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeRTX, ClockRate: 90000, SDPFmtpLine: "apt=96"}, PayloadType: 97}, webrtc.RTPCodecTypeVideo),
		m.RegisterHeaderExtension(webrtc.RTPHeaderExtensionCapability{URI: uriLevel}, webrtc.RTPCodecTypeAudio),
	)
	i := &interceptor.Registry{}
	if err = errors.Join(err, webrtc.RegisterDefaultInterceptors(m, i)); err != nil {
		return err
	}
	pc, err := webrtc.NewAPI(webrtc.WithMediaEngine(m), webrtc.WithInterceptorRegistry(i), webrtc.WithSettingEngine(e)).NewPeerConnection(c)
	if err != nil {
		return err
	}
	s.pc.Store(pc)
	s.pc.Load().OnTrack(s.receive)
	return s.tracks()
}

// tracks adds what is sent, and slots for what is received.
func (s *simulated) tracks() (err error) {
	sends := webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly}
	receives := webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly}
	if s.mic == nil {
		if s.mic, err = webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus}, "mic", "mic"); err != nil {
			return err
		}
		if s.cam, err = webrtc.NewTrackLocalStaticSample(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8}, "cam", "cam"); err != nil {
			return err
		}
	}
	mic, err := s.pc.Load().AddTransceiverFromTrack(s.mic, sends)
	if err != nil {
		return err
	}
	cam, err := s.pc.Load().AddTransceiverFromTrack(s.cam, sends)
	if err != nil {
		return err
	}
	go s.heed(cam.Sender())
	for range s.self.Voices + 1 {
		if _, err := s.pc.Load().AddTransceiverFromKind(webrtc.RTPCodecTypeAudio, receives); err != nil {
			return err
		}
	}
	for range pictures {
		if _, err := s.pc.Load().AddTransceiverFromKind(webrtc.RTPCodecTypeVideo, receives); err != nil {
			return err
		}
	}
	set, err := samples.Load()
	if err != nil {
		return err
	}
	s.pc.Load().OnConnectionStateChange(func(state webrtc.PeerConnectionState) {
		if state == webrtc.PeerConnectionStateConnected {
			s.seen.once.Do(func() {
				go s.talk(set.Voice, mic.Sender())
				go s.film(set.Layers[0].Frames)
			})
		}
	})
	return nil
}

// offer offers, anew with other ICE credentials when the server asks for it.
func (s *simulated) offer(again bool) error {
	o, err := s.pc.Load().CreateOffer(&webrtc.OfferOptions{ICERestart: again})
	if err != nil {
		return err
	}
	if err := s.pc.Load().SetLocalDescription(o); err != nil {
		return err
	}
	s.gen++
	all := s.pc.Load().GetTransceivers()
	return s.write(&signaling.ClientMessage{T: "offer", SDP: o.SDP, Gen: s.gen, Mids: &signaling.Mids{Mic: all[0].Mid(), Camera: all[1].Mid()}})
}

// turns is how many seconds pass from one turn to speak to the next: with all talking at once, two cores would be busy with
// nothing but voices.
const turns = 5

// talk sends the voice for a second at a time, when it is the participant's turn.
func (s *simulated) talk(voice [][]byte, sender *webrtc.RTPSender) {
	var level uint8
	for _, x := range sender.GetParameters().HeaderExtensions {
		if x.URI == uriLevel {
			level = uint8(x.ID)
		}
	}
	h := rtp.Header{Version: 2, PayloadType: 111}
	for now := range time.Tick(samples.VoiceTime) {
		h.Timestamp += 960
		if int(now.Unix()%turns) != int(s.self.Num)%turns {
			continue
		}
		h.Extensions, h.Extension = nil, false
		if h.SetExtension(level, []byte{0x80 | 30}) != nil {
			return
		}
		_ = s.mic.WriteRTP(&rtp.Packet{Header: h, Payload: voice[int(h.SequenceNumber)%len(voice)]})
		h.SequenceNumber++
	}
}

// frameTime is the time between two pictures.
const frameTime = 2 * samples.FrameTime

// film sends the camera, from its key frame on whenever one is asked for.
func (s *simulated) film(frames []samples.Frame) {
	n := 0
	for range time.Tick(frameTime) {
		select {
		case <-s.keys:
			n = 0
		default:
		}
		_ = s.cam.WriteSample(media.Sample{Data: frames[n%len(frames)].Data, Duration: frameTime})
		n++
	}
}

// heed takes the requests for key frames, until its PeerConnection ends.
func (s *simulated) heed(sender *webrtc.RTPSender) {
	for {
		packets, _, err := sender.ReadRTCP()
		if err != nil {
			return
		}
		for _, p := range packets {
			switch p.(type) {
			case *rtcp.PictureLossIndication, *rtcp.FullIntraRequest:
				select {
				case s.keys <- struct{}{}:
				default:
				}
			}
		}
	}
}

// senses are what came of each participant, by number.
type senses struct {
	once sync.Once // for what is sent

	mu     sync.Mutex
	voices map[uint32]int // guarded by mu; packets of a voice that says something
	images map[uint32]int // guarded by mu; pictures that were decoded, and show something
}

// Voices and pictures that are enough; a pause of speech is a packet of a few bytes.
const (
	enoughVoice = 10
	silence     = 12
)

func (s *senses) reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.voices, s.images = map[uint32]int{}, map[uint32]int{}
}

// lacks says what has not come of somebody, "" when all has.
func (s *senses) lacks(num uint32) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.images[num] == 0 && s.voices[num] < enoughVoice:
		return "neither seen nor heard"
	case s.images[num] == 0:
		return "not seen"
	case s.voices[num] < enoughVoice:
		return "not heard"
	}
	return ""
}

// receive looks at what comes in a slot, of whoever is in it.
func (s *simulated) receive(track *webrtc.TrackRemote, receiver *webrtc.RTPReceiver) {
	go func() {
		for {
			if _, _, err := receiver.ReadRTCP(); err != nil {
				return
			}
		}
	}()
	var f picture
	asked := time.Time{}
	for {
		p, _, err := track.ReadRTP()
		if err != nil {
			return
		}
		if len(p.CSRC) != 1 {
			continue // padding
		}
		if track.Kind() == webrtc.RTPCodecTypeAudio {
			s.seen.note(p.CSRC[0], len(p.Payload) > silence, false)
			continue
		}
		if img := f.add(p); img != nil && shows(img) {
			s.seen.note(p.CSRC[0], false, true)
		}
		if now := time.Now(); s.seen.blind(p.CSRC[0]) && now.Sub(asked) > time.Second {
			asked = now
			_ = s.pc.Load().WriteRTCP([]rtcp.Packet{&rtcp.PictureLossIndication{MediaSSRC: uint32(track.SSRC())}})
		}
	}
}

func (s *senses) note(num uint32, voice, image bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if voice {
		s.voices[num]++
	}
	if image {
		s.images[num]++
	}
}

func (s *senses) blind(num uint32) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.images[num] == 0
}

// way is by which way media go, how it is called, and how many bytes have come.
func (s *simulated) way() (w Way, pair string, received uint64) {
	ice := s.pc.Load().GetSenders()[0].Transport().ICETransport()
	p, err := ice.GetSelectedCandidatePair()
	if err != nil || p == nil {
		return Way{}, "", 0
	}
	w = Way{Type: p.Local.Typ.String(), Protocol: p.Local.Protocol.String(), Remote: p.Remote.Address}
	if p.Local.Typ == webrtc.ICECandidateTypeRelay {
		w.Relay = strings.TrimPrefix(s.Way, "relay-")
	}
	for _, x := range s.pc.Load().GetStats() {
		if t, ok := x.(webrtc.TransportStats); ok {
			received += t.BytesReceived
		}
	}
	return w, fmt.Sprintf("%s:%d %s:%d", p.Local.Address, p.Local.Port, p.Remote.Address, p.Remote.Port), received
}
