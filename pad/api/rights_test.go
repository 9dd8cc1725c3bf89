package api

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"tablee/room"
)

// documented is each call on a pad with the least right that docs/pads.md says it takes.
func documented(t *testing.T) map[string]room.PadRight {
	t.Helper()
	page, err := os.ReadFile("../../docs/pads.md")
	if err != nil {
		t.Fatal(err)
	}
	calls := map[string]room.PadRight{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([A-Z]+ /api/v1/pads/\\{id\\}[^ `?]*)[^|]*\\| (\\w+)").FindAllStringSubmatch(string(page), -1) {
		calls[m[1]] = room.ParsePadRight(m[2])
	}
	calls["PATCH /api/v1/pads/{id}"] = room.PadWrite // for the title; TestChange has the rest
	const known = 20
	if len(calls) < known {
		t.Fatalf("docs/pads.md lists %d calls only; was its table changed?", len(calls))
	}
	return calls
}

// Each call asks for the right that docs/pads.md says, and tells strangers not even that there is such a pad.
func TestEveryCallAsksForItsRight(t *testing.T) {
	r := start(t, t.TempDir())
	for call, least := range documented(t) {
		m := r.pad(t, "text")
		method, path, _ := strings.Cut(call, " ")
		path = strings.NewReplacer("{id}", m.Pad.ID, "{n}", "1").Replace(path)
		other := r.pad(t, "").Links.Own
		for _, access := range []string{"", "k.", "k.AAAAAAAAAAAAAAAAAAAAAA", other, asHost, asGuest, "x.salon.token", strings.Repeat("k", 2000)} {
			r.do(t, access, method, path, nil).refused(room.CodePadUnknown)
		}
		for right := room.PadRead; right <= room.PadOwn; right++ {
			a := r.do(t, r.link(t, m, right.String()).Access, method, path, nil)
			if right < least {
				a.refused(room.CodeForbidden)
			} else if a.status == 403 || a.status == 401 || a.status >= 500 {
				t.Errorf("%s with the right to %s: %d %s", call, right, a.status, a.body)
			}
			if method == "DELETE" && right >= least { // what it deletes is gone for the next
				break
			}
		}
	}
}

// A room's pads are its hosts' and, as far as each pad's setting goes, its guests'.
func TestRoomsRights(t *testing.T) {
	r := start(t, t.TempDir())
	m := into[made](r.do(t, asHost, "POST", "/api/v1/pads", map[string]any{"room": "salon", "title": "Compte rendu", "text": "a"}).is(201))
	if m.Links.Own != "" || m.Pad.Right != "own" || m.Pad.Room != "salon" {
		t.Fatalf("%+v", m)
	}
	for _, guests := range []string{"read", "comment", "write"} {
		r.do(t, asChair, "PATCH", m.path(""), map[string]any{"guests": guests}).is(200)
		if got := into[struct{ Right string }](r.do(t, asGuest, "GET", m.path(""), nil).is(200)).Right; got != guests {
			t.Errorf("a guest may %s, not %s", got, guests)
		}
		a := r.do(t, asGuest, "POST", m.path("/import?name=a.md"), "from a guest")
		if guests == "write" {
			a.is(200)
		} else {
			a.refused(room.CodeForbidden)
		}
	}
	r.do(t, asGuest, "DELETE", m.path(""), nil).refused(room.CodeForbidden)
	r.do(t, "seat.salon.stranger", "GET", m.path(""), nil).refused(room.CodePadUnknown)
	r.do(t, "host.elsewhere.token", "GET", m.path(""), nil).refused(room.CodePadUnknown)
	for _, access := range []string{asHost, asGuest} {
		list := into[struct{ Pads []struct{ ID, Right string } }](r.do(t, access, "GET", "/api/v1/pads?room=salon", nil).is(200)).Pads
		if len(list) != 1 || list[0].ID != m.Pad.ID || list[0].Right != map[string]string{asHost: "own", asGuest: "write"}[access] {
			t.Errorf("%s sees %+v", access, list)
		}
	}
	for _, access := range []string{"", "host.salon.wrong", m.Links.Own} {
		r.do(t, access, "GET", "/api/v1/pads?room=salon", nil).refused(room.CodePadUnknown)
	}
}

// A link ends with its deletion, and each has its own.
func TestLinks(t *testing.T) {
	r := start(t, t.TempDir())
	m := r.pad(t, "a")
	l := r.link(t, m, "read")
	r.do(t, l.Access, "GET", m.path("/text"), nil).is(200)
	list := into[struct{ Links []link }](r.do(t, m.Links.Own, "GET", m.path("/links"), nil).is(200)).Links
	if len(list) != 3 || !list[0].Mine || list[2].Mine || list[2].Access != "" || list[2].Right != "read" {
		t.Fatalf("%+v", list)
	}
	r.do(t, m.Links.Own, "DELETE", m.path("/links/3"), nil).is(204)
	r.do(t, l.Access, "GET", m.path("/text"), nil).refused(room.CodePadUnknown)
	for _, bad := range []map[string]any{{"right": "all"}, {"right": "read", "expires": 1}, {"right": "read", "note": strings.Repeat("x", 200)}, {"right": "read", "note": "a\u0007"}, {"rights": "read"}} {
		r.do(t, m.Links.Own, "POST", m.path("/links"), bad).refused(room.CodeBadMessage)
	}
	r.do(t, m.Links.Own, "DELETE", m.path("/links/x"), nil).refused(room.CodeBadMessage)
	r.do(t, m.Links.Own, "POST", m.path("/links"), strings.Repeat(" ", maxBody+1)).refused(room.CodeTooBig)
	for range 100 - 2 {
		r.link(t, m, "read")
	}
	r.do(t, m.Links.Own, "POST", m.path("/links"), map[string]any{"right": "read"}).refused(room.CodePadsFull)
}
