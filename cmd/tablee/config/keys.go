package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"tablee/cmd/tablee/cli"
)

// EnvPrefix starts the name of every environment variable that is ours.
const EnvPrefix = "TABLEE_"

// FileName is the settings file that is read without being named, from the working directory or else from the data
// folder.
const FileName = "tablee.toml"

// configOption names the settings file; it is the one option that cannot stand in the file.
const configOption = "config"

// Bounds of what may be set. The upper ones are far beyond a small machine, and catch a slip of the finger.
const (
	maxPort         = 65535
	maxAddresses    = 16
	maxRooms        = 100_000
	maxParticipants = 500
	maxTotal        = 1000
	maxPathLength   = 4096
	maxVoices       = 32
	maxUplink       = 10_000_000
	maxServerName   = 64  // characters
	maxWelcome      = 500 // characters
)

// kind is the TOML type of a key.
type kind int

const (
	text kind = iota
	integer
	list // of strings; separated by commas in the environment and on the command line
)

func (k kind) String() string {
	switch k {
	case text:
		return "a string"
	case integer:
		return "an integer"
	default:
		return "a list of strings"
	}
}

// Key is one setting. Its names in the environment and on the command line follow from Name.
type Key struct {
	Name    string // in the file, a dot after the section: "rooms.max"
	Value   string // what the value is, as shown in the help: "HOST:PORT"
	Default string // as it would be typed on the command line
	Allowed string // completes "allowed is …"
	Help    string
	Secret  bool // not to be shown

	Live      bool     // an admin may change it while the server runs
	Choices   []string // what there is to choose from; nil for anything else
	Low, High int      // the least and the most of a number that is Live

	kind kind
	set  func(c *Config, value string) error // a list gets its elements one by one
}

// Env is the key's environment variable.
func (k Key) Env() string {
	return EnvPrefix + strings.ToUpper(strings.ReplaceAll(k.Name, ".", "_"))
}

// Flag is the key's option without dashes.
func (k Key) Flag() string {
	return strings.NewReplacer(".", "-", "_", "-").Replace(k.Name)
}

// live lets an admin change a text while the server runs.
func (k Key) live() Key {
	k.kind, k.Live = text, true
	return k
}

// number is a whole number that an admin may change while the server runs.
func (k Key) number(low, high int, assign func(*Config, int)) Key {
	k.kind, k.Live, k.Low, k.High, k.set = integer, true, low, high, setInt(low, high, assign)
	return k
}

// choice is one of some words that an admin may change while the server runs.
func (k Key) choice(assign func(*Config, string), words ...string) Key {
	k.kind, k.Live, k.Choices = text, true, words
	k.set = func(c *Config, value string) error {
		if !slices.Contains(words, value) {
			return errNotAllowed
		}
		assign(c, value)
		return nil
	}
	return k
}

// Keys is the table: every setting there is, in the order of the help.
func Keys() []Key {
	return slices.Concat(placeKeys(), loadKeys(), reachKeys(), fileKeys(), padKeys(), mirrorKeys(), webhookKeys(), loginKeys(), limitKeys())
}

// placeKeys say where things are.
func placeKeys() []Key {
	return []Key{
		{
			Name: "listen", Value: "HOST:PORT", Default: "localhost:8080", kind: text, set: setListen,
			Allowed: "HOST:PORT with a port from 0 to 65535, such as localhost:8080 or :8080",
			Help: "Where the page is served (TCP). With localhost only this machine can open it; " +
				"an empty host, as in :8080, lets everybody in who can reach the machine. When TLS is on, " +
				"the default is :443.",
		},
		{
			Name: "domain", Value: "NAME,NAME", kind: list, set: addName(func(c *Config) *[]string { return &c.Domains }),
			Allowed: "up to 16 host names such as meet.example.org",
			Help: "The public names of this server. One name and nothing else makes a public server: it listens on " +
				"ports 443 and 80 and gets its certificate by itself.",
		},
		Key{
			Name: "name", Value: "NAME",
			Allowed: "up to 64 characters on one line; empty for none",
			Help:    "What this server is called, such as the association's name. It stands on the front page.",
			set:     line(maxServerName, func(c *Config, value string) { c.Name = value }),
		}.live(),
		Key{
			Name: "welcome", Value: "TEXT",
			Allowed: "up to 500 characters on one line; empty for none",
			Help:    "A word of welcome for the front page: whose server this is, whom to ask.",
			set:     line(maxWelcome, func(c *Config, value string) { c.Welcome = value }),
		}.live(),
		{
			Name: "data", Value: "DIR", Default: "./data", kind: text, set: setData,
			Allowed: "the path of a folder, which is made if it is not there",
			Help:    "The data folder. All that the server keeps is in it; one server at a time may use it.",
		},
		{
			Name: "media.port", Value: "N", Default: "8443", kind: integer,
			Allowed: "a port from 0 to 65535",
			set:     setInt(0, maxPort, func(c *Config, n int) { c.Media.Port = n }),
			Help: "The UDP port of all voices and pictures, on IPv4 and IPv6: the one to open in a firewall " +
				"or to forward in a router. 0 lets the system choose, which is for tests.",
		},
		{
			Name: "media.addresses", Value: "IP,IP", kind: list, set: addAddress,
			Allowed: "up to 16 IP addresses of single machines, such as 203.0.113.7 or 2001:db8::7",
			Help: "Addresses at which this machine is reached besides its own, told to the participants' " +
				"browsers: the public address of the router that forwards the media port.",
		},
		{
			Name: "media.transport", Value: "WAY", Default: "direct", kind: text, set: setTransport,
			Allowed: "direct or stock",
			Help: "How packets travel: direct is Tablée's own way; stock goes through the Pion library's, at several " +
				"times the cost. It is there to compare with, and for a system on which the direct way fails.",
		},
	}
}

