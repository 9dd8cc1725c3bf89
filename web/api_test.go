package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"tablee/room"
	"tablee/signaling"
)

func TestOpenRoom(t *testing.T) {
	g := newRig(t)
	w := g.open("Réunion du lundi")
	var got map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	token, _ := got["host"].(string)
	if w.Code != 201 || got["url"] != "/r/reunion-du-lundi" || len(token) != 22 ||
		got["host_url"] != "/r/reunion-du-lundi#host="+token ||
		got["room"].(map[string]any)["title"] != "Réunion du lundi" || got["room"].(map[string]any)["name"] != "reunion-du-lundi" {
		t.Errorf("the first answer is %d %s", w.Code, w.Body)
	}
	if !g.registry.IsHost(t.Context(), "reunion-du-lundi", token) {
		t.Error("the token is not the host's")
	}
	for name, value := range map[string]string{"Content-Type": "application/json", "Cache-Control": "no-store"} {
		if w.Header().Get(name) != value {
			t.Errorf("%s is %q", name, w.Header().Get(name))
		}
	}

	again := g.open("REUNION_DU_LUNDI")
	if again.Code != 200 || strings.Contains(again.Body.String(), "host") || again.Header().Get("Set-Cookie") != "" {
		t.Errorf("the second answer is %d %s %s", again.Code, again.Body, again.Header())
	}

	made := g.open("")
	if made.Code != 201 || !strings.Contains(made.Body.String(), `"url":"/r/`) {
		t.Errorf("a made-up name is %d %s", made.Code, made.Body)
	}
}

func TestHostCookie(t *testing.T) {
	g := newRig(t)
	plain := g.open("abc").Result().Cookies()[0]
	if plain.Name != "tablee_host_abc" || !plain.HttpOnly || plain.SameSite != http.SameSiteStrictMode || plain.Secure ||
		plain.Path != "/ws/room/abc" || plain.Domain != "" || plain.MaxAge < 86400 {
		t.Errorf("the cookie is %+v", plain)
	}
	secure := g.ask("POST", "https://meet.example/api/v1/rooms", `{"name":"def"}`, "Content-Type", "application/json")
	if !secure.Result().Cookies()[0].Secure {
		t.Error("over TLS the cookie is not Secure")
	}

	// A browser brings it back where it counts, and nowhere else.
	var seen string
	g.hub = func(_ http.ResponseWriter, r *http.Request) { seen = HostToken(r, r.PathValue("name")) }
	srv := httptest.NewServer(g)
	defer srv.Close()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar}
	do := func(method, path, body string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, srv.URL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		resp, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	}
	do("POST", "/api/v1/rooms", `{"name":"mine"}`)
	do("GET", "/ws/room/mine", "")
	if !g.registry.IsHost(t.Context(), "mine", seen) {
		t.Errorf("the hub finds the token %q", seen)
	}
	do("GET", "/ws/room/mine2", "")
	if seen != "" {
		t.Errorf("another room finds the token %q", seen)
	}
	home, err := url.Parse(srv.URL + "/api/v1/rooms/mine")
	if err != nil {
		t.Fatal(err)
	}
	if n := len(jar.Cookies(home)); n != 0 {
		t.Errorf("%d cookies are sent to the API", n)
	}
}

// TestRoomNames is number 31 of the bad inputs: a clear 400, or the normal form; never anything else.
func TestRoomNames(t *testing.T) {
	cases := []struct{ name, normal string }{
		{"Réunion du lundi", "reunion-du-lundi"},
		{"  Œuvre  ", "oeuvre"},
		{"a__b", "a-b"},
		{"../etc/passwd", ""},
		{"..", ""},
		{"a/b", ""},
		{`a\b`, ""},
		{"a\x00b", ""},
		{"a\nb", ""},
		{"\u202egnp.exe", ""},
		{"ab\u2066cd\u2069", ""},
		{"ab\u200bcd", ""},
		{"pаypal", ""},     // Cyrillic а
		{"ɡoogle", ""},     // Latin script g
		{"room\u00ad", ""}, // soft hyphen
		{strings.Repeat("a", 65), ""},
		{strings.Repeat("a", 3000), ""},
		{"a", ""},
		{"<script>", ""},
		{"%2e%2e", ""},
		{"会議", ""},
	}
	g := newRig(t)
	for _, c := range cases {
		w := g.open(c.name)
		if c.normal == "" {
			if w.Code != 400 || codeOf(t, w) != room.CodeRoomNameInvalid {
				t.Errorf("opening %.40q is %d %s", c.name, w.Code, w.Body)
			}
		} else if w.Code != 201 || !strings.Contains(w.Body.String(), `"/r/`+c.normal+`"`) {
			t.Errorf("opening %.40q is %d %s", c.name, w.Code, w.Body)
		}

		// The same in a link. Escaped, since a path with .. in it is another path.
		escaped := url.PathEscape(c.name)
		if c.name == ".." {
			escaped = "%2e%2e"
		}
		api, page := g.ask("GET", "/api/v1/rooms/"+escaped, ""), g.ask("GET", "/r/"+escaped, "")
		want := 200
		if c.normal == "" {
			want = 400
		}
		if api.Code != want && !redirects(api) || page.Code != want && !redirects(page) {
			t.Errorf("looking at %.40q is %d %s, its page %d", c.name, api.Code, api.Body, page.Code)
		}
	}
	// 10 KB do not even fit the body.
	if w := g.open(strings.Repeat("a", 10_000)); w.Code != 413 || codeOf(t, w) != room.CodeTooBig {
		t.Errorf("10 KB are %d %s", w.Code, w.Body)
	}
	if g.store.Count() != 3 {
		t.Errorf("there are %d rooms now", g.store.Count())
	}
}

