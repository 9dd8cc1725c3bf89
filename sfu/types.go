package sfu

import (
	"errors"
	"fmt"

	"tablee/sfu/negotiate"
)

// Kind says what a source is.
type Kind string

// Kinds of source. Sound is the sound of a shared screen.
const (
	Mic    Kind = "mic"
	Camera Kind = "camera"
	Screen Kind = "screen"
	Sound  Kind = "sound"
)

func (k Kind) video() bool { return k == Camera || k == Screen }

// Offer is a client's offer and the sections (mids) in it that carry its sources; "" for one that it does not publish.
type Offer struct {
	SDP                        string
	Mic, Camera, Screen, Sound string
}

// Want is one picture that a participant shows.
type Want struct {
	ID     string // participant
	Kind   Kind   // Camera or Screen
	Height int    // device pixels
	Big    bool   // the large picture, or one that is pinned
}

// Quality is what a participant chose to be sent.
type Quality string

// Choices of quality.
const (
	Auto   Quality = "auto"  // what the line carries
	Saver  Quality = "saver" // small pictures
	Voices Quality = "voice" // no pictures
)

// Notice is news for one participant. Only what is new is set.
type Notice struct {
	Slots       []SlotNotice
	Speaker     *SpeakerNotice
	Send        *SendNotice
	Line        *LineNotice
	Bars        map[string]int // how good the lines of others are, 0 to 4, by participant: those that have changed
	Renegotiate bool           // the answer to another offer would differ: the client is to make one
	Restart     bool           // the server is reached elsewhere: restart ICE by a new offer
	Lost        bool           // the connection failed, or was closed for abuse: this Peer is of no more use
}

// SlotNotice says what a slot shows from now on; ID is "" when it is empty.
type SlotNotice struct {
	Mid, ID string
	Kind    Kind
	TS      uint32 // RTP timestamp of the source's first packet, in the slot's own clock
	Layer   string // rid
}

// SpeakerNotice says who leads and who is heard.
type SpeakerNotice struct {
	ID      string
	Talking []string
}

// LineNotice says how good the participant's own line is, and what is not sent because of it.
type LineNotice struct {
	Bars     int    // 0 to 4
	Limit    string // why less is sent than wanted: your-line, host-line, server-busy, economy; "" when all is sent
	Weak     bool   // the line carries voices, and hardly more
	Down, Up int    // bit/s: what the line carries towards the participant (estimated), and what came from it
	Loss     int    // percent of what is sent to the participant
	RTT      int    // ms; 0 for not known
	Paused   []PausedNotice
}

// PausedNotice is a picture that the participant wants and is not sent, and why.
type PausedNotice struct {
	ID   string
	Kind Kind
	Why  string
}

// SendNotice lists the layers (rids) that somebody watches; nil for a kind that is not published.
type SendNotice struct {
	Camera, Screen []string
}

// Limits of one participant.
const (
	MaxWants  = 32   // pictures shown at once
	MaxSSRCs  = 32   // incoming SSRCs that are looked at
	MaxStrays = 4096 // packets of no known source, after which the participant is closed
	maxLayers = negotiate.MaxLayers
)

// LineFullError is the error of Admit when the host's line cannot carry one more voice. It is an ErrLineFull.
type LineFullError struct {
	Need, Have int // bit/s of all voices with one more, and what the line carries
	Room       int // people outside whom the line carries
}

// Error implements error.
func (e *LineFullError) Error() string {
	return fmt.Sprintf("%v: it carries %d people outside; with one more their voices need %d bit/s of %d", ErrLineFull, e.Room, e.Need, e.Have)
}

// Unwrap lets errors.Is find ErrLineFull.
func (e *LineFullError) Unwrap() error { return ErrLineFull }

// Errors of Join and Answer.
var (
	ErrLineFull = errors.New("the host's line cannot carry one more voice")
	ErrClosed   = errors.New("the media engine or this participant is closed")
	ErrOffer    = negotiate.ErrOffer
)

// bit is the kind's in a set of kinds.
func (k Kind) bit() uint32 {
	switch k {
	case Mic:
		return 1
	case Camera:
		return 2
	case Screen:
		return 4
	}
	return 8
}