// loadKeys say what a meeting may cost.
func loadKeys() []Key {
	return []Key{
		Key{
			Name: "media.uplink", Value: "KBIT", Default: "0",
			Allowed: "a number of kbit/s from 0 to 10000000; 0 is no limit",
			Help: "What all participants outside this machine's own networks may be sent together. Give it four fifths of " +
				"what the line to the Internet carries upwards: voices then never wait behind pictures, nor the rest of the " +
				"house behind the meeting. Who would be one voice too many is told so at the door.",
		}.number(0, maxUplink, func(c *Config, n int) { c.Media.Uplink = n }),
		Key{
			Name: "media.profile", Value: "NAME", Default: "normal",
			Allowed: "normal, frugal or voice",
			Help: "What a meeting may cost: normal sends what lines carry; frugal a large picture and two faces, for a line " +
				"of 10 Mbit/s upwards; voice no pictures, for one of 1 Mbit/s.",
		}.choice(func(c *Config, word string) { c.Media.Profile = word }, "normal", "frugal", "voice"),
		{
			Name: "media.voices", Value: "N", Default: "3", kind: integer,
			Allowed: "a number from 1 to 32",
			set:     setInt(1, maxVoices, func(c *Config, n int) { c.Media.Voices = n }),
			Help: "How many voices each participant hears at once: the loudest. Nobody follows more than three; each " +
				"further one takes 55 kbit/s of the line for each participant.",
		},
	}
}

// limitKeys say how much is too much, and how much is told about it.
func limitKeys() []Key {
	return []Key{
		Key{
			Name: "rooms.open", Value: "WHO", Default: "guest",
			Allowed: "guest, member or admin",
			Help:    "Who may make rooms: guest is everybody who can open the page, member who has an account, admin only those who manage the server.",
		}.choice(func(c *Config, word string) { c.Rooms.Open = word }, "guest", "member", "admin"),
		Key{
			Name: "rooms.max", Value: "N", Default: "1000",
			Allowed: "a number from 1 to 100000",
			Help:    "How many rooms are remembered; the next one is refused.",
		}.number(1, maxRooms, func(c *Config, n int) { c.Rooms.Max = n }),
		Key{
			Name: "rooms.max_participants", Value: "N", Default: "25",
			Allowed: "a number from 2 to 500",
			Help:    "How many people fit in one room; the next one is told that it is full.",
		}.number(2, maxParticipants, func(c *Config, n int) { c.Rooms.MaxParticipants = n }),
		{
			Name: "rooms.max_participants_total", Value: "N", Default: "50", kind: integer,
			Allowed: "a number from 2 to 1000",
			set:     setInt(2, maxTotal, func(c *Config, n int) { c.Rooms.MaxParticipantsTotal = n }),
			Help:    "How many people fit in all rooms together; the next one is told that the server is full.",
		},
		Key{
			Name: "log.level", Value: "LEVEL", Default: "info", set: setLogLevel, Choices: []string{"debug", "info", "warn", "error"},
			Allowed: "one of debug, info, warn, error",
			Help: "How much is told on standard error: debug, info, warn or error. " +
				"Names, chat and addresses are in none of them.",
		}.live(),
	}
}

// Options are the keys as command-line options, and --config.
func Options() []cli.Option {
	options := []cli.Option{{
		Name: configOption, Value: "FILE",
		Help: "The settings file. Without it, " + FileName + " is read from the working directory, or else from " +
			"the data folder, if it is there.",
	}}
	for _, k := range Keys() {
		options = append(options, cli.Option{Name: k.Flag(), Value: k.Value, Default: k.Default, Help: k.Help})
	}
	return options
}

// errNotAllowed is returned by a key's set function; the caller says what is allowed.
var errNotAllowed = errors.New("not allowed")

func setListen(c *Config, value string) error {
	host, port, err := net.SplitHostPort(value)
	if err != nil || strings.ContainsAny(host, " /@\x00") {
		return errNotAllowed
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n > maxPort {
		return errNotAllowed
	}
	c.Listen = value
	return nil
}

func setData(c *Config, value string) error {
	if value == "" || len(value) > maxPathLength || strings.ContainsRune(value, 0) {
		return errNotAllowed
	}
	c.Data = value
	return nil
}

// line is a text of so many characters on one line.
func line(most int, assign func(*Config, string)) func(*Config, string) error {
	return func(c *Config, value string) error {
		if !utf8.ValidString(value) || utf8.RuneCountInString(value) > most || strings.ContainsFunc(value, unicode.IsControl) {
			return errNotAllowed
		}
		assign(c, value)
		return nil
	}
}

func setInt(low, high int, assign func(*Config, int)) func(*Config, string) error {
	return func(c *Config, value string) error {
		n, err := strconv.Atoi(value)
		if err != nil || n < low || n > high {
			return errNotAllowed
		}
		assign(c, n)
		return nil
	}
}

func addAddress(c *Config, value string) error {
	a, err := netip.ParseAddr(value)
	if err != nil || a.Zone() != "" || a.IsUnspecified() || a.IsMulticast() || len(c.Media.Addresses) == maxAddresses {
		return errNotAllowed
	}
	c.Media.Addresses = append(c.Media.Addresses, a.Unmap())
	return nil
}

func setTransport(c *Config, value string) error {
	if value != "direct" && value != "stock" {
		return errNotAllowed
	}
	c.Media.Stock = value == "stock"
	return nil
}

func setLogLevel(c *Config, value string) error {
	switch value {
	case "debug", "info", "warn", "error":
	default:
		return errNotAllowed
	}
	if err := c.Log.Level.UnmarshalText([]byte(value)); err != nil {
		return fmt.Errorf("read log level: %w", err)
	}
	return nil
}
