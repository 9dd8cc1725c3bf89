package room

import (
	"context"
	"time"
)

// Room is a place to meet that outlives its meetings.
type Room struct {
	Name    string // normal form, as in the link
	Title   string // as its opener typed it
	Created time.Time
	Profile string // what its meetings may cost, a Profile; "" is the server's setting
}

// Message is one line of a room's chat. It lives here because signaling and chat both speak of it and neither may
// import the other.
type Message struct {
	Room string
	N    int64     // rises by one in the room; 0 until stored
	From string    // member id
	Name string    // the author's name when it was written
	Seat int       // the author's seat when it was written
	At   time.Time // when it was posted, to the millisecond
	Text string
}

// Limits are the most that the server takes. They are refused with rooms_full, room_full and server_full.
type Limits struct {
	MaxRooms             int // rooms that exist
	MaxParticipants      int // people in one room
	MaxParticipantsTotal int // people in all rooms together
}

// DefaultLimits suit a Raspberry Pi.
func DefaultLimits() Limits {
	return Limits{MaxRooms: 1000, MaxParticipants: 25, MaxParticipantsTotal: 100}
}

// Store keeps rooms. Room answers room_unknown for a name that it does not have.
type Store interface {
	// CreateRoom stores r unless a room of that name is there (created is false), and refuses with rooms_full when
	// there are max rooms already. Both are decided in one transaction.
	CreateRoom(ctx context.Context, r Room, hostHash []byte, max int) (created bool, err error)
	Room(ctx context.Context, name string) (r Room, hostHash []byte, err error)
}
