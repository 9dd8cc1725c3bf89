package files_test

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"tablee/files"
	"tablee/room"
)

func basic(login string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(login+":app"))
}

// link makes a public link and returns the base of its API.
func (h *house) link(as, folder, wish string) (drop string, id string) {
	h.t.Helper()
	a := h.json(as, "POST", choir+"/"+folder+"/links", wish).want(h.t, 201, "")
	var l struct{ ID, URL string }
	if err := json.Unmarshal([]byte(a.body), &l); err != nil {
		h.t.Fatal(err)
	}
	return "/api/v1/drops/" + strings.TrimPrefix(l.URL, "/f/"), l.ID
}

// A public link shows its folder and what is below, to anybody, and nothing else; it changes nothing.
func TestPublicFolder(t *testing.T) {
	h := open(t, limits())
	folder := h.folder("ada", choir, "Concert", "")
	file := h.idOf(h.putIn("ada", choir, "flyer.txt", folder, "come").want(t, 201, ""))
	sub := h.folder("ada", choir, "Photos", folder)
	h.putIn("ada", choir, "one.txt", sub, "smile").want(t, 201, "")
	secret := h.idOf(h.putIn("ada", choir, "money.txt", "", "none").want(t, 201, ""))
	drop, id := h.link("ada", folder, `{}`)
	base := drop + "/files"
	if a := h.ask("", "GET", drop, nil).want(t, 200, ""); !strings.Contains(a.body, `"title":"Concert"`) {
		t.Error(a.body)
	}
	l := h.list("", base)
	if l.names() != "Photos|flyer.txt" || l.May.Write || l.Usage.Quota != 0 {
		t.Errorf("%+v", l)
	}
	if l := h.list("", base+"?folder="+sub); l.names() != "one.txt" || len(l.Path) != 1 {
		t.Errorf("%+v", l)
	}
	if a := h.ask("", "GET", base+"/"+file+"/content?show", nil).want(t, 200, ""); a.body != "come" || !strings.HasPrefix(a.Header.Get("Content-Disposition"), "inline") {
		t.Error(a.body, a.Header)
	}
	if a := h.ask("", "GET", base+"/zip", nil).want(t, 200, ""); !strings.Contains(a.body, "one.txt") || strings.Contains(a.body, "money") {
		t.Error("the archive is not the folder")
	}
	h.ask("", "GET", base+"/"+secret, nil).want(t, 404, room.CodeFileUnknown)
	h.ask("", "GET", base+"/"+secret+"/content", nil).want(t, 404, room.CodeFileUnknown)
	h.ask("", "PUT", base+"/"+folder+"/rights", nil).want(t, 404, room.CodeFileUnknown)
	h.putIn("", base, "x", "", "x").want(t, 403, room.CodeForbidden)
	h.ask("", "POST", base+"/tus", nil, "Upload-Length", "5", "Upload-Metadata", meta("x")).want(t, 403, room.CodeForbidden)
	h.ask("", "DELETE", base+"/"+file, nil).want(t, 403, room.CodeForbidden)
	h.ask("bo", "DELETE", choir+"/"+folder+"/links/"+id, nil).want(t, 403, room.CodeForbidden)
	h.ask("ada", "DELETE", choir+"/"+folder+"/links/"+id, nil).want(t, 204, "")
	h.ask("", "GET", drop, nil).want(t, 404, room.CodeLinkUnknown)
}

