package signaling

import "tablee/room"

// Effect is something that Step asks its connection to do.
type Effect interface{ effect() }

// Refuse answers with an error.
type Refuse struct {
	Err *room.Error
	Re  string // type of the message that is refused
}

// Join asks for a seat.
type Join struct {
	Name   string // clean
	Change room.Change
	Host   string // host token, or ""
	Resume string // resume token, or ""
	PC     string

	Password string // of the room, or ""
	Link     string // token of an invitation, or ""
	Token    string // a join token, signed by another site, or ""
}

// Negotiate answers an offer.
type Negotiate struct {
	Offer Offer
	Gen   int
}

// Demand says what the client shows.
type Demand struct{ Videos []Video }

// Prefer says what the client chose to be sent.
type Prefer struct{ Quality string }

// Apply changes what the client says of itself.
type Apply struct{ Change room.Change }

// Say posts a chat message.
type Say struct{ Text, Ref string }

// Cheer throws a reaction.
type Cheer struct{ Emoji string }

// Echo answers a ping.
type Echo struct{ N int64 }

// Depart leaves the meeting for good and closes.
type Depart struct{}

// End closes the connection, after a bye when there is a reason for one.
type End struct{ Bye string }

func (Refuse) effect()    {}
func (Join) effect()      {}
func (Negotiate) effect() {}
func (Demand) effect()    {}
func (Prefer) effect()    {}
func (Apply) effect()     {}
func (Say) effect()       {}
func (Cheer) effect()     {}
func (Echo) effect()      {}
func (Depart) effect()    {}
func (End) effect()       {}
