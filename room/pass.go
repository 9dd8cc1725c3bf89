package room

// Pass says who asks one of a room's modules (pads, files) for something: somebody who sits in its meeting.
type Pass struct {
	Room string // normal form
	ID   string // member id
	Num  uint32 // member number
	Seat int    // gives the person's colour
	Name string // as the others see it
	Role Role
}
