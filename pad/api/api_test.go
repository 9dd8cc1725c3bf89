package api

import (
	"bytes"
	"database/sql"
	"errors"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gorilla/websocket"

	"tablee/pad"
	"tablee/room"
	"tablee/store"
)

func TestCreate(t *testing.T) {
	r := start(t, t.TempDir())
	m := r.pad(t, "un **texte**")
	if m.Pad.Right != "own" || m.Pad.Kind != "text" || m.Pad.Title != "Essai" || m.Links.Own == "" || m.Links.Write == "" || r.text(t, m) != "un **texte**" {
		t.Fatalf("%+v", m)
	}
	main := map[string]any{"room": "salon", "main": true}
	first := into[made](r.do(t, asGuest, "POST", "/api/v1/pads", main).is(201))
	if again := into[made](r.do(t, asHost, "POST", "/api/v1/pads", main).is(200)); again.Pad.ID != first.Pad.ID || !again.Pad.Main {
		t.Fatalf("a room has two pads of its own: %+v %+v", first, again)
	}
	for _, c := range []struct {
		access string
		body   any
		code   room.Code
	}{
		{"", map[string]any{"kind": "table"}, room.CodeBadMessage},
		{"", map[string]any{"main": true}, room.CodeBadMessage},
		{"", map[string]any{"title": strings.Repeat("é", pad.MaxTitle+1)}, room.CodeBadMessage},
		{"", map[string]any{"title": "a\u0000"}, room.CodeBadMessage},
		{"", map[string]any{"colour": "red"}, room.CodeBadMessage},
		{"", `{"title":"a"}{}`, room.CodeBadMessage},
		{"", `[`, room.CodeBadMessage},
		{"", nil, room.CodeBadMessage},
		{"", map[string]any{"text": strings.Repeat("x", maxText)}, room.CodeTooBig},
		{asHost, map[string]any{}, room.CodeBadMessage},
		{"", map[string]any{"room": "salon"}, room.CodePadUnknown},
		{asHost, map[string]any{"room": "cave"}, room.CodePadUnknown},
	} {
		r.do(t, c.access, "POST", "/api/v1/pads", c.body).refused(c.code)
	}
	for _, path := range []string{"/api/v1/pads/" + m.Pad.ID + "/nothing", "/api/v1/nothing/else", "/"} {
		r.do(t, m.Links.Own, "GET", path, nil).is(404)
	}
}

func TestChange(t *testing.T) {
	r := start(t, t.TempDir())
	m := r.pad(t, "")
	set := func(access string, body map[string]any) answer { return r.do(t, access, "PATCH", m.path(""), body) }
	if got := into[pad.Info](set(m.Links.Write, map[string]any{"title": "  Neuf\n titre "}).is(200)); got.Title != "Neuf titre" {
		t.Fatalf("%+v", got)
	}
	for _, body := range []map[string]any{{"guests": "read"}, {"retain": 3}, {"title": "x", "retain": 3}} {
		set(m.Links.Write, body).refused(room.CodeForbidden)
	}
	for _, body := range []map[string]any{{"guests": "own"}, {"guests": ""}, {"retain": -1}, {"retain": pad.MaxRetain + 1}, {"title": strings.Repeat("x", pad.MaxTitle+1)}, {"room": "salon"}} {
		set(m.Links.Own, body).refused(room.CodeBadMessage)
	}
	if got := into[pad.Info](set(m.Links.Own, map[string]any{"guests": "read", "retain": pad.MaxRetain}).is(200)); got.Guests != "read" || got.Retain != pad.MaxRetain || got.Title != "Neuf titre" {
		t.Fatalf("%+v", got)
	}
	r.do(t, m.Links.Own, "DELETE", m.path(""), nil).is(204)
	r.do(t, m.Links.Own, "GET", m.path(""), nil).refused(room.CodePadUnknown)
}

