package chat

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"tablee/room"
)

// MaxText is the longest message, in characters after cleaning.
const MaxText = 4000

// Clean makes a message that is safe to store and to show as text: line ends are \n, control characters other than
// newline and tab are gone, and so are those that would turn the direction of whatever stands around the message.
// Blank lines around it are dropped. It refuses with bad_message what is not UTF-8, blank, or longer than MaxText.
func Clean(raw string) (string, error) {
	if !utf8.ValidString(raw) {
		return "", &room.Error{Code: room.CodeBadMessage, Message: "the message is not valid UTF-8"}
	}
	text := strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n").Replace(raw)
	text = strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && (unicode.IsControl(r) || isDirectional(r)) {
			return -1
		}
		return r
	}, text)
	text = strings.TrimRightFunc(strings.Trim(text, "\n"), unicode.IsSpace)
	switch {
	case strings.TrimSpace(text) == "":
		return "", &room.Error{Code: room.CodeBadMessage, Message: "the message is empty"}
	case utf8.RuneCountInString(text) > MaxText:
		return "", &room.Error{Code: room.CodeBadMessage, Message: "the message is too long: 4000 characters at most"}
	}
	return text, nil
}

// isDirectional tells the bidirectional embeddings, overrides and isolates (UAX #9, section 2); the harmless marks
// that Arabic and Hebrew typing needs (U+200E, U+200F, U+061C) are not among them.
func isDirectional(r rune) bool {
	return 0x202A <= r && r <= 0x202E || 0x2066 <= r && r <= 0x2069
}
