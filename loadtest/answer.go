package loadtest

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/pion/sdp/v3"
)

// errAnswer is an answer that a client cannot receive by.
var errAnswer = errors.New("answer without what a receiver needs")

// slot is a section of the answer on which the server sends.
type slot struct {
	mid   string
	video bool
	ssrc  uint32
	rtx   uint32 // SSRC of its retransmissions, 0 for none
}

// readSlots reads the slots of an answer.
func readSlots(answer string) ([]slot, error) {
	var d sdp.SessionDescription
	if err := d.UnmarshalString(answer); err != nil {
		return nil, fmt.Errorf("%w: %w", errAnswer, err)
	}
	var slots []slot
	for _, m := range d.MediaDescriptions {
		_, sends := m.Attribute("sendonly")
		kind := m.MediaName.Media
		if !sends || kind != "audio" && kind != "video" || m.MediaName.Port.Value == 0 {
			continue
		}
		s := slot{video: kind == "video"}
		s.mid, _ = m.Attribute("mid")
		s.ssrc, s.rtx = readSSRCs(m)
		if s.mid == "" || s.ssrc == 0 {
			return nil, fmt.Errorf("%w: section %q has SSRC %d", errAnswer, s.mid, s.ssrc)
		}
		slots = append(slots, s)
	}
	return slots, nil
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
