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
	Backups  bool // the nightly copies of the database
	Pads     bool // of rooms, as markdown
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
			Allowed: "backups, pads, or both",
			Help: "What is mirrored: backups are the nightly copies of the database, with all that rooms, accounts, chats and pads have in it, but no files; " +
				"pads are those of rooms, as markdown.",
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
	c.Mirror.Backups, c.Mirror.Pads = false, false
	for word := range strings.SplitSeq(value, ",") {
		switch strings.TrimSpace(word) {
		case "backups":
			c.Mirror.Backups = true
		case "pads":
			c.Mirror.Pads = true
		default:
			return errNotAllowed
		}
	}
	return nil
}
