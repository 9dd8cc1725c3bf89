package loadtest

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/pion/sdp/v3"

	"tablee/loadtest/link"
)

// errAnswer is an answer that a client cannot use.
var errAnswer = errors.New("answer without what a client needs")

// slot is a section of the answer on which the server sends.
type slot struct {
	mid   string
	video bool
	ssrc  uint32
	rtx   uint32 // SSRC of its retransmissions, 0 for none
}

// answer is what a participant reads of the server's.
type answer struct {
	remote link.Remote
	slots  []slot
	// taken holds the sections on which the server receives, by mid: the ids of their header extensions by URI.
	taken map[string]map[string]uint8
	// idTWCC is under which id the slots' packets carry a number for congestion feedback, 0 for none.
	idTWCC uint8
	opus   opus // what voices are to be
}

// opus is what the server wants voices to be; 0 for what the sender likes.
type opus struct {
	rate  int  // bit/s of payload at most (RFC 7587, section 6.1: maxaveragebitrate)
	frame int  // ms in a packet (RFC 8866, section 6.5: ptime)
	red   bool // with redundancy: its payload type comes first (RFC 2198)
}

// readAnswer reads an answer.
func readAnswer(raw string) (*answer, error) {
	var d sdp.SessionDescription
	if err := d.UnmarshalString(raw); err != nil {
		return nil, fmt.Errorf("%w: %w", errAnswer, err)
	}
	a := &answer{taken: make(map[string]map[string]uint8)}
	readRemote(&a.remote, d.Attributes)
	for _, m := range d.MediaDescriptions {
		kind := m.MediaName.Media
		if kind != "audio" && kind != "video" || m.MediaName.Port.Value == 0 {
			continue
		}
		readRemote(&a.remote, m.Attributes)
		mid, _ := m.Attribute("mid")
		if _, receives := m.Attribute("recvonly"); receives {
			a.taken[mid] = readExtensions(m)
			if kind == "audio" {
				a.opus = readOpus(m)
			}
		}
		if _, sends := m.Attribute("sendonly"); !sends {
			continue
		}
		s := slot{mid: mid, video: kind == "video"}
		s.ssrc, s.rtx = readSSRCs(m)
		if s.mid == "" || s.ssrc == 0 {
			return nil, fmt.Errorf("%w: section %q has SSRC %d", errAnswer, s.mid, s.ssrc)
		}
		a.slots = append(a.slots, s)
		if id := readExtensions(m)[uriTWCC]; id != 0 { // bundled sections share their ids (RFC 8843, section 9.1)
			a.idTWCC = id
		}
	}
	return a, nil
}

// readRemote takes over what the attributes of a session or a section say of the transport. Sections are bundled: the
// first to say something is right.
func readRemote(r *link.Remote, attributes []sdp.Attribute) {
	first := func(to *string, value string) {
		if *to == "" {
			*to = value
		}
	}
	had := len(r.Candidates) > 0
	for _, a := range attributes {
		switch a.Key {
		case "ice-ufrag":
			first(&r.Ufrag, a.Value)
		case "ice-pwd":
			first(&r.Pwd, a.Value)
		case "fingerprint":
			first(&r.Fingerprint, a.Value)
		case "setup":
			r.Active = r.Active || a.Value == "active"
		case "candidate":
			if !had && strings.Contains(strings.ToLower(a.Value), " udp ") {
				r.Candidates = append(r.Candidates, a.Value)
			}
		}
	}
}

// readOpus reads how voices are to be sent. What is not a number is not there.
func readOpus(m *sdp.MediaDescription) (o opus) {
	o.red = len(m.MediaName.Formats) > 0 && m.MediaName.Formats[0] == itoa(ptRED)
	for _, a := range m.Attributes {
		switch a.Key {
		case "ptime":
			o.frame = number(a.Value)
		case "fmtp":
			pt, parameters, _ := strings.Cut(a.Value, " ")
			if pt != itoa(ptOpus) {
				continue
			}
			for p := range strings.SplitSeq(parameters, ";") {
				if rate, ok := strings.CutPrefix(strings.TrimSpace(p), "maxaveragebitrate="); ok {
					o.rate = number(rate)
				}
			}
		}
	}
	return o
}

// number reads a positive number, 0 for none.
func number(s string) int {
	n, err := strconv.ParseUint(s, 10, 24)
	if err != nil {
		return 0
	}
	return int(n)
}

// readExtensions reads which header extensions go under which id.
func readExtensions(m *sdp.MediaDescription) map[string]uint8 {
	ids := make(map[string]uint8)
	for _, a := range m.Attributes {
		if a.Key != "extmap" {
			continue
		}
		id, uri, _ := strings.Cut(a.Value, " ")
		id, _, _ = strings.Cut(id, "/")
		if n, err := strconv.ParseUint(id, 10, 8); err == nil {
			ids[uri] = uint8(n)
		}
	}
	return ids
}

// readSSRCs finds a section's media SSRC and, by its FID group (RFC 5576, section 4.2), that of its retransmissions.
func readSSRCs(m *sdp.MediaDescription) (media, rtx uint32) {
	for _, a := range m.Attributes {
		fields := strings.Fields(a.Value)
		switch {
		case a.Key == "ssrc-group" && len(fields) == 3 && fields[0] == "FID":
			return parseSSRC(fields[1]), parseSSRC(fields[2])
		case a.Key == "ssrc" && len(fields) > 0 && media == 0:
			media = parseSSRC(fields[0])
		}
	}
	return media, 0
}

// parseSSRC reads a decimal SSRC, 0 when it is none.
func parseSSRC(s string) uint32 {
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil {
		return 0
	}
	return uint32(n)
}
