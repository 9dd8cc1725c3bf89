package room_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	. "tablee/room"
	"tablee/room/roomtest"
)

// plain is a Passwords that hides nothing, and takes no time.
type plain struct{}

func (plain) Hash(password string) string       { return "hash of " + password }
func (plain) Verify(password, hash string) bool { return hash == "hash of "+password }
func anybody() Identity                         { return Identity{} }
func holder(account string) Identity            { return Identity{Account: account, Box: AccountHolder} }
func lobby(r *Room) error                       { r.Settings.Lobby = true; return nil }
func newManaged(opts ...Option) (*Registry, *[]News, *roomtest.Store, *time.Time) {
	now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	store, news := roomtest.New(), new([]News)
	g := NewRegistry(store, DefaultLimits(), func() time.Time { return now }, append(opts, WithPasswords(plain{}))...)
	g.Watch(func(n News) { *news = append(*news, n) })
	return g, news, store, &now
}

func TestCreateListUpdateDelete(t *testing.T) {
	ctx := t.Context()
	g, news, store, _ := newManaged()
	r, token, err := g.Create(ctx, "Réunion du lundi", holder("anna"), Settings{Max: 5})
	if err != nil || r.Name != "reunion-du-lundi" || r.Owner != "anna" || r.Settings.Max != 5 || !g.IsHost(ctx, r.Name, token) {
		t.Fatalf("%+v %v", r, err)
	}
	if _, _, err := g.Create(ctx, "reunion du lundi", anybody(), Settings{}); CodeOf(err) != CodeRoomExists {
		t.Fatal(err)
	}
	if _, _, err := g.Create(ctx, "autre", anybody(), Settings{Max: -1}); CodeOf(err) != CodeBadMessage {
		t.Fatal(err)
	}
	made, _, err := g.Create(ctx, "", anybody(), Settings{})
	if err != nil || strings.Count(made.Name, "-") != 3 {
		t.Fatalf("%+v %v", made, err)
	}
	if list, err := g.List(ctx, Filter{Owner: "anna"}); err != nil || len(list) != 1 || !reflect.DeepEqual(list[0], r) {
		t.Fatalf("%+v %v", list, err)
	}
	if len(*news) != 0 {
		t.Fatalf("%+v", *news)
	}

	changed, err := g.Update(ctx, "Reunion du lundi", func(r *Room) error {
		r.Settings.Lobby, r.Title, r.Name, r.Settings.PasswordHash = true, "  Lundi ", "other", "forged"
		return nil
	})
	if err != nil || !changed.Settings.Lobby || changed.Title != "Lundi" || changed.Name != r.Name || changed.Settings.PasswordHash != "" {
		t.Fatalf("%+v %v", changed, err)
	}
	if stored, err := g.Get(ctx, r.Name); err != nil || !reflect.DeepEqual(stored, changed) {
		t.Fatalf("%+v %v", stored, err)
	}
	if len(*news) != 1 || !reflect.DeepEqual((*news)[0], News{Room: changed}) {
		t.Fatalf("%+v", *news)
	}
	refusal := errors.New("no")
	for _, c := range []struct {
		name   string
		change func(*Room) error
		want   Code
	}{
		{r.Name, func(r *Room) error { r.Settings.Max = -3; return nil }, CodeBadMessage},
		{r.Name, func(r *Room) error { r.Title = "\u202e"; return nil }, CodeBadMessage},
		{r.Name, func(*Room) error { return refusal }, CodeInternal}, {"nowhere", lobby, CodeRoomUnknown}, {"../x", lobby, CodeRoomNameInvalid},
	} {
		if _, err := g.Update(ctx, c.name, c.change); CodeOf(err) != c.want {
			t.Errorf("%s: %v", c.name, err)
		}
	}

	if err := g.Close(ctx, r.Name); err != nil || !(*news)[1].Closed || (*news)[1].Deleted {
		t.Fatalf("%+v %v", *news, err)
	}
	if _, err := g.Update(ctx, r.Name, func(r *Room) error { r.Settings.Temporary = true; return nil }); err != nil {
		t.Fatal(err)
	}
	if err := g.Close(ctx, r.Name); err != nil || !(*news)[3].Closed || !(*news)[3].Deleted {
		t.Fatalf("%+v %v", *news, err)
	}
	for _, err := range []error{g.Close(ctx, r.Name), g.Delete(ctx, r.Name)} {
		if CodeOf(err) != CodeRoomUnknown {
			t.Error(err)
		}
	}
	if err := g.Delete(ctx, made.Name); err != nil || store.Count() != 0 {
		t.Fatal(err)
	}
}

func TestWhoOpensRooms(t *testing.T) {
	least := Guest
	g, _, _, _ := newManaged(WithOpeners(func() Role { return least }))
	for _, c := range []struct {
		least Role
		who   Identity
		want  Code
	}{
		{Guest, anybody(), ""}, {AccountHolder, anybody(), CodeAccountNeeded}, {AccountHolder, holder("a"), ""}, {Admin, holder("a"), CodeForbidden},
		{Admin, anybody(), CodeAccountNeeded}, {Admin, Identity{Account: "r", Box: Admin}, ""},
	} {
		least = c.least
		_, _, _, err := g.Open(t.Context(), "", c.who)
		_, _, other := g.Create(t.Context(), "", c.who, Settings{})
		if CodeOf(err) != c.want || CodeOf(other) != c.want {
			t.Errorf("%+v: %v, %v", c, err, other)
		}
	}
	least = Guest
	if _, _, _, err := g.Open(t.Context(), "salon", anybody()); err != nil {
		t.Fatal(err)
	}
	least = Admin
	if _, _, created, err := g.Open(t.Context(), "salon", anybody()); err != nil || created { // what is there is found by all
		t.Fatal(created, err)
	}
}

