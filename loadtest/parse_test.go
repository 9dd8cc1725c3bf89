package loadtest

import (
	"errors"
	"testing"

	"tablee/signaling"
)

const answerSDP = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n" +
	"m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=recvonly\r\n" +
	"m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:2\r\na=sendonly\r\na=ssrc:11 cname:x\r\na=ssrc:11 msid:x\r\n" +
	"m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\nc=IN IP4 0.0.0.0\r\na=mid:3\r\na=sendonly\r\na=ssrc-group:FID 4294967295 13\r\na=ssrc:4294967295 cname:x\r\n" +
	"m=video 0 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=mid:4\r\na=sendonly\r\na=ssrc:14 cname:x\r\n"

func TestSlotsOfAnAnswer(t *testing.T) {
	a, err := readAnswer(answerSDP)
	if err != nil {
		t.Fatal(err)
	}
	got := a.slots
	want := []slot{{mid: "2", ssrc: 11}, {mid: "3", video: true, ssrc: 4294967295, rtx: 13}}
	if len(got) != len(want) || got[0] != want[0] || got[1] != want[1] {
		t.Fatalf("got %+v, want %+v", got, want)
	}
}

func TestAnswersWithoutSSRC(t *testing.T) {
	head := "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=sendonly\r\na=mid:1\r\n"
	for _, in := range []string{"", "v=1", head, head + "a=ssrc:x cname:y\r\n", head + "a=ssrc:99999999999 cname:y\r\n"} {
		if in == "" {
			continue
		}
		if s, err := readAnswer(in); !errors.Is(err, errAnswer) {
			t.Errorf("%q: %+v, %v", in, s, err)
		}
	}
}

func FuzzReadAnswer(f *testing.F) {
	f.Add(answerSDP)
	f.Add("v=0\r\n")
	f.Fuzz(func(t *testing.T, s string) {
		a, err := readAnswer(s)
		if err != nil {
			return
		}
		for _, slot := range a.slots {
			if slot.ssrc == 0 || slot.mid == "" {
				t.Fatalf("%+v", slot)
			}
		}
	})
}

func TestMessages(t *testing.T) {
	m, err := decode([]byte(`{"t":"welcome","v":1,"id":"a","num":4294967295,"media":"new","members":[{"id":"a"}],"unknown":1}`))
	if w, ok := m.(*signaling.Welcome); err != nil || !ok || w.Num != 4294967295 || len(w.Members) != 1 {
		t.Fatalf("%+v, %v", m, err)
	}
	for _, s := range []string{`{"t":"pong","n":1}`, `{"t":"chat","text":"x"}`, `{"t":"speaker"}`, `{"t":"react"}`} {
		if m, err := decode([]byte(s)); m != nil || err != nil {
			t.Errorf("%s: %v, %v", s, m, err)
		}
	}
	for _, s := range []string{``, `x`, `[]`, `{}`, `{"t":"nonsense"}`, `{"t":"welcome","num":-1}`, `{"t":"slots","slots":{}}`} {
		if m, err := decode([]byte(s)); !errors.Is(err, errMessage) {
			t.Errorf("%s: %v, %v", s, m, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"t":"welcome","v":1,"members":[{"num":1}]}`))
	f.Add([]byte(`{"t":"slots","slots":[{"mid":"1","id":"a","ts":1}]}`))
	f.Add([]byte(`{"t":"send","camera":["q"]}`))
	f.Add([]byte(`{"t":"bye","reason":"shutdown","retry":1}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := decode(b)
		if err != nil && (m != nil || !errors.Is(err, errMessage)) {
			t.Fatalf("%v, %v", m, err)
		}
	})
}

func TestRefusals(t *testing.T) {
	r := parseRefusal([]byte(`{"error":{"code":"room_full","message":"25 are in"}}`))
	if r == nil || r.Error() != "room_full (25 are in)" {
		t.Fatalf("%v", r)
	}
	for _, s := range []string{"", "404 page not found", `{"error":"x"}`, `{"error":{}}`} {
		if r := parseRefusal([]byte(s)); r != nil {
			t.Errorf("%q: %v", s, r)
		}
	}
	if passing(r) || !passing(&refusal{Code: "shutting_down"}) || !passing(errors.New("connection refused")) {
		t.Error("which refusals pass")
	}
	if (&refusal{Code: "internal"}).Error() != "internal" {
		t.Error("a refusal without words")
	}
}

func FuzzParseRefusal(f *testing.F) {
	f.Add([]byte(`{"error":{"code":"room_full","message":"x"}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if r := parseRefusal(b); r != nil && r.Code == "" {
			t.Fatal("a refusal without a code")
		}
	})
}
