package signaling

import "tablee/room"

// Wire types: the JSON of docs/protocol.md, message by message. They are used by the server and by the load test,
// and mirrored by web/app/src/media/wire.ts; keep the three in step.

// Version is the protocol's version, sent in hello and welcome.
const Version = 1

// Subprotocol is the WebSocket subprotocol (RFC 6455, section 1.9).
const Subprotocol = "tablee.v1"

// ClientMessage is any message from a client. T says which fields mean something; the rest stay zero.
type ClientMessage struct {
	T string `json:"t"`

	// hello
	V      int    `json:"v,omitempty"`
	Name   string `json:"name,omitempty"`
	Host   string `json:"host,omitempty"`
	Resume string `json:"resume,omitempty"`
	Token  string `json:"token,omitempty"` // a join token
	PC     string `json:"pc,omitempty"`

	// hello and state: nil means unchanged
	Mic    *bool `json:"mic,omitempty"`
	Cam    *bool `json:"cam,omitempty"`
	Screen *bool `json:"screen,omitempty"`
	Sound  *bool `json:"sound,omitempty"`
	Hand   *bool `json:"hand,omitempty"`

	// offer
	SDP  string `json:"sdp,omitempty"`
	Gen  int    `json:"gen,omitempty"`
	Mids *Mids  `json:"mids,omitempty"`

	// demand
	Videos []Video `json:"videos,omitempty"`

	// prefs
	Quality string `json:"quality,omitempty"`

	// chat, react
	Text  string `json:"text,omitempty"`
	Ref   string `json:"ref,omitempty"`
	Emoji string `json:"emoji,omitempty"`

	// ping
	N int64 `json:"n,omitempty"`

	Orders
}

// Mids names the sections of an offer that the client publishes on; "" for one it does not have.
type Mids struct {
	Mic    string `json:"mic,omitempty"`
	Camera string `json:"camera,omitempty"`
	Screen string `json:"screen,omitempty"`
	Sound  string `json:"sound,omitempty"`
}

// Kinds of source.
const (
	KindMic    = "mic"
	KindCamera = "camera"
	KindScreen = "screen"
	KindSound  = "sound"
)

// Video is one picture that a client shows.
type Video struct {
	ID     string `json:"id"`     // member
	Kind   string `json:"kind"`   // camera or screen
	Height int    `json:"height"` // device pixels
	Big    bool   `json:"big,omitempty"`
}

// Choices of what one is sent.
const (
	QualityAuto  = "auto"  // what the line carries
	QualitySaver = "saver" // small pictures
	QualityVoice = "voice" // no pictures
)

// RoomInfo is a room as others see it.
type RoomInfo struct {
	Name  string `json:"name"`  // normal form, as in the link
	Title string `json:"title"` // as it was typed
}

// Member is a participant as others see it.
type Member struct {
	ID     string `json:"id"`
	Num    uint32 `json:"num"`  // the CSRC of what comes from it
	Seat   int    `json:"seat"` // its colour is Seat modulo 15
	Name   string `json:"name"`
	Role   string `json:"role"` // listener, guest, member, speaker, moderator, host
	Mic    bool   `json:"mic"`
	Cam    bool   `json:"cam"`
	Screen bool   `json:"screen"`
	Sound  bool   `json:"sound"`
	Hand   int    `json:"hand"` // 0, or the order in which hands were raised
	Away   bool   `json:"away"`
}

// Welcome answers hello.
type Welcome struct {
	T       string   `json:"t"` // welcome
	V       int      `json:"v"`
	ID      string   `json:"id"`
	Num     uint32   `json:"num"`
	Room    RoomInfo `json:"room"`
	Role    string   `json:"role"`
	Resume  string   `json:"resume"`
	PC      string   `json:"pc"`
	Media   string   `json:"media"` // new or keep
	Members []Member `json:"members"`
	Chat    []Chat   `json:"chat"`
	Voices  int      `json:"voices"`
	Max     int      `json:"max"`
	Profile string   `json:"profile"`       // normal, frugal, voice
	ICE     []ICE    `json:"ice,omitempty"` // for a PeerConnection that finds no direct way
}

// ICE is one entry of a PeerConnection's iceServers.
type ICE struct {
	URLs       []string `json:"urls"`
	Username   string   `json:"username,omitempty"`
	Credential string   `json:"credential,omitempty"`
}

// Profiles of a meeting: how much of its line the host gives to it.
const (
	ProfileNormal = room.ProfileNormal
	ProfileFrugal = room.ProfileFrugal
	ProfileVoice  = room.ProfileVoice
)

// ProfileEvent says that the meeting has another profile from now on.
type ProfileEvent struct {
	T       string `json:"t"` // profile
	Profile string `json:"profile"`
}

// What Welcome.Media says about the client's PeerConnection.
const (
	MediaNew  = "new"
	MediaKeep = "keep"
)

