package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/webdav"

	"tablee/accounts"
	"tablee/files"
	"tablee/mirror"
	"tablee/room"
)

// newMember makes an account, and a token of it.
func newMember(t *testing.T, s *server, login string, role room.Role) (accounts.Account, string) {
	t.Helper()
	a, err := s.accounts.Create(t.Context(), accounts.Wish{Login: login, Name: strings.ToUpper(login), Password: "a long Passw0rd"}, role)
	if err != nil {
		t.Fatal(err)
	}
	token, _, err := s.accounts.NewToken(t.Context(), a.ID, "test", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return a, token
}

// paths lists the files of a folder of a WebDAV server in memory.
func paths(t *testing.T, fs webdav.FileSystem, folder string) (list []string) {
	t.Helper()
	f, err := fs.OpenFile(t.Context(), folder, os.O_RDONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	infos, err := f.Readdir(-1)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range infos {
		if i.IsDir() {
			list = append(list, paths(t, fs, folder+"/"+i.Name())...)
		} else {
			list = append(list, folder+"/"+i.Name())
		}
	}
	slices.Sort(list)
	return list
}

// TestMirrorOfFiles has the files of a room, a group, Team and a home go to a WebDAV server, and stay there while they are
// in the trash.
func TestMirrorOfFiles(t *testing.T) {
	there := webdav.NewMemFS()
	cloud := httptest.NewServer(&webdav.Handler{FileSystem: there, LockSystem: webdav.NewMemLS()})
	defer cloud.Close()
	data := filepath.Join(t.TempDir(), "data")
	s := localServer(t, options(map[string]string{"data": data, "mirror-url": cloud.URL + "/Tablee", "mirror-user": "ada", "mirror-folder": "files,homes,room/other"}), deps{})
	defer begin(t, s)()
	anne, token := newMember(t, s, "anne", room.AccountHolder)
	g, err := s.accounts.CreateGroup(t.Context(), "Board: old")
	if err == nil {
		_, err = s.accounts.SetSeat(t.Context(), g.ID, anne.ID, new(bool))
	}
	if err != nil {
		t.Fatal(err)
	}
	var made struct{ Host string }
	askPages(t, s, "POST", "/api/v1/rooms", "", `{"name":"choir"}`, http.StatusCreated, &made)
	inRoom := "/api/v1/rooms/choir/files"
	home, team, group := "/api/v1/files/user/"+anne.ID, "/api/v1/files/team/all", "/api/v1/files/team/"+g.ID
	var score struct{ ID string }
	askPages(t, s, "POST", inRoom+"/upload?name=score.txt&into=Music", made.Host, "la la", http.StatusCreated, &score)
	askPages(t, s, "POST", home+"/upload?name=diary.txt", token, "dear", http.StatusCreated, nil)
	askPages(t, s, "POST", team+"/upload?name=menu.txt", token, "soup", http.StatusCreated, nil)
	askPages(t, s, "POST", group+"/upload?name=minutes.txt", token, "we met", http.StatusCreated, nil)
	all := []string{"/Tablee/Groups/Board- old/minutes.txt", "/Tablee/Homes/anne/diary.txt", "/Tablee/Rooms/choir/Music/score.txt", "/Tablee/Team/menu.txt"}
	mirrored := func(sent, kept int) {
		t.Helper()
		r, err := s.mirror.mirror.Run(t.Context(), func() bool { return true })
		if err != nil || r.Files != sent || r.Kept != kept || r.Failed != 0 {
			t.Fatalf("%+v, %v; want %d sent, %d kept", r, err, sent, kept)
		}
	}
	mirrored(4, 0)
	if got := paths(t, there, "/Tablee"); !slices.Equal(got, all) {
		t.Errorf("there are %v", got)
	}
	askPages(t, s, "DELETE", inRoom+"/"+score.ID, made.Host, "", http.StatusNoContent, nil)
	mirrored(0, 3)
	askPages(t, s, "DELETE", inRoom+"/"+score.ID+"?forever", made.Host, "", http.StatusNoContent, nil)
	mirrored(0, 3) // it is gone for less than a week
	if got := paths(t, there, "/Tablee"); !slices.Equal(got, all) {
		t.Errorf("after deleting there are %v", got)
	}
	f, err := there.OpenFile(t.Context(), "/Tablee/Rooms/choir/Music/score.txt", os.O_RDONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(f); err != nil || string(text) != "la la" {
		t.Errorf("%q, %v", text, err)
	}
}

// TestMirrorOfOneRoom sends the files of no other, and says so when the room is not there.
func TestMirrorOfOneRoom(t *testing.T) {
	there := webdav.NewMemFS()
	cloud := httptest.NewServer(&webdav.Handler{FileSystem: there, LockSystem: webdav.NewMemLS()})
	defer cloud.Close()
	s := localServer(t, options(map[string]string{"data": filepath.Join(t.TempDir(), "data"), "mirror-url": cloud.URL + "/T", "mirror-user": "ada",
		"mirror-folder": "room/choir,room/nowhere,group/nobody"}), deps{})
	defer begin(t, s)()
	for _, name := range []string{"choir", "band"} {
		var made struct{ Host string }
		askPages(t, s, "POST", "/api/v1/rooms", "", `{"name":"`+name+`"}`, http.StatusCreated, &made)
		askPages(t, s, "POST", "/api/v1/rooms/"+name+"/files/upload?name=a.txt", made.Host, name, http.StatusCreated, nil)
	}
	r, err := s.mirror.mirror.Run(t.Context(), func() bool { return true })
	if err != nil || r.Whole || r.Files != 1 || r.Failed != 2 || r.Failures[0] != (mirror.Failure{Folder: "Rooms/nowhere", Text: mirror.ErrGone.Error(), Files: 1}) {
		t.Errorf("%+v, %v", r, err)
	}
	if got := paths(t, there, "/T"); !slices.Equal(got, []string{"/T/Rooms/choir/a.txt"}) {
		t.Errorf("there are %v", got)
	}
}

func TestMirroredNamesAreToldApart(t *testing.T) {
	got := named([]string{"a:b", "A-b", "c"}, func(x string) (string, string, string) { return x, files.KindTeam, "id-" + x })
	if len(got) != 3 || got["a-b"] != "team/id-a:b" || got["A-b (id-A-b)"] != "team/id-A-b" || got["c"] != "team/id-c" {
		t.Errorf("%v", got)
	}
}
