package main

import (
	"fmt"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/webrtc/v4"

	"tablee/signaling"
)

// lowest is the layer that is forwarded.
const lowest = "q"

// member is one participant. What is not said to be otherwise is guarded by room.mu.
type member struct {
	room    *room
	info    signaling.Member
	videos  []signaling.Video // demanded
	sources map[string]*source
	slots   []*slot
	pc      *webrtc.PeerConnection

	writing sync.Mutex // guards ws for writing
	ws      *websocket.Conn
}

// say sends a message; a connection that cannot take it ends by itself.
func (m *member) say(message any) {
	m.writing.Lock()
	defer m.writing.Unlock()
	_ = m.ws.SetWriteDeadline(time.Now().Add(writeTimeout))
	_ = m.ws.WriteJSON(message)
}

// answer takes an offer, the first or a later one.
func (m *member) answer(c *signaling.ClientMessage) {
	mids := signaling.Mids{}
	if c.Mids != nil {
		mids = *c.Mids
	}
	sdp, err := m.negotiate(c.SDP, mids)
	if err != nil {
		m.say(signaling.Error{T: "error", Code: "offer_invalid", Message: err.Error(), Re: "offer"})
		return
	}
	m.say(signaling.Answer{T: "answer", Gen: c.Gen, SDP: sdp})
	m.room.mu.Lock()
	defer m.room.mu.Unlock()
	m.room.routeLocked()
}

// negotiate makes the PeerConnection if there is none, a slot for each section that wants one, and the answer.
func (m *member) negotiate(offer string, mids signaling.Mids) (string, error) {
	pc := m.pc // only this participant's goroutine writes it
	if pc == nil {
		var err error
		if pc, err = newPeerConnection(); err != nil {
			return "", err
		}
		pc.OnTrack(func(t *webrtc.TrackRemote, r *webrtc.RTPReceiver) { m.publish(pc, t, r, mids) })
		m.room.mu.Lock()
		m.pc = pc
		m.room.mu.Unlock()
	}
	if err := pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: offer}); err != nil {
		return "", fmt.Errorf("apply the offer: %w", err)
	}
	var slots []*slot
	for _, tr := range pc.GetTransceivers() {
		if tr.Direction() != webrtc.RTPTransceiverDirectionSendonly || tr.Sender() != nil && tr.Sender().Track() != nil {
			continue
		}
		s, err := newSlot(pc, tr, m.room.forwarded)
		if err != nil {
			return "", err
		}
		slots = append(slots, s)
	}
	answer, err := pc.CreateAnswer(nil)
	if err != nil {
		return "", fmt.Errorf("create the answer: %w", err)
	}
	gathered := webrtc.GatheringCompletePromise(pc)
	if err := pc.SetLocalDescription(answer); err != nil {
		return "", fmt.Errorf("apply the answer: %w", err)
	}
	<-gathered
	m.room.mu.Lock()
	defer m.room.mu.Unlock()
	m.slots = append(m.slots, slots...)
	return pc.LocalDescription().SDP, nil
}

// newPeerConnection makes one as Pion makes it by itself, but for the names of local addresses, which need no hiding here.
func newPeerConnection() (*webrtc.PeerConnection, error) {
	media, registry := &webrtc.MediaEngine{}, &interceptor.Registry{}
	if err := media.RegisterDefaultCodecs(); err != nil {
		return nil, fmt.Errorf("register codecs: %w", err)
	}
	if err := webrtc.RegisterDefaultInterceptors(media, registry); err != nil {
		return nil, fmt.Errorf("register interceptors: %w", err)
	}
	settings := webrtc.SettingEngine{}
	settings.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	settings.SetIncludeLoopbackCandidate(true)
	api := webrtc.NewAPI(webrtc.WithMediaEngine(media), webrtc.WithInterceptorRegistry(registry),
		webrtc.WithSettingEngine(settings))
	pc, err := api.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return nil, fmt.Errorf("make a PeerConnection: %w", err)
	}
	return pc, nil
}

// publish makes a source of a track that came, and forwards it until it ends.
func (m *member) publish(pc *webrtc.PeerConnection, t *webrtc.TrackRemote, r *webrtc.RTPReceiver, mids signaling.Mids) {
	kind := ""
	for _, tr := range pc.GetTransceivers() {
		if tr.Receiver() == r {
			kind = map[string]string{
				mids.Mic: signaling.KindMic, mids.Camera: signaling.KindCamera, mids.Screen: signaling.KindScreen,
				mids.Sound: signaling.KindSound,
			}[tr.Mid()]
		}
	}
	s := newSource(m.info.ID, m.info.Num, kind, pc, t)
	if kind != "" && (t.RID() == "" || t.RID() == lowest) {
		m.room.mu.Lock()
		if m.room.members[m.info.ID] == m {
			m.sources[kind] = s
			m.room.routeLocked()
		}
		m.room.mu.Unlock()
	}
	s.forward() // other layers too, to nobody: they must be read
}
