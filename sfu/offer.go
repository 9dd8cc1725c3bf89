package sfu

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/pion/sdp/v3"
)

// Header extensions that the engine reads (RFC 8843 and 8852: mid, rid, repaired rid; RFC 6464; transport-wide-cc).
const (
	uriMid   = "urn:ietf:params:rtp-hdrext:sdes:mid"
	uriRid   = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
	uriRRid  = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
	uriLevel = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
	uriTWCC  = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
)

// section is one media section of an offer, as far as routing is concerned.
type section struct {
	mid        string
	video      bool
	sends      bool // the client sends on it
	receives   bool
	rids       []string // simulcast layers that the client sends, low to high as it lists them
	ssrcs      []uint32 // declared, without those of retransmissions
	rtxOf      map[uint32]uint32
	pt, ptRTX  uint8
	ext        extensions
	hasPayload bool
}

// extensions are the ids (RFC 8285) under which header extensions travel; 0 for none.
type extensions struct{ mid, rid, rrid, level, twcc uint8 }

// parseOffer reads an offer and checks it against the engine's limits. Errors wrap ErrOffer.
func parseOffer(raw string) ([]section, error) {
	if len(raw) > MaxSDP {
		return nil, fmt.Errorf("%w: it has %d bytes, at most %d are read", ErrOffer, len(raw), MaxSDP)
	}
	if n := strings.Count(raw, "\nm="); n > MaxSections { // before the parser allocates for them
		return nil, fmt.Errorf("%w: it has %d sections, at most %d are answered", ErrOffer, n, MaxSections)
	}
	var d sdp.SessionDescription
	if err := d.UnmarshalString(raw); err != nil {
		return nil, fmt.Errorf("%w: parse SDP: %w", ErrOffer, err)
	}
	seen := map[string]bool{}
	var out []section
	for _, m := range d.MediaDescriptions {
		s, err := parseSection(m)
		if err != nil {
			return nil, err
		}
		if seen[s.mid] {
			return nil, fmt.Errorf("%w: two sections have the mid %q", ErrOffer, s.mid)
		}
		seen[s.mid] = true
		out = append(out, s)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%w: it has no section", ErrOffer)
	}
	return out, nil
}

func parseSection(m *sdp.MediaDescription) (section, error) {
	s := section{rtxOf: map[uint32]uint32{}, sends: true, receives: true}
	switch m.MediaName.Media {
	case "audio":
	case "video":
		s.video = true
	default:
		return s, fmt.Errorf("%w: sections are audio or video, not %q", ErrOffer, m.MediaName.Media)
	}
	payloads := map[uint8]string{}
	apt := map[uint8]uint8{}
	for _, a := range m.Attributes {
		switch a.Key {
		case "mid":
			s.mid = a.Value
		case "sendonly":
			s.receives = false
		case "recvonly":
			s.sends = false
		case "inactive":
			s.sends, s.receives = false, false
		case "rid":
			if id, dir, _ := strings.Cut(a.Value, " "); strings.HasPrefix(dir, "send") && len(s.rids) < maxLayers {
				s.rids = append(s.rids, id)
			}
		case "extmap":
			s.ext.add(a.Value)
		case "rtpmap":
			pt, codec, _ := strings.Cut(a.Value, " ")
			if n, err := strconv.ParseUint(pt, 10, 7); err == nil {
				payloads[uint8(n)] = strings.ToLower(codec)
			}
		case "fmtp":
			pt, of, ok := strings.Cut(a.Value, " apt=")
			n, err := strconv.ParseUint(pt, 10, 7)
			o, err2 := strconv.ParseUint(of, 10, 7)
			if ok && err == nil && err2 == nil {
				apt[uint8(n)] = uint8(o)
			}
		case "ssrc-group":
			s.group(a.Value)
		case "ssrc":
			s.declare(a.Value)
		}
	}
	if s.mid == "" || len(s.mid) > 16 {
		return s, fmt.Errorf("%w: every section needs a mid of 1 to 16 characters", ErrOffer)
	}
	s.choosePayloads(m.MediaName.Formats, payloads, apt)
	return s, nil
}

// choosePayloads takes the first payload type of the codec that the engine speaks, and its retransmissions'.
func (s *section) choosePayloads(formats []string, payloads map[uint8]string, apt map[uint8]uint8) {
	want := "opus/48000/2"
	if s.video {
		want = "vp8/90000"
	}
	for _, f := range formats {
		n, err := strconv.ParseUint(f, 10, 7)
		if err == nil && !s.hasPayload && payloads[uint8(n)] == want {
			s.pt, s.hasPayload = uint8(n), true
		}
	}
	for rtx, of := range apt {
		if s.hasPayload && of == s.pt && payloads[rtx] == "rtx/90000" {
			s.ptRTX = rtx
		}
	}
}

func (e *extensions) add(value string) {
	id, uri, _ := strings.Cut(value, " ")
	id, _, _ = strings.Cut(id, "/") // "3/sendonly"
	uri, _, _ = strings.Cut(uri, " ")
	n, err := strconv.ParseUint(id, 10, 8)
	if err != nil {
		return
	}
	switch uri {
	case uriMid:
		e.mid = uint8(n)
	case uriRid:
		e.rid = uint8(n)
	case uriRRid:
		e.rrid = uint8(n)
	case uriLevel:
		e.level = uint8(n)
	case uriTWCC:
		e.twcc = uint8(n)
	}
}

// group reads "FID <media> <retransmissions>" (RFC 5576, section 4.2).
func (s *section) group(value string) {
	f := strings.Fields(value)
	if len(f) != 3 || f[0] != "FID" {
		return
	}
	media, err := strconv.ParseUint(f[1], 10, 32)
	rtx, err2 := strconv.ParseUint(f[2], 10, 32)
	if err == nil && err2 == nil && len(s.rtxOf) < maxLayers {
		s.rtxOf[uint32(rtx)] = uint32(media)
	}
}

func (s *section) declare(value string) {
	id, _, _ := strings.Cut(value, " ")
	n, err := strconv.ParseUint(id, 10, 32)
	if err != nil || len(s.ssrcs) >= 2*maxLayers {
		return
	}
	if _, isRTX := s.rtxOf[uint32(n)]; isRTX {
		return
	}
	for _, have := range s.ssrcs {
		if have == uint32(n) {
			return
		}
	}
	s.ssrcs = append(s.ssrcs, uint32(n))
}

// publishes maps sections to the kinds that the offer names, and checks that they fit.
func (o *Offer) publishes(sections []section) (map[string]Kind, error) {
	out := map[string]Kind{}
	for kind, mid := range map[Kind]string{Mic: o.Mic, Camera: o.Camera, Screen: o.Screen, Sound: o.Sound} {
		if mid == "" {
			continue
		}
		if _, twice := out[mid]; twice {
			return nil, fmt.Errorf("%w: two sources on section %q", ErrOffer, mid)
		}
		found := false
		for i := range sections {
			s := &sections[i]
			if s.mid == mid && s.video == kind.video() && s.sends && s.hasPayload {
				found = true
			}
		}
		if !found {
			return nil, fmt.Errorf("%w: section %q cannot carry a %s (it must send, in VP8 or Opus)", ErrOffer, mid, kind)
		}
		out[mid] = kind
	}
	return out, nil
}
