package room

import "time"

// PadRight is what somebody may do with a pad; each right has those below it. The zero PadRight is none.
type PadRight uint8

// Rights, as docs/pads.md has them.
const (
	PadNone PadRight = iota
	PadRead
	PadComment
	PadWrite
	PadOwn
)

// String is the right's word in the API.
func (r PadRight) String() string {
	return [...]string{"none", "read", "comment", "write", "own"}[min(r, PadOwn)]
}

// ParsePadRight reads a right's word; it is PadNone for any other.
func ParsePadRight(word string) PadRight {
	for r := PadRead; r <= PadOwn; r++ {
		if r.String() == word {
			return r
		}
	}
	return PadNone
}

// Kinds of pads.
const (
	PadText  = "text"
	PadBoard = "board"
)

// Pad is one pad, without what is written in it. It and what follows live here because store and pad speak of them and
// neither may import the other.
type Pad struct {
	Key       int64  // names it in the store
	ID        string // names it in links
	Room      string // normal form, "" for a pad on its own
	Kind      string // PadText or PadBoard
	Title     string
	Created   time.Time
	Changed   time.Time
	Size      int64    // bytes of the document
	Guests    PadRight // what the room's guests may do: PadRead, PadComment or PadWrite
	Retain    int      // days without a change until it is deleted, 0 for never
	Published string   // the secret of its page, "" for none
	Main      bool     // the room's own
	Broken    bool     // it could not be read, and was set aside
}

// PadLink is a link to a pad. Of its secret the store knows a hash.
type PadLink struct {
	N       int // names it within its pad
	Hash    []byte
	Right   PadRight
	Expires time.Time // zero for never
	Created time.Time
	Note    string
}

// PadStep is what was committed together: one Yjs update. The step of number 0 is the base, the document before all others.
type PadStep struct {
	N       int64
	At      time.Time
	Authors []int
	Data    []byte
	Damaged bool // Data is not what was stored
}

// PadAuthor is somebody who wrote, with the name and colour of that time.
type PadAuthor struct {
	N     int
	Key   string // tells apart people of the same name; means nothing outside
	Name  string
	Color string
}

// PadVersion is a named version.
type PadVersion struct {
	N      int
	Name   string
	At     time.Time
	Author string // name
	Size   int64
	Data   []byte // one Yjs update; nil in lists
}

// PadContent is all that is written in a pad.
type PadContent struct {
	Base    PadStep   // Data is nil before anything was joined
	Steps   []PadStep // in order
	Authors []PadAuthor
	Clients map[uint64]int // Yjs client id → author
}

// PadBatch is what a commit adds to one pad. A step of a number that is there takes its place: its first commit may or
// may not have reached the disk, and the newer has all that the older had.
type PadBatch struct {
	Key     int64
	Step    PadStep
	Authors []PadAuthor
	Clients map[uint64]int
}

// PadFound is a pad that a search found.
type PadFound struct {
	Pad
	Snippet string // the matches stand between U+0002 and U+0003
}
