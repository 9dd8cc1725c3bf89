package config

import (
	"log/slog"
	"net/netip"
)

// Config is every setting, checked.
type Config struct {
	Listen string // HOST:PORT of the page; port 0 lets the system choose
	Data   string // the data folder
	Media  Media
	Rooms  Rooms
	Log    Log

	File string // the settings file that was read, "" for none
}

// Media says where voices and pictures go.
type Media struct {
	Port      int          // UDP, IPv4 and IPv6; 0 lets the system choose
	Addresses []netip.Addr // advertised besides the machine's own
	Voices    int          // how many each participant hears at once
	Stock     bool         // packets travel through stock Pion
	Uplink    int          // kbit/s that all who are outside are sent together; 0 for no limit
	Profile   string       // normal, frugal or voice
}

// Rooms bounds what the machine carries.
type Rooms struct {
	Max                  int // rooms that are remembered
	MaxParticipants      int // in one room
	MaxParticipantsTotal int // in all rooms together
}

// Log says what is told on standard error.
type Log struct {
	Level slog.Level
}
