package negotiate

import (
	"fmt"
	"strconv"
	"strings"
)

// StartBitrate is what Chromium is told to begin with (kbit/s): without it three simulcast layers take ten seconds to
// come up.
const StartBitrate = 1600

// Answer is what goes into the answer to an offer.
type Answer struct {
	Session   uint64 // the same in all answers of one connection
	Version   uint64 // counts them
	Transport Transport
	// Opus is how voices are to be encoded; the zero value leaves it to the client.
	Opus Opus
	// Candidates are the values of a=candidate lines (RFC 8839, section 5.1).
	Candidates []string
	// Slots are the streams that are sent, by mid: one for each section that the client receives on.
	Slots map[string]Slot
}

// Opus is how voices are to be encoded.
type Opus struct {
	Rate  int  // bit/s
	Frame int  // ms of each packet
	RED   bool // with redundancy, where it was offered
}

// Slot is the stream of a section that the client receives on.
type Slot struct {
	SSRC, RTX uint32 // RTX 0: no retransmissions
}

// Answered says whether the answer accepts the section to send on it: then it needs a Slot.
func (s *Section) Answered() bool { return s.Receives && s.HasPayload }

// Feedback says which transport-wide congestion control, retransmission requests and so on were offered for the codec.
func (s *Section) Feedback(what string) bool { return s.feedback[what] }

// Answer writes the answer. Every section is answered in its place; those without a codec in common are rejected.
func (o *Offer) Answer(a Answer) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\r\n", args...) }
	line("v=0\r\no=- %d %d IN IP4 0.0.0.0\r\ns=-\r\nt=0 0", a.Session, a.Version)
	line("a=fingerprint:%s", a.Transport.Fingerprint)
	var bundle strings.Builder
	for i := range o.Sections {
		if o.Sections[i].HasPayload {
			bundle.WriteString(" " + o.Sections[i].Mid)
		}
	}
	line("a=group:BUNDLE%s", bundle.String())
	line("a=msid-semantic:WMS *")
	if o.mixed {
		line("a=extmap-allow-mixed")
	}
	candidates := a.Candidates
	for i := range o.Sections {
		s := &o.Sections[i]
		if !s.HasPayload {
			s.reject(line)
			continue
		}
		s.accept(line, &a)
		for _, c := range candidates { // in the first section only: the others are bundled with it
			line("a=candidate:%s", c)
		}
		if candidates != nil {
			line("a=end-of-candidates")
			candidates = nil
		}
	}
	return b.String()
}

// reject refuses a section (RFC 8829, section 5.3.1).
func (s *Section) reject(line func(string, ...any)) {
	line("m=%s 0 UDP/TLS/RTP/SAVPF %s\r\nc=IN IP4 0.0.0.0\r\na=mid:%s\r\na=inactive", s.media(), strings.Join(s.formats, " "), s.Mid)
}

func (s *Section) media() string {
	if s.Video {
		return "video"
	}
	return "audio"
}

// accept answers a section.
func (s *Section) accept(line func(string, ...any), a *Answer) {
	formats := strconv.Itoa(int(s.PT))
	if s.PTRTX != 0 {
		formats += " " + strconv.Itoa(int(s.PTRTX))
	}
	switch red := strconv.Itoa(int(s.PTRED)); {
	case s.PTRED == 0:
	case s.Sends && a.Opus.RED: // what comes first is what the client sends
		formats = red + " " + formats
	default:
		formats += " " + red
	}
	line("m=%s 9 UDP/TLS/RTP/SAVPF %s\r\nc=IN IP4 0.0.0.0", s.media(), formats)
	line("a=setup:%s\r\na=mid:%s\r\na=ice-ufrag:%s\r\na=ice-pwd:%s", a.Transport.Setup, s.Mid, a.Transport.Ufrag, a.Transport.Pwd)
	line("a=rtcp-mux\r\na=rtcp-rsize")
	s.writeCodec(line, a.Opus)
	s.writeExtensions(line)
	switch {
	case s.Sends && s.Receives:
		line("a=sendrecv")
	case s.Sends:
		line("a=recvonly")
	case s.Receives:
		line("a=sendonly")
	default:
		line("a=inactive")
	}
	if s.Sends && len(s.Rids) > 0 {
		for _, r := range s.Rids {
			line("a=rid:%s recv", r)
		}
		line("a=simulcast:recv %s", strings.Join(s.Rids, ";"))
	}
	slot, sends := a.Slots[s.Mid]
	if !sends {
		return
	}
	name := "slot" + s.Mid // a stream each: one for all made browsers lip-sync strangers
	line("a=msid:%s %s", name, name)
	ssrcs := []uint32{slot.SSRC}
	if slot.RTX != 0 {
		line("a=ssrc-group:FID %d %d", slot.SSRC, slot.RTX)
		ssrcs = append(ssrcs, slot.RTX)
	}
	for _, ssrc := range ssrcs {
		line("a=ssrc:%d cname:tablee\r\na=ssrc:%d msid:%s %s", ssrc, ssrc, name, name)
	}
}

// writeCodec writes the codec, its retransmissions and the feedback that both sides speak.
func (s *Section) writeCodec(line func(string, ...any), opus Opus) {
	feedback := []string{"transport-cc"}
	if s.Video {
		line("a=rtpmap:%d VP8/90000", s.PT)
		if s.Sends {
			line("a=fmtp:%d x-google-start-bitrate=%d", s.PT, StartBitrate)
		}
		feedback = []string{"transport-cc", "ccm fir", "nack", "nack pli"}
	} else {
		rate := "" // RFC 7587, section 6.1
		if opus.Rate > 0 {
			rate = fmt.Sprintf(";maxaveragebitrate=%d", opus.Rate)
		}
		line("a=rtpmap:%d opus/48000/2\r\na=fmtp:%d minptime=10;useinbandfec=1;usedtx=1%s", s.PT, s.PT, rate)
		if opus.Frame > 0 {
			line("a=ptime:%d\r\na=maxptime:%d", opus.Frame, max(opus.Frame, 60))
		}
	}
	for _, f := range feedback {
		if s.feedback[f] {
			line("a=rtcp-fb:%d %s", s.PT, f)
		}
	}
	if s.PTRED != 0 {
		line("a=rtpmap:%d red/48000/2\r\na=fmtp:%d %d/%d", s.PTRED, s.PTRED, s.PT, s.PT)
	}
	if s.PTRTX != 0 {
		line("a=rtpmap:%d rtx/90000\r\na=fmtp:%d apt=%d", s.PTRTX, s.PTRTX, s.PT)
	}
}

// writeExtensions accepts the header extensions that the engine speaks. What only a sender of ours would write (rid, level)
// is accepted where the client sends.
func (s *Section) writeExtensions(line func(string, ...any)) {
	extension := func(id uint8, uri string, ok bool) {
		if id != 0 && ok {
			line("a=extmap:%d %s", id, uri)
		}
	}
	extension(s.Ext.Mid, URIMid, true)
	extension(s.Ext.Rid, URIRid, s.Sends)
	extension(s.Ext.RRid, URIRRid, s.Sends)
	extension(s.Ext.Level, URILevel, s.Sends)
	extension(s.Ext.TWCC, URITWCC, true)
}
