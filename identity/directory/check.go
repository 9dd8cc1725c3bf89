package directory

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/go-ldap/ldap/v3"

	"tablee/accounts"
)

// How somebody is found and checked: one search with the filter, which must find one entry; one more to see if they are an
// admin; and a bind as that entry, with their password.

// errNobody is accounts.ErrUnknown inside this package.
var errNobody = accounts.ErrUnknown

// maxEntries is how many entries are asked for: two are one too many.
const maxEntries = 2

// Check implements accounts.Directory.
func (d *Directory) Check(ctx context.Context, login, password string) (who accounts.External, err error) {
	if login == "" || password == "" {
		return accounts.External{}, errNobody
	}
	err = d.talk(ctx, func(c *ldap.Conn) error {
		entry, err := d.find(c, fill(d.cfg.Filter, login))
		if errors.Is(err, errNobody) {
			_ = c.Bind("cn=nobody,"+d.cfg.Base, password) // takes as long; there is no such entry, and it lets nobody in
			return errNobody
		}
		if err != nil {
			return err
		}
		if who, err = d.read(c, entry, login); err != nil {
			return err
		}
		if err := c.Bind(entry.DN, password); ldap.IsErrorAnyOf(err, ldap.LDAPResultInvalidCredentials, ldap.LDAPResultInappropriateAuthentication,
			ldap.LDAPResultUnwillingToPerform, ldap.LDAPResultConstraintViolation, ldap.LDAPResultInsufficientAccessRights, ldap.ErrorEmptyPassword) {
			return errNobody // wrong, locked, expired
		} else if err != nil {
			return err
		}
		return nil
	})
	if err != nil {
		return accounts.External{}, err
	}
	return who, nil
}

// Look implements accounts.Directory.
func (d *Directory) Look(ctx context.Context, login string) (accounts.External, error) {
	if login == "" {
		return accounts.External{}, errNobody
	}
	return d.look(ctx, fill(d.cfg.Filter, login), login)
}

// Known implements accounts.Directory.
func (d *Directory) Known(ctx context.Context, subject string) (accounts.External, error) {
	value := ldap.EscapeFilter(subject)
	if raw, ok := strings.CutPrefix(subject, binaryPrefix); ok {
		b, err := hex.DecodeString(raw)
		if err != nil {
			return accounts.External{}, errNobody
		}
		value = ldap.EscapeFilter(string(b))
	}
	anybody := strings.ReplaceAll(d.cfg.Filter, "%s", "*")
	return d.look(ctx, "(&"+anybody+"("+d.cfg.ID+"="+value+"))", "")
}

func (d *Directory) look(ctx context.Context, filter, login string) (who accounts.External, err error) {
	err = d.talk(ctx, func(c *ldap.Conn) error {
		entry, err := d.find(c, filter)
		if err == nil {
			who, err = d.read(c, entry, login)
		}
		return err
	})
	if err != nil {
		return accounts.External{}, err
	}
	return who, nil
}

// find finds the one entry that a filter fits.
func (d *Directory) find(c *ldap.Conn, filter string) (*ldap.Entry, error) {
	attributes := append([]string{d.cfg.ID}, d.cfg.Names...)
	answer, err := c.Search(ldap.NewSearchRequest(d.cfg.Base, ldap.ScopeWholeSubtree, ldap.NeverDerefAliases, maxEntries, int(askTimeout.Seconds()), false,
		filter, attributes, nil))
	switch {
	case ldap.IsErrorWithCode(err, ldap.LDAPResultSizeLimitExceeded) || err == nil && len(answer.Entries) > 1:
		return nil, errTwice
	case err != nil:
		return nil, err
	case len(answer.Entries) == 0:
		return nil, errNobody
	}
	return answer.Entries[0], nil
}

// read says who an entry is.
func (d *Directory) read(c *ldap.Conn, entry *ldap.Entry, login string) (accounts.External, error) {
	who := accounts.External{Source: accounts.LDAP, Login: login, Ruled: d.cfg.AdminFilter != "" || d.cfg.AdminGroup != ""}
	if who.Subject = subject(entry.GetEqualFoldRawAttributeValue(d.cfg.ID)); who.Subject == "" {
		return accounts.External{}, errNoID
	}
	for _, name := range d.cfg.Names {
		if who.Name = entry.GetEqualFoldAttributeValue(name); who.Name != "" {
			break
		}
	}
	var err error
	if d.cfg.AdminFilter != "" {
		filter := strings.ReplaceAll(d.cfg.AdminFilter, "%s", "*")
		if login != "" {
			filter = fill(d.cfg.AdminFilter, login)
		}
		if who.Admin, err = d.fits(c, entry.DN, filter); err != nil {
			return accounts.External{}, err
		}
	}
	if d.cfg.AdminGroup != "" && !who.Admin {
		dn, user := ldap.EscapeFilter(entry.DN), ldap.EscapeFilter(rdnValue(entry.DN))
		if who.Admin, err = d.fits(c, d.cfg.AdminGroup, fmt.Sprintf("(|(member=%s)(uniqueMember=%s)(memberUid=%s))", dn, dn, user)); err != nil {
			return accounts.External{}, err
		}
	}
	return who, nil
}

// binaryPrefix starts a subject that is not text, such as Active Directory's objectGUID.
const binaryPrefix = "hex:"

func subject(raw []byte) string {
	if !utf8.Valid(raw) || strings.ContainsFunc(string(raw), func(r rune) bool { return r < ' ' }) {
		return binaryPrefix + hex.EncodeToString(raw)
	}
	return string(raw)
}

// rdnValue is the value of the first part of a DN: what posixGroup calls its members.
func rdnValue(dn string) string {
	parsed, err := ldap.ParseDN(dn)
	if err != nil || len(parsed.RDNs) == 0 || len(parsed.RDNs[0].Attributes) == 0 {
		return ""
	}
	return parsed.RDNs[0].Attributes[0].Value
}

// fits says if an entry fits a filter. One that is not there fits none.
func (d *Directory) fits(c *ldap.Conn, dn, filter string) (bool, error) {
	answer, err := c.Search(ldap.NewSearchRequest(dn, ldap.ScopeBaseObject, ldap.NeverDerefAliases, 1, int(askTimeout.Seconds()), false,
		filter, []string{"1.1"}, nil))
	if ldap.IsErrorWithCode(err, ldap.LDAPResultNoSuchObject) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return len(answer.Entries) > 0, nil
}

// Probe asks the directory, for the doctor: is it there, may we search, does the filter find anybody.
func (d *Directory) Probe(ctx context.Context) error {
	var why error
	err := d.open(ctx, func(c *ldap.Conn) error {
		entry, err := d.find(c, strings.ReplaceAll(d.cfg.Filter, "%s", "*"))
		switch {
		case errors.Is(err, errTwice): // more than one, as one would wish
			return nil
		case errors.Is(err, errNobody):
			why = errors.New("the directory answers, and ldap.filter finds nobody in it: nobody may log in")
			return nil
		case err != nil:
			return err
		}
		_, err = d.read(c, entry, "")
		return err
	})
	if err != nil {
		return errors.New(d.explain(err))
	}
	return why
}
