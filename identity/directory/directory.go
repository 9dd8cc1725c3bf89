package directory

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-ldap/ldap/v3"

	"tablee/room"
)

// Bounds of the talk with a directory.
const (
	dialTimeout = 5 * time.Second
	askTimeout  = 5 * time.Second // for one request
	maxTalks    = 4               // at once; who comes meanwhile waits
	waitTimeout = 10 * time.Second
)

// Config says where the directory is, and what is asked. URL, Base, Filter, ID and Log are required.
type Config struct {
	URL          string // ldap://, ldaps:// or ldapi://
	StartTLS     bool
	Roots        *x509.CertPool // nil for the system's
	BindDN       string         // who searches; "" for nobody in particular
	BindPassword string
	Base         string
	Filter       string   // who may come in; %s is their login
	AdminFilter  string   // which of them are admins, "" for none; %s is their login
	AdminGroup   string   // DN of a group whose members are admins, "" for none
	ID           string   // the attribute that is never given to somebody else
	Names        []string // attributes, the first that is there is the name
	Log          *slog.Logger
}

// Directory is one LDAP directory. It may be used from many goroutines.
type Directory struct {
	cfg   Config
	tls   *tls.Config
	talks chan struct{}
	down  atomic.Pointer[string] // why it could not be asked the last time; nil when it could
}

