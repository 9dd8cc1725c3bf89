package signaling

import (
	"time"

	"tablee/room"
)

// How a message is handled: the connection reads and decodes it, Step (pure: no clock, no lock, no socket) checks it
// against the session's state and says what to do, and the connection does it (perform.go). A session is fresh until
// its hello, joining until the meeting has taken it in, waiting while it is in the lobby, seated until it leaves or is thrown out, then over.

// phase is where a session stands.
type phase uint8

const (
	fresh phase = iota
	joining
	waiting // in the lobby
	seated
	over
)

// Limits on what one client may send. Refusals of the first and the last count as bad messages.
var (
	messageLimit = limit{rate: 50, burst: 100}
	offerLimit   = limit{rate: 1, burst: 10} // an answer costs tens of milliseconds of CPU
	chatLimit    = limit{rate: 5, burst: 20} // each is written to the disk
	badLimit     = limit{rate: 0.1, burst: maxBad}
)

// maxBad is how many bad messages are answered; the next one ends the connection. One is forgiven every 10 s.
const maxBad = 20

// State is a session's state. The zero State is fresh. It says who the client is: no message can.
type State struct {
	phase    phase
	rights   room.Rights
	messages bucket
	offers   bucket
	chats    bucket
	orders   bucket
	bad      bucket
}

// Input is what came from the client: a message, or why it could not be read (bad_message, too_big).
type Input struct {
	Message ClientMessage
	Err     error
}

// Step takes the next input at now.
func Step(s State, now time.Time, in Input) (State, []Effect) {
	if s.phase == over {
		return s, nil
	}
	rule, known := rules[in.Message.T]
	re := ""
	if known { // never reflect what a client made up
		re = in.Message.T
	}
	if !s.messages.take(messageLimit, now) {
		return s.badInput(now, &room.Error{Code: room.CodeRateLimited, Message: "too many messages; slow down"}, re)
	}
	switch {
	case in.Err != nil:
		return s.badInput(now, room.Public(in.Err), "")
	case s.phase == waiting && rule.waits:
	case s.phase != seated && re != "hello":
		return s.badInput(now, &room.Error{Code: room.CodeHelloExpected, Message: "the first message must be hello"}, re)
	case !known:
		return s.badInput(now, badMessage("unknown type of message"), re)
	case rule.guarded && !s.rights.May(rule.action):
		return s.refused(&room.Error{Code: room.CodeForbidden, Message: "your role may not do that"}, re)
	}
	next, effects, err := rule.handle(s, now, in.Message)
	switch {
	case err == nil:
		return next, effects
	case err.Code == room.CodeBadMessage:
		return next.badInput(now, err, re)
	}
	return next.refused(err, re)
}

// Admitted is the state once the meeting has taken the client in, and whenever what it may do has changed.
func (s State) Admitted(rights room.Rights) State {
	s.phase, s.rights = seated, rights
	return s
}

// Waits is the state of one who has to wait in the lobby.
func (s State) Waits() State {
	s.phase = waiting
	return s
}

// badInput refuses a bad message and counts it. Before the client is seated there is no second try.
func (s State) badInput(now time.Time, why *room.Error, re string) (State, []Effect) {
	if s.bad.take(badLimit, now) {
		return s.refused(why, re)
	}
	s.phase = over
	return s, []Effect{Refuse{Err: why, Re: re}, End{Bye: ByeRefused}}
}

// refused answers with an error, which ends a session that is not seated yet.
func (s State) refused(why *room.Error, re string) (State, []Effect) {
	if s.phase == seated {
		return s, refuse(why, re)
	}
	s.phase = over
	return s, append(refuse(why, re), End{})
}

func refuse(why *room.Error, re string) []Effect { return []Effect{Refuse{Err: why, Re: re}} }
