package signaling

import "tablee/room"

// Wire types of what hosts and moderators do, and of what the others are told of it.

// Orders are the fields of a ClientMessage that hosts and moderators use, and those who answer them.
type Orders struct {
	// hello
	Password string `json:"password,omitempty"`
	Link     string `json:"link,omitempty"`

	// admit, deny, mute, ask, lower, remove, grant, assign: a member, or somebody who waits; revoke: a link
	ID   string `json:"id,omitempty"`
	What string `json:"what,omitempty"` // mute and ask: mic, camera or screen
	Ban  bool   `json:"ban,omitempty"`
	Role string `json:"role,omitempty"` // grant, invite

	// lock
	On *bool `json:"on,omitempty"`

	// room
	Settings *SettingsPatch `json:"settings,omitempty"`

	// invite
	Label string `json:"label,omitempty"`
	Hours int    `json:"hours,omitempty"`
	Uses  int    `json:"uses,omitempty"`

	// poll, vote, close
	Question  string   `json:"question,omitempty"`
	Options   []string `json:"options,omitempty"`
	Multiple  bool     `json:"multiple,omitempty"`
	Anonymous bool     `json:"anonymous,omitempty"`
	Poll      int      `json:"poll,omitempty"`
	Choices   []int    `json:"choices,omitempty"`

	// timer
	Seconds int `json:"seconds,omitempty"`

	// breakouts: who goes into which room; assign: into which room, 0 for the main one
	Groups [][]string `json:"groups,omitempty"`
	Group  int        `json:"group,omitempty"`
}

// SettingsPatch changes a room's settings; nil leaves as it is. Roles are the protocol's words, "" for everybody; times
// are milliseconds since 1970, 0 for none.
type SettingsPatch struct {
	Title      *string `json:"title,omitempty"`
	Password   *string `json:"password,omitempty"` // "" takes it away
	Temporary  *bool   `json:"temporary,omitempty"`
	Lobby      *bool   `json:"lobby,omitempty"`
	Locked     *bool   `json:"locked,omitempty"`
	Max        *int    `json:"max,omitempty"`
	StartMuted *bool   `json:"start_muted,omitempty"`
	Arrive     *string `json:"arrive,omitempty"`
	Talk       *string `json:"talk,omitempty"`
	Camera     *string `json:"camera,omitempty"`
	Share      *string `json:"share,omitempty"`
	Chat       *string `json:"chat,omitempty"`
	Pad        *string `json:"pad,omitempty"`
	Upload     *string `json:"upload,omitempty"`
	Profile    *string `json:"profile,omitempty"`
	Opens      *int64  `json:"opens,omitempty"`
	Starts     *int64  `json:"starts,omitempty"`
	Minutes    *int    `json:"minutes,omitempty"`
	ChatHours  *int    `json:"chat_hours,omitempty"`

	Origins *[]string `json:"origins,omitempty"` // all of them
}

// RoomEvent says how the room is: after the welcome, and after each change.
type RoomEvent struct {
	T        string       `json:"t"` // room
	Room     RoomInfo     `json:"room"`
	Max      int          `json:"max"`
	Settings RoomSettings `json:"settings"`
	Breakout int          `json:"breakout,omitempty"` // number of the breakout room that one is in
}

// RoomSettings are room.Settings as all may know them.
type RoomSettings struct {
	room.Settings
	Password bool `json:"password"` // there is one
}

// You says what oneself is and may do: after the welcome, and after each change.
type You struct {
	T      string   `json:"t"` // you
	Role   string   `json:"role"`
	Rights []string `json:"rights"`
}

// Waiting says that one waits in the lobby.
type Waiting struct {
	T      string `json:"t"`      // waiting
	Place  int    `json:"place"`  // from 1
	Hosted bool   `json:"hosted"` // somebody is there who can open
}

// Admitted asks one who waits to enter.
type Admitted struct {
	T string `json:"t"` // admitted
}

// Lobby tells moderators who waits.
type Lobby struct {
	T       string      `json:"t"` // lobby
	Waiting []LobbySeat `json:"waiting"`
}

// LobbySeat is somebody who waits.
type LobbySeat struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Role string `json:"role"`
}

// Asked tells one what a moderator has done to one, or asks.
type Asked struct {
	T    string `json:"t"`    // asked
	Do   string `json:"do"`   // muted, unmute, lowered
	What string `json:"what"` // mic, camera, screen; "" for lowered
	By   string `json:"by"`   // member
}

// What Asked.Do says.
const (
	AskedMuted   = "muted"   // it is off now
	AskedUnmute  = "unmute"  // please switch it on
	AskedLowered = "lowered" // one's hand
)

// PollEvent is a poll and what has been answered so far.
type PollEvent struct {
	T         string     `json:"t"` // poll
	Poll      int        `json:"poll"`
	By        string     `json:"by"`
	Question  string     `json:"question"`
	Options   []string   `json:"options"`
	Multiple  bool       `json:"multiple"`
	Anonymous bool       `json:"anonymous"`
	Closed    bool       `json:"closed"`
	Votes     []int      `json:"votes"`
	Voters    [][]string `json:"voters,omitempty"` // names by option; absent when anonymous
	People    int        `json:"people"`
	Mine      []int      `json:"mine"`
}

// Timer is the meeting's timer.
type Timer struct {
	T     string `json:"t"`     // timer
	Left  int    `json:"left"`  // milliseconds; 0 when there is none, or it has run out
	Total int    `json:"total"` // milliseconds
}

// Links are the room's links.
type Links struct {
	T     string `json:"t"` // links
	Links []Link `json:"links"`
}

// Link is an invitation.
type Link struct {
	ID      string `json:"id"`
	Role    string `json:"role"`
	Label   string `json:"label"`
	Created int64  `json:"created"`         // milliseconds since 1970
	Expires int64  `json:"expires"`         // the same, 0 for never
	Uses    int    `json:"uses"`            // left; -1 for any number
	Token   string `json:"token,omitempty"` // in the answer to invite alone
}

// Invited answers invite.
type Invited struct {
	T    string `json:"t"` // invited
	Link Link   `json:"link"`
}

// Breakouts tells who is in which breakout room.
type Breakouts struct {
	T     string          `json:"t"` // breakouts
	Rooms []BreakoutGroup `json:"rooms"`
}

// BreakoutGroup is one breakout room, or the main one (0).
type BreakoutGroup struct {
	N       int         `json:"n"`
	Members []LobbySeat `json:"members"`
}

// Announcement is a word from the hosts to all breakout rooms.
type Announcement struct {
	T    string `json:"t"` // announce
	Name string `json:"name"`
	Text string `json:"text"`
}

func roomSettings(s room.Settings) RoomSettings {
	out := RoomSettings{Settings: s, Password: s.PasswordHash != ""}
	out.PasswordHash = ""
	return out
}

func wireLink(l room.Link) Link {
	out := Link{ID: l.ID, Role: l.Role.String(), Label: l.Label, Created: l.Created.UnixMilli(), Uses: l.Uses}
	if !l.Expires.IsZero() {
		out.Expires = l.Expires.UnixMilli()
	}
	return out
}
