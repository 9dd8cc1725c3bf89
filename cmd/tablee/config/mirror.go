package config

import (
	"net"
	"net/url"
	"strings"
	"unicode"
)

// Mirror says where copies go in quiet hours.
type Mirror struct {
	URL      string // of a folder on a WebDAV server; "" for no mirror
	User     string
	Password string
	Backups  bool     // the nightly copies of the database
	Pads     bool     // of rooms, as markdown
	Roots    string   // a file of roots (PEM) that the server's certificate may be signed with, besides those of the system
	Files    bool     // of rooms, groups and Team
	Homes    bool     // of members
	Rooms    []string // whose files go by themselves
	Groups   []string
}

// maxSecret bounds a login and a password of another server, in bytes.
const maxSecret = 1000

// mirrorKeys are not for the page to change: who manages the server there must not be able to have everything sent to a
// place of their own. The machine's owner sets them.
func mirrorKeys() []Key {
	return []Key{
		{
			Name: "mirror.url", Value: "URL", kind: text, set: setMirror,
			Allowed: "an https:// address (http:// to this machine itself); empty for none",
			Help: "A folder on a WebDAV server, such as a Nextcloud or another Tablée, that is kept like mirror.folder in quiet hours (files.quiet). " +
				"It is made if the folder above it is there. Whoever runs that server can read what lies there.",
		},
		{
			Name: "mirror.user", Value: "NAME", kind: text,
			Allowed: "up to 1000 bytes without a colon",
			set:     login(func(c *Config, value string) { c.Mirror.User = value }, ":"),
			Help:    "The login there.",
		},
		{
			Name: "mirror.password", Value: "PASSWORD", kind: text, Secret: true,
			Allowed: "up to 1000 bytes",
			set:     login(func(c *Config, value string) { c.Mirror.Password = value }, ""),
			Help:    "An app password there, not the one that its owner logs in with.",
		},
		{
			Name: "mirror.folder", Value: "NAME,NAME", Default: "backups,pads", kind: text, set: setMirrored,
			Allowed: "some of backups, pads, files, homes, room/NAME, group/NAME",
			Help: "What is mirrored: backups are the nightly copies of the database, with all that rooms, accounts, chats and pads have in it, but no files; " +
				"pads are those of rooms, as markdown; files are those of all rooms and groups and of Team, homes those of members; room/NAME and group/NAME " +
				"are the files of one.",
		},
		{
			Name: "mirror.ca_roots", Value: "FILE", kind: text, set: setPath(func(c *Config) *string { return &c.Mirror.Roots }),
			Allowed: "the path of a file", Help: "The roots (PEM) that the certificate there is signed with, when the system does not know them.",
		},
	}
}

func setMirror(c *Config, value string) error {
	u, err := url.Parse(value)
	if value == "" {
		return nil
	}
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || len(value) > maxPathLength {
		return errNotAllowed
	}
	ip := net.ParseIP(u.Hostname())
	here := u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	if u.Scheme != "https" && (u.Scheme != "http" || !here) {
		return errNotAllowed
	}
	c.Mirror.URL = value
	return nil
}

// login is a name or password that goes into a header.
func login(assign func(*Config, string), without string) func(*Config, string) error {
	return func(c *Config, value string) error {
		if len(value) > maxSecret || without != "" && strings.Contains(value, without) || strings.ContainsFunc(value, unicode.IsControl) {
			return errNotAllowed
		}
		assign(c, value)
		return nil
	}
}

func setMirrored(c *Config, value string) error {
	m := Mirror{URL: c.Mirror.URL, User: c.Mirror.User, Password: c.Mirror.Password, Roots: c.Mirror.Roots}
	for word := range strings.SplitSeq(value, ",") {
		word = strings.TrimSpace(word)
		kind, name, _ := strings.Cut(word, "/")
		named := name != "" && len(name) <= maxSecret && !strings.Contains(name, "/") && !strings.ContainsFunc(name, unicode.IsControl)
		switch {
		case word == "backups":
			m.Backups = true
		case word == "pads":
			m.Pads = true
		case word == "files":
			m.Files = true
		case word == "homes":
			m.Homes = true
		case kind == "room" && named:
			m.Rooms = append(m.Rooms, name)
		case kind == "group" && named:
			m.Groups = append(m.Groups, name)
		default:
			return errNotAllowed
		}
	}
	c.Mirror = m
	return nil
}
