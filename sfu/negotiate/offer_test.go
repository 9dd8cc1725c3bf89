package negotiate

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/pion/sdp/v3"
)

// testOffer has a microphone (mid 0), a camera in three layers (1), a screen (2), two slots (3 and 4) and a section of which
// nothing is understood (5), under the numbers of browsers.
const testOffer = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1 2 3 4 5\r\na=extmap-allow-mixed\r\n" +
	"a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\na=fingerprint:sha-256 AB:CD\r\na=setup:actpass\r\n" +
	"m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=sendonly\r\na=rtpmap:111 opus/48000/2\r\na=rtcp-fb:111 transport-cc\r\na=extmap:1 " + URILevel + "\r\na=extmap:4 " + URIMid + "\r\na=extmap:3 " + URITWCC + "\r\na=ssrc:100 cname:x\r\n" +
	"m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\na=sendonly\r\na=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 nack\r\na=rtcp-fb:96 nack pli\r\na=rtcp-fb:96 goog-remb\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\na=extmap:4 " + URIMid + "\r\na=extmap:10 " + URIRid + "\r\na=extmap:11 " + URIRRid + "\r\na=rid:q send\r\na=rid:h send\r\na=rid:f send\r\na=simulcast:send q;h;f\r\n" +
	"m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\nc=IN IP4 0.0.0.0\r\na=mid:2\r\na=sendonly\r\na=rtpmap:96 VP8/90000\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\na=extmap:4 " + URIMid + "\r\na=ssrc-group:FID 300 301\r\na=ssrc:300 cname:x\r\na=ssrc:301 cname:x\r\n" +
	"m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:3\r\na=recvonly\r\na=rtpmap:111 opus/48000/2\r\na=extmap:3 " + URITWCC + "\r\n" +
	"m=video 9 UDP/TLS/RTP/SAVPF 120 121\r\nc=IN IP4 0.0.0.0\r\na=mid:4\r\na=recvonly\r\na=rtpmap:120 VP8/90000\r\na=rtpmap:121 rtx/90000\r\na=fmtp:121 apt=120\r\n" +
	"m=video 9 UDP/TLS/RTP/SAVPF 98\r\nc=IN IP4 0.0.0.0\r\na=mid:5\r\na=recvonly\r\na=rtpmap:98 H264/90000\r\n"

func TestOfferIsRead(t *testing.T) {
	o, err := Parse(testOffer)
	if err != nil {
		t.Fatal(err)
	}
	if len(o.Sections) != 6 {
		t.Fatalf("%d sections", len(o.Sections))
	}
	mic, camera, screen := o.Sections[0], o.Sections[1], o.Sections[2]
	if mic.Mid != "0" || mic.Video || !mic.Sends || mic.Receives || mic.PT != 111 || mic.Ext.Level != 1 || mic.Ext.TWCC != 3 || len(mic.SSRCs) != 1 || mic.SSRCs[0] != 100 {
		t.Errorf("microphone: %+v", mic)
	}
	if !camera.Video || strings.Join(camera.Rids, " ") != "q h f" || camera.PT != 96 || camera.PTRTX != 97 || camera.Ext.Rid != 10 || camera.Ext.RRid != 11 || !camera.Feedback("nack pli") || camera.Feedback("ccm fir") {
		t.Errorf("camera: %+v", camera)
	}
	if len(screen.SSRCs) != 1 || screen.SSRCs[0] != 300 || screen.RTXOf[301] != 300 || screen.Receives {
		t.Errorf("screen: %+v", screen)
	}
	if want := (Transport{"abcd", "0123456789012345678901", "sha-256 AB:CD", "actpass"}); o.Transport != want {
		t.Errorf("transport: %+v", o.Transport)
	}
	if err := o.Transport.Check(); err != nil {
		t.Error(err)
	}
}

func TestTransportsThatAreRefused(t *testing.T) {
	good := Transport{"abcd", "0123456789012345678901", "sha-256 AB:CD", "actpass"}
	for name, change := range map[string]func(*Transport){
		"no user name":      func(t *Transport) { t.Ufrag = "" },
		"short user name":   func(t *Transport) { t.Ufrag = "abc" },
		"long user name":    func(t *Transport) { t.Ufrag = strings.Repeat("a", 257) },
		"short password":    func(t *Transport) { t.Pwd = "012345678901234567890" },
		"no fingerprint":    func(t *Transport) { t.Fingerprint = "" },
		"no role":           func(t *Transport) { t.Setup = "" },
		"role that is none": func(t *Transport) { t.Setup = "holdconn" },
	} {
		bad := good
		change(&bad)
		if err := bad.Check(); !errors.Is(err, ErrOffer) {
			t.Errorf("%s: got %v, want ErrOffer", name, err)
		}
	}
}

