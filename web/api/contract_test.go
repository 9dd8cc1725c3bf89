package api_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"sort"
	"strings"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"

	"tablee/accounts"
	"tablee/room"
)

func wish(login string) accounts.Wish { return accounts.Wish{Login: login, Password: good} }

// described is one call of openapi.json.
type described struct{ method, path, need string }

// calls reads openapi.json.
func calls(t testing.TB) (all []described) {
	t.Helper()
	text, err := os.ReadFile("openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Paths map[string]map[string]struct{ Description string }
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	for path, ops := range doc.Paths {
		for method, op := range ops {
			need := strings.TrimSuffix(strings.TrimPrefix(op.Description, "For "), ".")
			all = append(all, described{strings.ToUpper(method), path, need})
		}
	}
	sort.Slice(all, func(i, j int) bool { return all[i].path+all[i].method < all[j].path+all[j].method })
	if len(all) < 40 {
		t.Fatalf("openapi.json has %d calls", len(all))
	}
	return all
}

// contract is a rig whose every request and answer is held against openapi.json.
type contract struct {
	*rig
	v    validator.Validator
	seen map[string]bool
}

func newContract(t *testing.T) *contract {
	text, err := os.ReadFile("openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := libopenapi.NewDocument(text)
	if err != nil {
		t.Fatal(err)
	}
	v, errs := validator.NewValidator(doc)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	if ok, bad := v.ValidateDocument(); !ok {
		t.Fatalf("openapi.json is no OpenAPI 3.1: %v", bad[0])
	}
	return &contract{rig: newRig(t), v: v, seen: map[string]bool{}}
}

// do sends a request to a described call, holds both ways against the description, and reads the answer.
func (c *contract) do(method, path, body string, into any) {
	c.t.Helper()
	w := c.ask(method, path, body)
	if w.Code >= 300 {
		c.t.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
	}
	c.hold(method, path, body, w)
	if into != nil {
		if err := json.Unmarshal(w.Body.Bytes(), into); err != nil {
			c.t.Fatal(err)
		}
	}
}

func (c *contract) hold(method, path, body string, w *httptest.ResponseRecorder) {
	c.t.Helper()
	r := httptest.NewRequest(method, "http://meet.example"+path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	r.Header.Set("Authorization", "Bearer x") // the description wants to see that somebody has logged in
	r.AddCookie(&http.Cookie{Name: "tablee_session", Value: "x"})
	if ok, bad := c.v.ValidateHttpRequestResponse(r, w.Result()); !ok {
		for _, b := range bad {
			c.t.Errorf("%s %s: %s: %s %v (%s)", method, path, b.Message, b.Reason, b.SchemaValidationErrors, w.Body)
		}
	}
	clean, _, _ := strings.Cut(path, "?")
	for _, d := range calls(c.t) {
		if d.method == method && fits(d.path, clean) {
			c.seen[method+" "+d.path] = true
		}
	}
}

func fits(pattern, path string) bool {
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return false
	}
	for i := range want {
		if want[i] != got[i] && !strings.HasPrefix(want[i], "{") {
			return false
		}
	}
	return true
}

// Each call of openapi.json exists, and what it takes and answers is as described; and each call that exists is described.
func TestContract(t *testing.T) {
	c := newContract(t)
	var made struct{ ID, Secret string }
	setup, err := c.accounts.SetupSecret(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c.do("GET", "/api/v1/me", "", nil)
	c.do("POST", "/api/v1/setup", `{"secret":"`+setup+`","login":"anne","name":"Anne","password":"`+good+`"}`, nil)
	c.do("GET", "/api/v1/me", "", nil)
	c.do("PATCH", "/api/v1/me", `{"name":"Anne B."}`, nil)
	c.do("PUT", "/api/v1/me/password", `{"old":"`+good+`","new":"un deux trois quatre"}`, nil)
	c.do("POST", "/api/v1/me/apps", `{"label":"DAVx5"}`, &made)
	c.do("POST", "/api/v1/me/tokens", `{"label":"x","days":7}`, nil)
	c.do("GET", "/api/v1/me/secrets", "", nil)
	c.do("DELETE", "/api/v1/me/secrets/"+made.ID, "", nil)
	c.accountCalls()
	c.groupCalls()
	c.roomCalls()
	c.joinKeyCalls()
	c.webhookCalls()
	for _, what := range []string{"now", "history", "health", "network", "storage", "log", "settings", "mirror"} {
		c.do("GET", "/api/v1/server/"+what, "", nil)
	}
	c.do("PATCH", "/api/v1/server/settings", `{"values":{"rooms.open":"member","rooms.max":null}}`, nil)
	c.do("POST", "/api/v1/server/snapshot", "", nil)
	c.do("POST", "/api/v1/server/mirror", "", nil)
	c.do("POST", "/api/v1/server/storage/purge", `{"what":["trash","drops"],"days":30}`, nil)
	c.do("POST", "/api/v1/logout", "", nil)
	w := c.ask("GET", "/api/v1/accounts", "") // a refusal is described, too
	c.hold("GET", "/api/v1/accounts", "", w)
	for _, d := range calls(t) {
		if !c.seen[d.method+" "+d.path] {
			t.Errorf("%s %s is described, and this test does not try it", d.method, d.path)
		}
	}
	if w := c.ask("GET", "/api/openapi.json", ""); w.Code != 200 || !json.Valid(w.Body.Bytes()) {
		t.Error("openapi.json is not served")
	}
}

func (c *contract) accountCalls() {
	var made struct{ ID, Secret string }
	c.do("POST", "/api/v1/accounts", `{"login":"bob","password":"`+good+`","role":"member"}`, nil)
	c.do("GET", "/api/v1/accounts", "", nil)
	c.do("GET", "/api/v1/accounts/bob", "", nil)
	c.do("PATCH", "/api/v1/accounts/bob", `{"name":"Bob","role":"admin","disabled":false}`, nil)
	c.do("POST", "/api/v1/accounts/bob/reset", "", &made)
	c.console = true
	c.do("POST", "/api/v1/accounts/bob/tokens", `{"label":"x"}`, nil)
	c.console = false
	c.do("GET", "/api/v1/accounts/bob/tokens", "", nil)
	mine := c.cookie
	c.cookie = nil
	c.do("POST", "/api/v1/reset", `{"secret":"`+made.Secret+`","password":"cinq six sept huit"}`, nil)
	c.cookie = nil
	c.do("POST", "/api/v1/login", `{"login":"bob","password":"cinq six sept huit"}`, nil)
	c.cookie = mine
	c.console = true
	c.do("POST", "/api/v1/accounts/bob/tokens", `{}`, &made)
	c.console = false
	c.do("DELETE", "/api/v1/accounts/bob/tokens/"+made.ID, "", nil)
	c.do("DELETE", "/api/v1/accounts/bob/secrets", "", nil)
	c.do("POST", "/api/v1/invitations", `{"role":"member","label":"for the choir","hours":24}`, &made)
	c.do("GET", "/api/v1/invitations", "", nil)
	c.do("POST", "/api/v1/invitation", `{"secret":"`+made.Secret+`"}`, nil)
	c.do("POST", "/api/v1/invitation/accept", `{"secret":"`+made.Secret+`","login":"carole","name":"Carole","password":"`+good+`"}`, nil)
	c.cookie = nil
	c.do("POST", "/api/v1/login", `{"login":"anne","password":"un deux trois quatre"}`, nil)
	c.do("POST", "/api/v1/invitations", `{}`, &made)
	c.do("DELETE", "/api/v1/invitations/"+made.ID, "", nil)
	c.do("DELETE", "/api/v1/accounts/bob", "", nil)
}

func (c *contract) joinKeyCalls() {
	var made struct{ ID, Secret string }
	c.do("PUT", "/api/v1/rooms/embedded", `{}`, nil)
	c.do("POST", "/api/v1/joinkeys", `{"label":"our site","room":"embedded","role":"moderator"}`, &made)
	c.do("GET", "/api/v1/joinkeys", "", nil)
	c.do("POST", "/api/v1/joinkeys/"+made.ID+"/tokens", `{"room":"embedded","role":"guest","name":"Zoé","minutes":5,"once":true}`, nil)
	c.do("DELETE", "/api/v1/joinkeys/"+made.ID, "", nil)
}

func (c *contract) webhookCalls() {
	var made struct{ ID, Secret string }
	var test struct {
		Status  int
		Problem string
	}
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	defer receiver.Close()
	c.do("POST", "/api/v1/webhooks", `{"url":"`+receiver.URL+`"}`, &made)
	c.do("GET", "/api/v1/webhooks", "", nil)
	c.do("POST", "/api/v1/webhooks/"+made.ID+"/test", "", &test)
	var all struct {
		Items []struct {
			Waiting int
			Last    *struct{ Status int }
		}
	}
	c.do("GET", "/api/v1/webhooks", "", &all)
	if len(all.Items) != 1 || all.Items[0].Last == nil || all.Items[0].Last.Status != 204 {
		c.t.Errorf("after a test the list says %+v", all)
	}
	if !strings.HasPrefix(made.Secret, "whsec_") || test.Status != 204 || test.Problem != "" {
		c.t.Errorf("a webhook has the secret %.8s…, and its test says %+v", made.Secret, test)
	}
	c.do("DELETE", "/api/v1/webhooks/"+made.ID, "", nil)
	if w := c.ask("POST", "/api/v1/webhooks/"+made.ID+"/test", ""); w.Code != http.StatusNotFound {
		c.t.Errorf("a removed webhook is tested with %d", w.Code)
	}
}

func (c *contract) groupCalls() {
	var made struct{ ID string }
	c.do("POST", "/api/v1/groups", `{"name":"Comité"}`, &made)
	c.do("PUT", "/api/v1/groups/"+made.ID+"/members/carole", `{"manager":true}`, nil)
	c.do("GET", "/api/v1/groups", "", nil)
	c.do("PATCH", "/api/v1/groups/"+made.ID, `{"name":"Bureau"}`, nil)
	c.do("PUT", "/api/v1/groups/Bureau/quota", `{"bytes":5}`, nil)
	c.do("GET", "/api/v1/quotas", "", nil)
	c.do("DELETE", "/api/v1/groups/Bureau/quota", "", nil)
	c.do("PUT", "/api/v1/accounts/carole/quota", `{"bytes":0}`, nil)
	c.do("DELETE", "/api/v1/accounts/carole/quota", "", nil)
	c.do("DELETE", "/api/v1/groups/"+made.ID+"/members/carole", "", nil)
	c.do("DELETE", "/api/v1/groups/"+made.ID, "", nil)
}

func (c *contract) roomCalls() {
	var made struct{ ID string }
	c.do("PUT", "/api/v1/rooms/choir", `{"settings":{"lobby":true,"max":12,"talk":"speaker","starts":"2026-12-01T18:00:00Z","minutes":60},"password":"x"}`, nil)
	c.do("PUT", "/api/v1/rooms/choir/quota", `{"bytes":1048576}`, nil)
	c.do("DELETE", "/api/v1/rooms/choir/quota", "", nil)
	c.do("GET", "/api/v1/rooms?search=ch&limit=1", "", nil)
	c.do("GET", "/api/v1/rooms/choir/settings", "", nil)
	c.do("PATCH", "/api/v1/rooms/choir", `{"title":"Chorale","owner":"carole","settings":{"lobby":false,"origins":["https://a.example"]}}`, nil)
	c.do("PUT", "/api/v1/rooms/choir/password", `{"password":""}`, nil)
	c.do("POST", "/api/v1/rooms/choir/links", `{"role":"moderator","label":"x","hours":2,"uses":1}`, &made)
	c.do("GET", "/api/v1/rooms/choir/links", "", nil)
	c.do("DELETE", "/api/v1/rooms/choir/links/"+made.ID, "", nil)
	c.do("POST", "/api/v1/rooms/choir/close", "", nil)
	c.do("DELETE", "/api/v1/rooms/choir", "", nil)
}

// The table of calls and openapi.json name the same calls.
func TestEveryCallIsDescribed(t *testing.T) {
	g := newRig(t)
	for _, d := range calls(t) {
		if !g.Handles(httptest.NewRequest(d.method, d.path, nil)) {
			t.Errorf("%s %s is described and not there", d.method, d.path)
		}
	}
	if got, want := len(g.Table()), len(calls(t)); got != want {
		t.Errorf("there are %d calls, and %d are described", got, want)
	}
}

// docs/api.md has a word about each call: of /api/v1/accounts/{id}/reset that there are accounts, and …/reset.
func TestTheGuideNamesEveryCall(t *testing.T) {
	text, err := os.ReadFile("../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "## The calls")
	table, _, _ = strings.Cut(table, "## Limits")
	for _, d := range calls(t) {
		path := strings.TrimPrefix(d.path, "/api/v1")
		parts := strings.Split(path, "/")
		short := "…/" + strings.Join(parts[min(3, len(parts)-1):], "/")
		named := strings.Contains(table, path+"`") || strings.Contains(table, "/"+parts[1]+"/") && strings.Contains(table, short+"`")
		if !named || !strings.Contains(table, d.method) {
			t.Errorf("%s %s is not in docs/api.md, The calls", d.method, d.path)
		}
	}
}

var _ = room.Admin
