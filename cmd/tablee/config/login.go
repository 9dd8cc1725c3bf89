package config

import (
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Login says who besides this server knows people.
type Login struct {
	Trust time.Duration // how long their word is good for
	OIDC  OIDC
	LDAP  LDAP
	SSO   SSO
}

// OIDC is an OpenID provider; none without an Issuer.
type OIDC struct {
	Issuer, Name, ClientID, ClientSecret, CARoots string
	Scopes                                        []string
	LoginClaims, NameClaims, GroupClaims          []string
	Allowed, Admins                               []string
	Leave                                         bool // logging out here logs out there
}

// LDAP is a directory; none without a URL.
type LDAP struct {
	URL, Name, CARoots, BindDN, BindPassword string
	Base, Filter, AdminFilter, AdminGroup    string
	ID                                       string
	Names                                    []string
	StartTLS                                 bool
}

// SSO is a proxy before us that logs people in; none without a Header.
type SSO struct {
	Header, NameHeader, GroupsHeader, Name, Secret string
	Proxies                                        []netip.Prefix
	Allowed, Admins                                []string
	Basic                                          bool
}

// Bounds.
const (
	maxTrustHours = 8760
	maxWords      = 16
	maxWord       = 512
)

func loginKeys() []Key { return slices.Concat(trustKeys(), oidcKeys(), ldapKeys(), ssoKeys()) }

func trustKeys() []Key {
	return []Key{{
		Name: "login.trust_hours", Value: "N", Default: "168", kind: integer,
		Allowed: "a number of hours from 1 to 8760",
		set:     setInt(1, maxTrustHours, func(c *Config, n int) { c.Login.Trust = time.Duration(n) * time.Hour }),
		Help: "How long the word of an OpenID provider, a directory or a proxy about somebody is good for. Then their sessions, app " +
			"passwords and tokens sleep until they log in there again. A directory is asked again every quarter of an hour besides.",
	}}
}

const wordsAllowed = "up to 16 words of at most 512 bytes"

// word is a key with one text, and words one with several.
func word(name, value, help string, field func(*Config) *string) Key {
	return Key{Name: name, Value: value, kind: text, Allowed: "a text of at most 512 bytes on one line", Help: help, set: setWord(field)}
}

func words(name, value, help string, field func(*Config) *[]string) Key {
	return Key{Name: name, Value: value, kind: list, Allowed: wordsAllowed, Help: help, set: func(c *Config, value string) error {
		var w string
		l := field(c)
		if err := setWord(func(*Config) *string { return &w })(c, value); err != nil || w == "" || len(*l) == maxWords {
			return errNotAllowed
		}
		*l = append(*l, w)
		return nil
	}}
}

// secret is a word that is shown to nobody.
func secret(k Key) Key { k.Secret = true; return k }

func setWord(field func(*Config) *string) func(*Config, string) error {
	return func(c *Config, value string) error {
		if len(value) > maxWord || strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return errNotAllowed
		}
		*field(c) = value
		return nil
	}
}

func onOff(field func(*Config) *bool) func(*Config, string) error {
	return func(c *Config, value string) error {
		if value != "on" && value != off {
			return errNotAllowed
		}
		*field(c) = value == "on"
		return nil
	}
}

