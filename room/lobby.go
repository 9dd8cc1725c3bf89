package room

import (
	"slices"
	"time"
)

// MaxWaiting is how many people may wait in one lobby.
const MaxWaiting = 50

// Door says what stands between somebody and a seat: whether they must say the password, and wait in the lobby. Who is
// invited has a link of their own. Some are refused whatever they say, with room_locked or room_not_open.
func (s Settings) Door(role Role, invited bool, now time.Time) (password, wait bool, err error) {
	if role >= Moderator {
		return false, false, nil
	}
	if s.Locked {
		return false, false, &Error{Code: CodeRoomLocked, Message: "the room is locked; ask somebody inside to open it"}
	}
	if now.Before(s.Opens) {
		minutes := int((s.Opens.Sub(now) + time.Minute - 1) / time.Minute)
		return false, false, &Error{Code: CodeRoomNotOpen, Message: "the room is not open yet; come back then", Args: map[string]int{"minutes": minutes}}
	}
	return s.PasswordHash != "" && !invited, s.Lobby && !invited, nil
}

// Waiting is somebody in a lobby.
type Waiting struct {
	ID   string
	Name string
	Role Role
}

// Lobby is a queue of people before a room, in the order in which they came.
type Lobby struct{ queue []Waiting }

// Add takes somebody in, unless the lobby is full.
func (l *Lobby) Add(who Waiting) error {
	if len(l.queue) >= MaxWaiting {
		return &Error{Code: CodeRoomFull, Message: "too many people wait already; try again later"}
	}
	l.queue = append(l.queue, who)
	return nil
}

// Remove takes somebody out, and tells whether they were there.
func (l *Lobby) Remove(id string) (Waiting, bool) {
	i := slices.IndexFunc(l.queue, func(w Waiting) bool { return w.ID == id })
	if i < 0 {
		return Waiting{}, false
	}
	who := l.queue[i]
	l.queue = slices.Delete(l.queue, i, i+1)
	return who, true
}

// All lists who waits.
func (l *Lobby) All() []Waiting { return slices.Clone(l.queue) }
