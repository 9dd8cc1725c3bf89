package directory_test

import (
	"bytes"
	"errors"
	"log/slog"
	"net"
	"strings"
	"testing"

	"github.com/go-ldap/ldap/v3"

	"tablee/accounts"
	"tablee/identity/directory"
	"tablee/room"
)

// open lets everybody read all but passwords, as YunoHost does.
const open = "access to attrs=userPassword by anonymous auth by * none\naccess to * by * read\n"

// closed lets only the reader read.
const closed = "access to attrs=userPassword by anonymous auth by * none\naccess to * by dn.exact=uid=reader,dc=yunohost,dc=org read by * none\n"

func config(s *slapd, change ...func(*directory.Config)) directory.Config {
	c := directory.Config{URL: s.plain, Base: "ou=users," + base, Filter: yunohost, ID: "entryUUID", Names: []string{"displayName", "cn"},
		AdminFilter: "(permission=cn=tablee.admin,ou=permission,dc=yunohost,dc=org)", Log: slog.New(slog.DiscardHandler)}
	for _, f := range change {
		f(&c)
	}
	return c
}

func newDirectory(t testing.TB, c directory.Config) *directory.Directory {
	t.Helper()
	d, err := directory.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// One slapd for what changes nothing in it.
func TestAgainstSlapd(t *testing.T) {
	s := newSlapd(t, open)
	t.Run("check", func(t *testing.T) { checks(t, s) })
	t.Run("injection", func(t *testing.T) { injections(t, s) })
	t.Run("ways", func(t *testing.T) { ways(t, s) })
	t.Run("admins", func(t *testing.T) { admins(t, s) })
	t.Run("probe", func(t *testing.T) { probes(t, s) })
	t.Run("down", func(t *testing.T) { down(t, s) })
}

func checks(t *testing.T, s *slapd) {
	d, ctx := newDirectory(t, config(s)), t.Context()
	anne, err := d.Check(ctx, "anne", "le mot d'Anne")
	if err != nil || anne.Name != "Anne Martin" || !anne.Admin || !anne.Ruled || anne.Source != accounts.LDAP || anne.Login != "anne" || len(anne.Subject) != 36 {
		t.Errorf("anne is %+v, %v", anne, err)
	}
	lea, err := d.Check(ctx, "lea", "le mot de Léa")
	if err != nil || lea.Name != "Léa" || lea.Admin || lea.Subject == anne.Subject {
		t.Errorf("lea is %+v, %v", lea, err)
	}
	for login, password := range map[string]string{
		"anne":    "le mot de Léa",     // another's
		"lea":     "",                  // RFC 4513, section 5.1.2: slapd would let that in as nobody
		"mallory": "le mot de Mallory", // right, and without the permission
		"nobody":  "x",
		"ghost":   "x", // has no password
		"":        "x",
		"reader":  "reads only", // not below the base
	} {
		if who, err := d.Check(ctx, login, password); !errors.Is(err, accounts.ErrUnknown) {
			t.Errorf("%s with %q is %+v, %v", login, password, who, err)
		}
	}
	if who, err := d.Look(ctx, "lea"); err != nil || who.Subject != lea.Subject || who.Login != "lea" {
		t.Errorf("looked up, lea is %+v, %v", who, err)
	}
	if who, err := d.Known(ctx, anne.Subject); err != nil || who.Subject != anne.Subject || !who.Admin || who.Name != "Anne Martin" {
		t.Errorf("known, anne is %+v, %v", who, err)
	}
	for _, subject := range []string{"", "*", "00000000-0000-0000-0000-000000000000", "hex:zz", "hex:00"} {
		if who, err := d.Known(ctx, subject); !errors.Is(err, accounts.ErrUnknown) {
			t.Errorf("%q is %+v, %v", subject, who, err)
		}
	}
}

// What somebody types stays a value of the filter.
func injections(t *testing.T, s *slapd) {
	d, ctx := newDirectory(t, config(s)), t.Context()
	for _, login := range []string{"*", "a*", "anne)(uid=*", "*)(objectClass=*", "anne)(|(uid=*", "mallory)(permission=*))(|(uid=mallory", "anne\x00", `anne\2a`,
		"lea)(cn=*))(&(uid=lea", "é*", "uid=anne,ou=users"} {
		for _, password := range []string{"le mot d'Anne", "le mot de Léa", "le mot de Mallory"} {
			if who, err := d.Check(ctx, login, password); !errors.Is(err, accounts.ErrUnknown) {
				t.Errorf("%q is %+v, %v", login, who, err)
			}
		}
		if who, err := d.Look(ctx, login); !errors.Is(err, accounts.ErrUnknown) {
			t.Errorf("looked up, %q is %+v, %v", login, who, err)
		}
	}
}

// The ways to a directory, and the certificate that must be right.
func ways(t *testing.T, s *slapd) {
	for name, c := range map[string]struct {
		change func(*directory.Config)
		ok     bool
	}{
		"in the clear on this machine": {func(*directory.Config) {}, true},
		"StartTLS":                     {func(c *directory.Config) { c.StartTLS, c.Roots = true, s.roots }, true},
		"ldaps":                        {func(c *directory.Config) { c.URL, c.Roots = s.secure, s.roots }, true},
		"ldapi":                        {func(c *directory.Config) { c.URL = s.socket }, true},
		"StartTLS, a stranger":         {func(c *directory.Config) { c.StartTLS = true }, false},
		"ldaps, a stranger":            {func(c *directory.Config) { c.URL = s.secure }, false},
	} {
		d := newDirectory(t, config(s, c.change))
		_, err := d.Check(t.Context(), "anne", "le mot d'Anne")
		if c.ok && err != nil || !c.ok && room.CodeOf(err) != room.CodeLoginDown {
			t.Errorf("%s: %v (%v)", name, err, d.Failure())
		}
		if !c.ok && !strings.Contains(d.Failure().Error(), "ldap.ca_roots") {
			t.Errorf("%s: %v", name, d.Failure())
		}
	}
}

func admins(t *testing.T, s *slapd) {
	for _, c := range []struct {
		filter, group string
		anne, lea     bool
	}{
		{"", "", false, false},
		{"", "cn=admins,ou=groups," + base, true, false},
		{"", "cn=posix,ou=groups," + base, false, true},
		{"", "cn=none,ou=groups," + base, false, false},
		{"(uid=%s)", "", true, true},
		{"(cn=Anne*)", "cn=posix,ou=groups," + base, true, true},
	} {
		d := newDirectory(t, config(s, func(cfg *directory.Config) { cfg.AdminFilter, cfg.AdminGroup = c.filter, c.group }))
		anne, err := d.Look(t.Context(), "anne")
		lea, lerr := d.Look(t.Context(), "lea")
		if err != nil || lerr != nil || anne.Admin != c.anne || lea.Admin != c.lea || anne.Ruled != (c.filter+c.group != "") {
			t.Errorf("%+v: %+v %v, %+v %v", c, anne, err, lea, lerr)
		}
	}
}

func probes(t *testing.T, s *slapd) {
	for want, change := range map[string]func(*directory.Config){
		"":                   func(*directory.Config) {},
		"ldap.base":          func(c *directory.Config) { c.Base = "ou=nowhere," + base },
		"finds nobody":       func(c *directory.Config) { c.Filter = "(&(uid=%s)(cn=none))" },
		"ldap.bind_password": func(c *directory.Config) { c.BindDN, c.BindPassword = "uid=reader,"+base, "wrong" },
		"ldap.id_attribute":  func(c *directory.Config) { c.ID, c.Filter = "objectGUID", "(&(uid=%s)(uid=anne))" },
		"does not answer":    func(c *directory.Config) { c.URL = "ldap://" + free(t) },
	} {
		err := newDirectory(t, config(s, change)).Probe(t.Context())
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", want, err)
		}
	}
}