// redirects says if the path was cleaned first, by a redirect within the server.
func redirects(w *httptest.ResponseRecorder) bool {
	to := w.Header().Get("Location")
	return w.Code/100 == 3 && strings.HasPrefix(to, "/") && !strings.HasPrefix(to, "//")
}

func TestBodies(t *testing.T) {
	cases := []struct {
		body   string
		status int
		code   room.Code
	}{
		{``, 400, room.CodeBadMessage},
		{`[]`, 400, room.CodeBadMessage},
		{`"abc"`, 400, room.CodeBadMessage},
		{`null`, 400, room.CodeBadMessage},
		{`{"name":"abc"`, 400, room.CodeBadMessage},
		{`{"name":"abc"} {}`, 400, room.CodeBadMessage},
		{`{"name":"abc"}x`, 400, room.CodeBadMessage},
		{`{"name":7}`, 400, room.CodeBadMessage},
		{`{"name":null}`, 400, room.CodeBadMessage},
		{`{"name":{"name":"abc"}}`, 400, room.CodeBadMessage},
		{`{"name":["abc"]}`, 400, room.CodeBadMessage},
		{`{"NAME":"abc"}`, 400, room.CodeBadMessage},
		{`{"name":"abc","name":"def"}`, 400, room.CodeBadMessage},
		{`{"name":"abc","host":"x"}`, 400, room.CodeBadMessage},
		{`{"name":"abc",}`, 400, room.CodeBadMessage},
		{`{"name":` + strings.Repeat("[", 2000) + `}`, 400, room.CodeBadMessage},
		{`{"name":"` + strings.Repeat("a", maxBody) + `"}`, 413, room.CodeTooBig},
		{`{"name":"abc"}` + strings.Repeat(" ", maxBody), 413, room.CodeTooBig},
	}
	g := newRig(t)
	for _, c := range cases {
		w := g.ask("POST", "/api/v1/rooms", c.body, "Content-Type", "application/json")
		if w.Code != c.status || codeOf(t, w) != c.code {
			t.Errorf("%.40q is %d %s", c.body, w.Code, w.Body)
		}
	}
	if g.store.Count() != 0 {
		t.Error("refused bodies made rooms")
	}
	for _, body := range []string{`{}`, `{"name":""}`, " {\n\"name\" : \"abc\" }\n"} {
		if w := g.ask("POST", "/api/v1/rooms", body, "Content-Type", "application/json; charset=utf-8"); w.Code != 201 {
			t.Errorf("%q is %d %s", body, w.Code, w.Body)
		}
	}
}

func TestContentTypes(t *testing.T) {
	g := newRig(t)
	for _, header := range [][]string{
		{},
		{"Content-Type", "text/plain"},
		{"Content-Type", "application/x-www-form-urlencoded"},
		{"Content-Type", "multipart/form-data; boundary=x"},
		{"Content-Type", "application/json; charset=utf-16"},
		{"Content-Type", "application/json;;"},
		{"Content-Type", "application/json", "Content-Encoding", "gzip"},
	} {
		if w := g.ask("POST", "/api/v1/rooms", `{"name":"abc"}`, header...); w.Code != 415 || codeOf(t, w) != room.CodeBadMessage {
			t.Errorf("%q is %d %s", header, w.Code, w.Body)
		}
	}
}

