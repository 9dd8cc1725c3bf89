package api

import (
	"encoding/json"
	"net/url"
	"strings"
	"sync"
	"testing"

	"tablee/room"
)

const testKey = "a-key-for-the-test-of-etherpad"

// etherpad calls Etherpad's API as etherpad-lite-client does.
func (r *rig) etherpad(t *testing.T, call string, args ...string) (code int, message string, data map[string]any) {
	t.Helper()
	form := url.Values{"apikey": {testKey}}
	for i := 0; i < len(args); i += 2 {
		form.Set(args[i], args[i+1])
	}
	return r.form(t, call, form)
}

func (r *rig) form(t *testing.T, call string, form url.Values) (code int, message string, data map[string]any) {
	t.Helper()
	res, err := r.Client().PostForm(r.URL+"/api/1.2.13/"+call, form)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var body struct {
		Code    int
		Message string
		Data    map[string]any
	}
	if err := json.NewDecoder(res.Body).Decode(&body); err != nil {
		t.Fatal(err)
	}
	return body.Code, body.Message, body.Data
}

// must is etherpad for a call that is answered with code 0.
func (r *rig) must(t *testing.T, call string, args ...string) map[string]any {
	t.Helper()
	code, message, data := r.etherpad(t, call, args...)
	if code != etherpadOK {
		t.Fatalf("%s: %d %s", call, code, message)
	}
	return data
}

// Each call of the subset does what https://etherpad.org/doc says of it.
func TestEtherpadsCalls(t *testing.T) {
	r := start(t, t.TempDir())
	r.must(t, "checkToken")
	r.must(t, "createPad", "padID", "équipe", "text", "Bonjour")
	of := func(call, key string, args ...string) any {
		t.Helper()
		return r.must(t, call, append([]string{"padID", "équipe"}, args...)...)[key]
	}
	r.must(t, "setText", "padID", "équipe", "text", "# Titre\n")
	r.must(t, "appendText", "padID", "équipe", "text", "suite\n")
	for _, c := range []struct {
		call, key string
		want      any
		args      []string
	}{
		{"getText", "text", "# Titre\nsuite\n", nil}, {"getText", "text", "Bonjour", []string{"rev", "1"}}, {"getRevisionsCount", "revisions", 3.0, nil},
		{"padUsersCount", "padUsersCount", 0.0, nil}, {"getSavedRevisionsCount", "savedRevisions", 0.0, nil},
	} {
		if got := of(c.call, c.key, c.args...); got != c.want {
			t.Errorf("%s %v: %v, not %v", c.call, c.args, got, c.want)
		}
	}
	if html, _ := of("getHTML", "html").(string); !strings.Contains(html, "Titre</h1>") {
		t.Errorf("getHTML: %s", html)
	}
	r.must(t, "setHTML", "padID", "équipe", "html", "<h2>Été</h2><script>x</script><p>Un <b>mot</b>")
	if got := of("getText", "text"); got != "## Été\n\nUn **mot**\n" {
		t.Errorf("setHTML: %q", got)
	}
	r.must(t, "restoreRevision", "padID", "équipe", "rev", "1")
	if got := of("getText", "text"); got != "Bonjour" {
		t.Errorf("restoreRevision: %q", got)
	}
	r.must(t, "saveRevision", "padID", "équipe")
	if got := of("getSavedRevisionsCount", "savedRevisions"); got != 1.0 {
		t.Errorf("saveRevision: %v", got)
	}
	if at, _ := of("getLastEdited", "lastEdited").(float64); at < 1e12 {
		t.Errorf("getLastEdited: %v", at)
	}
	if names, _ := of("listAuthorsOfPad", "authorIDs").([]any); len(names) != 1 || names[0] != "API" {
		t.Errorf("listAuthorsOfPad: %v", names)
	}
	readOnly, _ := of("getReadOnlyID", "readOnlyID").(string)
	p, _, err := r.hub.Named(t.Context(), "équipe")
	if err != nil {
		t.Fatal(err)
	}
	r.do(t, readOnly, "GET", "/api/v1/pads/"+p.ID+"/text", nil).is(200)
	r.do(t, readOnly, "POST", "/api/v1/pads/"+p.ID+"/import?name=a.md", "x").refused(room.CodeForbidden)
	r.must(t, "deletePad", "padID", "équipe")
	if ids, _ := r.must(t, "listAllPads")["padIDs"].([]any); len(ids) != 0 {
		t.Errorf("listAllPads: %v", ids)
	}
}

// What is wrong is said in Etherpad's codes; the key opens nobody's pad but those that were made by it.
func TestEtherpadsErrors(t *testing.T) {
	r := start(t, t.TempDir())
	m := r.pad(t, "somebody's")
	r.must(t, "createPad", "padID", "a")
	for _, c := range []struct {
		want int
		call string
		args []string
	}{
		{etherpadBad, "createPad", []string{"padID", "a"}}, {etherpadBad, "createPad", nil}, {etherpadBad, "createPad", []string{"padID", strings.Repeat("x", maxPadName+1)}},
		{etherpadBad, "createPad", []string{"padID", "a\x00b"}}, {etherpadBad, "getText", []string{"padID", "b"}}, {etherpadBad, "getText", nil},
		{etherpadBad, "getText", []string{"padID", m.Pad.ID}}, {etherpadBad, "deletePad", []string{"padID", m.Pad.Title}}, {etherpadBad, "getText", []string{"padID", "a", "rev", "x"}},
		{etherpadBad, "getText", []string{"padID", "a", "rev", "77"}}, {etherpadBad, "restoreRevision", []string{"padID", "a"}}, {etherpadNoCall, "createGroup", nil},
		{etherpadBad, "setText", []string{"padID", "a", "text", strings.Repeat("x", maxText)}},
	} {
		if code, message, _ := r.etherpad(t, c.call, c.args...); code != c.want || message == "" || message == "ok" {
			t.Errorf("%s %.80q: %d %s", c.call, c.args, code, message)
		}
	}
	for _, key := range []string{"", "wrong", testKey + "x", testKey[1:]} {
		if code, _, _ := r.form(t, "listAllPads", url.Values{"apikey": {key}}); code != etherpadBadKey {
			t.Errorf("with the key %q: %d", key, code)
		}
	}
	r.do(t, "", "PUT", "/api/1/getText?apikey="+testKey, nil).is(405)
	r.api.SetAPIKey("")
	r.do(t, "", "GET", "/api/1/listAllPads?apikey=", nil).is(404)
	r.api.SetAPIKey("another key")
	if code, _, _ := r.form(t, "listAllPads", url.Values{"apikey": {"another key"}}); code != etherpadOK {
		t.Errorf("a new key: %d", code)
	}
	if got := r.text(t, m); got != "somebody's" {
		t.Errorf("the pad is %q", got)
	}
}

// Two programs make a pad of one name at once: one does, and no pad is left over that nobody can reach.
func TestEtherpadsNamesAreOne(t *testing.T) {
	r := start(t, t.TempDir())
	const programs = 8
	var ok sync.Map
	var all sync.WaitGroup
	for n := range programs {
		all.Go(func() {
			if code, _, _ := r.etherpad(t, "createPad", "padID", "a"); code == etherpadOK {
				ok.Store(n, true)
			}
		})
	}
	all.Wait()
	made := 0
	ok.Range(func(any, any) bool { made++; return true })
	if made != 1 {
		t.Errorf("%d programs made it", made)
	}
	r.finish()
	var rows int
	if err := r.count(&rows); err != nil || rows != 1 {
		t.Errorf("there are %d pads (%v)", rows, err)
	}
}
