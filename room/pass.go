package room

// Pass says who asks one of a room's modules (pads, files) for something: somebody who sits in its meeting.
type Pass struct {
	Room   string // normal form
	ID     string // member id
	Num    uint32 // member number
	Seat   int    // gives the person's colour
	Name   string // as the others see it
	Role   Role
	Denied Rights // what the role may and the room's settings do not let it
}

// May tells whether the holder may do a in the room: WritePad, UploadFile and so on. Ask it each time: roles and
// settings change during a meeting.
func (p Pass) May(a Action) bool { return p.Role.May(a) && !p.Denied.May(a) }
