package loadtest

import (
	"testing"
	"time"

	"tablee/loadtest/payload"
	"tablee/loadtest/samples"
	"tablee/loadtest/turns"
)

// Voices have the pace and the rate that the answer asks for, and stamps all the same.
func TestVoicesFollowTheAnswer(t *testing.T) {
	set, err := samples.Load()
	if err != nil {
		t.Fatal(err)
	}
	const seconds = 10
	for _, c := range []struct {
		sdp         string
		every       time.Duration
		least, most int // bit/s
	}{
		{"", 20 * time.Millisecond, 25_000, 37_000},
		{"a=fmtp:111 minptime=10;maxaveragebitrate=24000\r\na=ptime:20\r\n", 20 * time.Millisecond, 20_000, 24_000},
		{"a=fmtp:111 minptime=10; maxaveragebitrate=16000\r\na=ptime:60\r\n", 60 * time.Millisecond, 13_500, 16_000},
		{"a=fmtp:111 maxaveragebitrate=x\r\na=ptime:100000\r\n", 120 * time.Millisecond, 25_000, 37_000},
		{"a=fmtp:111 maxaveragebitrate=1\r\na=ptime:1\r\n", 20 * time.Millisecond, 1, 10_000},
	} {
		a, err := readAnswer(voiceAnswer + c.sdp)
		if err != nil {
			t.Fatal(err)
		}
		w := &wiretap{}
		out, err := newOutlet(&bound{to: w, ssrc: 1, pt: 111}, "0", "", 1, new(uint16))
		if err != nil {
			t.Fatal(err)
		}
		v := newVoice(out, set.Voice, a.opus)
		v.talk([]turns.Spurt{{End: time.Hour}}, 0)
		for due := int64(0); due < seconds*int64(time.Second); {
			next, _ := v.send(due, due, 5)
			if next-due != int64(c.every) {
				t.Fatalf("%q: %v from packet to packet", c.sdp, time.Duration(next-due))
			}
			due = next
		}
		bytes := 0
		for _, p := range w.take()[1] {
			bytes += len(p.Payload)
			if s, ok := payload.ReadStamp(p.Payload); !ok || s.Num != 5 {
				t.Fatalf("%q: a packet without a stamp", c.sdp)
			}
		}
		if rate := bytes * 8 / seconds; rate < c.least || rate > c.most {
			t.Errorf("%q: %d bit/s, want %d to %d", c.sdp, rate, c.least, c.most)
		}
	}
}

const voiceAnswer = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n" +
	"m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=recvonly\r\na=rtpmap:111 opus/48000/2\r\n"
