package allocate

import "tablee/sfu/layer"

// Class is what a picture is to the receiver.
type Class uint8

// The classes, from the last to the first in order.
const (
	Thumbnail Class = iota
	Speaker         // the large picture, or one that is pinned
	Screen
)

// weight is how much more a picture of the class counts than a thumbnail.
func (c Class) weight() uint64 { return [...]uint64{1, 8, 12}[min(c, Screen)] }

// Reason is why a picture is not sent as large as it is wanted.
type Reason uint8

// The reasons.
const (
	Nothing    Reason = iota // it is sent as wanted
	NotWanted                // nobody shows it
	NotSent                  // its sender does not send it (yet)
	YourLine                 // the receiver's line
	HostLine                 // the host's line
	ServerBusy               // the machine
	Economy                  // the profile of the meeting, or what the receiver chose
)

// String is the code that the page translates.
func (r Reason) String() string {
	return [...]string{"", "not-wanted", "not-sent", "your-line", "host-line", "server-busy",
		"economy"}[min(r, Economy)]
}

// Paused is the layer of a picture that is not sent.
const Paused = -1

// Source is one picture that a receiver shows.
type Source struct {
	Layers    []layer.Layer // low to high; a layer that is not live may still have the bit rate that it had or will have
	Temporals int           // temporal layers of each: 1, 2 or 3; 0 is 1
	Want      int           // height in pixels at which it is shown; 0 when it is hidden
	Barred    bool          // the profile has no such pictures
	Class     Class
	Choice    Choice // the last result; the zero value for a picture that was not there before
}

// Choice is what to send of a source. Keep it from one call to the next.
type Choice struct {
	Layer    int    // to send now, Paused for none
	Temporal int    // the highest temporal layer to send, 0 for the base layer only
	Wish     int    // the layer to ask of the sender: Layer, or one that it has to start first; Paused for none
	Rate     int    // bit/s that are reserved for it
	Limit    Reason // why it is not as large as wanted

	known    bool // it is a result
	top      int8 // the layer that was wanted
	class    Class
	planned  int16 // layer*maxTemporals + temporal of the plan; -1 for none
	roomAt   int64 // since when there is room for more
	hold     int64 // how long there must be
	raisedAt int64
}

// Receiver is one who watches.
type Receiver struct {
	Estimate  int // bit/s that the receiver's line carries
	LAN       bool
	Voices    int // voices that may be sent at once
	VoiceRate int // bit/s of each on the wire
	MaxVideos int // pictures at most, from Load; a negative number for no limit
	MaxFaces  int // thumbnails at most, from the profile; a negative number for no limit
	Sources   []Source
	Plan      Plan // result
}

// Plan is what a receiver is sent in total.
type Plan struct {
	Audio  int    // bit/s kept for voices
	Video  int    // bit/s of the pictures chosen
	Want   int    // bit/s for everything as large as wanted, voices and headroom included: for estimate.Demand
	Next   int    // bit/s for the next step up in the same way; 0 when the receiver's line is not what limits
	Videos int    // pictures sent
	Limit  Reason // what limits the first of them that is limited
}

const (
	maxTemporals = 3
	second       = int64(1_000_000_000)
	millisecond  = second / 1000
)