// A directory that goes away is one refusal for people, one line of the log, and comes back by itself.
func down(t *testing.T, s *slapd) {
	var log bytes.Buffer
	d := newDirectory(t, config(s, func(c *directory.Config) { c.Log = slog.New(slog.NewTextHandler(&log, nil)) }))
	s.stop()
	for range 3 {
		_, err := d.Check(t.Context(), "anne", "le mot d'Anne")
		if room.CodeOf(err) != room.CodeLoginDown {
			t.Error(err)
		}
	}
	if d.Failure() == nil || strings.Count(log.String(), "level=WARN") != 1 || strings.Contains(log.String(), "anne") {
		t.Errorf("%v; the log has %s", d.Failure(), &log)
	}
	s.start()
	if _, err := d.Check(t.Context(), "anne", "le mot d'Anne"); err != nil || d.Failure() != nil {
		t.Error(err, d.Failure())
	}
}

// Where strangers may not search, the reader does; and who loses the permission, or the entry, is not known any more.
func TestClosedDirectory(t *testing.T) {
	s, ctx := newSlapd(t, closed), t.Context()
	anonymous := newDirectory(t, config(s))
	if _, err := anonymous.Check(ctx, "anne", "le mot d'Anne"); err == nil {
		t.Error("somebody was found who may not be seen")
	}
	d := newDirectory(t, config(s, func(c *directory.Config) { c.BindDN, c.BindPassword = "uid=reader,"+base, "reads only" }))
	lea, err := d.Check(ctx, "lea", "le mot de Léa")
	if err != nil {
		t.Fatal(err, d.Failure())
	}
	anne, err := d.Check(ctx, "anne", "le mot d'Anne")
	if err != nil {
		t.Fatal(err)
	}
	s.change(t, func(c *ldap.Conn) error {
		m := ldap.NewModifyRequest("uid=lea,ou=users,"+base, nil)
		m.Delete("permission", nil)
		return c.Modify(m)
	})
	s.change(t, func(c *ldap.Conn) error { return c.Del(ldap.NewDelRequest("uid=anne,ou=users,"+base, nil)) })
	for _, subject := range []string{lea.Subject, anne.Subject} {
		if _, err := d.Known(ctx, subject); !errors.Is(err, accounts.ErrUnknown) {
			t.Error(err)
		}
	}
	// Somebody new of the same login is somebody else.
	s.change(t, func(c *ldap.Conn) error {
		a := ldap.NewAddRequest("uid=anne,ou=users,"+base, nil)
		for k, v := range map[string]string{"cn": "Anne Autre", "sn": "x", "uid": "anne", "uidNumber": "2", "gidNumber": "2", "homeDirectory": "/", "userPassword": "autre",
			"permission": "cn=tablee.main,ou=permission," + base} {
			a.Attribute(k, []string{v})
		}
		a.Attribute("objectClass", []string{"inetOrgPerson", "posixAccount", "userPermissionYnh"})
		return c.Add(a)
	})
	other, err := d.Check(ctx, "anne", "autre")
	if err != nil || other.Subject == anne.Subject {
		t.Error(other, err)
	}
}

