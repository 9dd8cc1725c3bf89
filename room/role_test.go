package room

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
)

// matrix is the whole of what roles may do, written a second time and by hand: a change of the table is a decision.
// The columns are nobody, listener, guest, member, speaker, moderator, host, admin.
var matrix = map[Action]string{
	PublishMic: "..xxxxxx", PublishCamera: "..xxxxxx", PublishScreen: "..xxxxxx",
	Watch: ".xxxxxxx", Signal: ".xxxxxxx", RaiseHand: ".xxxxxxx", React: ".xxxxxxx", Chat: ".xxxxxxx", Vote: ".xxxxxxx",
	WritePad: "..xxxxxx", UploadFile: "..xxxxxx",
	Silence: ".....xx.", GrantSpeech: ".....xx.", Admit: ".....xx.", Lock: ".....xx.", Remove: ".....xx.", Invite: ".....xx.",
	RunPoll: ".....xx.", RunTimer: ".....xx.", RunBreakouts: ".....xx.",
	Appoint: "......x.", EditRoom: "......x.", EndMeeting: "......x.",
	OpenRoom: "..xxxxxx", OwnRooms: "...xxxxx", ManageRooms: ".......x", ManageServer: ".......x",
}

func TestPermissions(t *testing.T) {
	if len(matrix) != len(Actions()) {
		t.Fatalf("%d actions, %d in this test", len(Actions()), len(matrix))
	}
	for a, columns := range matrix {
		for i, c := range columns {
			if Role(i).May(a) != (c == 'x') {
				t.Errorf("%s, action %d: %v", Role(i), a, Role(i).May(a))
			}
		}
	}
	for _, r := range append(Roles(), roleEnd, Role(99)) {
		if r.May(actionEnd) || r.May(255) || r >= roleEnd && r.May(Watch) {
			t.Errorf("%s may do what there is not", r)
		}
	}
}

// Who is more may do what who is less may: the order of roles is safe to take the larger of.
func TestRolesAreOrdered(t *testing.T) {
	for a := range actionEnd {
		for r := Listener; r < Admin; r++ {
			if (r - 1).May(a) && !r.May(a) {
				t.Errorf("a %s may do %d, and a %s may not", r-1, a, r)
			}
		}
	}
}

func TestRoleWords(t *testing.T) {
	for r := Nobody; r < roleEnd; r++ {
		if read, ok := ParseRole(r.String()); !ok || read != r {
			t.Errorf("%s is read as %s", r, read)
		}
	}
	if _, ok := ParseRole("king"); ok || Role(99).String() != "nobody" || Admin.Seated() != AccountHolder || Host.Seated() != Host {
		t.Error("words")
	}
	var r Role
	if err := json.Unmarshal([]byte(`"king"`), &r); err == nil {
		t.Error("an unknown role is read")
	}
}

func TestOver(t *testing.T) {
	for _, c := range []struct {
		actor, target Role
		a             Action
		want          bool
	}{
		{Host, Moderator, Remove, true}, {Moderator, Host, Remove, false}, {Moderator, Moderator, Remove, false}, {Host, Host, Remove, false},
		{Moderator, Guest, Remove, true}, {Guest, Listener, Remove, false}, {Moderator, Moderator, Silence, true}, {Moderator, Host, Silence, false},
		{Host, Host, Silence, true}, {Moderator, Speaker, GrantSpeech, true}, {Moderator, Guest, Appoint, false}, {Host, Guest, Appoint, true},
		{Moderator, Host, RunPoll, true}, {Guest, Guest, RunPoll, false},
	} {
		if c.actor.Over(c.target, c.a) != c.want {
			t.Errorf("%s does %d to %s: %v", c.actor, c.a, c.target, !c.want)
		}
	}
	for r := range roleEnd {
		a, ok := ToGrant(r)
		want := map[Role]Action{Listener: GrantSpeech, Guest: GrantSpeech, Speaker: GrantSpeech, Moderator: Appoint}
		if need, can := want[r]; can != ok || need != a && ok {
			t.Errorf("%s is given by %d, %v", r, a, ok)
		}
	}
}