func TestOrigins(t *testing.T) {
	cases := []struct {
		headers []string
		allowed bool
	}{
		{nil, true}, // not a browser
		{[]string{"Origin", "http://example.com"}, true},
		{[]string{"Origin", "https://EXAMPLE.com"}, true}, // behind a proxy with TLS
		{[]string{"Origin", "http://example.com", "Sec-Fetch-Site", "same-origin"}, true},
		{[]string{"Sec-Fetch-Site", "none"}, true},
		{[]string{"Origin", "http://evil.example"}, false},
		{[]string{"Origin", "http://example.com.evil.example"}, false},
		{[]string{"Origin", "http://example.com:81"}, false},
		{[]string{"Origin", "http://example.com@evil.example"}, false},
		{[]string{"Origin", "null"}, false},
		{[]string{"Origin", ""}, false},
		{[]string{"Origin", "file://example.com"}, false},
		{[]string{"Origin", "http://[::1"}, false},
		{[]string{"Origin", "http://example.com", "Origin", "http://evil.example"}, false},
		{[]string{"Origin", "http://example.com", "Sec-Fetch-Site", "cross-site"}, false},
		{[]string{"Sec-Fetch-Site", "same-site"}, false},
	}
	for _, c := range cases {
		g := newRig(t)
		w := g.open("abc", c.headers...)
		if c.allowed && w.Code != 201 || !c.allowed && (w.Code != 403 || codeOf(t, w) != room.CodeForbidden) {
			t.Errorf("%q is %d %s", c.headers, w.Code, w.Body)
		}
		if !c.allowed && (g.store.Count() != 0 || g.Stats().Refused[room.CodeForbidden] != 1) {
			t.Errorf("%q made a room, or was not counted", c.headers)
		}
	}
}

func TestShowRoom(t *testing.T) {
	g := newRig(t)
	g.open("Café")
	if w := g.ask("GET", "/api/v1/rooms/cafe", ""); w.Code != 200 ||
		strings.TrimSpace(w.Body.String()) != `{"room":{"name":"cafe","title":"Café"},"max":25,"seated":[],"password":false,"lobby":false,"locked":false,"opens":0,"starts":0,"listen":false}` {
		t.Errorf("an empty room is %d %s", w.Code, w.Body)
	}
	g.seated = []signaling.Seated{{Name: "Ada <b>", Seat: 0}}
	if w := g.ask("GET", "/api/v1/rooms/CAF%C3%89", ""); !strings.Contains(w.Body.String(), `"seated":[{"name":"Ada \u003cb\u003e","seat":0}]`) {
		t.Errorf("a room is %d %s", w.Code, w.Body)
	}
	if w := g.ask("GET", "/api/v1/rooms/elsewhere", ""); w.Code != 404 || codeOf(t, w) != room.CodeRoomUnknown {
		t.Errorf("an unknown room is %d %s", w.Code, w.Body)
	}
}

func TestRoomsFull(t *testing.T) {
	g := newRig(t)
	for i := range 100 {
		g.store.Put(room.Room{Name: strings.Repeat("x", i+2)})
	}
	if w := g.open("abc"); w.Code != 503 || codeOf(t, w) != room.CodeRoomsFull {
		t.Errorf("one room too many is %d %s", w.Code, w.Body)
	}
}

func TestInternalsStayInside(t *testing.T) {
	g := newRig(t)
	g.store.Fail(errors.New("disk I/O error at sector 7"))
	w := g.open("abc")
	if w.Code != 500 || codeOf(t, w) != room.CodeInternal || strings.Contains(w.Body.String(), "sector") {
		t.Errorf("a broken store is %d %s", w.Code, w.Body)
	}
	if !strings.Contains(g.log.String(), "sector 7") {
		t.Errorf("the log says only %q", g.log.String())
	}
}

func TestRateOfNewRooms(t *testing.T) {
	g := newRig(t)
	g.open("there")
	for range creationBurst - 1 {
		if w := g.open(""); w.Code != 201 {
			t.Fatalf("within the burst: %d %s", w.Code, w.Body)
		}
	}
	w := g.open("")
	if w.Code != 429 || codeOf(t, w) != room.CodeRateLimited || w.Header().Get("Retry-After") != "4" {
		t.Errorf("beyond the burst: %d %s, Retry-After %q", w.Code, w.Body, w.Header().Get("Retry-After"))
	}
	if w := g.open("there"); w.Code != 200 {
		t.Errorf("a room that is there: %d %s", w.Code, w.Body)
	}
	g.now = g.now.Add(creationInterval)
	if a, b := g.open("").Code, g.open("").Code; a != 201 || b != 429 {
		t.Errorf("after the interval: %d, %d", a, b)
	}
	g.now = g.now.Add(24 * time.Hour)
	for i := range creationBurst {
		if w := g.open(""); w.Code != 201 {
			t.Fatalf("the next day, number %d: %d", i, w.Code)
		}
	}
	if w := g.open(""); w.Code != 429 {
		t.Errorf("a rested client may do more than the burst: %d", w.Code)
	}
}

// FuzzReadName holds readName against encoding/json: what it takes, that takes too, to the same name.
func FuzzReadName(f *testing.F) {
	for _, seed := range []string{`{"name":"abc"}`, `{}`, `{"name":"\u0000"}`, `{"name":"a","name":"b"}`, `[[[[`, "{\"name\":\"\xff\"}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		name, err := readName(strings.NewReader(body))
		if err != nil {
			return
		}
		var want struct{ Name string }
		if err := json.Unmarshal([]byte(body), &want); err != nil || want.Name != name {
			t.Errorf("%q gives %q here, %q (%v) there", body, name, want.Name, err)
		}
	})
}
