package accounts_test

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"tablee/accounts"
	"tablee/room"
)

// counting counts how many passwords were really looked at.
type counting struct{ looked int }

func (*counting) Hash(p string) string      { return "of " + p }
func (*counting) Outdated(string) bool      { return false }
func (*counting) None() string              { return "none" }
func (c *counting) Verify(p, h string) bool { c.looked++; return h == "of "+p }

// Ten thousand guesses, one a second: so few are looked at, and the right one does not get through in between.
func TestTenThousandGuesses(t *testing.T) {
	const guesses = 10_000
	cases := map[string]struct {
		from func(n int) netip.Addr
		most int // that may be looked at in 10 000 seconds
	}{
		"by one client":            {func(int) netip.Addr { return client(1) }, 12 + guesses/30 + 1},
		"by one IPv6 household":    {func(n int) netip.Addr { return netip.MustParseAddr(fmt.Sprintf("2001:db8::%x", n+1)) }, 12 + guesses/30 + 1},
		"by a client for each":     {func(n int) netip.Addr { return netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)}) }, 30 + guesses/60 + 1},
		"by connections in memory": {func(int) netip.Addr { return netip.Addr{} }, 12 + guesses/30 + 1},
	}
	for name, c := range cases {
		g := newRig(t)
		h := &counting{}
		a := accounts.New(g.store, h, func() time.Time { return g.now })
		if _, err := a.Create(t.Context(), accounts.Wish{Login: "anne", Password: good}, room.Admin); err != nil {
			t.Fatal(err)
		}
		limited := 0
		for n := range guesses {
			g.now = g.now.Add(time.Second)
			_, err := a.Login(t.Context(), c.from(n), "anne", fmt.Sprintf("guess number %d", n))
			switch room.CodeOf(err) {
			case room.CodeRateLimited:
				limited++
			case room.CodeLoginWrong:
			default:
				t.Fatalf("%s: %v", name, err)
			}
		}
		if h.looked > c.most || h.looked < c.most/2 || limited != guesses-h.looked {
			t.Errorf("%s: %d of %d guesses were looked at, %d may be", name, h.looked, guesses, c.most)
		}
	}
}

// Guesses at others' accounts cost the guesser, and nobody else; a right password costs nothing.
func TestGuessesHinderNobodyElse(t *testing.T) {
	g, ctx := newRig(t), t.Context()
	g.account(t, "anne", room.AccountHolder)
	for n := range 40 {
		_, _ = g.Login(ctx, client(1), fmt.Sprintf("nobody%d", n), "x")
	}
	_, err := g.Login(ctx, client(1), "anne", good)
	wantCode(t, err, room.CodeRateLimited)
	for range 100 { // a whole school behind one router
		if _, err := g.Login(ctx, client(2), "anne", good); err != nil {
			t.Fatal(err)
		}
	}
	g.now = g.now.Add(31 * time.Second)
	if _, err := g.Login(ctx, client(1), "anne", good); err != nil {
		t.Error("after the wait:", err)
	}
}

// A program that shows a wrong token again and again is stopped, and makes nobody else wait.
func TestProgramsThatGuess(t *testing.T) {
	g, ctx := newRig(t), t.Context()
	a := g.account(t, "anne", room.AccountHolder)
	app, _, _ := g.NewApp(ctx, a.ID, "")
	last := error(nil)
	for range 20 {
		_, last = g.FromApp(ctx, client(1), "anne", "AAAAA-BBBBB-CCCCC-DDDDD-EEEEEE")
	}
	wantCode(t, last, room.CodeRateLimited)
	if _, err := g.FromApp(ctx, client(2), "anne", app); err != nil {
		t.Error(err)
	}
	if _, err := g.Login(ctx, client(2), "anne", good); err != nil {
		t.Error(err)
	}
}

func TestNames(t *testing.T) {
	for typed, want := range map[string]string{"anne": "anne", " Anne.B ": "anne.b", "a@b.fr": "a@b.fr", "7": "7"} {
		if got, err := accounts.NormalLogin(typed); got != want || err != nil {
			t.Errorf("%q: %q %v", typed, got, err)
		}
	}
	for _, typed := range []string{"", " ", "éloïse", "a b", ".a", "-a", "a\x00", "а", "<script>", "../a", string(make([]byte, 65)), "a\u202eb"} {
		if got, err := accounts.NormalLogin(typed); err == nil {
			t.Errorf("%q is taken as %q", typed, got)
		}
	}
	for _, weak := range []string{"", "short", "123456789", "aaaaaaaaaaaa", "ababababab", "xx-annette-xx", "\xff\xff\xff\xff1234567890", string(make([]byte, 2000))} {
		if accounts.CheckPassword(weak, "annette") == nil {
			t.Errorf("%q is taken", weak)
		}
	}
	if err := accounts.CheckPassword("été à la plage", "annette"); err != nil {
		t.Error(err)
	}
}

func FuzzNormalLogin(f *testing.F) {
	for _, s := range []string{"anne", "A@B.c", "é", "", ".a"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		login, err := accounts.NormalLogin(typed)
		if err != nil {
			return
		}
		if again, err := accounts.NormalLogin(login); again != login || err != nil {
			t.Errorf("%q becomes %q becomes %q", typed, login, again)
		}
	})
}
