package main

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/rtp/codecs"
	"github.com/pion/webrtc/v4"
)

// The way of a packet: Pion reads the participant's own socket, decrypts, and queues by SSRC → source.forward reads the
// queue through the interceptors → slot.write, for each slot that shows the source, in turn → TrackLocalStaticRTP →
// interceptors (a copy for retransmission, statistics) → Pion encrypts and sends.

// keyFrameEvery bounds how often a sender is asked for a key frame.
const keyFrameEvery = 500 * time.Millisecond

// source is a track of a participant.
type source struct {
	id, kind string
	num      uint32
	csrc     []uint32
	pc       *webrtc.PeerConnection
	track    *webrtc.TrackRemote
	slots    atomic.Pointer[[]*slot]
	asked    atomic.Int64 // when a key frame was last asked for, UnixNano
}

func newSource(id string, num uint32, kind string, pc *webrtc.PeerConnection, t *webrtc.TrackRemote) *source {
	s := &source{id: id, kind: kind, num: num, csrc: []uint32{num}, pc: pc, track: t}
	s.slots.Store(new([]*slot))
	return s
}

// forward copies the track into the slots until it ends.
func (s *source) forward() {
	for {
		p, _, err := s.track.ReadRTP()
		if err != nil {
			return
		}
		for _, to := range *s.slots.Load() {
			to.write(s, p)
		}
	}
}

// askKeyFrame asks the sender for a key frame, unless it was just asked.
func (s *source) askKeyFrame() {
	now, last := time.Now().UnixNano(), s.asked.Load()
	if now-last < int64(keyFrameEvery) || !s.asked.CompareAndSwap(last, now) {
		return
	}
	_ = s.pc.WriteRTCP([]rtcp.Packet{&rtcp.PictureLossIndication{MediaSSRC: uint32(s.track.SSRC())}}) // it is asked again
}

// slot is a section in which a participant receives.
type slot struct {
	mid   string
	track *webrtc.TrackLocalStaticRTP
	video bool
	count *atomic.Uint64 // of packets forwarded

	mu      sync.Mutex // guards everything below
	from    *source
	fresh   bool // nothing was forwarded since from was set
	seq     uint16
	ts      uint32
	at      time.Time // when seq and ts were sent
	seqDiff uint16
	tsDiff  uint32
}

// newSlot gives a transceiver that is to send its track.
func newSlot(pc *webrtc.PeerConnection, tr *webrtc.RTPTransceiver, count *atomic.Uint64) (*slot, error) {
	s := &slot{mid: tr.Mid(), count: count, video: tr.Kind() == webrtc.RTPCodecTypeVideo}
	codec := webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2}
	if s.video {
		codec = webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8, ClockRate: 90000}
	}
	var err error
	if s.track, err = webrtc.NewTrackLocalStaticRTP(codec, "slot", "slot"+s.mid); err != nil {
		return nil, fmt.Errorf("make a track: %w", err)
	}
	sender, err := pc.AddTrack(s.track)
	if err != nil {
		return nil, fmt.Errorf("add a track: %w", err)
	}
	go s.feedback(sender)
	return s, nil
}

// feedback reads what the receiver says, which also drives the interceptors, and hands on wishes for a key frame.
func (s *slot) feedback(sender *webrtc.RTPSender) {
	for {
		packets, _, err := sender.ReadRTCP()
		if err != nil {
			return
		}
		for _, p := range packets {
			switch p.(type) {
			case *rtcp.PictureLossIndication, *rtcp.FullIntraRequest:
				if from := s.shows(); from != nil {
					from.askKeyFrame()
				}
			}
		}
	}
}

// shows is the source, nil for none.
func (s *slot) shows() *source {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.from
}

// show sets the source, nil for none. A picture begins with the next key frame.
func (s *slot) show(from *source) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.from, s.fresh = from, true
}

// write forwards a packet if the slot still shows its source.
func (s *slot) write(from *source, p *rtp.Packet) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.from != from || len(p.Payload) == 0 {
		return
	}
	now := time.Now()
	if s.fresh {
		if s.video && !keyFrame(p.Payload) {
			from.askKeyFrame()
			return
		}
		s.turnLocked(p, now)
	}
	out := *p
	out.SequenceNumber += s.seqDiff
	out.Timestamp += s.tsDiff
	out.CSRC, out.Extension, out.Extensions = from.csrc, false, nil
	s.seq, s.ts, s.at = out.SequenceNumber, out.Timestamp, now
	if s.track.WriteRTP(&out) == nil { // a dead transport tells by its state
		s.count.Add(1)
	}
}

// turnLocked joins a new source to what the slot has sent before, so that numbers and time go on.
func (s *slot) turnLocked(p *rtp.Packet, now time.Time) {
	s.fresh = false
	if s.at.IsZero() {
		return
	}
	rate := 48000
	if s.video {
		rate = 90000
	}
	passed := uint32(max(1, now.Sub(s.at)*time.Duration(rate)/time.Second))
	s.seqDiff = s.seq + 1 - p.SequenceNumber
	s.tsDiff = s.ts + passed - p.Timestamp
}

// keyFrame says if a packet begins a key frame of VP8 (RFC 7741, sections 4.2 and 4.3).
func keyFrame(payload []byte) bool {
	var v codecs.VP8Packet
	frame, err := v.Unmarshal(payload)
	return err == nil && v.S == 1 && v.PID == 0 && len(frame) > 0 && frame[0]&1 == 0
}
