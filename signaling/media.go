package signaling

import (
	"context"

	"tablee/room"
)

// Media is the media engine, as signaling needs it.
type Media interface {
	// Join makes a member's media peer. notify is called in order and never twice at once, from goroutines of the
	// engine; it does not block. A member may join again while the earlier peer is being closed.
	Join(room, id string, num uint32, notify func(Notice)) (MediaPeer, error)
	// SetProfile says what a room's meeting may cost, from now on: one of room.Profile…, or "" for the server's own. It does
	// not block.
	SetProfile(room, profile string)
}

// MediaPeer is one member's PeerConnection. It outlives a dropped WebSocket.
type MediaPeer interface {
	// Answer answers an offer; it may take tens of milliseconds. Calls are never concurrent for one peer.
	Answer(o Offer) (sdp string, err error)
	// Demand replaces what the member wants to be sent; it does not block.
	Demand(d Wishes)
	// Allow says what may be forwarded of what the member sends, from now on: the rest is dropped. It does not block, may be
	// called before the first Answer, and by anybody until Close.
	Allow(g Gate)
	// Close ends the peer, promptly. It is called once, and not during Answer.
	Close()
}

// Offer is a client's offer.
type Offer struct {
	SDP  string
	Mids Mids
}

// Wishes are what a member wants to be sent.
type Wishes struct {
	Videos  []Video // most important first
	Quality string  // QualityAuto, QualitySaver or QualityVoice
}

// Gate is what may be forwarded of what a member sends; Screen is its sound, too.
type Gate struct{ Mic, Camera, Screen bool }

// Notice is what the engine tells about one peer; nil fields say nothing.
type Notice struct {
	Slots       []Slot   // sections that changed
	Speaker     *Speaker // T is ignored, here and below
	Send        *Send
	Line        *Line
	Bars        map[string]int // of other members, 0 to MaxBars: those that have changed
	Renegotiate bool           // the answer to another offer would differ
	Restart     bool           // the server is reached elsewhere: the client is to restart ICE
	Lost        bool           // the peer's media failed; it is of no use any more
}

// ChatLog keeps the rooms' chat. package chat implements it.
type ChatLog interface {
	// Post takes a message without blocking. After nil, done is called once, from another goroutine, in the order of
	// the numbers: with the stored message, or with an error that carries its code.
	Post(m room.Message, done func(room.Message, error)) error
	// Recent reads the last limit messages of a room, oldest first.
	Recent(ctx context.Context, name string, limit int) ([]room.Message, error)
	// SetOccupied says whether somebody is in the room; it does not block.
	SetOccupied(name string, occupied bool)
}
