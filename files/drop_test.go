package files_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"tablee/room"
)

type drop struct {
	URL, Manage, Kind, Title          string
	Locked, Password, Sealed, Receive bool
	Downloads, Most                   int
	Expires                           time.Time
}

func (h *house) drop(body string) (give, keep string) {
	h.t.Helper()
	var d drop
	if err := json.Unmarshal([]byte(h.json("", "POST", "/api/v1/drops", body).want(h.t, 201, "").body), &d); err != nil {
		h.t.Fatal(err)
	}
	return "/api/v1/drops/" + strings.TrimPrefix(d.URL, "/f/"), "/api/v1/drops/" + d.Manage
}

func (h *house) dropInfo(path string, headers ...string) (d drop) {
	h.t.Helper()
	if err := json.Unmarshal([]byte(h.ask("", "GET", path, nil, headers...).want(h.t, 200, "").body), &d); err != nil {
		h.t.Fatal(err)
	}
	return d
}

func TestDrop(t *testing.T) {
	h := open(t, limits())
	give, keep := h.drop(`{"title":"Photos"}`)
	h.ask("", "POST", keep+"/files/upload?name=a.txt", strings.NewReader("hello")).want(t, 201, "")
	h.ask("", "POST", give+"/files/upload?name=b.txt", strings.NewReader("x")).want(t, 403, room.CodeForbidden)
	l := h.list("", give+"/files")
	if l.names() != "a.txt" || l.May.Write || l.Entries[0].Mine {
		t.Fatalf("%+v", l)
	}
	if a := h.ask("", "GET", give+"/files/"+l.Entries[0].ID+"/content", nil); a.body != "hello" {
		t.Fatal(a.body)
	}
	h.ask("", "DELETE", give+"/files/"+l.Entries[0].ID, nil).want(t, 403, room.CodeForbidden)
	h.ask("", "DELETE", give, nil).want(t, 400, room.CodeBadMessage)
	if d := h.dropInfo(keep); d.Kind != "manage" || d.Downloads != 1 || time.Until(d.Expires) < 6*24*time.Hour || time.Until(d.Expires) > 8*24*time.Hour {
		t.Fatalf("%+v", d)
	}
	h.ask("", "DELETE", keep, nil).want(t, 204, "")
	h.ask("", "GET", give, nil).want(t, 404, room.CodeLinkUnknown)
	if h.blobCount() != 0 {
		t.Fatal("an ended drop is still on the disk")
	}
}

func TestDropExpires(t *testing.T) {
	h := open(t, limits())
	give, keep := h.drop(`{"days":2}`)
	h.ask("", "POST", keep+"/files/upload?name=a.txt", strings.NewReader("hello")).want(t, 201, "")
	h.clock.Add(int64(49 * time.Hour))
	h.ask("", "GET", give+"/files", nil).want(t, 410, room.CodeLinkExpired)
	h.ask("", "GET", keep+"/files", nil).want(t, 410, room.CodeLinkExpired)
	h.runOnce()
	h.ask("", "GET", give, nil).want(t, 404, room.CodeLinkUnknown)
	if h.blobCount() != 0 {
		t.Fatal("an expired drop is still on the disk")
	}
}

func TestDropDownloads(t *testing.T) {
	h := open(t, limits())
	give, keep := h.drop(`{"downloads":2}`)
	h.ask("", "POST", keep+"/files/upload?name=a.txt", strings.NewReader("hello")).want(t, 201, "")
	url := give + "/files/" + h.list("", give+"/files").Entries[0].ID + "/content"
	if a := h.ask("", "GET", url+"?head", nil); a.body != "hello" { // for the page, which shows sealed names
		t.Fatal(a.body)
	}
	ticket := h.ask("", "GET", url, nil).want(t, 200, "").Cookies()[0]
	cookie := ticket.Name + "=" + ticket.Value
	h.ask("", "GET", url, nil, "Range", "bytes=2-").want(t, 206, "") // without a ticket it counts as another one
	h.ask("", "GET", url, nil).want(t, 410, room.CodeLinkExpired)
	h.ask("", "GET", give+"/files", nil).want(t, 410, room.CodeLinkExpired)
	h.ask("", "GET", url, nil, "Range", "bytes=2-", "Cookie", cookie).want(t, 206, "") // who has begun may go on
	h.ask("", "GET", url, nil, "Cookie", ticket.Name+"=9999999999.forged").want(t, 410, room.CodeLinkExpired)
	if d := h.dropInfo(keep); d.Downloads != 2 || d.Most != 2 {
		t.Fatalf("%+v", d)
	}
	h.clock.Add(int64(25 * time.Hour))
	h.ask("", "GET", url, nil, "Cookie", cookie).want(t, 410, room.CodeLinkExpired)
}

