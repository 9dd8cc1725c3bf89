package room

import "fmt"

// Role is what somebody is: in a meeting, and, for members and admins, on this server. The zero Role is nobody, who may
// do nothing. Roles are ordered: who is more may do what who is less may, except that the server's admin is an ordinary
// member in a meeting (see Seated): keeping the house gives no right over what is said in its rooms.
type Role uint8

// Roles.
const (
	Nobody        Role = iota
	Listener           // watches, and asks to speak
	Guest              // came by the room's link
	AccountHolder      // a member of this server: has an account
	Speaker            // was given the floor
	Moderator          // keeps order
	Host               // the room is theirs
	Admin              // keeps the server
	roleEnd            // how many there are
)

// Roles lists all but nobody, the least first.
func Roles() []Role { return []Role{Listener, Guest, AccountHolder, Speaker, Moderator, Host, Admin} }

// roleWords are the roles' words in the protocol, in the API and on the disk. The order is that of the constants.
var roleWords = [roleEnd]string{"nobody", "listener", "guest", "member", "speaker", "moderator", "host", "admin"}

// String is the role's word in the protocol.
func (r Role) String() string {
	if r >= roleEnd {
		return roleWords[Nobody]
	}
	return roleWords[r]
}

// ParseRole reads a role's word; ok is false for one that there is not.
func ParseRole(word string) (r Role, ok bool) {
	for i, w := range roleWords {
		if w == word {
			return Role(i), true
		}
	}
	return Nobody, false
}

// MarshalText writes the word; nobody is "", so that it can be left out.
func (r Role) MarshalText() ([]byte, error) {
	if r == Nobody {
		return []byte{}, nil
	}
	return []byte(r.String()), nil
}

// UnmarshalText reads the word, or "" for nobody.
func (r *Role) UnmarshalText(word []byte) error {
	if len(word) == 0 {
		*r = Nobody
		return nil
	}
	read, ok := ParseRole(string(word))
	if !ok {
		return fmt.Errorf("there is no role %q", word)
	}
	*r = read
	return nil
}

// Seated is the role of somebody in a meeting: an admin sits there as any member.
func (r Role) Seated() Role {
	if r == Admin {
		return AccountHolder
	}
	return r
}

// Action is something that somebody asks the server for.
type Action uint8

// Actions. What is asked of the whole server comes last.
const (
	PublishMic    Action = iota // send one's voice
	PublishCamera               // send one's picture
	PublishScreen               // send a screen and its sound
	Watch                       // receive the others
	Signal                      // say what of one's own is on
	RaiseHand                   // ask to speak
	React                       // throw a passing emoji
	Chat                        // write into the room's chat
	Vote                        // answer a poll
	WritePad                    // write into the room's notes
	UploadFile                  // put a file into the room
	Silence                     // mute others, stop their pictures, lower their hands, ask them to speak
	GrantSpeech                 // make others listeners, guests or speakers
	Admit                       // let people in from the lobby, or send them away
	Lock                        // close the door, and open it
	Remove                      // remove somebody, or ban them for this meeting
	Invite                      // make and revoke links for people up to speakers
	RunPoll                     // ask all something
	RunTimer                    // set a timer for all to see
	RunBreakouts                // part the meeting into small rooms, and call it back
	Appoint                     // make and unmake moderators, by hand or by link
	EditRoom                    // change the room's settings
	EndMeeting                  // end the meeting for all
	OpenRoom                    // make a room; who may is a setting of the server's
	OwnRooms                    // keep a list of rooms of one's own
	ManageRooms                 // see, change and close any room, from outside
	ManageServer                // accounts, settings, health
	actionEnd                   // how many there are
)

// actionWords are the actions' words in the protocol, in the order of the constants.
var actionWords = [actionEnd]string{
	"mic", "camera", "screen", "watch", "state", "hand", "react", "chat", "vote", "pad", "upload", "silence", "speech", "admit", "lock",
	"remove", "invite", "poll", "timer", "breakouts", "appoint", "edit", "end", "open", "own", "rooms", "server",
}

// String is the action's word in the protocol.
func (a Action) String() string {
	if a >= actionEnd {
		return ""
	}
	return actionWords[a]
}

// Actions lists all.
func Actions() []Action {
	list := make([]Action, actionEnd)
	for i := range list {
		list[i] = Action(i)
	}
	return list
}

// least is the whole table: the least role that may do it, in its order; Admin is left to onServer. There is no room's
// setting that gives more than this, only some that give less (Settings.Least).
var least = [actionEnd]Role{
	PublishMic: Guest, PublishCamera: Guest, PublishScreen: Guest, Watch: Listener, Signal: Listener, RaiseHand: Listener, React: Listener,
	Chat: Listener, Vote: Listener, WritePad: Guest, UploadFile: Guest,
	Silence: Moderator, GrantSpeech: Moderator, Admit: Moderator, Lock: Moderator, Remove: Moderator, Invite: Moderator,
	RunPoll: Moderator, RunTimer: Moderator, RunBreakouts: Moderator,
	Appoint: Host, EditRoom: Host, EndMeeting: Host,
	OpenRoom: Guest, OwnRooms: AccountHolder, ManageRooms: Admin, ManageServer: Admin,
}

// May tells whether the role may do a, as far as the role goes.
func (r Role) May(a Action) bool {
	if a >= actionEnd || r >= roleEnd || r == Nobody {
		return false
	}
	if r == Admin && least[a] != Admin {
		r = AccountHolder
	}
	return r >= least[a]
}

// Over tells whether somebody of role r may do a to somebody of role other. Order is kept among equals, but nobody
// removes or demotes who is as much as they are.
func (r Role) Over(other Role, a Action) bool {
	switch a {
	case Silence:
		return r.May(a) && other <= r
	case GrantSpeech, Remove, Appoint:
		return r.May(a) && other < r
	}
	return r.May(a)
}

// ToGrant is the action that giving or taking a role is: GrantSpeech, or Appoint for a moderator. ok is false for roles
// that cannot be given in a meeting.
func ToGrant(r Role) (a Action, ok bool) {
	switch r {
	case Listener, Guest, Speaker:
		return GrantSpeech, true
	case Moderator:
		return Appoint, true
	}
	return 0, false
}