// What goes out comes back in, and no file of a stranger's is shown by a browser in our name.
func TestFiles(t *testing.T) {
	r := start(t, t.TempDir())
	const text = "# Réunion\n\n- [x] **fait**\n\n| a | b |\n| --- | --- |\n| 1 | [là](https://a.example/) |\n"
	m, other := r.pad(t, text), r.pad(t, "other")
	r.do(t, m.Links.Own, "PATCH", m.path(""), map[string]any{"title": "a/b: \"c\""}).is(200)
	for _, format := range []string{"md", "html", "docx", "odt"} {
		a := r.do(t, m.Links.Write, "GET", m.path("/export?format="+format), nil).is(200)
		for name, want := range map[string]string{"Content-Security-Policy": "sandbox; default-src 'none'", "Cache-Control": "no-store", "Content-Disposition": `attachment; filename="a-b- -c-.` + format + `"`} {
			if got := a.header.Get(name); got != want {
				t.Errorf("%s: %s is %q", format, name, got)
			}
		}
		r.do(t, other.Links.Write, "POST", other.path("/import?name=a."+format), a.body).is(200)
		if got := r.text(t, other); got != text {
			t.Errorf("%s comes back as %q", format, got)
		}
	}
	if a := r.do(t, m.Links.Own, "GET", m.path("/export?format=txt"), nil).is(200); !strings.Contains(string(a.body), "• ☑ fait") {
		t.Errorf("txt is %q", a.body)
	}
	if a := r.do(t, m.Links.Own, "GET", m.path("/export?format=yjs"), nil).is(200); !bytes.Contains(a.body, []byte("Réunion")) {
		t.Errorf("yjs is %q", a.body)
	}
	r.do(t, m.Links.Own, "GET", m.path("/export?format=exe"), nil).refused(room.CodeBadMessage)
	for name, body := range map[string]string{"a.exe": "x", "": "x", "a.docx": "no zip", "a.odt": "PK\x03\x04", "a.etherpad": "{}", "a.txt": "\xff\xfe"} {
		r.do(t, other.Links.Write, "POST", other.path("/import?name="+name), body).refused(room.CodeBadMessage)
	}
	r.do(t, other.Links.Write, "POST", other.path("/import?name=a.txt"), bytes.Repeat([]byte("x"), maxUpload+1)).refused(room.CodeTooBig)
	if got := r.text(t, other); got != text {
		t.Errorf("what was refused has changed the pad to %.100q", got)
	}
}

func TestHistoryAndVersions(t *testing.T) {
	r := start(t, t.TempDir())
	m := r.pad(t, "un")
	bring := func(text string) { r.do(t, m.Links.Write, "POST", m.path("/import?name=a.md"), text).is(200) }
	v := into[named](r.do(t, m.Links.Write, "POST", m.path("/versions"), map[string]any{"name": "Premier"}).is(201))
	bring("deux")
	steps := into[struct{ Steps []struct{ N, At, Size int64 } }](r.do(t, m.Links.Own, "GET", m.path("/history"), nil).is(200)).Steps
	if len(steps) != 2 || steps[0].N >= steps[1].N || steps[0].Size == 0 {
		t.Fatalf("%+v", steps)
	}
	past := func(path string) string {
		return into[struct{ Text string }](r.do(t, m.Links.Own, "GET", m.path(path+"?format=text"), nil).is(200)).Text
	}
	if past("/history/1") != "un" || past("/history/2") != "deux" || past("/versions/1") != "un" {
		t.Error("the history is another than it was")
	}
	r.do(t, m.Links.Write, "POST", m.path("/restore"), map[string]any{"version": v.N}).is(200)
	if got := r.text(t, m); got != "un" {
		t.Errorf("the version is restored as %q", got)
	}
	r.do(t, m.Links.Write, "POST", m.path("/restore"), map[string]any{"step": 2}).is(200)
	if got := r.text(t, m); got != "deux" {
		t.Errorf("the step is restored as %q", got)
	}
	for _, body := range []map[string]any{{}, {"step": 1, "version": 1}, {"step": "1"}} {
		r.do(t, m.Links.Write, "POST", m.path("/restore"), body).refused(room.CodeBadMessage)
	}
	r.do(t, m.Links.Write, "POST", m.path("/restore"), map[string]any{"step": 99}).refused(room.CodePadUnknown)
	r.do(t, m.Links.Write, "POST", m.path("/restore"), map[string]any{"version": 99}).refused(room.CodePadUnknown)
	r.do(t, m.Links.Own, "DELETE", m.path("/history"), nil).is(204)
	r.do(t, m.Links.Own, "GET", m.path("/history/1"), nil).refused(room.CodePadUnknown)
	if past("/versions/1") != "un" || r.text(t, m) != "deux" {
		t.Error("forgetting the history has taken more than the history")
	}
	r.do(t, m.Links.Write, "POST", m.path("/versions"), map[string]any{"name": strings.Repeat("x", 101)}).refused(room.CodeBadMessage)
	for range pad.MaxVersions - 1 {
		r.do(t, m.Links.Write, "POST", m.path("/versions"), map[string]any{"name": "x"}).is(201)
	}
	r.do(t, m.Links.Write, "POST", m.path("/versions"), map[string]any{"name": "x"}).refused(room.CodePadsFull)
	r.do(t, m.Links.Own, "DELETE", m.path("/versions/1"), nil).is(204)
	r.do(t, m.Links.Own, "GET", m.path("/versions/1"), nil).refused(room.CodePadUnknown)
}