// answered is the answer to testOffer, read again.
func answered(t *testing.T) (string, *sdp.SessionDescription) {
	t.Helper()
	o, err := Parse(testOffer)
	if err != nil {
		t.Fatal(err)
	}
	raw := o.Answer(Answer{Session: 7, Version: 1, Opus: Opus{Rate: 24000, Frame: 60}, Transport: Transport{"wxyz", "secret", "sha-256 EF", "passive"},
		Candidates: []string{"1 1 udp 2 192.0.2.1 5000 typ host"}, Slots: map[string]Slot{"3": {SSRC: 1003}, "4": {1004, 2004}}})
	var d sdp.SessionDescription
	if err := d.UnmarshalString(raw); err != nil {
		t.Fatalf("%v in\n%s", err, raw)
	}
	return raw, &d
}

func TestAnswerAcceptsWhatIsUnderstood(t *testing.T) {
	raw, d := answered(t)
	if len(d.MediaDescriptions) != 6 {
		t.Fatalf("%d sections in\n%s", len(d.MediaDescriptions), raw)
	}
	for i, want := range []string{"recvonly", "recvonly", "recvonly", "sendonly", "sendonly", "inactive"} {
		m := d.MediaDescriptions[i]
		if _, ok := m.Attribute(want); !ok {
			t.Errorf("section %d is not %s", i, want)
		}
		if mid, _ := m.Attribute("mid"); mid != fmt.Sprint(i) {
			t.Errorf("section %d has the mid %q", i, mid)
		}
		_, has := m.Attribute("candidate")
		if has != (i == 0) {
			t.Errorf("section %d: candidates %v, want them in the first only", i, has)
		}
	}
	if d.MediaDescriptions[5].MediaName.Port.Value != 0 || strings.Join(d.MediaDescriptions[5].MediaName.Formats, " ") != "98" {
		t.Error("a section without a known codec is not rejected")
	}
	if bundle, _ := d.Attribute("group"); bundle != "BUNDLE 0 1 2 3 4" {
		t.Errorf("bundled as %q", bundle)
	}
	for _, want := range []string{
		"a=simulcast:recv q;h;f\r\n", "a=rid:h recv\r\n", "a=fmtp:96 x-google-start-bitrate=1600\r\n", "a=rtcp-fb:96 nack pli\r\n",
		"a=extmap:10 " + URIRid, "a=extmap:1 " + URILevel, "a=rtcp-fb:111 transport-cc\r\n", "a=setup:passive\r\n", "usedtx=1;maxaveragebitrate=24000\r\na=ptime:60\r\n",
		"a=ssrc-group:FID 1004 2004\r\n", "a=ssrc:1003 cname:tablee\r\n", "a=fmtp:121 apt=120\r\n", "a=extmap-allow-mixed\r\n",
	} {
		if !strings.Contains(raw, want) {
			t.Errorf("there is no %q in\n%s", want, raw)
		}
	}
	for _, not := range []string{"goog-remb", "ccm fir"} {
		if strings.Contains(raw, not) {
			t.Errorf("%q is answered, which was not offered, or is not spoken here", not)
		}
	}
}

func FuzzOffer(f *testing.F) {
	f.Add(testOffer)
	f.Add("v=0\r\nm=audio 9 x 1\r\na=mid:\r\na=ssrc-group:FID 1\r\na=extmap:999 x\r\na=rid: send\r\na=fmtp:1 apt=\r\n")
	f.Add("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:0\r\na=rid:q;h\x00 send\r\na=rtpmap:96 VP8/90000\r\n")
	f.Fuzz(func(t *testing.T, raw string) {
		o, err := Parse(raw)
		if err != nil {
			if !errors.Is(err, ErrOffer) {
				t.Fatalf("not an ErrOffer: %v", err)
			}
			return
		}
		if len(o.Sections) == 0 || len(o.Sections) > MaxSections {
			t.Fatalf("%d sections", len(o.Sections))
		}
		slots := map[string]Slot{}
		for i := range o.Sections {
			s := &o.Sections[i]
			if s.Mid == "" || len(s.Rids) > MaxLayers || len(s.SSRCs) > 2*MaxLayers || len(s.RTXOf) > MaxLayers {
				t.Fatalf("beyond the limits: %+v", s)
			}
			if s.Answered() {
				slots[s.Mid] = Slot{SSRC: uint32(i + 1)}
			}
		}
		_ = o.Transport.Check()
		answer := o.Answer(Answer{Transport: Transport{"u", "p", "sha-256 00", "passive"}, Slots: slots})
		var d sdp.SessionDescription
		if err := d.UnmarshalString(answer); err != nil {
			t.Fatalf("the answer cannot be read: %v\n%s", err, answer)
		}
		if len(d.MediaDescriptions) != len(o.Sections) {
			t.Fatalf("%d sections are answered with %d", len(o.Sections), len(d.MediaDescriptions))
		}
	})
}
