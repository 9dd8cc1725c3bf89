package room

import (
	"net/url"
	"strings"
	"time"
)

// Settings are what a room's host, or an admin, may change of it. The zero Settings are a room that everybody who has
// the link may enter, to do everything that a guest may. In JSON, on the disk and in the API alike, what is zero is
// left out.
type Settings struct {
	// Temporary: the room is deleted, with all that is in it, ten minutes after its meeting has ended.
	Temporary bool `json:"temporary,omitzero"`
	// PasswordHash is of the password that people without a link of their own must say; "" for none (package password).
	// Registry.SetPassword changes it. It never leaves the server.
	PasswordHash string `json:"password_hash,omitzero"`
	// Lobby: who comes waits until a moderator lets them in.
	Lobby bool `json:"lobby,omitzero"`
	// Locked: nobody comes in any more, but hosts and moderators.
	Locked bool `json:"locked,omitzero"`
	// Max is the most people in a meeting; 0 is as many as the server takes.
	Max int `json:"max,omitzero"`
	// StartMuted: who comes has the microphone and the camera off until they switch them on, whatever they asked for.
	StartMuted bool `json:"start_muted,omitzero"`

	// Arrive is what strangers are: Guest when zero, or Listener.
	Arrive Role `json:"arrive,omitzero"`
	// The least role that may do something that guests may; everybody whose role may when zero. Such as Speaker: nobody
	// talks without having been given the floor. Moderators and hosts always may.
	Talk   Role `json:"talk,omitzero"`   // microphone
	Camera Role `json:"camera,omitzero"` // one's own picture
	Share  Role `json:"share,omitzero"`  // a screen
	Chat   Role `json:"chat,omitzero"`
	Pad    Role `json:"pad,omitzero"`    // write into the notes
	Upload Role `json:"upload,omitzero"` // files

	// Profile is how much of the host's line the meeting may have, one of Profile…; "" for what the server has.
	Profile string `json:"profile,omitzero"`

	// A meeting that is planned. Opens: who is no moderator cannot come earlier. Starts and Minutes are what is told, and
	// what the calendar file says.
	Opens   time.Time `json:"opens,omitzero"`
	Starts  time.Time `json:"starts,omitzero"`
	Minutes int       `json:"minutes,omitzero"`

	// Origins are the sites, such as https://example.org, that may embed the room.
	Origins []string `json:"origins,omitempty"`
	// ChatHours is how long the chat outlives the meeting: ten minutes when zero, KeepForever until the room is deleted.
	ChatHours int `json:"chat_hours,omitzero"`
}

// KeepForever is a ChatHours without end.
const KeepForever = -1

// Bounds of settings.
const (
	MaxOrigins   = 16
	MaxOrigin    = 255 // bytes
	MaxMinutes   = 7 * 1440
	MaxChatHours = 10 * 365 * 24
	MaxSeats     = 1000
)

// Newcomer is what somebody is who has nothing but the room's link.
func (s Settings) Newcomer() Role {
	if s.Arrive == Listener {
		return Listener
	}
	return Guest
}

// Least is the least role that the room wants for a; Nobody when it wants none.
func (s Settings) Least(a Action) Role {
	switch a {
	case PublishMic:
		return s.Talk
	case PublishCamera:
		return s.Camera
	case PublishScreen:
		return s.Share
	case Chat:
		return s.Chat
	case WritePad:
		return s.Pad
	case UploadFile:
		return s.Upload
	}
	return Nobody
}

// Rights are the actions that somebody of this role may do in this room.
func (s Settings) Rights(r Role) Rights {
	var set Rights
	for a := range actionEnd {
		if r.May(a) && r.Seated() >= s.Least(a) {
			set |= 1 << a
		}
	}
	return set
}

// Guarded tells whether the room's link alone lets nobody in at this moment: what is told of the room from outside is
// then less.
func (s Settings) Guarded(now time.Time) bool {
	return s.Lobby || s.Locked || s.PasswordHash != "" || now.Before(s.Opens)
}

// Check says what is wrong with settings that somebody asks for, with the code bad_message.
func (s Settings) Check() error {
	bad := func(text string) error { return &Error{Code: CodeBadMessage, Message: text} }
	for _, least := range []Role{s.Talk, s.Camera, s.Share, s.Chat, s.Pad, s.Upload} {
		if least > Moderator {
			return bad("the least role is listener, guest, member, speaker or moderator")
		}
	}
	switch {
	case s.Arrive > Guest:
		return bad("people arrive as listener or guest")
	case s.Max < 0 || s.Max > MaxSeats:
		return bad("the maximum is from 1 to 1000, or 0 for the server's")
	case !ValidProfile(s.Profile):
		return bad("the profile is normal, frugal or voice, or empty for the server's")
	case s.Minutes < 0 || s.Minutes > MaxMinutes:
		return bad("a meeting takes a week at most")
	case s.Minutes > 0 && s.Starts.IsZero():
		return bad("a meeting that takes a time has a start")
	case s.ChatHours < KeepForever || s.ChatHours > MaxChatHours:
		return bad("the chat is kept for 0 to 87600 hours, or -1 for always")
	case len(s.Origins) > MaxOrigins:
		return bad("a room may be embedded in 16 sites at most")
	}
	for _, origin := range s.Origins {
		if !validOrigin(origin) {
			return bad("an origin is such as https://example.org, without a path")
		}
	}
	return nil
}

func validOrigin(origin string) bool {
	u, err := url.Parse(origin)
	return err == nil && len(origin) <= MaxOrigin && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" &&
		origin == u.Scheme+"://"+u.Host && !strings.ContainsAny(origin, " ;,'\"*\\")
}

// Rights is a set of actions.
type Rights uint64

// May tells whether a is in the set.
func (r Rights) May(a Action) bool { return a < actionEnd && r&(1<<a) != 0 }

// Words lists the set in the protocol's words.
func (r Rights) Words() []string {
	words := []string{}
	for a := range actionEnd {
		if r.May(a) {
			words = append(words, a.String())
		}
	}
	return words
}