// New makes a Directory; it asks nothing yet.
func New(cfg Config) (*Directory, error) {
	if path, ok := strings.CutPrefix(cfg.URL, "ldapi://"); ok { // OpenLDAP writes the socket's path as a host: ldapi://%2Frun%2Fslapd%2Fldapi
		if plain, err := url.PathUnescape(path); err == nil && strings.HasPrefix(plain, "/") {
			cfg.URL = "ldapi://" + plain
		}
	}
	u, err := url.Parse(cfg.URL)
	if err != nil {
		return nil, errors.New("ldap.url must be an address such as ldap://localhost:389 or ldaps://ldap.example.org")
	}
	host := u.Hostname()
	switch {
	case u.Scheme != "ldap" && u.Scheme != "ldaps" && u.Scheme != "ldapi":
		return nil, errors.New("ldap.url must begin with ldap://, ldaps:// or ldapi://")
	case u.Scheme != "ldapi" && host == "":
		return nil, errors.New("ldap.url names no host")
	case u.Scheme == "ldap" && !cfg.StartTLS && !loopback(host):
		return nil, errors.New("ldap.url is ldap:// on another machine: passwords would travel in the clear; use ldaps://, or set ldap.start_tls to on")
	case u.Scheme != "ldap" && cfg.StartTLS:
		return nil, errors.New("ldap.start_tls is for ldap:// only")
	case cfg.Base == "":
		return nil, errors.New("ldap.url is set; ldap.base must be, too: below which entry people are, such as ou=users,dc=example,dc=org")
	case !strings.Contains(cfg.Filter, "%s"):
		return nil, errors.New("ldap.filter must contain %s, where the login goes, as in (uid=%s)")
	case (cfg.BindDN == "") != (cfg.BindPassword == ""):
		return nil, errors.New("ldap.bind_dn and ldap.bind_password belong together; a name without a password is nobody's login")
	}
	for _, f := range []struct{ name, filter string }{{"ldap.filter", cfg.Filter}, {"ldap.admin_filter", cfg.AdminFilter}} {
		if f.filter == "" {
			continue
		}
		if _, err := ldap.CompileFilter(fill(f.filter, "x")); err != nil {
			return nil, fmt.Errorf("%s is no filter (RFC 4515); are all brackets closed?", f.name)
		}
	}
	for _, dn := range []struct{ name, dn string }{{"ldap.base", cfg.Base}, {"ldap.admin_group", cfg.AdminGroup}, {"ldap.bind_dn", cfg.BindDN}} {
		if _, err := ldap.ParseDN(dn.dn); err != nil {
			return nil, fmt.Errorf("%s is no distinguished name such as ou=users,dc=example,dc=org", dn.name)
		}
	}
	return &Directory{cfg: cfg, tls: &tls.Config{RootCAs: cfg.Roots, ServerName: host, MinVersion: tls.VersionTLS12}, talks: make(chan struct{}, maxTalks)}, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// fill puts a login into a filter, as a value and nothing else.
func fill(filter, login string) string {
	return strings.ReplaceAll(filter, "%s", ldap.EscapeFilter(login))
}

// talk opens a connection, as whoever searches, hands it to do, and closes it. An error that means that
// somebody is not known passes through; all others become one for users, and are logged when the directory was there before.
func (d *Directory) talk(ctx context.Context, do func(*ldap.Conn) error) error {
	ctx, cancel := context.WithTimeout(ctx, waitTimeout)
	defer cancel()
	select {
	case d.talks <- struct{}{}:
	case <-ctx.Done():
		return unavailable()
	}
	defer func() { <-d.talks }()
	err := d.open(ctx, do)
	if errors.Is(err, errTwice) {
		d.cfg.Log.Warn("somebody cannot log in: " + d.explain(err))
		err = errNobody
	}
	if err == nil || errors.Is(err, errNobody) {
		if d.down.Swap(nil) != nil {
			d.cfg.Log.Info("the LDAP directory is there again")
		}
		return err
	}
	why := d.explain(err)
	if d.down.Swap(&why) == nil {
		d.cfg.Log.Warn("nobody can log in by the LDAP directory for now", "error", why)
	}
	return unavailable()
}

// Failure says in plain words why the directory could not be asked the last time; nil when it could.
func (d *Directory) Failure() error {
	if why := d.down.Load(); why != nil {
		return errors.New(*why)
	}
	return nil
}

func unavailable() error {
	return &room.Error{Code: room.CodeLoginDown, Message: "the directory of members cannot be asked at the moment; try again later"}
}

func (d *Directory) open(ctx context.Context, do func(*ldap.Conn) error) error {
	c, err := ldap.DialURL(d.cfg.URL, ldap.DialWithDialer(&net.Dialer{Timeout: dialTimeout}), ldap.DialWithTLSConfig(d.tls))
	if err != nil {
		return err
	}
	defer c.Close() // it may be closed already; nothing was written that could be lost
	defer context.AfterFunc(ctx, func() { c.Close() })()
	c.SetTimeout(askTimeout)
	if d.cfg.StartTLS {
		if err := c.StartTLS(d.tls); err != nil {
			return err
		}
	}
	if d.cfg.BindDN != "" {
		if err := c.Bind(d.cfg.BindDN, d.cfg.BindPassword); err != nil {
			return fmt.Errorf("%w: %w", errBind, err)
		}
	}
	return do(c)
}

var (
	errBind  = errors.New("the directory refuses ldap.bind_dn and ldap.bind_password")
	errNoID  = errors.New("an entry does not show the attribute that tells people apart")
	errTwice = errors.New("ldap.filter finds more than one entry for one login")
)

// explain says what is wrong with the directory in words that help.
func (d *Directory) explain(err error) string {
	var verification *tls.CertificateVerificationError
	answer, isAnswer := errors.AsType[*ldap.Error](err)
	switch {
	case errors.Is(err, errBind):
		return errBind.Error()
	case errors.Is(err, errNoID):
		return "the entries that ldap.filter finds do not show " + d.cfg.ID + ", by which people are told apart; set ldap.id_attribute to one that they have, such as uid, or let ldap.bind_dn read it"
	case errors.Is(err, errTwice):
		return errTwice.Error() + "; make it stricter"
	case errors.As(err, &verification) || isAnswer && errors.As(answer.Err, &verification) || strings.Contains(err.Error(), "x509: "): // StartTLS keeps the text only
		return "the directory's certificate is not one that this machine trusts; name its authority in ldap.ca_roots"
	case isAnswer && answer.ResultCode == ldap.ErrorNetwork:
		return d.cfg.URL + " does not answer; is the directory running, and can this machine reach it?"
	case isAnswer && answer.ResultCode == ldap.LDAPResultNoSuchObject:
		return "there is no entry " + d.cfg.Base + " in the directory, or it may not be seen; check ldap.base and ldap.bind_dn"
	case isAnswer && answer.ResultCode == ldap.LDAPResultInsufficientAccessRights:
		return "the directory does not let this server search; set ldap.bind_dn and ldap.bind_password"
	case isAnswer:
		return fmt.Sprintf("the directory answers %q", ldap.LDAPResultCodeMap[answer.ResultCode])
	}
	return fmt.Sprintf("%s: %.200s", d.cfg.URL, err)
}
