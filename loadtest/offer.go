package loadtest

import (
	"fmt"
	"strings"

	"tablee/signaling"
)

// Payload types and extension ids that simulated participants offer.
const (
	ptOpus, ptRED, ptVP8, ptRTX = 111, 63, 96, 97

	idLevel, idMid, idRid, idRRid, idTWCC = 1, 2, 3, 4, 5
)

// Header extensions of docs/protocol.md, "Media".
const (
	uriMid   = "urn:ietf:params:rtp-hdrext:sdes:mid"
	uriRid   = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
	uriRRid  = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
	uriLevel = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
	uriTWCC  = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
)

// offerOptions say what is offered.
type offerOptions struct {
	ufrag, pwd, fingerprint string
	mic                     uint32   // its SSRC
	camera, screen          []string // the rids of their layers; none for no such section
	voices, videos          int      // slots
}

// writeOffer writes an offer as a browser would: sections to send on, then the slots, and no candidates: the server
// learns the address from the checks.
func writeOffer(o offerOptions) (string, signaling.Mids) {
	var mids signaling.Mids
	var sections []string
	add := func(video, send bool, more string) string {
		mid := itoa(len(sections))
		sections = append(sections, writeSection(o, mid, video, send, more))
		return mid
	}
	mids.Mic = add(false, true, fmt.Sprintf("a=msid:mic mic\r\na=ssrc:%d cname:tablee\r\na=ssrc:%d msid:mic mic\r\n", o.mic, o.mic))
	if len(o.camera) > 0 {
		mids.Camera = add(true, true, "a=msid:camera camera\r\n"+simulcast(o.camera))
	}
	if len(o.screen) > 0 {
		mids.Screen = add(true, true, "a=msid:screen screen\r\n"+simulcast(o.screen))
	}
	for i := range o.voices + o.videos {
		add(i >= o.voices, false, "")
	}
	var b strings.Builder
	b.WriteString("v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE")
	for i := range sections {
		b.WriteString(" " + itoa(i))
	}
	b.WriteString("\r\na=msid-semantic:WMS *\r\na=extmap-allow-mixed\r\n")
	for _, s := range sections {
		b.WriteString(s)
	}
	return b.String(), mids
}

// simulcast declares layers (RFC 8853).
func simulcast(rids []string) string {
	var b strings.Builder
	for _, r := range rids {
		fmt.Fprintf(&b, "a=rid:%s send\r\n", r)
	}
	fmt.Fprintf(&b, "a=simulcast:send %s\r\n", strings.Join(rids, ";"))
	return b.String()
}

// writeSection writes one section.
func writeSection(o offerOptions, mid string, video, send bool, more string) string {
	var b strings.Builder
	if video {
		fmt.Fprintf(&b, "m=video 9 UDP/TLS/RTP/SAVPF %d %d\r\n", ptVP8, ptRTX)
	} else {
		fmt.Fprintf(&b, "m=audio 9 UDP/TLS/RTP/SAVPF %d %d\r\n", ptOpus, ptRED)
	}
	fmt.Fprintf(&b, "c=IN IP4 0.0.0.0\r\na=setup:actpass\r\na=mid:%s\r\na=ice-ufrag:%s\r\na=ice-pwd:%s\r\na=ice-options:trickle\r\n"+
		"a=fingerprint:sha-256 %s\r\na=rtcp-mux\r\na=rtcp-rsize\r\n", mid, o.ufrag, o.pwd, o.fingerprint)
	extension := func(id int, uri string) { fmt.Fprintf(&b, "a=extmap:%d %s\r\n", id, uri) }
	extension(idMid, uriMid)
	extension(idTWCC, uriTWCC)
	if video {
		extension(idRid, uriRid)
		extension(idRRid, uriRRid)
		fmt.Fprintf(&b, "a=rtpmap:%d VP8/90000\r\na=rtcp-fb:%d transport-cc\r\na=rtcp-fb:%d ccm fir\r\na=rtcp-fb:%d nack\r\n"+
			"a=rtcp-fb:%d nack pli\r\na=rtpmap:%d rtx/90000\r\na=fmtp:%d apt=%d\r\n",
			ptVP8, ptVP8, ptVP8, ptVP8, ptVP8, ptRTX, ptRTX, ptVP8)
	} else {
		extension(idLevel, uriLevel)
		fmt.Fprintf(&b, "a=rtpmap:%d opus/48000/2\r\na=fmtp:%d minptime=10;useinbandfec=1\r\na=rtcp-fb:%d transport-cc\r\n"+
			"a=rtpmap:%d red/48000/2\r\na=fmtp:%d %d/%d\r\n", ptOpus, ptOpus, ptOpus, ptRED, ptRED, ptOpus, ptOpus)
	}
	if send {
		b.WriteString("a=sendonly\r\n")
	} else {
		b.WriteString("a=recvonly\r\n")
	}
	b.WriteString(more)
	return b.String()
}
