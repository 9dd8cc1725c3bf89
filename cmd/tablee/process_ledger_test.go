package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"tablee/signaling"
)

// Number 36 of the faults, for what is newest in the store: groups and who is in them, rights and links of folders, keys of
// other sites, join tokens that are good once, plans; and webhooks of which the receiver sees the server die. Each writer keeps
// a log of what was acknowledged; after each kill -9 what is there is what was acknowledged last, or what was under way.

// ledgerKills is how often the server is killed, ledgerMost what each writer does at most until then.
const ledgerKills, ledgerMost = 4, 40

// ledger is what was acknowledged by key, "" for nothing there; and what was asked for and not answered yet.
type ledger struct {
	mu          sync.Mutex // guards what follows
	acked, open map[string]string
	counts      map[string]int // acknowledgements by kind
	news        chan struct{}  // something was acknowledged
}

// change asks for a key's next value; do tells whether it was acknowledged.
func (l *ledger) change(key, value string, do func() bool) bool {
	l.mu.Lock()
	l.open[key] = value
	l.mu.Unlock()
	if !do() {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.acked[key] = value
	delete(l.open, key)
	kind, _, _ := strings.Cut(key, " ")
	l.counts[kind]++
	select {
	case l.news <- struct{}{}:
	default:
	}
	return true
}

// compare holds what there is against the log, which goes on from what there is.
func (l *ledger) compare(t *testing.T, there map[string]string) {
	t.Helper()
	for key, value := range there {
		if _, known := l.acked[key]; !known && l.open[key] != value {
			t.Errorf("%s is %q, and nobody asked for that", key, value)
		}
	}
	for key, value := range l.acked {
		if under, ok := l.open[key]; there[key] != value && (!ok || there[key] != under) {
			t.Errorf("%s is %q; %q was acknowledged", key, there[key], value)
		}
	}
	l.acked, l.open = there, map[string]string{}
	maps.DeleteFunc(l.acked, func(key, _ string) bool { return strings.HasPrefix(key, "token ") }) // looking has used them up
}

// admin is somebody who changes things, by a token.
type admin struct {
	p     *process
	token string
}

// call asks the API; ok is false for any refusal, and when the server dies.
func (a admin) call(method, path, body string, into any) (ok bool) {
	r, err := http.NewRequest(method, a.p.url+path, strings.NewReader(body))
	if err != nil {
		return false
	}
	r.Header.Set("Authorization", "Bearer "+a.token)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	return err == nil && resp.StatusCode < 300 && (into == nil || json.Unmarshal(data, into) == nil)
}

// hello says hello in a room, gives the first word, and leaves; nil when the server dies.
func (a admin) hello(room, token string) map[string]any {
	d := websocket.Dialer{Subprotocols: []string{signaling.Subprotocol}}
	ws, _, err := d.Dial("ws"+strings.TrimPrefix(a.p.url, "http")+"/ws/room/"+room, nil)
	if err != nil {
		return nil
	}
	defer ws.Close()
	var word map[string]any
	if ws.WriteJSON(map[string]any{"t": "hello", "v": 1, "name": "Bo", "token": token}) != nil || ws.SetReadDeadline(time.Now().Add(patience)) != nil || ws.ReadJSON(&word) != nil {
		return nil
	}
	_ = ws.WriteJSON(map[string]any{"t": "leave"}) // or the server is dead
	return word
}

// tools are what the writers need to exist.
type tools struct {
	admin
	*ledger
	self, bob string // accounts
	kid       string // key of another site
	base      string // of the members' common files
	folders   []string
	round     int
}

type idOf struct{ ID string }

// writers are what is done over and over, each by one goroutine, until the server dies or refuses; i counts.
func (w *tools) writers() []func(i int) bool {
	return []func(i int) bool{w.group, w.rights, w.link, w.key, w.once, w.plan}
}

func (w *tools) group(i int) bool {
	name, g := fmt.Sprintf("g%d-%d", w.round, i), idOf{}
	ok := w.change("group "+name, "empty", func() bool { return w.call("POST", "/api/v1/groups", fmt.Sprintf(`{"name":%q}`, name), &g) }) &&
		w.change("group "+name, "managed", func() bool { return w.call("PUT", "/api/v1/groups/"+g.ID+"/members/"+w.bob, `{"manager":true}`, nil) })
	if !ok || i%3 == 0 {
		return ok
	}
	return w.change("group "+name, "", func() bool { return w.call("DELETE", "/api/v1/groups/"+g.ID, "", nil) })
}

func (w *tools) rights(i int) bool {
	folder, level := w.folders[i%len(w.folders)], []string{"read", "none", "write"}[i%3]
	return w.change("rights "+folder, level, func() bool {
		rights := fmt.Sprintf(`{"rights":[{"who":"member/%s","level":"manage"},{"who":"all","level":%q}]}`, w.self, level)
		return w.call("PUT", w.base+"/"+folder+"/rights", rights, nil)
	})
}

func (w *tools) link(i int) bool {
	title, base, link := fmt.Sprintf("l%d-%d", w.round, i), w.base+"/"+w.folders[i%len(w.folders)]+"/links", idOf{}
	ok := w.change("link "+title, "good", func() bool { return w.call("POST", base, fmt.Sprintf(`{"title":%q,"days":1}`, title), &link) })
	if !ok || i%3 == 0 {
		return ok
	}
	return w.change("link "+title, "", func() bool { return w.call("DELETE", base+"/"+link.ID, "", nil) })
}

func (w *tools) key(i int) bool {
	label, key := fmt.Sprintf("k%d-%d", w.round, i), idOf{}
	ok := w.change("key "+label, "good", func() bool { return w.call("POST", "/api/v1/joinkeys", fmt.Sprintf(`{"label":%q}`, label), &key) })
	if !ok || i == 0 {
		return ok
	}
	return w.change("key "+label, "", func() bool { return w.call("DELETE", "/api/v1/joinkeys/"+key.ID, "", nil) })
}

// once comes in by a join token that is good once.
func (w *tools) once(int) bool {
	var made struct{ Token string }
	return w.call("POST", "/api/v1/joinkeys/"+w.kid+"/tokens", `{"room":"plan","once":true}`, &made) &&
		w.change("token "+made.Token, "used", func() bool { return w.hello("plan", made.Token)["t"] == "welcome" })
}

func (w *tools) plan(i int) bool {
	minutes := 1 + w.round*ledgerMost + i
	return w.change("plan", fmt.Sprint(minutes), func() bool {
		return w.call("PATCH", "/api/v1/rooms/plan", fmt.Sprintf(`{"settings":{"starts":"2030-01-07T19:30:00Z","minutes":%d}}`, minutes), nil)
	})
}

// there is what the server has now.
func (w *tools) there(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	get := func(path string, into any) {
		t.Helper()
		if !w.call("GET", path, "", into) {
			t.Fatalf("%s is refused", path)
		}
	}
	var groups struct {
		Items []struct {
			Name    string
			Members []struct {
				Account string
				Manager bool
			}
		}
	}
	get("/api/v1/groups", &groups)
	for _, g := range groups.Items {
		all["group "+g.Name] = "empty"
		if len(g.Members) == 1 && g.Members[0].Account == w.bob && g.Members[0].Manager {
			all["group "+g.Name] = "managed"
		}
	}
	for _, folder := range w.folders {
		var said struct {
			Rights []struct{ Who, Level string }
			Links  []struct{ Title string }
		}
		get(w.base+"/"+folder+"/rights", &said)
		get(w.base+"/"+folder+"/links", &said)
		for _, r := range said.Rights {
			if r.Who == "all" {
				all["rights "+folder] = r.Level
			}
		}
		for _, l := range said.Links {
			all["link "+l.Title] = "good"
		}
	}
	var keys struct{ Items []struct{ Label string } }
	get("/api/v1/joinkeys", &keys)
	for _, k := range keys.Items {
		if k.Label != "once" {
			all["key "+k.Label] = "good"
		}
	}
	var plan struct{ Settings struct{ Minutes int } }
	get("/api/v1/rooms/plan/settings", &plan)
	if plan.Settings.Minutes > 0 {
		all["plan"] = fmt.Sprint(plan.Settings.Minutes)
	}
	for key := range maps.Clone(w.acked) {
		if token, ok := strings.CutPrefix(key, "token "); ok && w.hello("plan", token)["code"] == "link_invalid" {
			all[key] = "used"
		}
	}
	return all
}

// receiver is another server that is told of meetings. The first try of each fatal room it does not answer: it says so on
// dying, and waits for the end of the caller.
type receiver struct {
	*httptest.Server
	dying chan string

	mu    sync.Mutex // guards what follows
	fatal map[string]bool
	tries map[string]int    // by id
	body  map[string]string // by id
	taken map[string]bool   // ids that were answered
	wrong []string
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{dying: make(chan string, 1), fatal: map[string]bool{}, tries: map[string]int{}, body: map[string]string{}, taken: map[string]bool{}}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	data, err := io.ReadAll(q.Body)
	var m struct{ Data struct{ Room string } }
	if err != nil || json.Unmarshal(data, &m) != nil {
		return // the caller died in the middle
	}
	id := q.Header.Get("webhook-id")
	r.mu.Lock()
	if was, known := r.body[id]; known && was != string(data) || q.URL.Path != "/told" {
		r.wrong = append(r.wrong, q.URL.Path+" "+was+" "+string(data))
	}
	r.tries[id]++
	r.body[id] = string(data)
	last := r.fatal[m.Data.Room]
	delete(r.fatal, m.Data.Room)
	r.taken[id] = !last
	r.mu.Unlock()
	if last {
		r.dying <- id
		<-q.Context().Done()
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// again tells whether a message was tried more than once, and taken.
func (r *receiver) again(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.tries[id] > 1 && r.taken[id]
}

// TestKillKeepsTheNewest: see above. A message that a receiver has seen was committed before it was sent, for it comes again
// after the server's death, under its id and word for word; what a webhook that was removed would be told never comes.
func TestKillKeepsTheNewest(t *testing.T) {
	bin, data := buildTablee(t), filepath.Join(t.TempDir(), "data")
	r := newReceiver(t)
	w := &tools{ledger: &ledger{acked: map[string]string{}, open: map[string]string{}, counts: map[string]int{}, news: make(chan struct{}, 1)}}
	seen := ""
	for w.round = range ledgerKills + 1 {
		w.p = startServer(t, data, "env", "TABLEE_WEBHOOKS_PRIVATE=yes", bin)
		if w.round == 0 {
			w.prepare(t, r.URL+"/told", bin, data)
		}
		w.compare(t, w.there(t))
		if seen != "" {
			eventually(t, "the message of the last death comes again", func() bool { return r.again(seen) })
		}
		if w.round == ledgerKills {
			break
		}
		var gone idOf
		if !w.call("POST", "/api/v1/webhooks", fmt.Sprintf(`{"url":%q}`, r.URL+"/removed"), &gone) || !w.call("DELETE", "/api/v1/webhooks/"+gone.ID, "", nil) {
			t.Fatal("a webhook cannot be made and removed")
		}
		seen = w.dieTelling(t, r)
	}
	eventually(t, "nothing waits any more", func() bool {
		_, text := w.p.ask(t, "GET", "/metrics", "")
		return strings.Contains(text, "\ntablee_webhooks_waiting 0\n")
	})
	r.mu.Lock()
	defer r.mu.Unlock()
	events := map[string]string{}
	for id, body := range r.body {
		if other := events[body]; other != "" || !r.taken[id] {
			t.Errorf("%s: taken %v, also as %q: %s", id, r.taken[id], other, body)
		}
		events[body] = id
	}
	if len(r.wrong) > 0 {
		t.Errorf("told what it should not: %q", r.wrong)
	}
	t.Logf("acknowledged: %v; %d messages", w.counts, len(r.body))
	for _, kind := range []string{"group", "rights", "link", "key", "token", "plan"} {
		if w.counts[kind] < ledgerKills {
			t.Errorf("only %d changes of %s were acknowledged", w.counts[kind], kind)
		}
	}
}

// prepare makes what the writers need.
func (w *tools) prepare(t *testing.T, told, bin, data string) {
	t.Helper()
	for _, line := range []string{"user add anne --role admin", "user add bob", "token add anne"} {
		out, err := exec.Command(bin, append(strings.Fields(line), "--data", data)...).CombinedOutput()
		if err != nil {
			t.Fatalf("tablee %s: %v\n%s", line, err, out)
		}
		w.token = regexp.MustCompile(`tablee_\S+`).FindString(string(out))
	}
	must := func(method, path, body string, into any) {
		t.Helper()
		if !w.call(method, path, body, into) {
			t.Fatalf("%s %s %s is refused", method, path, body)
		}
	}
	var accounts struct{ Items []struct{ ID, Login string } }
	must("GET", "/api/v1/accounts", "", &accounts)
	for _, a := range accounts.Items {
		if a.Login == "anne" {
			w.self = a.ID
		} else {
			w.bob = a.ID
		}
	}
	var files struct{ Places []struct{ Kind, Base string } }
	must("GET", "/api/v1/files", "", &files)
	for _, p := range files.Places {
		if p.Kind == "team" {
			w.base = p.Base
		}
	}
	for i := range 4 {
		var folder idOf
		must("POST", w.base, fmt.Sprintf(`{"name":"folder %d"}`, i), &folder)
		w.folders = append(w.folders, folder.ID)
	}
	var key idOf
	must("POST", "/api/v1/joinkeys", `{"label":"once"}`, &key)
	w.kid = key.ID
	must("PUT", "/api/v1/rooms/plan", `{}`, nil)
	must("POST", "/api/v1/webhooks", fmt.Sprintf(`{"url":%q}`, told), nil)
}

// dieTelling lets the writers write, begins a meeting, and kills the server when the receiver is told of it. It gives the id of
// that message.
func (w *tools) dieTelling(t *testing.T, r *receiver) string {
	t.Helper()
	var writing sync.WaitGroup
	for _, write := range w.writers() {
		writing.Go(func() {
			for i := 0; i < ledgerMost && write(i); i++ {
			}
		})
	}
	for range 10 + rand.IntN(20) {
		<-w.news
	}
	room := fmt.Sprintf("meet-%d", w.round)
	r.mu.Lock()
	r.fatal[room] = true
	r.mu.Unlock()
	if !w.call("PUT", "/api/v1/rooms/"+room, `{}`, nil) || w.hello(room, "")["t"] != "welcome" {
		t.Fatal("a meeting does not begin")
	}
	var id string
	select {
	case id = <-r.dying:
	case <-time.After(patience):
		t.Fatal("the receiver is not told of a meeting")
	}
	if err := w.p.end(t, syscall.SIGKILL); err == nil {
		t.Fatal("it was not killed")
	}
	writing.Wait()
	return id
}

// eventually waits until something is so.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	every := time.NewTicker(10 * time.Millisecond)
	defer every.Stop()
	for late := time.After(patience); !is(); {
		select {
		case <-every.C:
		case <-late:
			t.Fatalf("not so: %s", what)
		}
	}
}
