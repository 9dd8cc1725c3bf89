package front

import "bytes"

// Kind is what a connection turns out to be.
type Kind uint8

// Kinds. More means that the bytes so far could still become several things.
const (
	More Kind = iota
	Unknown
	TLS
	HTTP1
	HTTP2
	TURN
	ICE
	Proxy
)

func (k Kind) String() string {
	return [...]string{"more", "unknown", "tls", "http1", "http2", "turn", "ice", "proxy"}[k]
}

// What the beginnings look like.
const (
	proxy1Start = "PROXY "                                   // the PROXY protocol, section 2.1
	proxy2Start = "\r\n\r\n\x00\r\nQUIT\n"                   // section 2.2
	http2Start  = "PRI "                                     // RFC 9113, section 3.4
	methodMost  = 10                                         // letters of an HTTP method; the longest in use has 9
	stunMost    = 0x0F                                       // the method of a client's first STUN request is small (RFC 8656, section 17)
	iceLeast    = 20                                         // a STUN message has at least its header (RFC 8489, section 5)
	iceMost     = 1500                                       // and one that begins ICE fits a datagram
	cookie      = "\x21\x12\xA4\x42"                         // the magic cookie (RFC 8489, section 5)
	cookieTURN  = 4                                          // where it is in a bare STUN message
	cookieICE   = 6                                          // and behind the length that ICE-TCP puts before it (RFC 4571)
	peekMost    = proxy2Header + proxy2Most                  // no decision ever needs more
	_           = uint(peekMost - proxy1Most)                // which holds for both forms of the PROXY header
	_           = uint(peekMost - (cookieICE + len(cookie))) // and for all the others
)

// Classify says what a connection that begins with b is. It is monotonic: once it says something other than More, no
// further byte changes its mind.
func Classify(b []byte) Kind {
	if len(b) == 0 {
		return More
	}
	switch c := b[0]; {
	case c == 0x16: // a TLS handshake record (RFC 8446, section 5.1)
		return classifyTLS(b)
	case c < 0x06: // a STUN type, or the length of a framed one up to iceMost
		return classifySTUN(b)
	case c == proxy2Start[0]:
		return classifyFixed(b, proxy2Start, Proxy)
	case c >= 'A' && c <= 'Z':
		return classifyText(b)
	default:
		return Unknown
	}
}

func classifyTLS(b []byte) Kind {
	switch {
	case len(b) < 2:
		return More
	case b[1] == 0x03:
		return TLS
	default:
		return Unknown
	}
}

// classifySTUN tells a bare STUN message from one behind a length: the cookie is two bytes further on then, and cannot be
// in both places, since it does not repeat itself after two bytes.
func classifySTUN(b []byte) Kind {
	bare := b[0] == 0 && (len(b) < 2 || b[1] > 0 && b[1] <= stunMost) && begins(b, cookieTURN, cookie)
	framed := begins(b, 2, "\x00\x01") && begins(b, cookieICE, cookie)
	if framed && len(b) >= 2 {
		length := int(b[0])<<8 | int(b[1])
		framed = length >= iceLeast && length <= iceMost
	}
	switch {
	case bare && len(b) >= cookieTURN+len(cookie):
		return TURN
	case framed && len(b) >= cookieICE+len(cookie):
		return ICE
	case bare || framed:
		return More
	default:
		return Unknown
	}
}

// begins says if what b has from offset on does not contradict want.
func begins(b []byte, offset int, want string) bool {
	if len(b) <= offset {
		return true
	}
	b = b[offset:min(len(b), offset+len(want))]
	return string(b) == want[:len(b)]
}

func classifyFixed(b []byte, want string, kind Kind) Kind {
	switch {
	case !begins(b, 0, want):
		return Unknown
	case len(b) < len(want):
		return More
	default:
		return kind
	}
}

// classifyText tells HTTP by its method, a word of capital letters and a blank, and the two that begin like one.
func classifyText(b []byte) Kind {
	blank := bytes.IndexByte(b[:min(len(b), methodMost+1)], ' ')
	word := b[:min(len(b), methodMost+1)]
	if blank >= 0 {
		word = b[:blank]
	}
	for _, c := range word {
		if c < 'A' || c > 'Z' {
			return Unknown
		}
	}
	switch {
	case blank < 0 && len(word) > methodMost:
		return Unknown
	case blank < 0:
		return More
	case string(b[:blank+1]) == proxy1Start:
		return Proxy
	case string(b[:blank+1]) == http2Start:
		return HTTP2
	default:
		return HTTP1
	}
}