func oidcKeys() []Key {
	o := func(c *Config) *OIDC { return &c.Login.OIDC }
	return []Key{
		word("oidc.issuer", "URL", "An OpenID provider by which people may log in (docs/login.md), exactly as it calls itself. Without it there is none.",
			func(c *Config) *string { return &o(c).Issuer }),
		word("oidc.name", "TEXT", "What stands on the button: Continue with … Without it the provider's host name.", func(c *Config) *string { return &o(c).Name }),
		word("oidc.client_id", "NAME", "The name under which the provider knows this server.", func(c *Config) *string { return &o(c).ClientID }),
		secret(word("oidc.client_secret", "SECRET", "The secret that the provider has given this server; none for a public client.", func(c *Config) *string { return &o(c).ClientSecret })),
		words("oidc.scopes", "WORD,WORD", "What the provider is asked for. Without it: openid, profile, and groups if the provider has it and groups matter.",
			func(c *Config) *[]string { return &o(c).Scopes }),
		words("oidc.login_claims", "CLAIM,CLAIM", "Claims that may hold the login; the first that is there counts. Without it: preferred_username, nickname.",
			func(c *Config) *[]string { return &o(c).LoginClaims }),
		words("oidc.name_claims", "CLAIM,CLAIM", "Claims that may hold the name; the first that is there counts. Without it: name, display_name, preferred_username.",
			func(c *Config) *[]string { return &o(c).NameClaims }),
		words("oidc.group_claims", "CLAIM,CLAIM", "Claims that hold groups; all that are there count. a.b is b inside a. Without it: groups, roles, realm_access.roles.",
			func(c *Config) *[]string { return &o(c).GroupClaims }),
		words("oidc.allowed_groups", "GROUP,GROUP", "Only members of these groups, and of oidc.admin_groups, may come in. Without it everybody whom the provider knows.",
			func(c *Config) *[]string { return &o(c).Allowed }),
		words("oidc.admin_groups", "GROUP,GROUP", "Members of these groups are admins here, and who leaves them is none any more. Without it admins are made here.",
			func(c *Config) *[]string { return &o(c).Admins }),
		{
			Name: "oidc.logout", Value: "MODE", Default: off, kind: text, Allowed: "one of on, off", set: onOff(func(c *Config) *bool { return &o(c).Leave }),
			Help: "Whether who logs out here is led to the provider to log out there, too.",
		},
		{
			Name: "oidc.ca_roots", Value: "FILE", kind: text, set: setPath(func(c *Config) *string { return &o(c).CARoots }),
			Allowed: "the path of a file", Help: "The roots (PEM) that the provider's certificate is signed with, when the system does not know them.",
		},
	}
}

func ldapKeys() []Key {
	l := func(c *Config) *LDAP { return &c.Login.LDAP }
	return []Key{
		word("ldap.url", "URL", "An LDAP directory whose logins and passwords are good here (docs/login.md): ldaps://HOST, ldap://HOST with ldap.start_tls or on "+
			"this machine, ldapi://%2Fpath%2Fto%2Fsocket. Without it there is none.", func(c *Config) *string { return &l(c).URL }),
		word("ldap.name", "TEXT", "What the directory is called on the page: Your login of … is good here, too.", func(c *Config) *string { return &l(c).Name }),
		{
			Name: "ldap.start_tls", Value: "MODE", Default: off, kind: text, Allowed: "one of on, off", set: onOff(func(c *Config) *bool { return &l(c).StartTLS }),
			Help: "Whether an ldap:// connection is encrypted before anything is said.",
		},
		{
			Name: "ldap.ca_roots", Value: "FILE", kind: text, set: setPath(func(c *Config) *string { return &l(c).CARoots }),
			Allowed: "the path of a file", Help: "The roots (PEM) that the directory's certificate is signed with, when the system does not know them.",
		},
		word("ldap.bind_dn", "DN", "Who searches the directory. Without it nobody in particular.", func(c *Config) *string { return &l(c).BindDN }),
		secret(word("ldap.bind_password", "SECRET", "The password of ldap.bind_dn.", func(c *Config) *string { return &l(c).BindPassword })),
		word("ldap.base", "DN", "Below which entry people are, such as ou=users,dc=yunohost,dc=org.", func(c *Config) *string { return &l(c).Base }),
		{
			Name: "ldap.filter", Value: "FILTER", Default: "(uid=%s)", kind: text, set: setWord(func(c *Config) *string { return &l(c).Filter }),
			Allowed: "a filter (RFC 4515) of at most 512 bytes with %s in it",
			Help:    "Who may come in. %s is the login that somebody types; it is escaped.",
		},
		word("ldap.admin_filter", "FILTER", "Whose entry fits this is an admin here, and who does not is none. Without it, and ldap.admin_group, admins are made here.",
			func(c *Config) *string { return &l(c).AdminFilter }),
		word("ldap.admin_group", "DN", "A group (member, uniqueMember or memberUid) whose members are admins here.", func(c *Config) *string { return &l(c).AdminGroup }),
		{
			Name: "ldap.id_attribute", Value: "NAME", Default: "entryUUID", kind: text, set: setAttribute, Allowed: "the name of an attribute",
			Help: "By what people are told apart: it must never be given to somebody else. entryUUID; objectGUID of Active Directory; uid where there is nothing better.",
		},
		words("ldap.name_attributes", "NAME,NAME", "Attributes that may hold the name; the first that is there counts. Without it: displayName, cn.",
			func(c *Config) *[]string { return &l(c).Names }),
	}
}

