package store

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"
	"time"

	"tablee/accounts"
	"tablee/room"
)

// changeAccountsForever makes accounts from invitations, gives them passwords and sessions, takes sessions away, and
// prints a line after each commit.
func changeAccountsForever(s *Store) error {
	ctx := context.Background()
	run := rand.Uint32() // a killed run may have left half of its last person
	hash := func(text string) []byte { h := sha256.Sum256([]byte(text)); return h[:] }
	for i := 0; ; i++ {
		name := fmt.Sprintf("p%d-%d", run, i)
		invite := accounts.Secret{ID: "i" + name, Kind: accounts.Invite, Role: room.AccountHolder, Created: time.Now()}
		if err := s.CreateSecret(ctx, invite, hash(invite.ID), 1<<30); err != nil {
			return err
		}
		fmt.Println("invited", name)
		a := accounts.Account{ID: name, Login: name, Name: name, Role: room.AccountHolder, Source: accounts.Local, Created: time.Now()}
		if err := s.CreateAccount(ctx, a, "", hash(invite.ID), 1<<30); err != nil {
			return err
		}
		fmt.Println("made", name)
		for n := range 2 {
			session := accounts.Secret{ID: fmt.Sprint("s", n, name), Kind: accounts.Session, Account: name, Created: time.Now()}
			if err := s.CreateSecret(ctx, session, hash(session.ID), 10); err != nil {
				return err
			}
		}
		fmt.Println("sessions", name)
		_, err := s.ChangeAccount(ctx, name, func(_ *accounts.Account, password *string) error {
			*password = "of " + name
			return nil
		}, accounts.Which{Account: name, Kinds: []accounts.Kind{accounts.Session}, Except: "s1" + name})
		if err != nil {
			return err
		}
		fmt.Println("password", name)
	}
}

// Fault 36 for accounts: what was acknowledged is there after each kill -9, and what is there is whole: an invitation is
// either good or has made its account, and a new password has ended the sessions that it was to end.
func TestAccountsSurviveKills(t *testing.T) {
	const rounds = 20
	dir := t.TempDir()
	said := map[string]string{} // account → the last thing acknowledged
	for round := range rounds {
		h := startHelper(t, "accounts", dir)
		keep := func() {
			if verb, name, ok := strings.Cut(h.lines.Text(), " "); ok {
				said[name] = verb
			}
		}
		for range rand.IntN(25) + 1 {
			if !h.lines.Scan() {
				t.Fatalf("round %d: the writer ended", round)
			}
			keep()
		}
		<-time.After(time.Duration(rand.IntN(3000)) * time.Microsecond) // somewhere inside a commit
		if err := h.cmd.Process.Signal(syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		for h.lines.Scan() {
			keep()
		}
		if err := h.cmd.Wait(); err == nil {
			t.Fatal("it was not killed")
		}
		checkAccounts(t, dir, said)
	}
	if len(said) < rounds {
		t.Fatalf("only %d accounts were seen", len(said))
	}
}

func checkAccounts(t *testing.T, dir string, said map[string]string) {
	t.Helper()
	s, err := Open(dir)
	if err != nil || s.SetAside() != "" {
		t.Fatal(err, s.SetAside())
	}
	defer s.Close()
	for name, verb := range said {
		_, password, err := s.FindAccount(t.Context(), accounts.Key{ID: name})
		there := err == nil
		h := sha256.Sum256([]byte("i" + name))
		_, _, err = s.FindSecret(t.Context(), accounts.Invite, h[:], time.Now())
		if invited := err == nil; invited == there {
			t.Fatalf("%s: there is %v, invited %v", name, there, invited)
		}
		sessions, err := s.ListSecrets(t.Context(), accounts.Which{Account: name, Kinds: []accounts.Kind{accounts.Session}})
		if err != nil {
			t.Fatal(err)
		}
		if changed := password != ""; changed != (len(sessions) == 1 && sessions[0].ID == "s1"+name) && verb != "made" && verb != "invited" {
			t.Fatalf("%s: password changed %v, with %d sessions", name, changed, len(sessions))
		}
		switch {
		case verb != "invited" && !there, verb == "sessions" && len(sessions) == 0, verb == "password" && password == "":
			t.Fatalf("%s: %q was acknowledged and is lost", name, verb)
		}
	}
}