func TestRoomPasswords(t *testing.T) {
	ctx := t.Context()
	g, news, _, _ := newManaged()
	if _, _, err := g.Create(ctx, "salon", anybody(), Settings{}); err != nil {
		t.Fatal(err)
	}
	r, err := g.SetPassword(ctx, "salon", "sésame")
	if err != nil || r.Settings.PasswordHash != "hash of sésame" || len(*news) != 1 {
		t.Fatalf("%+v %v", r, err)
	}
	if !g.CheckPassword(r, "sésame") || g.CheckPassword(r, "") || g.CheckPassword(r, "sesame") {
		t.Error("CheckPassword")
	}
	if kept, err := g.Update(ctx, "salon", lobby); err != nil || !g.CheckPassword(kept, "sésame") || g.CheckPassword(kept, "x") {
		t.Error("another change takes the password away")
	}
	if r, err = g.SetPassword(ctx, "salon", ""); err != nil || !g.CheckPassword(r, "anything") {
		t.Errorf("%+v %v", r, err)
	}
	if _, err := g.SetPassword(ctx, "salon", strings.Repeat("x", MaxPassword+1)); CodeOf(err) != CodeBadMessage {
		t.Error(err)
	}
	without := NewRegistry(roomtest.New(), DefaultLimits(), time.Now)
	if _, err := without.SetPassword(ctx, "salon", "x"); CodeOf(err) != CodeForbidden {
		t.Error(err)
	}
	if without.CheckPassword(Room{Settings: Settings{PasswordHash: "hash of x"}}, "x") {
		t.Error("a password is right that nobody can check")
	}
}

func TestLinks(t *testing.T) {
	ctx := t.Context()
	g, _, _, now := newManaged()
	if _, _, err := g.Create(ctx, "Salon", anybody(), Settings{}); err != nil {
		t.Fatal(err)
	}
	once, token, err := g.NewLink(ctx, "Salon", LinkWish{Role: Moderator, Label: " Zoé ", Life: time.Hour, Uses: 1})
	if err != nil || len(token) != 22 || once.Role != Moderator || once.Label != "Zoé" || once.Uses != 1 || !once.Expires.Equal(now.Add(time.Hour)) {
		t.Fatalf("%+v %q %v", once, token, err)
	}
	many, other, err := g.NewLink(ctx, "salon", LinkWish{Role: Guest})
	if err != nil || other == token || many.Uses != UsesUnlimited || !many.Expires.IsZero() {
		t.Fatalf("%+v %v", many, err)
	}
	if list, err := g.Links(ctx, "salon"); err != nil || !reflect.DeepEqual(list, []Link{once, many}) {
		t.Fatalf("%+v %v", list, err)
	}
	refused := func(name, token string) {
		t.Helper()
		if _, err := g.TakeLink(ctx, name, token); CodeOf(err) != CodeLinkInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if l, err := g.LookAtLink(ctx, "salon", token); err != nil || l.Uses != 1 {
		t.Fatalf("%+v %v", l, err)
	}
	if l, err := g.TakeLink(ctx, "salon", token); err != nil || l.Role != Moderator {
		t.Fatalf("%+v %v", l, err)
	}
	refused("salon", token) // it was for one
	refused("cuisine", other)
	refused("salon", "")
	refused("salon", other[:21]+"!")
	for range 3 {
		if _, err := g.TakeLink(ctx, "salon", other); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(g.RevokeLink(ctx, "salon", many.ID), g.RevokeLink(ctx, "salon", many.ID)); err != nil {
		t.Fatal(err)
	}
	refused("salon", other)
	_, late, err := g.NewLink(ctx, "salon", LinkWish{Role: Speaker, Life: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	*now = now.Add(time.Minute)
	refused("salon", late)
}

func TestLinksThatCannotBe(t *testing.T) {
	g, _, store, _ := newManaged()
	if _, _, err := g.Create(t.Context(), "salon", anybody(), Settings{}); err != nil {
		t.Fatal(err)
	}
	for name, w := range map[string]LinkWish{
		"nobody": {}, "admin": {Role: Admin}, "past": {Role: Guest, Life: -1}, "endless": {Role: Guest, Life: MaxLinkLife + 1},
		"uses": {Role: Guest, Uses: -1}, "many": {Role: Guest, Uses: MaxLinkUses + 1}, "label": {Role: Guest, Label: strings.Repeat("x", 65)},
	} {
		if _, _, err := g.NewLink(t.Context(), "salon", w); CodeOf(err) != CodeBadMessage {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := g.NewLink(t.Context(), "nowhere", LinkWish{Role: Guest}); CodeOf(err) != CodeRoomUnknown {
		t.Error(err)
	}
	for range MaxLinks {
		if _, _, err := g.NewLink(t.Context(), "salon", LinkWish{Role: Guest}); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := g.NewLink(t.Context(), "salon", LinkWish{Role: Guest}); CodeOf(err) != CodeLinksFull {
		t.Error(err)
	}
	fire := errors.New("fire")
	store.Fail(fire)
	if _, err := g.Links(t.Context(), "salon"); !errors.Is(err, fire) {
		t.Error(err)
	}
	if err := g.RevokeLink(t.Context(), "salon", "x"); !errors.Is(err, fire) {
		t.Error(err)
	}
	if _, err := g.List(t.Context(), Filter{}); !errors.Is(err, fire) {
		t.Error(err)
	}
}