// setAttribute takes an attribute's name (RFC 4512, section 1.4): it goes into a filter as it is.
func setAttribute(c *Config, value string) error {
	if value == "" || len(value) > maxLabel || strings.ContainsFunc(value, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-'
	}) {
		return errNotAllowed
	}
	c.Login.LDAP.ID = value
	return nil
}

func ssoKeys() []Key {
	s := func(c *Config) *SSO { return &c.Login.SSO }
	return []Key{
		word("sso.header", "NAME", "The header in which a proxy before this server says who has logged in there, such as Ynh-User or Remote-User (docs/login.md). "+
			"It is looked at on /sso only. Without it there is none.", func(c *Config) *string { return &s(c).Header }),
		word("sso.name_header", "NAME", "The header that has the name, such as Ynh-User-Fullname or Remote-Name.", func(c *Config) *string { return &s(c).NameHeader }),
		word("sso.groups_header", "NAME", "The header that has the groups, with commas between them, such as Remote-Groups.", func(c *Config) *string { return &s(c).GroupsHeader }),
		{
			Name: "sso.proxies", Value: "NET,NET", kind: list, set: addProxy,
			Allowed: "up to 16 addresses or networks such as 127.0.0.1 or 172.18.0.0/16",
			Help:    "The proxies whose headers are believed. Without it this machine's own: 127.0.0.1 and ::1.",
		},
		{
			Name: "sso.basic", Value: "MODE", Default: "on", kind: text, Allowed: "one of on, off", set: onOff(func(c *Config) *bool { return &s(c).Basic }),
			Help: "Whether the header counts only together with Basic credentials of the same name, as YunoHost sends them. Switch it off for a proxy " +
				"that sends none and replaces the header in every request.",
		},
		secret(word("sso.secret", "SECRET", "If set, the proxy must send it in the header Tablee-Proxy-Secret: then no other program on the proxy's machine is believed.",
			func(c *Config) *string { return &s(c).Secret })),
		words("sso.allowed_groups", "GROUP,GROUP", "Only members of these groups, and of sso.admin_groups, may come in.", func(c *Config) *[]string { return &s(c).Allowed }),
		words("sso.admin_groups", "GROUP,GROUP", "Members of these groups are admins here, and who leaves them is none any more.", func(c *Config) *[]string { return &s(c).Admins }),
		word("sso.name", "TEXT", "What stands on the button: Continue with … Without it the host's own name.", func(c *Config) *string { return &s(c).Name }),
	}
}

func addProxy(c *Config, value string) error {
	p, err := netip.ParsePrefix(value)
	if err != nil {
		a, aerr := netip.ParseAddr(value)
		if aerr != nil || a.Zone() != "" {
			return errNotAllowed
		}
		p = netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen())
	}
	if l := &c.Login.SSO.Proxies; p.Bits() > 0 && len(*l) < maxAddresses { // everybody is no proxy
		*l = append(*l, p.Masked())
		return nil
	}
	return errNotAllowed
}