// A directory that takes the connection and says nothing holds nobody up for long; who waits behind too many gives up.
func TestSilentDirectory(t *testing.T) {
	t.Parallel() // it waits
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	d := newDirectory(t, config(&slapd{plain: "ldap://" + l.Addr().String()}))
	if _, err := d.Check(t.Context(), "anne", "x"); room.CodeOf(err) != room.CodeLoginDown {
		t.Error(err)
	}
}

// Settings that cannot work are refused in words that name the key.
func TestSettings(t *testing.T) {
	s := &slapd{plain: "ldap://127.0.0.1:389"}
	for want, change := range map[string]func(*directory.Config){
		"ldap.url":           func(c *directory.Config) { c.URL = "http://x" },
		"in the clear":       func(c *directory.Config) { c.URL = "ldap://ldap.example.org" },
		"ldap.start_tls":     func(c *directory.Config) { c.URL, c.StartTLS = "ldaps://ldap.example.org", true },
		"ldap.base":          func(c *directory.Config) { c.Base = "" },
		"ldap.base is no":    func(c *directory.Config) { c.Base = "users" },
		"%s":                 func(c *directory.Config) { c.Filter = "(uid=anne)" },
		"ldap.filter is no":  func(c *directory.Config) { c.Filter = "(uid=%s" },
		"ldap.admin_filter":  func(c *directory.Config) { c.AdminFilter = "admin" },
		"ldap.bind_password": func(c *directory.Config) { c.BindDN = "cn=x" },
	} {
		if _, err := directory.New(config(s, change)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", want, err)
		}
	}
}
