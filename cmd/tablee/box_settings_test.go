package main

import (
	"log/slog"
	"maps"
	"net/http"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"tablee/cmd/tablee/config"
	"tablee/room"
	"tablee/web/api"
)

// startBox runs a server on data, with settings from the environment as well, until stop.
func startBox(t *testing.T, data string, env ...string) (s *server, stop func()) {
	t.Helper()
	from := config.Source{NoFile: true, Flags: map[string]string{"data": data}, Env: env}
	shown, err := config.Show(from)
	if err != nil {
		t.Fatal(err)
	}
	s = localServer(t, from, deps{Settings: shown, Level: &slog.LevelVar{}})
	stop = begin(t, s)
	for !s.ready.Load() { // Run sets it when all parts run
		runtime.Gosched()
	}
	return s, stop
}

func set(pairs ...string) map[string]*string {
	all := map[string]*string{}
	for i := 0; i < len(pairs); i += 2 {
		all[pairs[i]] = &pairs[i+1]
	}
	return all
}

func shownSetting(t *testing.T, s *server, name string) api.Setting {
	t.Helper()
	all := s.box.Settings()
	i := slices.IndexFunc(all, func(x api.Setting) bool { return x.Name == name })
	if i < 0 {
		t.Fatalf("there is no setting %s", name)
	}
	return all[i]
}

const etherpadKey = "abcdefghijklmnopqrstuvwxyz"

// TestAdminsChangeSettingsWhileTheServerRuns: what is changed is in force at once and after a restart, the environment has
// the last word, and what is refused changes nothing.
func TestAdminsChangeSettingsWhileTheServerRuns(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	s, stop := startBox(t, data)
	at := s.listener.Addr().String()
	if status, _ := fetch(t, at, "/api/1/checkToken?apikey="+etherpadKey); status != http.StatusNotFound {
		t.Errorf("without a key Etherpad's API gives %d", status)
	}
	err := s.box.Change(t.Context(), set("rooms.open", "member", "media.uplink", "8000", "media.profile", "voice", "rooms.max", "2", "files.drops", "nobody",
		"files.meeting_rate", "80000", "pads.etherpad_key", etherpadKey, "log.level", "error", "name", "Chorale"))
	if err != nil {
		t.Fatal(err)
	}
	if status, _ := fetch(t, at, "/api/1/checkToken?apikey="+etherpadKey); status != http.StatusOK {
		t.Errorf("with a key Etherpad's API gives %d", status)
	}
	if status, body := fetch(t, at, "/api/v1/me"); !strings.Contains(body, `"open_room":false`) || !strings.Contains(body, `"name":"Chorale"`) {
		t.Errorf("a stranger is told %d %s", status, body)
	}
	resp, err := http.Post("http://"+at+"/api/v1/drops", "application/json", strings.NewReader(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close() // the status is all that is asked for
	if resp.StatusCode != http.StatusForbidden {
		t.Errorf("a drop gives %d", resp.StatusCode)
	}
	if rate := meetingRate(s.box.config()); rate != 8_000_000/8/uplinkShare {
		t.Errorf("transfers may take %d bytes a second", rate)
	}
	if s.box.level.Level() != slog.LevelError {
		t.Errorf("the log tells from %v on", s.box.level.Level())
	}
	before := maps.Clone(s.box.live.Load().values)
	for _, bad := range []map[string]*string{set("rooms.max", "0", "name", "x"), set("listen", ":1"), set("nothing", "1"), set("rooms.max_participants", "51")} {
		if err := s.box.Change(t.Context(), bad); room.CodeOf(err) != room.CodeBadMessage {
			t.Errorf("%v gives %v", bad, err)
		}
	}
	if !maps.Equal(before, s.box.live.Load().values) {
		t.Error("what was refused has changed something")
	}
	stop()

	s, stop = startBox(t, data, "TABLEE_MEDIA_UPLINK=5000")
	c := s.box.config()
	if c.Rooms.Open != "member" || c.Media.Profile != "voice" || c.Files.Drops || c.Media.Uplink != 5000 {
		t.Errorf("after a restart there is %+v", c)
	}
	if x := shownSetting(t, s, "media.uplink"); !x.Locked || x.Value != "5000" || x.Place != "TABLEE_MEDIA_UPLINK" {
		t.Errorf("the uplink is shown as %+v", x)
	}
	if x := shownSetting(t, s, "pads.etherpad_key"); x.Value != "" || !x.Set || x.Kind != "secret" {
		t.Errorf("the key is shown as %+v", x)
	}
	if err := s.box.Change(t.Context(), set("media.uplink", "1")); room.CodeOf(err) != room.CodeForbidden {
		t.Errorf("what the environment says is changed: %v", err)
	}
	if err := s.box.Change(t.Context(), map[string]*string{"rooms.open": nil}); err != nil || s.box.Openers() != room.Guest {
		t.Errorf("back to the default: %v, %v", err, s.box.Openers())
	}
	stop()

	s, stop = startBox(t, data)
	defer stop()
	if s.box.config().Media.Uplink != 8000 {
		t.Error("what the environment hid is forgotten")
	}
}

// TestTheFirstLiveSettingsAreKept: two settings were stored in another way once.
func TestTheFirstLiveSettingsAreKept(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	s, stop := startBox(t, data)
	if err := s.store.SetSetting(t.Context(), liveKey, []byte(`{"open_rooms":"admin","uplink":900,"locked":[]}`)); err != nil {
		t.Fatal(err)
	}
	stop()
	s, stop = startBox(t, data)
	defer stop()
	if c := s.box.config(); c.Rooms.Open != "admin" || c.Media.Uplink != 900 {
		t.Errorf("got %+v", c)
	}
}
