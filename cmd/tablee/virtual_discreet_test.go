package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tablee/room"
)

// A meeting with names, words and addresses that stand out leaves nothing of them in the server's log, in what admins see of it,
// of its health and its state, or in the metrics. What is refused is in there, too: errors are where such things slip out.
func TestNoPersonInWhatIsWatched(t *testing.T) {
	inServer(t, func(t *testing.T, v *virtual) {
		_, anne := v.account(t, "quirinius", room.Admin)
		if status, body, _ := anne.ask(t, "PUT", "/api/v1/rooms/salon", `{"password":"sesame ouvre toi"}`); status >= 300 {
			t.Fatal(status, body)
		}
		const address = "198.51.100.77"
		bob := visitor{v: v}
		for i := range 3 { // guesses
			bob.ask(t, "POST", "/api/v1/login", fmt.Sprintf(`{"login":"quirinius","password":"xyzzy-guess %d"}`, i), "X-Forwarded-For", address)
			ws := bob.hello(t, "salon", map[string]any{"name": "Eusebius", "password": "xyzzy-guess"})
			await(t, ws, "error")
			ws.Close()
		}
		host := anne.hello(t, "salon", map[string]any{"name": "Quirinius Æbleskive"})
		defer host.Close()
		welcome := await(t, host, "welcome")
		guest := bob.hello(t, "salon", map[string]any{"name": "Eusebius <b>", "password": "sesame ouvre toi"})
		defer guest.Close()
		theirs := await(t, guest, "welcome")
		sdp := "v=0\r\no=- 1 1 IN IP4 " + address + "\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=candidate:1 1 udp 1 " + address + " 5000 typ host\r\n"
		for i, m := range []map[string]any{
			{"t": "chat", "text": "xyzzy-chat"}, {"t": "offer", "sdp": sdp}, {"t": "poll", "question": "xyzzy-poll", "options": []string{"a", "b"}},
			{"t": "xyzzy-kind"}, {"t": "remove", "id": theirs["id"]},
		} {
			say(t, host, m)
			if i < 3 {
				say(t, guest, m)
			}
			heard(t, host, i)
		}
		await(t, guest, "bye")
		bob.ask(t, "GET", "/r/salon%20xyzzy-path", "", "User-Agent", "xyzzy-agent", "X-Forwarded-For", address)
		bob.ask(t, "POST", "/api/v1/invitation/accept", `{"secret":"xyzzy-secret","login":"eusebius","password":"cheval agrafe pile"}`)
		time.Sleep(time.Second)
		synctest.Wait() // nothing is being logged now

		seen := map[string]string{"the log": v.log.String()}
		for _, path := range []string{"/api/v1/server/log", "/api/v1/server/health", "/api/v1/server/now", "/api/v1/server/history", "/api/v1/server/storage", "/healthz"} {
			status, body, _ := anne.ask(t, "GET", path, "")
			if status != http.StatusOK {
				t.Errorf("%s: %d %s", path, status, body)
			}
			seen[path] = body
		}
		for _, path := range []string{"/metrics", "/api/v1/status"} { // which answer the machine itself only
			r := httptest.NewRequest("GET", "http://127.0.0.1"+path, nil)
			r.RemoteAddr = "127.0.0.1:5000"
			w := httptest.NewRecorder()
			v.pages.ServeHTTP(w, r)
			seen[path] = w.Body.String()
		}
		if !strings.Contains(seen["/metrics"], "tablee_") || !strings.Contains(seen["the log"], "an offer was refused") || !strings.Contains(seen["/api/v1/server/log"], "an offer was refused") {
			t.Errorf("the test saw too little: %s\n%s", seen["the log"], seen["/api/v1/server/log"])
		}
		for name, text := range seen {
			for _, person := range []string{"quirinius", "eusebius", "xyzzy", "sesame", address, "bleskive", fmt.Sprint(welcome["id"]), fmt.Sprint(theirs["id"]), fmt.Sprint(welcome["resume"])} {
				if strings.Contains(strings.ToLower(text), strings.ToLower(person)) {
					t.Errorf("%s has %q in it: %s", name, person, text)
				}
			}
		}
	})
}
