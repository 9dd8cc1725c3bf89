package negotiate

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pion/sdp/v3"
)

// Header extensions that the engine speaks (RFC 8843 and 8852: mid, rid, repaired rid; RFC 6464; transport-wide-cc).
const (
	URIMid   = "urn:ietf:params:rtp-hdrext:sdes:mid"
	URIRid   = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
	URIRRid  = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
	URILevel = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
	URITWCC  = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
)

// Section is one media section of an offer.
type Section struct {
	Mid        string
	Video      bool
	Sends      bool     // the client sends on it
	Receives   bool     // the client receives on it
	Rids       []string // simulcast layers that the client sends, low to high as it lists them
	SSRCs      []uint32 // declared, without those of retransmissions
	RTXOf      map[uint32]uint32
	PT, PTRTX  uint8 // payload types of the codec and of its retransmissions; PTRTX 0 for none
	PTRED      uint8 // payload type of Opus with redundancy (RFC 2198), 0 for none
	Ext        Extensions
	HasPayload bool // the client offers the codec that the engine speaks

	formats  []string        // as offered, to reject the section with
	feedback map[string]bool // RTCP feedback offered for PT
}

// Extensions are the ids (RFC 8285) under which header extensions travel; 0 for none.
type Extensions struct{ Mid, Rid, RRid, Level, TWCC uint8 }

// Or fills the ids that e lacks: bundled sections share them, but audio has no rid.
func (e Extensions) Or(o Extensions) Extensions {
	pick := func(a, b uint8) uint8 {
		if a != 0 {
			return a
		}
		return b
	}
	return Extensions{pick(e.Mid, o.Mid), pick(e.Rid, o.Rid), pick(e.RRid, o.RRid), pick(e.Level, o.Level), pick(e.TWCC, o.TWCC)}
}

func parseSection(m *sdp.MediaDescription) (Section, error) {
	s := Section{RTXOf: map[uint32]uint32{}, Sends: true, Receives: true, feedback: map[string]bool{}, formats: m.MediaName.Formats}
	switch m.MediaName.Media {
	case "audio":
	case "video":
		s.Video = true
	default:
		return s, fmt.Errorf("%w: sections are audio or video, not %q", ErrOffer, m.MediaName.Media)
	}
	payloads := map[uint8]string{}
	apt, red := map[uint8]uint8{}, map[uint8]uint8{}
	for _, a := range m.Attributes {
		switch a.Key {
		case "mid":
			s.Mid = a.Value
		case "sendonly":
			s.Receives = false
		case "recvonly":
			s.Sends = false
		case "inactive":
			s.Sends, s.Receives = false, false
		case "rid":
			if id, dir, _ := strings.Cut(a.Value, " "); strings.HasPrefix(dir, "send") && len(s.Rids) < MaxLayers && isToken(id) {
				s.Rids = append(s.Rids, id)
			}
		case "extmap":
			s.Ext.add(a.Value)
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
			readRED(a.Value, red)
		case "ssrc-group":
			s.group(a.Value)
		case "ssrc":
			s.declare(a.Value)
		}
	}
	if len(s.Mid) > maxMid || !isToken(s.Mid) {
		return s, fmt.Errorf("%w: every section needs a mid of 1 to %d letters and digits", ErrOffer, maxMid)
	}
	s.choosePayloads(m.MediaName.Formats, payloads, apt)
	s.chooseRED(m.MediaName.Formats, payloads, red)
	s.chooseFeedback(m.Attributes)
	return s, nil
}

// isToken says whether s is a token of SDP (RFC 8866, section 9): it goes into the answer as it is.
func isToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("!#$%&'*+-.^_`{|}~", c) >= 0) {
			return false
		}
	}
	return s != ""
}

// choosePayloads takes the first payload type of the codec that the engine speaks, and its retransmissions'.
func (s *Section) choosePayloads(formats []string, payloads map[uint8]string, apt map[uint8]uint8) {
	want := "opus/48000/2"
	if s.Video {
		want = "vp8/90000"
	}
	for _, f := range formats {
		n, err := strconv.ParseUint(f, 10, 7)
		if err == nil && !s.HasPayload && payloads[uint8(n)] == want {
			s.PT, s.HasPayload = uint8(n), true
		}
	}
	for rtx, of := range apt {
		if s.HasPayload && of == s.PT && payloads[rtx] == "rtx/90000" && slices.Contains(formats, strconv.Itoa(int(rtx))) {
			s.PTRTX = rtx
		}
	}
}

// readRED notes what a format's parameters "<pt> <of>/<of>…" (RFC 2198, section 5) say it carries: one codec, again and again.
func readRED(value string, red map[uint8]uint8) {
	pt, list, _ := strings.Cut(value, " ")
	n, err := strconv.ParseUint(pt, 10, 7)
	first, rest, many := strings.Cut(list, "/")
	of, err2 := strconv.ParseUint(first, 10, 7)
	if err != nil || err2 != nil || !many {
		return
	}
	for other := range strings.SplitSeq(rest, "/") {
		if other != first {
			return
		}
	}
	red[uint8(n)] = uint8(of)
}

// chooseRED takes the payload type under which the codec is offered with redundancy.
func (s *Section) chooseRED(formats []string, payloads map[uint8]string, red map[uint8]uint8) {
	for _, f := range formats {
		n, err := strconv.ParseUint(f, 10, 7)
		if of, ok := red[uint8(n)]; err == nil && ok && s.HasPayload && of == s.PT && payloads[uint8(n)] == "red/48000/2" {
			s.PTRED = uint8(n)
		}
	}
}

// chooseFeedback notes which RTCP feedback is offered for the codec, or for all.
func (s *Section) chooseFeedback(attributes []sdp.Attribute) {
	for _, a := range attributes {
		if a.Key != "rtcp-fb" {
			continue
		}
		pt, what, _ := strings.Cut(a.Value, " ")
		if pt == "*" || pt == strconv.Itoa(int(s.PT)) {
			s.feedback[what] = true
		}
	}
}

func (e *Extensions) add(value string) {
	id, uri, _ := strings.Cut(value, " ")
	id, _, _ = strings.Cut(id, "/") // "3/sendonly"
	uri, _, _ = strings.Cut(uri, " ")
	n, err := strconv.ParseUint(id, 10, 8)
	if err != nil {
		return
	}
	switch uri {
	case URIMid:
		e.Mid = uint8(n)
	case URIRid:
		e.Rid = uint8(n)
	case URIRRid:
		e.RRid = uint8(n)
	case URILevel:
		e.Level = uint8(n)
	case URITWCC:
		e.TWCC = uint8(n)
	}
}

// group reads "FID <media> <retransmissions>" (RFC 5576, section 4.2).
func (s *Section) group(value string) {
	f := strings.Fields(value)
	if len(f) != 3 || f[0] != "FID" {
		return
	}
	media, err := strconv.ParseUint(f[1], 10, 32)
	rtx, err2 := strconv.ParseUint(f[2], 10, 32)
	if err == nil && err2 == nil && len(s.RTXOf) < MaxLayers {
		s.RTXOf[uint32(rtx)] = uint32(media)
	}
}

func (s *Section) declare(value string) {
	id, _, _ := strings.Cut(value, " ")
	n, err := strconv.ParseUint(id, 10, 32)
	if err != nil || len(s.SSRCs) >= 2*MaxLayers || slices.Contains(s.SSRCs, uint32(n)) {
		return
	}
	if _, isRTX := s.RTXOf[uint32(n)]; !isRTX {
		s.SSRCs = append(s.SSRCs, uint32(n))
	}
}
