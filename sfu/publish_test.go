package sfu

import (
	"errors"
	"strings"
	"testing"
)

func TestOffersThatAreRefused(t *testing.T) {
	section := "m=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=mid:%\r\na=recvonly\r\na=rtpmap:96 VP8/90000\r\n"
	head := "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"
	var thousand strings.Builder
	thousand.WriteString(head)
	for i := range 1000 {
		thousand.WriteString(strings.Replace(section, "%", string(rune('a'+i%26))+strings.Repeat("x", i/26%10), 1))
	}
	for name, o := range map[string]Offer{
		"empty":                        {},
		"not SDP":                      {SDP: "hello"},
		"no section":                   {SDP: head},
		"1 MB":                         {SDP: head + strings.Repeat("a=x\r\n", 200_000)},
		"a thousand sections":          {SDP: thousand.String()},
		"two sections with one mid":    {SDP: head + strings.Repeat(strings.Replace(section, "%", "0", 1), 2)},
		"a mid of 17 characters":       {SDP: head + strings.Replace(section, "%", strings.Repeat("x", 17), 1)},
		"a data channel":               {SDP: head + "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\n"},
		"microphone on a camera":       {SDP: testOffer, Mic: "1"},
		"a section that is not there":  {SDP: testOffer, Mic: "9"},
		"two sources on one section":   {SDP: testOffer, Camera: "1", Screen: "1"},
		"a section that does not send": {SDP: head + strings.Replace(section, "%", "0", 1), Camera: "0"},
		"a codec that we do not speak": {SDP: strings.ReplaceAll(testOffer, "VP8", "H264"), Camera: "1"},
	} {
		d := newDesk(t)
		p, err := d.engine.Join("r", "a", 1, func(Notice) {})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Answer(o); !errors.Is(err, ErrOffer) {
			t.Errorf("%s: got %v, want ErrOffer", name, err)
		}
	}
}

// What cannot be connected to is refused with an error, over both transports.
func TestOffersWithoutATransportAreRefused(t *testing.T) {
	for _, change := range [][2]string{
		{"a=mid:1", "a=mid:1\r\na=setup:nonsense"}, {"a=sendonly", "a=inactive"}, {"rid:q send", "rid:q recv"}, {"BUNDLE 0 1 2", "BUNDLE 7 8 9"},
		{"opus/48000/2", "opus"}, {"m=audio 9", "m=audio 0"}, {"apt=96", "apt=97"}, {"UDP/TLS/RTP/SAVPF", "RTP/AVP"},
	} {
		d := newDesk(t)
		p, err := d.engine.Join("r", "a", 1, func(Notice) {})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Answer(Offer{SDP: strings.ReplaceAll(testOffer, change[0], change[1]), Mic: "0"}); err == nil {
			t.Errorf("%v: an offer without ICE and DTLS was answered", change)
		}
		p.Close()
	}
}

func TestAnswersCarryAStartBitrate(t *testing.T) {
	got := withStartBitrate("m=video\r\na=rtpmap:96 VP8/90000\r\na=rtpmap:97 rtx/90000\r\n")
	if want := "m=video\r\na=rtpmap:96 VP8/90000\r\na=fmtp:96 x-google-start-bitrate=1600\r\na=rtpmap:97 rtx/90000\r\n"; got != want {
		t.Errorf("got %q", got)
	}
}