func TestPublish(t *testing.T) {
	r := start(t, t.TempDir())
	make := func(title, text string) made {
		return into[made](r.do(t, asHost, "POST", "/api/v1/pads", map[string]any{"room": "salon", "title": title, "text": text}).is(201))
	}
	garden, index := make("Jardin", "# Tomates\n\n<script>alert(1)</script>\n"), make("Accueil", "[[Jardin]] et [[Cave]]")
	page := func(m made) string {
		return into[struct{ Published string }](r.do(t, asHost, "POST", m.path("/publish"), nil).is(200)).Published
	}
	secret := page(garden)
	if page(garden) != secret {
		t.Error("publishing again gives another link")
	}
	a := r.do(t, "", "GET", secret, nil).is(200)
	if csp := a.header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'") || bytes.Contains(a.body, []byte("<script")) {
		t.Errorf("%s with the policy %s", a.body, csp)
	}
	if a := r.do(t, "", "GET", page(index), nil).is(200); !strings.Contains(string(a.body), `<a href="`+secret+`"`) || strings.Contains(string(a.body), `>Cave<`) {
		t.Errorf("links between pads: %s", a.body)
	}
	r.do(t, asHost, "DELETE", garden.path("/publish"), nil).is(204)
	r.do(t, "", "GET", secret, nil).is(404)
	r.do(t, "", "GET", "/pub/AAAA", nil).is(404)
	r.do(t, "", "GET", stylePath, nil).is(200)
}

// A damaged row: that pad says so, shows the last text that the search knew, and can be had back by its owner; no other
// is affected.
func TestDamagedPad(t *testing.T) {
	dir := t.TempDir()
	r := start(t, dir)
	m, other := r.pad(t, "first"), r.pad(t, "another")
	r.do(t, m.Links.Own, "POST", m.path("/import?name=a.md"), "first, second").is(200)
	p, err := r.store.Pad(t.Context(), m.Pad.ID)
	if err == nil {
		err = r.store.IndexPad(t.Context(), p, "first, second")
	}
	if err != nil {
		t.Fatal(err)
	}
	r.do(t, m.Links.Own, "POST", m.path("/recover"), nil).refused(room.CodeBadMessage)
	r.finish()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, store.FileName))
	if err == nil {
		_, err = db.Exec("UPDATE pad_log SET data = zeroblob(9) WHERE pad = ? AND n = 2", p.Key)
	}
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	r = start(t, dir)
	ws, res, err := websocket.DefaultDialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(r.URL, "http")+"/ws/pad/"+m.Pad.ID+"?access="+m.Links.Write, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer ws.Close()
	defer res.Body.Close()
	if _, _, err := ws.ReadMessage(); !websocket.IsCloseError(err, pad.CloseBroken) {
		t.Errorf("the line ends with %v", err)
	}
	if got := r.text(t, m); got != "first, second" {
		t.Errorf("the last text is %q", got)
	}
	if a := r.do(t, m.Links.Own, "GET", m.path("/export?format=docx"), nil).is(200); len(a.body) == 0 {
		t.Error("the export is empty")
	}
	r.do(t, m.Links.Own, "GET", m.path("/export?format=yjs"), nil).refused(room.CodePadBroken)
	r.do(t, m.Links.Write, "POST", m.path("/import?name=a.md"), "x").refused(room.CodePadBroken)
	r.do(t, m.Links.Write, "POST", m.path("/versions"), map[string]any{"name": "x"}).refused(room.CodePadBroken)
	if !into[pad.Info](r.do(t, m.Links.Own, "GET", m.path(""), nil).is(200)).Broken || r.text(t, other) != "another" {
		t.Error("the wrong pad was set aside")
	}
	r.do(t, m.Links.Own, "POST", m.path("/recover"), nil).is(204)
	if got := r.text(t, m); got != "first" {
		t.Errorf("recovered is %q", got)
	}
	r.do(t, m.Links.Write, "POST", m.path("/import?name=a.md"), "goes on").is(200)
}

// The disk refuses: nothing is acknowledged, and nothing of the internals is told.
func TestDiskRefuses(t *testing.T) {
	var broken atomic.Bool
	r := start(t, t.TempDir(), store.WithFault(func(p store.Point) error {
		if p == store.BeforeCommit && broken.Load() {
			return errors.New("a secret of the disk's")
		}
		return nil
	}))
	m := r.pad(t, "before")
	broken.Store(true)
	r.do(t, m.Links.Write, "POST", m.path("/import?name=a.md"), "during").refused(room.CodeDiskFull)
	for _, a := range []answer{r.do(t, "", "POST", "/api/v1/pads", map[string]any{}), r.do(t, m.Links.Own, "PATCH", m.path(""), map[string]any{"title": "x"})} {
		if a.status < 500 || bytes.Contains(a.body, []byte("secret")) {
			t.Errorf("%d %s", a.status, a.body)
		}
	}
	broken.Store(false)
}
