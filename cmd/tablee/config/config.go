package config

import (
	"log/slog"
	"net/netip"
)

// Config is every setting, checked.
type Config struct {
	Listen   string   // HOST:PORT of the page; port 0 lets the system choose
	Domains  []string // public names of the server, lower case
	Data     string   // the data folder
	Name     string   // of the server, on the front page; "" for none
	Welcome  string   // a word on the front page; "" for none
	TLS      TLS
	Media    Media
	TURN     TURN
	Network  Network
	Rooms    Rooms
	Files    Files
	Pads     Pads
	Mirror   Mirror
	Webhooks Webhooks
	Login    Login
	Log      Log

	File string // the settings file that was read, "" for none

	turnMode, detectMode, mapMode string // as they were set; settle decides
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
	Open                 string // the least role that makes rooms: guest, member or admin
	Max                  int    // rooms that are remembered
	MaxParticipants      int    // in one room
	MaxParticipantsTotal int    // in all rooms together
}

// Log says what is told on standard error.
type Log struct {
	Level slog.Level
}

// Modes of TLS.
const (
	TLSOff      = "off"      // http:// only
	TLSAuto     = "auto"     // certificates from Let's Encrypt, or else ZeroSSL
	TLSFiles    = "files"    // certificates that another program renews
	TLSInternal = "internal" // a certificate authority of our own
	TLSProxy    = "proxy"    // a proxy on this machine takes TLS off
)

// TLS says where certificates come from.
type TLS struct {
	Mode        string // one of the above, never ""
	Certificate string // files, in the mode "files"
	Key         string
	Email       string // told to certificate authorities
	HTTP        string // HOST:PORT where http:// is redirected and authorities check; "off" for none
	CA          string // another ACME authority's directory
	CARoots     string // file with the roots of its own certificate
}

// Secure says if we take TLS off ourselves.
func (t TLS) Secure() bool { return t.Mode == TLSAuto || t.Mode == TLSFiles || t.Mode == TLSInternal }

// Public says if the page is reached by https, whoever takes TLS off.
func (t TLS) Public() bool { return t.Secure() || t.Mode == TLSProxy }

// TURN says how those are served whose network lets no UDP through.
type TURN struct {
	On        bool
	Port      int // UDP and TCP; 0 lets the system choose
	Bandwidth int // kbit/s for each relayed connection, each way
}

// Network says how the server finds out how it is reached.
type Network struct {
	Detect   bool     // ask the router and the name servers for the public address
	MapPorts bool     // ask the router to forward our ports
	STUN     []string // HOST:PORT of servers that tell the public address
	Names    []string // further host names, inside the house
	DNS      string   // HOST:PORT where our own names are answered for the house; "off" for nowhere
	MDNS     string   // the name under .local, without it; "off" for none
}
