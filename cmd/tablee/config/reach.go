package config

import (
	"net"
	"net/url"
	"slices"
	"strings"
)

// The settings of how the server is reached: TLS, TURN, addresses and names.

// Bounds.
const (
	maxNames     = 16
	maxName      = 253 // RFC 1035, section 2.3.4
	maxLabel     = 63
	maxBandwidth = 1_000_000 // kbit/s
)

// off is what switches an address or a name off.
const off = "off"

func reachKeys() []Key { return slices.Concat(tlsKeys(), turnKeys(), networkKeys()) }

func tlsKeys() []Key {
	return []Key{
		{
			Name: "tls.mode", Value: "MODE", kind: text,
			Allowed: "one of auto, files, internal, proxy, off",
			set:     oneOf(func(c *Config) *string { return &c.TLS.Mode }, "", TLSAuto, TLSFiles, TLSInternal, TLSProxy, TLSOff),
			Help: "Where certificates come from. auto: from Let's Encrypt, or else ZeroSSL, for the names in domain or, without " +
				"any, for media.addresses or the public address that is found out. files: tls.certificate and tls.key. internal: an authority of our own, for a LAN; " +
				"the page /trust explains how devices come to trust it. proxy: a proxy on this machine takes TLS off. off: " +
				"http only. Without it: auto when there is a domain, off when there is none.",
		},
		{
			Name: "tls.certificate", Value: "FILE", kind: text, set: setPath(func(c *Config) *string { return &c.TLS.Certificate }),
			Allowed: "the path of a file", Help: "The certificate and its chain (PEM), in the mode files. It is read again when it changes.",
		},
		{
			Name: "tls.key", Value: "FILE", kind: text, set: setPath(func(c *Config) *string { return &c.TLS.Key }),
			Allowed: "the path of a file", Help: "The certificate's key (PEM), in the mode files.",
		},
		{
			Name: "tls.email", Value: "ADDRESS", kind: text, set: setEmail,
			Allowed: "an address such as admin@example.org",
			Help:    "Told to the certificate authorities. Without it ZeroSSL, which wants it, is not asked when Let's Encrypt fails.",
		},
		{
			Name: "tls.http", Value: "HOST:PORT", Default: ":80", kind: text, set: setAddress(func(c *Config) *string { return &c.TLS.HTTP }),
			Allowed: "HOST:PORT, such as :80, or off",
			Help: "Where http:// is answered when TLS is on: it leads to https://, and certificate authorities check there that " +
				"the name is ours.",
		},
		{
			Name: "tls.ca", Value: "URL", kind: text, set: setURL,
			Allowed: "an https:// address", Help: "The ACME directory of another certificate authority, instead of Let's Encrypt and ZeroSSL.",
		},
		{
			Name: "tls.ca_roots", Value: "FILE", kind: text, set: setPath(func(c *Config) *string { return &c.TLS.CARoots }),
			Allowed: "the path of a file", Help: "The roots (PEM) that tls.ca's own certificate is signed with, when the system does not know them.",
		},
	}
}

func turnKeys() []Key {
	return []Key{
		{
			Name: "turn.mode", Value: "MODE", Default: "auto", kind: text,
			Allowed: "one of auto, on, off",
			set:     oneOf(func(c *Config) *string { return &c.turnMode }, "auto", "on", off),
			Help: "The relay for participants whose network lets no UDP through, or not to our media port. auto: on when others " +
				"can reach the page by https. It relays to our own media port and nowhere else.",
		},
		{
			Name: "turn.port", Value: "N", Default: "3478", kind: integer,
			Allowed: "a port from 0 to 65535",
			set:     setInt(0, maxPort, func(c *Config, n int) { c.TURN.Port = n }),
			Help:    "The relay's port, UDP and TCP. It is reached over TLS at the page's own port besides.",
		},
		{
			Name: "turn.bandwidth", Value: "KBITS", Default: "8000", kind: integer,
			Allowed: "a number of kbit/s from 100 to 1000000",
			set:     setInt(100, maxBandwidth, func(c *Config, n int) { c.TURN.Bandwidth = n }),
			Help:    "How much each relayed connection may carry, each way; what is more is dropped.",
		},
	}
}

func networkKeys() []Key {
	return []Key{
		{
			Name: "network.detect", Value: "MODE", Default: "auto", kind: text,
			Allowed: "one of auto, on, off",
			set:     oneOf(func(c *Config) *string { return &c.detectMode }, "auto", "on", off),
			Help: "Whether to find out the public address: by asking the router (UPnP, NAT-PMP), where the names in domain " +
				"lead to, and the servers in network.stun; again and again, since it may change. auto: when TLS is on " +
				"and media.addresses is empty.",
		},
		{
			Name: "network.map_ports", Value: "MODE", Default: off, kind: text,
			Allowed: "one of on, off",
			set:     oneOf(func(c *Config) *string { return &c.mapMode }, "on", off),
			Help:    "Whether to ask the router (UPnP, NAT-PMP) to forward our ports, for as long as the server runs.",
		},
		{
			Name: "network.stun", Value: "HOST:PORT", kind: list, set: addSTUN,
			Allowed: "up to 16 HOST:PORT, such as stun.example.org:3478",
			Help:    "STUN servers that may be asked for our public address. They learn that this server exists.",
		},
		{
			Name: "network.names", Value: "NAME,NAME", kind: list, set: addName(func(c *Config) *[]string { return &c.Network.Names }),
			Allowed: "up to 16 host names such as lan.meet.example.org",
			Help:    "Further names of this server, for inside the house. The internal authority vouches for them.",
		},
		{
			Name: "network.dns", Value: "HOST:PORT", Default: off, kind: text, set: setAddress(func(c *Config) *string { return &c.Network.DNS }),
			Allowed: "HOST:PORT, such as :53, or off",
			Help: "Where a small name server tells the house, and nobody else, our inside address for our own names: for routers " +
				"that cannot lead the public address back inside.",
		},
		{
			Name: "network.mdns", Value: "NAME", Default: off, kind: text, set: setMDNS,
			Allowed: "a word of letters, digits and hyphens, or off",
			Help:    "The name under .local by which devices of the house find the server: tablee stands for tablee.local.",
		},
	}
}

