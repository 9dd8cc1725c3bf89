package accounts_test

import (
	"bytes"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tablee/accounts"
	"tablee/password"
	"tablee/room"
	"tablee/store"
)

// rig is accounts over a real store, under a clock of the test's.
type rig struct {
	*accounts.Accounts
	store *store.Store
	dir   string
	now   time.Time
}

func newRig(t testing.TB, opts ...accounts.Option) *rig {
	t.Helper()
	g := &rig{dir: t.TempDir(), now: time.Date(2026, 11, 27, 8, 0, 0, 0, time.UTC)}
	s, err := store.Open(g.dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	g.store = s
	g.Accounts = accounts.New(s, password.NewCheapHasher(), func() time.Time { return g.now }, opts...)
	return g
}

const good = "cheval agrafe pile"

func (g *rig) account(t testing.TB, login string, role room.Role) accounts.Account {
	t.Helper()
	a, err := g.Create(t.Context(), accounts.Wish{Login: login, Name: strings.ToUpper(login), Password: good}, role)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func client(n byte) netip.Addr { return netip.AddrFrom4([4]byte{192, 0, 2, n}) }

func wantCode(t *testing.T, err error, code room.Code) {
	t.Helper()
	if room.CodeOf(err) != code {
		t.Errorf("got %v, not %s", err, code)
	}
}

func TestSetup(t *testing.T) {
	g, ctx := newRig(t), t.Context()
	first, err := g.SetupSecret(ctx)
	if err != nil || first == "" {
		t.Fatal(first, err)
	}
	secret, _ := g.SetupSecret(ctx)
	wish := accounts.Wish{Login: "Anne", Name: "Anne", Password: good}
	_, err = g.Setup(ctx, first, wish)
	wantCode(t, err, room.CodeLinkInvalid) // another was made since
	_, err = g.Setup(ctx, "", wish)
	wantCode(t, err, room.CodeLinkInvalid)
	_, err = g.Setup(ctx, secret, accounts.Wish{Login: "anne"})
	wantCode(t, err, room.CodePasswordWeak)
	a, err := g.Setup(ctx, secret, wish)
	if err != nil || a.Role != room.Admin || a.Login != "anne" {
		t.Fatal(a, err)
	}
	_, err = g.Setup(ctx, secret, accounts.Wish{Login: "bob", Password: good})
	wantCode(t, err, room.CodeLinkInvalid)
	if again, err := g.SetupSecret(ctx); again != "" || err != nil {
		t.Errorf("with an admin there is a setup link: %q %v", again, err)
	}
}

func TestInvitation(t *testing.T) {
	g, ctx := newRig(t), t.Context()
	text, s, err := g.Invite(ctx, room.AccountHolder, "for the choir", 0)
	if err != nil || s.Expires.Sub(g.now) != accounts.InviteLife {
		t.Fatal(s, err)
	}
	if look, err := g.LookAt(ctx, accounts.Invite, text); err != nil || look.Role != room.AccountHolder {
		t.Fatal(look, err)
	}
	_, err = g.LookAt(ctx, accounts.Reset, text) // a secret of one kind is none of another
	wantCode(t, err, room.CodeLinkInvalid)
	g.account(t, "carole", room.AccountHolder)
	_, err = g.Accept(ctx, text, accounts.Wish{Login: "carole", Password: good})
	wantCode(t, err, room.CodeAccountExists) // and the invitation is still good
	a, err := g.Accept(ctx, text, accounts.Wish{Login: "dora", Password: good})
	if err != nil || a.Role != room.AccountHolder {
		t.Fatal(a, err)
	}
	_, err = g.Accept(ctx, text, accounts.Wish{Login: "eve", Password: good})
	wantCode(t, err, room.CodeLinkInvalid)

	late, _, _ := g.Invite(ctx, room.Admin, "", time.Hour)
	g.now = g.now.Add(time.Hour)
	_, err = g.Accept(ctx, late, accounts.Wish{Login: "eve", Password: good})
	wantCode(t, err, room.CodeLinkInvalid)

	gone, s, _ := g.Invite(ctx, room.AccountHolder, "", 0)
	if err := g.Revoke(ctx, "", s.ID, accounts.Invite); err != nil {
		t.Fatal(err)
	}
	_, err = g.Accept(ctx, gone, accounts.Wish{Login: "eve", Password: good})
	wantCode(t, err, room.CodeLinkInvalid)
	wantCode(t, g.Revoke(ctx, "", s.ID, accounts.Invite), room.CodeLinkUnknown)
	_, _, err = g.Invite(ctx, room.Host, "", 0)
	wantCode(t, err, room.CodeBadMessage)
}

func TestSessions(t *testing.T) {
	g, ctx := newRig(t), t.Context()
	a := g.account(t, "anne", room.AccountHolder)
	in, err := g.Login(ctx, client(1), " ANNE ", good)
	if err != nil || in.ID != a.ID {
		t.Fatal(in, err)
	}
	one, s1, _ := g.NewSession(ctx, a.ID)
	two, _, _ := g.NewSession(ctx, a.ID)
	if one == two || len(one) < 26 {
		t.Fatal("sessions are guessable")
	}
	for day := range 60 { // one in use lives on
		g.now = g.now.Add(24 * time.Hour)
		if _, _, err := g.FromSession(ctx, one); err != nil {
			t.Fatalf("after %d days: %v", day+1, err)
		}
	}
	_, _, err = g.FromSession(ctx, two) // one that is not does not
	wantCode(t, err, room.CodeLoginWrong)
	if err := g.Revoke(ctx, a.ID, s1.ID, accounts.Session); err != nil {
		t.Fatal(err)
	}
	_, _, err = g.FromSession(ctx, one)
	wantCode(t, err, room.CodeLoginWrong)

	three, _, _ := g.NewSession(ctx, a.ID)
	if _, err := g.Change(ctx, "anne", func(a *accounts.Account) error { a.Disabled = true; return nil }); err != nil {
		t.Fatal(err)
	}
	_, _, err = g.FromSession(ctx, three)
	wantCode(t, err, room.CodeLoginWrong)
	_, err = g.Login(ctx, client(1), "anne", good)
	wantCode(t, err, room.CodeLoginWrong)
}

// A clock that is a day off, as a Pi's at its start, ends no session (fault 37).
func TestClockOff(t *testing.T) {
	g, ctx := newRig(t), t.Context()
	a := g.account(t, "anne", room.AccountHolder)
	text, _, _ := g.NewSession(ctx, a.ID)
	for _, off := range []time.Duration{-24 * time.Hour, 48 * time.Hour, -50 * 365 * 24 * time.Hour} {
		g.now = g.now.Add(off)
		if _, _, err := g.FromSession(ctx, text); err != nil {
			t.Errorf("%v off: %v", off, err)
		}
	}
}

func TestSessionsAreBounded(t *testing.T) {
	g, ctx := newRig(t), t.Context()
	a := g.account(t, "anne", room.AccountHolder)
	var texts []string
	for range 60 {
		g.now = g.now.Add(time.Second)
		text, _, err := g.NewSession(ctx, a.ID)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, text)
	}
	list, err := g.Secrets(ctx, a.ID, accounts.Session)
	if err != nil || len(list) != 50 {
		t.Fatal(len(list), err)
	}
	if _, _, err := g.FromSession(ctx, texts[59]); err != nil {
		t.Error("the newest is gone")
	}
	if _, _, err := g.FromSession(ctx, texts[0]); err == nil {
		t.Error("the oldest is there")
	}
}

func TestPasswords(t *testing.T) {
	g, ctx := newRig(t), t.Context()
	a := g.account(t, "anne", room.AccountHolder)
	keep, s, _ := g.NewSession(ctx, a.ID)
	other, _, _ := g.NewSession(ctx, a.ID)
	app, _, _ := g.NewApp(ctx, a.ID, "the laptop's folder")
	token, _, _ := g.NewToken(ctx, a.ID, "", 0)
	const fresh = "un deux trois quatre"
	wantCode(t, g.ChangePassword(ctx, client(1), a.ID, "not this one", fresh, s.ID), room.CodeLoginWrong)
	wantCode(t, g.ChangePassword(ctx, client(1), a.ID, good, "short", s.ID), room.CodePasswordWeak)
	if err := g.ChangePassword(ctx, client(1), a.ID, good, fresh, s.ID); err != nil {
		t.Fatal(err)
	}
	if _, _, err := g.FromSession(ctx, keep); err != nil {
		t.Error("the session that changed it is gone")
	}
	_, _, err := g.FromSession(ctx, other)
	wantCode(t, err, room.CodeLoginWrong)
	if _, err := g.FromApp(ctx, client(1), "anne", app); err != nil {
		t.Error("the app password went with it:", err)
	}

	first, _, _ := g.NewReset(ctx, "anne")
	link, _, _ := g.NewReset(ctx, "anne")
	_, err = g.Reset(ctx, first, good)
	wantCode(t, err, room.CodeLinkInvalid)
	if _, err := g.Reset(ctx, link, good); err != nil {
		t.Fatal(err)
	}
	_, err = g.Reset(ctx, link, fresh)
	wantCode(t, err, room.CodeLinkInvalid)
	for _, err := range []error{second(g.FromApp(ctx, client(1), "anne", app)), second(g.FromToken(ctx, client(1), token)), third(g.FromSession(ctx, keep))} {
		wantCode(t, err, room.CodeLoginWrong) // a reset ends all
	}
	if _, err := g.Login(ctx, client(1), "anne", good); err != nil {
		t.Error(err)
	}
}

func second[A any](_ A, err error) error        { return err }
func third[A, B any](_ A, _ B, err error) error { return err }

func TestAppPasswordsAndTokens(t *testing.T) {
	g, ctx := newRig(t), t.Context()
	a, b := g.account(t, "anne", room.AccountHolder), g.account(t, "bob", room.Admin)
	app, _, err := g.NewApp(ctx, a.ID, "DAVx5")
	if err != nil {
		t.Fatal(err)
	}
	for _, typed := range []string{app, strings.ToLower(app), strings.ReplaceAll(app, "-", ""), strings.ReplaceAll(app, "-", " ")} {
		if got, err := g.FromApp(ctx, client(1), "Anne", typed); err != nil || got.ID != a.ID {
			t.Errorf("%q: %v", typed, err)
		}
	}
	wantCode(t, second(g.FromApp(ctx, client(2), b.Login, app)), room.CodeLoginWrong) // somebody else's
	wantCode(t, second(g.FromApp(ctx, client(3), "anne", good)), room.CodeLoginWrong) // the password itself is none
	wantCode(t, second(g.FromToken(ctx, client(4), app)), room.CodeLoginWrong)        // nor a token
	wantCode(t, second(g.Login(ctx, client(5), "anne", app)), room.CodeLoginWrong)    // nor a password
	token, s, _ := g.NewToken(ctx, b.ID, "backup", time.Hour)
	if got, err := g.FromToken(ctx, client(1), token); err != nil || got.Role != room.Admin || !strings.HasPrefix(token, accounts.TokenPrefix) {
		t.Error(got, err)
	}
	g.now = g.now.Add(time.Hour)
	wantCode(t, second(g.FromToken(ctx, client(1), token)), room.CodeLoginWrong)
	wantCode(t, g.Revoke(ctx, a.ID, s.ID, accounts.Token), room.CodeLinkUnknown) // not one's own
}

func TestLastAdmin(t *testing.T) {
	g, ctx := newRig(t), t.Context()
	a := g.account(t, "anne", room.Admin)
	demote := func(a *accounts.Account) error { a.Role = room.AccountHolder; return nil }
	wantCode(t, second(g.Change(ctx, a.ID, demote)), room.CodeLastAdmin)
	wantCode(t, second(g.Change(ctx, a.ID, func(a *accounts.Account) error { a.Disabled = true; return nil })), room.CodeLastAdmin)
	wantCode(t, g.Delete(ctx, a.ID), room.CodeLastAdmin)
	b := g.account(t, "bob", room.Admin)
	if _, err := g.Change(ctx, a.ID, demote); err != nil {
		t.Error(err)
	}
	wantCode(t, g.Delete(ctx, b.ID), room.CodeLastAdmin)
	if err := g.Delete(ctx, a.ID); err != nil {
		t.Error(err)
	}
	wantCode(t, g.Delete(ctx, a.ID), room.CodeAccountUnknown)
}

func TestDeletedAccountLeavesItsRooms(t *testing.T) {
	g, ctx := newRig(t), t.Context()
	a := g.account(t, "anne", room.AccountHolder)
	text, _, _ := g.NewSession(ctx, a.ID)
	rooms := room.NewRegistry(g.store, room.DefaultLimits(), time.Now)
	if _, _, _, err := rooms.Open(ctx, "choir", a.Identity()); err != nil {
		t.Fatal(err)
	}
	if err := g.Delete(ctx, "anne"); err != nil {
		t.Fatal(err)
	}
	r, err := rooms.Get(ctx, "choir")
	if err != nil || r.Owner != "" {
		t.Error(r, err)
	}
	wantCode(t, third(g.FromSession(ctx, text)), room.CodeLoginWrong)
}

// Nothing by which somebody could come in is on the disk.
func TestNothingReadableAtRest(t *testing.T) {
	g, ctx := newRig(t), t.Context()
	a := g.account(t, "anne", room.AccountHolder)
	session, _, _ := g.NewSession(ctx, a.ID)
	app, _, _ := g.NewApp(ctx, a.ID, "")
	token, _, _ := g.NewToken(ctx, a.ID, "", 0)
	invite, _, _ := g.Invite(ctx, room.Admin, "", 0)
	canaries := []string{good, session, app, strings.ReplaceAll(app, "-", ""), token, token[7:], invite}
	err := filepath.WalkDir(g.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		for _, c := range canaries {
			if bytes.Contains(content, []byte(c)) {
				t.Errorf("%s holds a secret", filepath.Base(path))
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A password that was hashed with another strength is hashed anew when it is used.
func TestRehash(t *testing.T) {
	g, ctx := newRig(t), t.Context()
	a := g.account(t, "anne", room.AccountHolder)
	strong := accounts.New(g.store, password.NewHasher(), func() time.Time { return g.now })
	if _, err := strong.Login(ctx, client(1), "anne", good); err != nil {
		t.Fatal(err)
	}
	_, hash, err := g.store.FindAccount(ctx, accounts.Key{ID: a.ID})
	if err != nil || !strings.Contains(hash, "m=19456,t=2,p=1") {
		t.Error(hash, err)
	}
	if _, err := strong.Login(ctx, client(1), "anne", good); err != nil {
		t.Error(err)
	}
}