// Answer answers an offer.
type Answer struct {
	T   string `json:"t"` // answer
	Gen int    `json:"gen"`
	SDP string `json:"sdp"`
}

// MemberEvent says that somebody came (joined) or changed (member).
type MemberEvent struct {
	T      string `json:"t"` // joined, member
	Member Member `json:"member"`
}

// Left says that somebody is gone.
type Left struct {
	T      string `json:"t"` // left
	ID     string `json:"id"`
	Reason string `json:"reason"` // left, lost, removed
}

// Chat is one stored chat message.
type Chat struct {
	T    string `json:"t"` // chat
	N    int64  `json:"n"`
	From string `json:"from"`
	Name string `json:"name"`
	Seat int    `json:"seat"`
	At   int64  `json:"at"` // milliseconds since 1970
	Text string `json:"text"`
	Ref  string `json:"ref,omitempty"`
}

// React is a passing reaction.
type React struct {
	T     string `json:"t"` // react
	ID    string `json:"id"`
	Emoji string `json:"emoji"`
}

// Slot is what a receive-only section shows from now on.
type Slot struct {
	Mid   string `json:"mid"`
	ID    string `json:"id"` // member, "" when emptied
	Kind  string `json:"kind,omitempty"`
	TS    uint32 `json:"ts,omitempty"`    // RTP timestamp of the first frame of the new source
	Layer string `json:"layer,omitempty"` // rid
}

// Slots lists the sections that changed.
type Slots struct {
	T     string `json:"t"` // slots
	Slots []Slot `json:"slots"`
}

// Speaker says who is heard, and who leads.
type Speaker struct {
	T       string   `json:"t"` // speaker
	ID      string   `json:"id"`
	Talking []string `json:"talking"`
}

// Send says which layers somebody watches.
type Send struct {
	T      string   `json:"t"` // send
	Camera []string `json:"camera"`
	Screen []string `json:"screen"`
}

// Line says how good the client's own line is, and what is not sent because of it.
type Line struct {
	T      string   `json:"t"`     // line
	Bars   int      `json:"bars"`  // 0 to MaxBars
	Limit  string   `json:"limit"` // why less is sent than demanded, "" when nothing is left out
	Weak   bool     `json:"weak"`  // the line carries voices and hardly more
	Down   int      `json:"down"`  // kbit/s
	Up     int      `json:"up"`    // kbit/s
	Loss   int      `json:"loss"`  // percent
	RTT    int      `json:"rtt"`   // ms, 0 for not known
	Paused []Paused `json:"paused"`
}

// Paused is a picture that is demanded and not sent.
type Paused struct {
	ID   string `json:"id"`
	Kind string `json:"kind"`
	Why  string `json:"why"`
}

// MaxBars is the best that Line.Bars and Bars.Bars say.
const MaxBars = 4

// What Line.Limit and Paused.Why say.
const (
	LimitYourLine   = "your-line"
	LimitHostLine   = "host-line"
	LimitServerBusy = "server-busy"
	LimitEconomy    = "economy" // the meeting's profile, or one's own choice
)

// Bars says how good the lines of others are: those that have changed.
type Bars struct {
	T    string         `json:"t"` // bars
	Bars map[string]int `json:"bars"`
}

// Restart asks the client to restart ICE by a new offer: the server is reached elsewhere.
type Restart struct {
	T string `json:"t"` // restart
}

// Renegotiate asks the client for an offer, as the answer says something new: how voices are to be sent.
type Renegotiate struct {
	T string `json:"t"` // renegotiate
}

// Error refuses a message.
type Error struct {
	T       string         `json:"t"` // error
	Code    string         `json:"code"`
	Message string         `json:"message"`
	Re      string         `json:"re,omitempty"`   // type of the message that is refused
	Ref     string         `json:"ref,omitempty"`  // of a chat message that is refused
	Args    map[string]int `json:"args,omitempty"` // numbers that the page puts into its sentence
}

// Bye precedes the end of a connection by the server.
type Bye struct {
	T      string `json:"t"` // bye
	Reason string `json:"reason"`
	Retry  int    `json:"retry"` // milliseconds, 0 for never
	// With moved: where to, and the token to come in with.
	Room   string `json:"room,omitempty"`
	Resume string `json:"resume,omitempty"`
}

// What Bye.Reason says.
const (
	ByeShutdown = "shutdown" // the server stops; come back
	ByeReplaced = "replaced" // the same member connected again
	ByeRemoved  = "removed"  // by a moderator
	ByeBanned   = "banned"   // the same, and one may not come back to this meeting
	ByeEnded    = "ended"    // the meeting was ended for all
	ByeMoved    = "moved"    // into a breakout room, or back
	ByeSlow     = "slow"     // the client reads too slowly; come back
	ByeIdle     = "idle"     // nothing was heard for too long; come back
	ByeRefused  = "refused"  // too many bad messages
)

// Pong answers ping.
type Pong struct {
	T string `json:"t"` // pong
	N int64  `json:"n"`
}
