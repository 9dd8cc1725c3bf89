package negotiate

import (
	"strings"
	"testing"
)

// Opus with redundancy is taken where it carries the Opus that was taken, and comes first in the answer only where the client
// is to send it.
func TestRED(t *testing.T) {
	const head = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"
	section := func(mid, direction, fmtp string) string {
		return "m=audio 9 UDP/TLS/RTP/SAVPF 111 63\r\nc=IN IP4 0.0.0.0\r\na=mid:" + mid + "\r\na=" + direction +
			"\r\na=rtpmap:111 opus/48000/2\r\na=rtpmap:63 red/48000/2\r\na=fmtp:63 " + fmtp + "\r\n"
	}
	for fmtp, pt := range map[string]uint8{"111/111": 63, "111/111/111": 63, "111": 0, "111/9": 0, "9/9": 0, "": 0, "/": 0} {
		o, err := Parse(head + section("0", "sendonly", fmtp) + section("1", "recvonly", fmtp))
		if err != nil {
			t.Fatal(err)
		}
		for i := range o.Sections {
			if got := o.Sections[i].PTRED; got != pt {
				t.Errorf("fmtp %q: payload type %d, want %d", fmtp, got, pt)
			}
		}
		for _, red := range []bool{false, true} {
			answer := o.Answer(Answer{Opus: Opus{RED: red}, Slots: map[string]Slot{"1": {SSRC: 5}}})
			sends, receives := "SAVPF 111\r\n", "SAVPF 111\r\n"
			if pt != 0 {
				sends, receives = "SAVPF 111 63\r\n", "SAVPF 111 63\r\n"
			}
			if pt != 0 && red {
				sends = "SAVPF 63 111\r\n"
			}
			_, first, _ := strings.Cut(answer, "m=audio")
			first, second, _ := strings.Cut(first, "m=audio")
			if !strings.Contains(first, sends) || !strings.Contains(second, receives) || strings.Contains(answer, "a=fmtp:63 111/111\r\n") != (pt != 0) {
				t.Errorf("fmtp %q, asked for %v:\n%s", fmtp, red, answer)
			}
		}
	}
}
