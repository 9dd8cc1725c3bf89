package accounts_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"tablee/accounts"
	"tablee/room"
)

func TestVouch(t *testing.T) {
	g, ctx := newRig(t), t.Context()
	g.account(t, "anne", room.AccountHolder)
	e := accounts.External{Source: accounts.OIDC, Subject: "https://id.example 7", Login: "anne", Name: "Anne\u202e  B."}
	a, err := g.Vouch(ctx, e)
	if err != nil || a.Login != "anne-2" || a.Role != room.AccountHolder || strings.ContainsRune(a.Name, '\u202e') {
		t.Fatal(a, err) // a stranger of the same login never gets the local account
	}
	wantCode(t, second(g.Login(ctx, client(1), "anne-2", "")), room.CodeLoginWrong)
	wantCode(t, second(g.SetPassword(ctx, a.ID, good)), room.CodeForbidden)
	e.Name, e.Admin = "Anne Neuve", true
	again, err := g.Vouch(ctx, e)
	if err != nil || again.ID != a.ID || again.Name != "Anne Neuve" || again.Role != room.Admin {
		t.Error(again, err)
	}
	g.account(t, "root", room.Admin)
	if _, err := g.Change(ctx, a.ID, func(a *accounts.Account) error { a.Disabled = true; return nil }); err != nil {
		t.Fatal(err)
	}
	wantCode(t, second(g.Vouch(ctx, e)), room.CodeLoginWrong)
	for _, none := range []accounts.External{{Source: accounts.OIDC, Login: "x"}, {Source: accounts.Local, Subject: "x"}, {Subject: "x"}} {
		wantCode(t, second(g.Vouch(ctx, none)), room.CodeLoginWrong)
	}
	odd, err := g.Vouch(ctx, accounts.External{Source: accounts.LDAP, Subject: "x", Login: "<é>"})
	if err != nil || odd.Login != "member" {
		t.Error(odd, err)
	}
}

// directory is a Directory that knows one person.
type directory struct {
	fail error
	gone *bool // lea is no member any more
}

func (d directory) Check(ctx context.Context, login, password string) (accounts.External, error) {
	if d.fail == nil && password != "dans l'annuaire" {
		return accounts.External{}, accounts.ErrUnknown
	}
	return d.Look(ctx, login)
}

func (d directory) Look(ctx context.Context, login string) (accounts.External, error) {
	e, err := d.Known(ctx, "uid="+login)
	e.Login = login
	return e, err
}

func (d directory) Known(_ context.Context, subject string) (accounts.External, error) {
	if d.fail != nil {
		return accounts.External{}, d.fail
	}
	if subject != "uid=lea" || d.gone != nil && *d.gone {
		return accounts.External{}, accounts.ErrUnknown
	}
	return accounts.External{Source: accounts.LDAP, Subject: "uid=lea", Name: "Léa"}, nil
}

func TestDirectory(t *testing.T) {
	g, ctx := newRig(t, accounts.WithDirectory(directory{})), t.Context()
	g.account(t, "anne", room.Admin)
	if _, err := g.Login(ctx, client(1), "anne", good); err != nil {
		t.Error("a local password is good beside a directory:", err)
	}
	for range 2 {
		if a, err := g.Login(ctx, client(1), "lea", "dans l'annuaire"); err != nil || a.Source != accounts.LDAP || a.Login != "lea" {
			t.Error(a, err)
		}
	}
	wantCode(t, second(g.Login(ctx, client(1), "lea", "wrong")), room.CodeLoginWrong)
	wantCode(t, second(g.Login(ctx, client(1), "lea", "")), room.CodeLoginWrong) // RFC 4513, section 5.1.2: that would be no check at all
	down := newRig(t, accounts.WithDirectory(directory{fail: errors.New("down")}))
	wantCode(t, second(down.Login(ctx, client(1), "lea", "dans l'annuaire")), room.CodeInternal)
}

// Who is in the directory under the login of a local account comes in beside it, and never as it.
func TestDirectoryBesideALocalLogin(t *testing.T) {
	g, ctx := newRig(t, accounts.WithDirectory(directory{})), t.Context()
	local := g.account(t, "lea", room.Admin)
	a, err := g.Login(ctx, client(1), "lea", "dans l'annuaire")
	if err != nil || a.ID == local.ID || a.Login != "lea-2" || a.Role != room.AccountHolder {
		t.Fatal(a, err)
	}
	if a, err = g.Login(ctx, client(1), "lea", good); err != nil || a.ID != local.ID {
		t.Error(a, err)
	}
	// The directory's password does not change the local one.
	wantCode(t, g.ChangePassword(ctx, client(1), local.ID, "dans l'annuaire", "un deux trois quatre", ""), room.CodeLoginWrong)
	if _, err = g.Login(ctx, client(1), "lea", good); err != nil {
		t.Error(err)
	}
}

