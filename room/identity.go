package room

// Identity is who a request's session says that somebody is. The zero Identity is somebody without an account, or a
// server without accounts. It comes from a cookie or a signed token that the server itself has made, never from a
// message.
type Identity struct {
	Account string // id of the account; "" for none
	Name    string // the account's, or the join token's; "" for none. What is shown in a meeting is what hello says.
	Box     Role   // AccountHolder or Admin for an account; Nobody without

	// A join token, for meetings embedded in other pages, gives a role in one room.
	GrantRoom string // normal form; "" for none
	Grant     Role   // at most Host
}

// RoleIn is what the identity alone makes somebody in the meeting of r: its host when the room is theirs, what a join
// token grants, a member with an account, or else what strangers are there.
func (i Identity) RoleIn(r Room) Role {
	role := r.Settings.Newcomer()
	if i.Account != "" {
		role = max(role, i.Box.Seated())
		if i.Account == r.Owner {
			role = Host
		}
	}
	if i.GrantRoom == r.Name && i.Grant < Admin {
		role = max(role, i.Grant)
	}
	return role
}

// MayManage tells whether the identity may change r from outside of its meetings: admins may, and owners.
func (i Identity) MayManage(r Room) bool {
	return i.Box.May(ManageRooms) || i.Account != "" && i.Account == r.Owner
}

// Grant is what a join token gives: a role in one room, and, unless it is "", the name to be shown there.
type Grant struct {
	Room string // normal form
	Role Role   // Listener to Host
	Name string
}