// Expiry, password, count, a folder in the trash, and a maker who may no longer share.
func TestPublicFolderEnds(t *testing.T) {
	h := open(t, limits())
	folder := h.folder("ada", choir, "Concert", "")
	file := h.idOf(h.putIn("ada", choir, "flyer.txt", folder, "come").want(t, 201, ""))
	locked, _ := h.link("ada", folder, `{"password":"la la la"}`)
	h.ask("", "GET", locked+"/files", nil).want(t, 401, room.CodePasswordNeeded)
	h.json("", "POST", locked+"/unlock", `{"password":"no"}`).want(t, 401, room.CodePasswordNeeded)
	cookie := h.json("", "POST", locked+"/unlock", `{"password":"la la la"}`).want(t, 204, "").Cookies()[0]
	h.ask("", "GET", locked+"/files", nil, "Cookie", cookie.Name+"="+cookie.Value).want(t, 200, "")
	once, _ := h.link("ada", folder, `{"downloads":1}`)
	h.ask("", "GET", once+"/files/"+file+"/content", nil).want(t, 200, "")
	h.ask("", "GET", once+"/files/"+file+"/content", nil).want(t, 410, room.CodeLinkExpired)
	short, _ := h.link("ada", folder, `{"days":1}`)
	forever, _ := h.link("ada", folder, `{"days":0}`)
	h.clock.Add(int64(25 * 60 * 60 * 1e9))
	h.ask("", "GET", short, nil).want(t, 410, room.CodeLinkExpired)
	h.ask("", "GET", forever+"/files", nil).want(t, 200, "")
	h.groups = map[string][]files.Seat{"ada": {{ID: "choir", Name: "Choir"}}, "bo": {{ID: "choir", Name: "Choir", Manager: true}}}
	h.say("bo", choir, folder, "member/id-ada", "read").want(t, 204, "")
	h.ask("", "GET", forever+"/files", nil).want(t, 410, room.CodeLinkExpired)
	h.groups = nil
	h.ask("", "GET", forever+"/files", nil).want(t, 200, "")
	h.ask("ada", "DELETE", choir+"/"+folder, nil).want(t, 204, "")
	h.ask("", "GET", forever+"/files", nil).want(t, 410, room.CodeLinkExpired)
}

// A link to put adds to its one folder, also by tus, and to no other.
func TestReceivingFolder(t *testing.T) {
	h := open(t, limits())
	folder := h.folder("ada", choir, "Inbox", "")
	other := h.folder("ada", choir, "Other", "")
	drop, _ := h.link("ada", folder, `{"receive":true}`)
	base := drop + "/files"
	h.putIn("", base, "a.txt", "", "hello").want(t, 201, "")
	up := h.ask("", "POST", base+"/tus", nil, "Upload-Length", "5", "Upload-Metadata", meta("b.txt")).want(t, 201, "").Header.Get("Location")
	h.patch("", up, 0, "hello").want(t, 204, "")
	h.putIn("", base, "c.txt", other, "x").want(t, 404, room.CodeFileUnknown)
	h.ask("", "POST", base+"/tus", nil, "Upload-Length", "5", "Upload-Metadata", meta("c.txt", "folder", other)).want(t, 404, room.CodeFileUnknown)
	h.ask("", "GET", base, nil).want(t, 403, room.CodeForbidden)
	if got := h.list("ada", choir+"?folder="+folder).names(); got != "a.txt|b.txt" {
		t.Error(got)
	}
}

// Guessing is slow, for folders' links as for drops: the twenty-first wrong token waits.
func TestGuessingPublicFolders(t *testing.T) {
	h := open(t, limits())
	folder := h.folder("ada", choir, "Concert", "")
	drop, _ := h.link("ada", folder, `{}`)
	for i := range 20 {
		h.ask("", "GET", "/api/v1/drops/"+strings.Repeat(string(rune('a'+i)), 22), nil).want(t, 404, room.CodeLinkUnknown)
	}
	if a := h.ask("", "GET", drop, nil).want(t, 429, room.CodeRateLimited); a.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
}

// Two members upload for the last bytes of their group: one of them gets the place, whichever way they came.
func TestGroupQuotaRace(t *testing.T) {
	l := limits()
	l.Group = 1500
	h := open(t, l)
	var wg sync.WaitGroup
	codes := make([]int, 8)
	for i := range codes {
		wg.Go(func() {
			r, err := http.NewRequestWithContext(t.Context(), "POST", h.url+choir+"/upload?name="+string(rune('a'+i)), strings.NewReader(strings.Repeat("x", 1000)))
			if err != nil {
				t.Error(err)
				return
			}
			r.Header.Set("Authorization", "Bearer bo")
			resp, err := http.DefaultTransport.RoundTrip(r)
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
			codes[i] = resp.StatusCode
		})
	}
	wg.Wait()
	won := 0
	for _, c := range codes {
		if c == 201 {
			won++
		} else if c != 413 {
			t.Errorf("%d", c)
		}
	}
	if won != 1 {
		t.Errorf("%d got the place of one: %v", won, codes)
	}
}