func TestDropPassword(t *testing.T) {
	h := open(t, limits())
	give, keep := h.drop(`{"password":"sésame"}`)
	h.ask("", "POST", keep+"/files/upload?name=a.txt", strings.NewReader("hello")).want(t, 201, "")
	h.ask("", "GET", give+"/files", nil).want(t, 401, room.CodePasswordNeeded)
	if d := h.dropInfo(give); !d.Locked || !d.Password {
		t.Fatalf("%+v", d)
	}
	h.json("", "POST", give+"/unlock", `{"password":"wrong"}`).want(t, 401, room.CodePasswordNeeded)
	c := h.json("", "POST", give+"/unlock", `{"password":"sésame"}`).want(t, 204, "").Cookies()[0]
	cookie := c.Name + "=" + c.Value
	if l := h.list2("", give+"/files", "Cookie", cookie); l.names() != "a.txt" {
		t.Fatal(l.names())
	}
	other, _ := h.drop(`{"password":"sésame"}`)
	h.ask("", "GET", other+"/files", nil, "Cookie", cookie).want(t, 401, room.CodePasswordNeeded)
	// Guessing gets slow, and is then refused also when it is right.
	for i := range 40 {
		if a := h.json("", "POST", give+"/unlock", fmt.Sprintf(`{"password":"guess %d"}`, i)); a.StatusCode == 429 {
			if a.Header.Get("Retry-After") == "" {
				t.Error("nobody says how long to wait")
			}
			h.json("", "POST", give+"/unlock", `{"password":"sésame"}`).want(t, 429, room.CodeRateLimited)
			h.clock.Add(int64(time.Hour))
			h.json("", "POST", give+"/unlock", `{"password":"sésame"}`).want(t, 204, "")
			return
		}
	}
	t.Fatal("forty guesses are as quick as one")
}

func (h *house) list2(as, path string, headers ...string) (l list) {
	h.t.Helper()
	if err := json.Unmarshal([]byte(h.ask(as, "GET", path, nil, headers...).want(h.t, 200, "").body), &l); err != nil {
		h.t.Fatal(err)
	}
	return l
}

func TestGuessingLinks(t *testing.T) {
	h := open(t, limits())
	refused := 0
	for i := range 200 {
		a := h.ask("", "GET", fmt.Sprintf("/api/v1/drops/%022d", i), nil)
		if a.StatusCode == 429 {
			refused++
		} else if a.StatusCode != 404 {
			t.Fatal(a.StatusCode)
		}
	}
	if refused < 150 {
		t.Fatalf("only %d of 200 guesses were refused", refused)
	}
	for _, bad := range []string{"..", "%00", "x", strings.Repeat("a", 500), "../../rooms"} {
		if a := h.ask("", "GET", "/api/v1/drops/"+bad, nil); a.StatusCode != 429 && a.StatusCode != 404 && a.StatusCode != 301 && a.StatusCode != 307 {
			t.Errorf("%q: %d", bad, a.StatusCode)
		}
	}
}

// A link for receiving: whoever has it may add, and sees nothing, not even what others added.
func TestReceive(t *testing.T) {
	h := open(t, limits())
	give, keep := h.drop(`{"receive":true,"title":"Homework"}`)
	h.ask("", "POST", give+"/files/upload?name=essay.txt", strings.NewReader("mine")).want(t, 201, "")
	h.ask("", "POST", give+"/files/upload?name=essay.txt", strings.NewReader("another's")).want(t, 201, "")
	h.ask("", "GET", give+"/files", nil).want(t, 403, room.CodeForbidden)
	h.ask("", "GET", give+"/files/zip", nil).want(t, 403, room.CodeForbidden)
	if l := h.list("", keep+"/files"); l.names() != "essay (2).txt|essay.txt" {
		t.Fatal(l.names())
	}
	if d := h.dropInfo(keep); !d.Receive || d.Title != "Homework" {
		t.Fatalf("%+v", d)
	}
}

func TestDropsRefused(t *testing.T) {
	l := limits()
	l.Drops = false
	h := open(t, l)
	h.json("", "POST", "/api/v1/drops", `{}`).want(t, 403, room.CodeForbidden)
	h = open(t, limits())
	h.json("", "POST", "/api/v1/drops", `{"days":1000}`).want(t, 400, room.CodeBadMessage)
	h.ask("", "POST", "/api/v1/drops", strings.NewReader("days=1"), "Content-Type", "application/x-www-form-urlencoded").want(t, 400, room.CodeBadMessage)
	h.json("", "GET", "/api/v1/drops", ``).want(t, 405, room.CodeBadMessage)
	refused := 0
	for range 60 {
		if h.json("", "POST", "/api/v1/drops", `{}`).StatusCode == 429 {
			refused++
		}
	}
	if refused < 30 {
		t.Fatalf("only %d of 60 drops at once were refused", refused)
	}
}
