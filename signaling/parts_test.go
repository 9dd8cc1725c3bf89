package signaling

import (
	"strings"
	"testing"
	"time"

	"tablee/room"
)

func TestResumeToken(t *testing.T) {
	s := newSigner([]byte("key"))
	c := claim{room: "salon", id: "ABCDEFGH", num: 1<<32 - 1, seat: 24, role: room.Host}
	longest := claim{room: strings.Repeat("a", room.MaxName+3), id: newID(), name: strings.Repeat("𝒜", room.MaxPersonName)}
	if got, ok := s.verify(s.sign(longest, epoch), epoch); !ok || got != longest || len(s.sign(longest, epoch)) > maxResume {
		t.Fatalf("%+v %v", got, ok)
	}
	token := s.sign(c, epoch)
	if len(token) > maxToken {
		t.Fatalf("a token has %d characters", len(token))
	}
	if got, ok := s.verify(token, epoch.Add(ResumeLife-time.Second)); !ok || got != c {
		t.Fatalf("%+v %v", got, ok)
	}
	late := c
	late.expired = true
	if got, ok := s.verify(token, epoch.Add(ResumeLife)); !ok || got != late {
		t.Fatalf("%+v %v", got, ok)
	}
	if _, ok := newSigner([]byte("other key")).verify(token, epoch); ok {
		t.Fatal("another server's token is good here")
	}
	for i := range token { // no character can be changed
		other := byte('A')
		if token[i] == other {
			other = 'B'
		}
		// The last character of base64 has bits that do not count.
		if _, ok := s.verify(token[:i]+string(other)+token[i+1:], epoch); ok && i < len(token)-1 {
			t.Fatalf("character %d may be changed", i)
		}
	}
	for _, bad := range []string{"", "x", "!!!", token[:20], token + token, strings.Repeat("A", maxToken)} {
		if _, ok := s.verify(bad, epoch); ok {
			t.Errorf("%.20q is taken", bad)
		}
	}
	if strings.Contains(token, "salon") || len(token) > 140 {
		t.Errorf("token %s", token)
	}
}

// FuzzVerify: a token that was not signed by us is never good.
func FuzzVerify(f *testing.F) {
	s := newSigner([]byte("key"))
	f.Add(newSigner([]byte("other")).sign(claim{room: "salon", id: "A", role: room.Host}, epoch))
	f.Add("")
	f.Add(strings.Repeat("A", 100))
	f.Fuzz(func(t *testing.T, token string) {
		if c, ok := s.verify(token, epoch); ok {
			t.Fatalf("%q is good for %+v", token, c)
		}
	})
}

// The one seat that is still kept is given back on an expired token; a new one is not.
func TestExpiredToken(t *testing.T) {
	inBubble(t, room.Limits{}, func(h *house) {
		anna := h.join(ClientMessage{Host: h.host})
		was, _ := h.hub.tokens.verify(anna.welcome.Resume, time.Now())
		expired := h.hub.tokens.sign(was, time.Now().Add(-ResumeLife))
		back := h.join(ClientMessage{Resume: expired})
		if back.welcome.ID != anna.welcome.ID || back.welcome.Role != "host" {
			t.Fatalf("welcome %+v", back.welcome)
		}
		back.say(ClientMessage{T: "leave"})
		back.expectClose(1000)
		late := h.join(ClientMessage{Resume: expired})
		if late.welcome.ID == anna.welcome.ID || late.welcome.Role != "guest" {
			t.Fatalf("welcome %+v", late.welcome)
		}
	})
}

func TestQueueBounds(t *testing.T) {
	small := frame{data: []byte("x"), size: 1}
	q := newQueue()
	for range maxQueued {
		if !q.push(small) {
			t.Fatal("refused too early")
		}
	}
	if q.push(small) {
		t.Fatal("one too many was taken")
	}
	if _, ok, end := q.take(); ok || end == nil || end.code != CloseSlow || end.bye.Reason != ByeSlow {
		t.Fatalf("end %+v, ok %v", end, ok)
	}
	if !q.push(small) || len(q.items) != 0 {
		t.Fatal("a queue that has ended takes frames, or counts twice")
	}

	q = newQueue()
	if !q.push(frame{size: maxQueuedBytes}) || q.push(small) {
		t.Fatal("bytes are not counted")
	}

	q = newQueue()
	q.push(small)
	q.finish(ending{code: 1001})
	q.finish(ending{code: 1008, drop: true}) // the first counts
	if _, ok, end := q.take(); !ok || end != nil {
		t.Fatal("what waited is lost")
	}
	if _, ok, end := q.take(); ok || end.code != 1001 {
		t.Fatalf("end %+v", end)
	}
}

func TestHistory(t *testing.T) {
	var h history
	for n := range int64(recentChat + 50) {
		h.add(Chat{N: n + 1, Text: "x"})
	}
	h.add(Chat{N: 10})
	if len(h.list) != recentChat || h.list[0].N != 51 || h.list[recentChat-1].N != 250 {
		t.Fatalf("%d messages from %d", len(h.list), h.list[0].N)
	}
	welcome := h.list
	for n := range int64(30) { // long messages push out many short ones
		h.add(Chat{N: 251 + n, Text: strings.Repeat("é", 4000)})
	}
	total := 0
	for _, c := range h.list {
		total += chatSize(c)
	}
	if total != h.bytes || total > recentChatBytes {
		t.Fatalf("%d bytes, counted %d", total, h.bytes)
	}
	if welcome[0].N != 51 || welcome[199].N != 250 {
		t.Fatal("a welcome's chat changed under it")
	}
}

// What is said while the disk is read comes once, and after what the disk has.
func TestHistoryLoad(t *testing.T) {
	var h history
	h.add(Chat{N: 3})
	h.add(Chat{N: 4})
	h.loaded([]room.Message{{N: 1}, {N: 2}, {N: 3}})
	if len(h.list) != 4 || h.list[0].N != 1 || h.list[3].N != 4 {
		t.Fatalf("%+v", h.list)
	}
}

func TestViewIsBounded(t *testing.T) {
	var v view
	for i := range 1000 {
		v.take(Notice{Slots: []Slot{{Mid: strings.Repeat("m", i)}}})
	}
	if len(v.slots) != maxView || len(v.order) != maxView {
		t.Fatalf("%d slots", len(v.slots))
	}
	if frames := (&view{}).take(Notice{}); len(frames) != 0 {
		t.Fatalf("%d frames of nothing", len(frames))
	}
}

func TestNothingIsEscapedForHTML(t *testing.T) {
	if got := string(encode(Chat{T: "chat", Text: "<&>"}).data); !strings.Contains(got, `"text":"<&>"`) || strings.HasSuffix(got, "\n") {
		t.Fatal(got)
	}
}
