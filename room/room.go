package room

import (
	"context"
	"time"
)

// Room is a place to meet that outlives its meetings.
type Room struct {
	Name     string // normal form, as in the link
	Title    string // as its opener typed it
	Created  time.Time
	Owner    string // id of the account whose room it is; "" for none
	Settings Settings
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

// Store keeps rooms and their links. What names a room that is not there is answered with room_unknown. After nil what
// was asked is on the disk.
type Store interface {
	RoomStore
	LinkStore
}

// RoomStore keeps rooms.
type RoomStore interface {
	// CreateRoom stores r unless a room of that name is there (created is false), and refuses with rooms_full when
	// there are max rooms already. Both are decided in one transaction.
	CreateRoom(ctx context.Context, r Room, hostHash []byte, max int) (created bool, err error)
	Room(ctx context.Context, name string) (r Room, hostHash []byte, err error)
	// Rooms lists rooms by name.
	Rooms(ctx context.Context, f Filter) ([]Room, error)
	// UpdateRoom reads a room, lets change change its Title, Owner and Settings, and stores it, in one transaction. An
	// error of change comes back as it is, and nothing is stored.
	UpdateRoom(ctx context.Context, name string, change func(*Room) error) (Room, error)
	// DeleteRoom deletes a room and all that is its own.
	DeleteRoom(ctx context.Context, name string) error
}

// LinkStore keeps links.
type LinkStore interface {
	// CreateRoomLink stores a link, and refuses with links_full when the room has max of them.
	CreateRoomLink(ctx context.Context, l Link, hash []byte, max int) error
	// RoomLinks lists a room's links, the oldest first.
	RoomLinks(ctx context.Context, name string) ([]Link, error)
	// DeleteRoomLink deletes a link of a room, if it is there.
	DeleteRoomLink(ctx context.Context, name, id string) error
	// UseRoomLink finds a room's link by its hash. With take it takes one of its uses, in the same transaction. A link that
	// is unknown, has expired at now, or is used up is refused with link_invalid.
	UseRoomLink(ctx context.Context, name string, hash []byte, now time.Time, take bool) (Link, error)
}

// Filter chooses rooms for a list.
type Filter struct {
	Owner  string // only those of an account; "" for all
	Search string // part of the name or title, without regard to case; "" for all
	After  string // only those whose name comes after this one, for the next page
	Limit  int    // at most so many; MaxPage when 0 or more than that
}

// MaxPage is the most rooms in one list.
const MaxPage = 500