func TestRights(t *testing.T) {
	open, webinar := Settings{}, Settings{Arrive: Listener, Talk: Speaker, Camera: Speaker, Share: Moderator, Chat: AccountHolder, Pad: Moderator, Upload: AccountHolder}
	for r := range roleEnd {
		for a := range actionEnd {
			if open.Rights(r).May(a) != r.May(a) {
				t.Errorf("an open room takes %d from a %s", a, r)
			}
			if webinar.Rights(r).May(a) && !r.May(a) {
				t.Errorf("settings give %d to a %s", a, r)
			}
		}
		// Whoever keeps order is never silenced by a setting.
		if r == Moderator || r == Host {
			if webinar.Rights(r) != open.Rights(r) {
				t.Errorf("settings take something from a %s", r)
			}
		}
	}
	for _, c := range []struct {
		r    Role
		a    Action
		want bool
	}{
		{Guest, PublishMic, false}, {AccountHolder, PublishMic, false}, {Admin, PublishMic, false}, {Speaker, PublishMic, true}, {Speaker, PublishScreen, false},
		{Guest, Chat, false}, {AccountHolder, Chat, true}, {Admin, Chat, true}, {Guest, UploadFile, false}, {Speaker, WritePad, false}, {Guest, Watch, true},
	} {
		if webinar.Rights(c.r).May(c.a) != c.want {
			t.Errorf("%s, %d: %v", c.r, c.a, !c.want)
		}
	}
	if open.Newcomer() != Guest || webinar.Newcomer() != Listener || Rights(^uint64(0)).May(actionEnd) {
		t.Error("newcomers")
	}
	p := Pass{Role: Guest, Denied: open.Rights(Guest) &^ webinar.Rights(Guest)}
	if p.May(WritePad) || !p.May(Watch) || !(Pass{Role: Guest}).May(WritePad) || (Pass{}).May(Watch) {
		t.Error("passes")
	}
}

func TestIdentity(t *testing.T) {
	r := Room{Name: "salon", Owner: "anna"}
	for _, c := range []struct {
		who    Identity
		role   Role
		manage bool
	}{
		{Identity{}, Guest, false},
		{Identity{Account: "bob", Box: AccountHolder}, AccountHolder, false},
		{Identity{Account: "anna", Box: AccountHolder}, Host, true},
		{Identity{Account: "root", Box: Admin}, AccountHolder, true}, // no hidden power in a meeting
		{Identity{GrantRoom: "salon", Grant: Moderator}, Moderator, false},
		{Identity{GrantRoom: "other", Grant: Moderator}, Guest, false},
		{Identity{GrantRoom: "salon", Grant: Admin}, Guest, false},
	} {
		if got := c.who.RoleIn(r); got != c.role || c.who.MayManage(r) != c.manage {
			t.Errorf("%+v is %s, may manage: %v", c.who, got, c.who.MayManage(r))
		}
	}
	if (Identity{}).RoleIn(Room{Settings: Settings{Arrive: Listener}}) != Listener || (Identity{}).MayManage(Room{}) {
		t.Error("strangers")
	}
}

func TestSettings(t *testing.T) {
	at := time.Date(2026, 12, 1, 18, 0, 0, 0, time.UTC)
	all := Settings{
		Temporary: true, PasswordHash: "$x", Lobby: true, Locked: true, Max: 12, StartMuted: true, Arrive: Listener, Talk: Speaker, Camera: Guest,
		Share: Moderator, Chat: Listener, Pad: AccountHolder, Upload: Speaker, Profile: "voice", Opens: at.Add(-time.Hour), Starts: at, Minutes: 90,
		Origins: []string{"https://example.org", "http://localhost:3000"}, ChatHours: KeepForever,
	}
	if err := all.Check(); err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	var back Settings
	if err := json.Unmarshal(data, &back); err != nil || !reflect.DeepEqual(back, all) {
		t.Fatalf("%s became %+v (%v)", data, back, err)
	}
	if data, err := json.Marshal(Settings{}); err != nil || string(data) != "{}" {
		t.Fatalf("%s %v", data, err)
	}
	for name, bad := range map[string]Settings{
		"talk": {Talk: Host}, "arrive": {Arrive: Speaker}, "max": {Max: -1}, "many": {Max: MaxSeats + 1}, "profile": {Profile: "loud"},
		"minutes": {Minutes: 5}, "long": {Starts: at, Minutes: MaxMinutes + 1}, "chat": {ChatHours: -2}, "origins": {Origins: make([]string, MaxOrigins+1)},
		"path": {Origins: []string{"https://example.org/x"}}, "scheme": {Origins: []string{"javascript://x"}}, "wild": {Origins: []string{"https://*.example.org"}},
		"inject": {Origins: []string{"https://a.org; script-src *"}}, "long origin": {Origins: []string{"https://" + strings.Repeat("a", 300)}},
	} {
		if err := bad.Check(); CodeOf(err) != CodeBadMessage {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, s := range []Settings{{Lobby: true}, {Locked: true}, {PasswordHash: "x"}, {Opens: at.Add(1)}} {
		if !s.Guarded(at) {
			t.Errorf("%+v is open", s)
		}
	}
	if (Settings{Opens: at}).Guarded(at) {
		t.Error("a room that has opened is guarded")
	}
}