// settle decides what one setting leaves to others. listening says if listen was set by somebody.
func (c *Config) settle(listening bool) error {
	if c.TLS.Mode == "" {
		c.TLS.Mode = TLSOff
		if len(c.Domains) > 0 {
			c.TLS.Mode = TLSAuto
		}
	}
	if c.TLS.Secure() && !listening {
		c.Listen = ":443"
	}
	c.TURN.On = c.turnMode == "on" || c.turnMode == "auto" && c.TLS.Mode != TLSOff
	c.Network.Detect = c.detectMode == "on" || c.detectMode == "auto" && c.TLS.Mode != TLSOff && len(c.Media.Addresses) == 0
	c.Network.MapPorts = c.mapMode == "on"
	switch {
	case c.TLS.Mode == TLSFiles && (c.TLS.Certificate == "" || c.TLS.Key == ""):
		return invalidf("tls.mode is files; tls.certificate and tls.key must name the files")
	case c.TLS.Mode == TLSAuto && len(c.Domains) == 0 && len(c.Media.Addresses) == 0 && !c.Network.Detect:
		return invalidf("tls.mode is auto; domain must say a name to get a certificate for, or media.addresses an address, " +
			"or network.detect be on, so that the public address is found out")
	case c.TLS.Mode == TLSProxy && !loopback(c.Listen):
		return invalidf("tls.mode is proxy, and listen is %s; it must be an address of this machine alone, such as localhost:8080, "+
			"because what a proxy says of its guests is believed", c.Listen)
	}
	return nil
}

func loopback(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// oneOf takes a word of a list. Where a setting has no default, "" stands for that.
func oneOf(field func(*Config) *string, allowed ...string) func(*Config, string) error {
	return func(c *Config, value string) error {
		if !slices.Contains(allowed, value) {
			return errNotAllowed
		}
		*field(c) = value
		return nil
	}
}

func setPath(field func(*Config) *string) func(*Config, string) error {
	return func(c *Config, value string) error {
		if len(value) > maxPathLength || strings.ContainsRune(value, 0) {
			return errNotAllowed
		}
		*field(c) = value
		return nil
	}
}

func setAddress(field func(*Config) *string) func(*Config, string) error {
	return func(c *Config, value string) error {
		var check Config
		if value != off {
			if err := setListen(&check, value); err != nil {
				return err
			}
		}
		*field(c) = value
		return nil
	}
}

// hostName says if a name may stand in a certificate and in a link: letters, digits and hyphens (RFC 1123, section 2.1),
// at least two labels. Names of other scripts are written in their ASCII form.
func hostName(name string) bool {
	labels := strings.Split(name, ".")
	if len(name) > maxName || len(labels) < 2 || net.ParseIP(name) != nil {
		return false
	}
	return !slices.ContainsFunc(labels, func(l string) bool { return !label(l) })
}

func label(l string) bool {
	if l == "" || len(l) > maxLabel || l[0] == '-' || l[len(l)-1] == '-' {
		return false
	}
	return !strings.ContainsFunc(l, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' })
}

func addName(field func(*Config) *[]string) func(*Config, string) error {
	return func(c *Config, value string) error {
		name := strings.ToLower(strings.TrimSuffix(value, "."))
		names := field(c)
		if !hostName(name) || len(*names) == maxNames {
			return errNotAllowed
		}
		*names = append(*names, name)
		return nil
	}
}

func addSTUN(c *Config, value string) error {
	host, port, err := net.SplitHostPort(value)
	if err != nil || host == "" || port == "0" || len(c.Network.STUN) == maxNames || setListen(&Config{}, value) != nil {
		return errNotAllowed
	}
	c.Network.STUN = append(c.Network.STUN, value)
	return nil
}

func setMDNS(c *Config, value string) error {
	value = strings.TrimSuffix(strings.ToLower(value), ".local")
	if !label(value) {
		return errNotAllowed
	}
	c.Network.MDNS = value
	return nil
}

func setEmail(c *Config, value string) error {
	user, host, ok := strings.Cut(value, "@")
	if value == "" {
		return nil
	}
	if !ok || user == "" || len(value) > maxName || strings.ContainsAny(value, " <>\"\x00\r\n") || !hostName(strings.ToLower(host)) {
		return errNotAllowed
	}
	c.TLS.Email = value
	return nil
}

func setURL(c *Config, value string) error {
	u, err := url.Parse(value)
	if value == "" {
		return nil
	}
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || len(value) > maxPathLength {
		return errNotAllowed
	}
	c.TLS.CA = value
	return nil
}
