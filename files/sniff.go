package files

import (
	"bytes"
	"net/http"
	"strings"
	"unicode/utf8"
)

// sniffSize is how much of a file is looked at, in bytes.
const sniffSize = 3072

// Media types with a meaning here.
const (
	typeBinary = "application/octet-stream"
	typeText   = "text/plain"
	typeFolder = "httpd/unix-directory"
)

// signatures are beginnings that net/http does not know. A '?' stands for any byte.
var signatures = [...]struct{ magic, mediaType string }{
	{"????ftypavif", "image/avif"},
	{"????ftypavis", "image/avif"},
	{"????ftypheic", "image/heic"},
	{"????ftypM4A ", "audio/mp4"},
	{"????ftypM4V ", "video/mp4"},
	{"????ftypqt  ", "video/quicktime"},
	{"????ftyp", "video/mp4"},
	{"fLaC", "audio/flac"},
	{"\x1aE\xdf\xa3", "video/webm"},
	{"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"},
}

// Sniff tells the media type from the beginning of a content. What the uploader says is never asked. Text that a browser
// would run (HTML, XML, SVG) is named as what it is, and never shown in place.
func Sniff(head []byte) string {
	if len(head) == 0 {
		return typeText
	}
	for _, s := range signatures {
		if fitsMagic(head, s.magic) {
			return s.mediaType
		}
	}
	found, _, _ := strings.Cut(http.DetectContentType(head), ";")
	switch found {
	case "text/plain", typeBinary:
		if isMP3(head) {
			return "audio/mpeg"
		}
		if bytes.Contains(head, []byte("<svg")) {
			return "image/svg+xml"
		}
		if plainText(head) {
			return typeText
		}
		return typeBinary
	case "text/xml":
		if bytes.Contains(head, []byte("<svg")) {
			return "image/svg+xml"
		}
	case "application/ogg":
		if bytes.Contains(head, []byte("theora")) {
			return "video/ogg"
		}
		return "audio/ogg"
	case "audio/wave":
		return "audio/wav"
	}
	return found
}

func fitsMagic(head []byte, magic string) bool {
	if len(head) < len(magic) {
		return false
	}
	for i := range len(magic) {
		if magic[i] != '?' && magic[i] != head[i] {
			return false
		}
	}
	return true
}

// isMP3 knows a frame of MPEG audio without a tag before it.
func isMP3(head []byte) bool {
	return len(head) > 2 && head[0] == 0xff && head[1]&0xe6 == 0xe2 && head[1]&0x18 != 0x08 && head[2]&0xf0 != 0xf0
}

// plainText says if it is UTF-8 without control characters; a character that is cut at the end is forgiven.
func plainText(head []byte) bool {
	for i := 0; i < len(head); {
		r, size := utf8.DecodeRune(head[i:])
		if r == utf8.RuneError && size == 1 {
			return len(head)-i < utf8.UTFMax && len(head) >= sniffSize-utf8.UTFMax
		}
		if r < ' ' && r != '\n' && r != '\r' && r != '\t' && r != '\f' && r != 0x1b {
			return false
		}
		i += size
	}
	return true
}

// inline says if a browser may show a content of this type in place: nothing in the list can run a script as ours.
func inline(mediaType string) bool {
	switch mediaType {
	case "image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/bmp", "image/heic",
		"application/pdf", typeText,
		"audio/mpeg", "audio/mp4", "audio/ogg", "audio/wav", "audio/flac", "audio/aiff", "audio/basic", "audio/midi",
		"video/mp4", "video/webm", "video/ogg", "video/quicktime", "video/avi":
		return true
	}
	return false
}

// servedType is the Content-Type of an answer. A text has a charset, so that no browser guesses one.
func servedType(mediaType string) string {
	switch {
	case mediaType == typeText:
		return "text/plain; charset=utf-8"
	case inline(mediaType):
		return mediaType
	case strings.HasPrefix(mediaType, "application/") && !strings.Contains(mediaType, "xml") && !strings.Contains(mediaType, "script"):
		return mediaType
	}
	return typeBinary
}
