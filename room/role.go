package room

// Role is what somebody is in a room. The zero Role is nobody, who may do nothing.
type Role uint8

// Roles.
const (
	Nobody Role = iota
	Guest
	Host
)

// String is the role's word in the protocol.
func (r Role) String() string {
	switch r {
	case Guest:
		return "guest"
	case Host:
		return "host"
	}
	return "nobody"
}

// Action is something a participant asks the server for.
type Action uint8

// Actions.
const (
	Publish   Action = iota // send microphone, camera, screen
	Watch                   // receive the others
	Signal                  // say what is on, raise a hand
	Chat                    // write and read the room's chat
	Reaction                // throw a passing emoji
	Upload                  // put files into the room, and change one's own
	actionEnd               // how many there are
)

// permissions is the whole table: role, then action. What is not written is refused.
var permissions = map[Role][actionEnd]bool{
	Guest: {Publish: true, Watch: true, Signal: true, Chat: true, Reaction: true, Upload: true},
	Host:  {Publish: true, Watch: true, Signal: true, Chat: true, Reaction: true, Upload: true},
}

// May tells whether the role may do a.
func (r Role) May(a Action) bool { return a < actionEnd && permissions[r][a] }