// Where the source has the last word about admins, who is none there any more is none here; the last one stays.
func TestVouchedRole(t *testing.T) {
	g, ctx := newRig(t), t.Context()
	e := accounts.External{Source: accounts.OIDC, Subject: "7", Login: "anne", Admin: true, Ruled: true}
	role := func(want room.Role) {
		t.Helper()
		if a, err := g.Vouch(ctx, e); err != nil || a.Role != want {
			t.Error(a.Role, err)
		}
	}
	role(room.Admin)
	e.Admin = false
	role(room.Admin) // nobody could manage the server
	g.account(t, "root", room.Admin)
	role(room.AccountHolder)
	e.Admin = true
	role(room.Admin)
	e.Admin, e.Ruled = false, false
	role(room.Admin)
}

// Somebody else's word ends: what was given to an account sleeps with it, and wakes with the next word.
func TestTrustEnds(t *testing.T) {
	g, ctx := newRig(t, accounts.WithTrust(48*time.Hour)), t.Context()
	e := accounts.External{Source: accounts.OIDC, Subject: "7", Login: "anne"}
	a, err := g.Vouch(ctx, e)
	if err != nil {
		t.Fatal(err)
	}
	session, _, _ := g.NewSession(ctx, a.ID)
	app, _, _ := g.NewApp(ctx, a.ID, "")
	token, _, _ := g.NewToken(ctx, a.ID, "", 0)
	all := func(want room.Code) {
		t.Helper()
		for _, err := range []error{third(g.FromSession(ctx, session)), second(g.FromApp(ctx, client(1), "anne", app)), second(g.FromToken(ctx, client(1), token))} {
			wantCode(t, err, want)
		}
	}
	all("")
	g.now = g.now.Add(47 * time.Hour)
	all("") // using it is no word
	g.now = g.now.Add(2 * time.Hour)
	all(room.CodeLoginWrong)
	if _, err := g.Vouch(ctx, e); err != nil {
		t.Fatal(err)
	}
	all("")
	local := g.account(t, "root", room.Admin)
	session, _, _ = g.NewSession(ctx, local.ID)
	g.now = g.now.Add(20 * 24 * time.Hour)
	if _, _, err := g.FromSession(ctx, session); err != nil {
		t.Error("a local account needs nobody's word:", err)
	}
}

// Who leaves the directory is locked out by the next recheck, and not by a directory that is down.
func TestRecheck(t *testing.T) {
	var gone bool
	g, ctx := newRig(t, accounts.WithDirectory(directory{gone: &gone})), t.Context()
	a, err := g.Login(ctx, client(1), "lea", "dans l'annuaire")
	if err != nil {
		t.Fatal(err)
	}
	session, _, _ := g.NewSession(ctx, a.ID)
	check := func(want room.Code) {
		t.Helper()
		if err := g.Recheck(ctx); err != nil {
			t.Error(err)
		}
		wantCode(t, third(g.FromSession(ctx, session)), want)
	}
	for range 20 { // three weeks: each recheck renews the word
		check("")
		g.now = g.now.Add(24 * time.Hour)
	}
	gone = true
	check(room.CodeLoginWrong)
	check(room.CodeLoginWrong)
	gone = false
	check("")
	down := accounts.New(g.store, nobodys{}, func() time.Time { return g.now }, accounts.WithDirectory(directory{fail: errors.New("down")}))
	if err := down.Recheck(ctx); err == nil {
		t.Error("nobody is told that the directory is down")
	}
	if _, _, err := down.FromSession(ctx, session); err != nil {
		t.Error("a directory that is down locks people out:", err)
	}
	if b, err := g.Get(ctx, "lea"); err != nil || b.Name != "Léa" || b.Login != "lea" {
		t.Error(b, err)
	}
}

// nobodys is a Hasher for Accounts that are asked for no password.
type nobodys struct{}

func (nobodys) Hash(string) string         { return "x" }
func (nobodys) None() string               { return "x" }
func (nobodys) Verify(string, string) bool { return false }
func (nobodys) Outdated(string) bool       { return false }

func TestEndSessions(t *testing.T) {
	g, ctx := newRig(t), t.Context()
	a, err := g.Vouch(ctx, accounts.External{Source: accounts.OIDC, Subject: "7", Login: "anne"})
	if err != nil {
		t.Fatal(err)
	}
	session, _, _ := g.NewSession(ctx, a.ID)
	app, _, _ := g.NewApp(ctx, a.ID, "")
	for _, err := range []error{g.EndSessions(ctx, accounts.OIDC, "8"), g.EndSessions(ctx, accounts.LDAP, "7"), g.EndSessions(ctx, accounts.OIDC, "")} {
		if err != nil {
			t.Error(err)
		}
	}
	if _, _, err := g.FromSession(ctx, session); err != nil {
		t.Error(err)
	}
	if err := g.EndSessions(ctx, accounts.OIDC, "7"); err != nil {
		t.Error(err)
	}
	wantCode(t, third(g.FromSession(ctx, session)), room.CodeLoginWrong)
	wantCode(t, second(g.FromApp(ctx, client(1), "anne", app)), "")
}
