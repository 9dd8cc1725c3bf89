package room

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of names.
const (
	MaxRawName    = 256 // bytes of a room name as typed
	MinName       = 2   // characters of a room name in normal form
	MaxName       = 64
	MaxPersonName = 64 // characters of a person's name
	maxMarks      = 2  // combining marks on one letter; Vietnamese needs two
)

// NormalizeName turns a room's name as somebody typed it into its normal form, 2 to 64 of a–z, 0–9 and -, and into a
// title that keeps capitals and accents. What has no clear normal form is refused with room_name_invalid, so that
// two different-looking links never open the same room by surprise, and no look-alike opens another.
func NormalizeName(raw string) (name, title string, err error) {
	if len(raw) > MaxRawName {
		return "", "", nameError("the name is too long: 64 characters at most")
	}
	if !utf8.ValidString(raw) {
		return "", "", nameError("the name is not valid UTF-8")
	}
	title = strings.Join(strings.Fields(raw), " ")
	var out strings.Builder
	marks := maxMarks + 1 // at the start and after a dash there is no letter to carry a mark
	for _, r := range strings.TrimSpace(raw) {
		letter := fold(r)
		switch {
		case letter != "":
			out.WriteString(letter)
			marks = 0
		case '0' <= r && r <= '9':
			out.WriteRune(r)
			marks = maxMarks + 1
		case isDash(r):
			out.WriteByte('-')
			marks = maxMarks + 1
		case isAccent(r) && marks < maxMarks:
			marks++
		default:
			return "", "", nameError("the name may have letters a–z (accents are fine), digits, spaces, apostrophes and dashes only")
		}
	}
	name = joinDashes(out.String())
	if len(name) < MinName || len(name) > MaxName {
		return "", "", nameError("the name must have 2 to 64 letters and digits")
	}
	return name, title, nil
}

func nameError(message string) error { return &Error{Code: CodeRoomNameInvalid, Message: message} }

// isDash tells what becomes a dash: dash, underscore, apostrophes (l'apéro), and the blanks, among them the no-break
// spaces of French typing.
func isDash(r rune) bool {
	return r == '-' || r == '_' || r == '\'' || r == '\u2019' || unicode.Is(unicode.Zs, r)
}

// isAccent tells a combining accent, as in é typed as e + U+0301. U+034F is invisible and joins nothing here.
func isAccent(r rune) bool { return 0x0300 <= r && r <= 0x036F && r != 0x034F }

// joinDashes makes runs of dashes one, and drops those at both ends.
func joinDashes(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == '-' }), "-")
}

// Code points that join visible characters (emoji families, Persian, Indic scripts) and are kept inside a name.
const (
	zeroWidthNonJoiner = '\u200c'
	zeroWidthJoiner    = '\u200d'
)

// CleanPersonName makes a name that can be shown: trimmed, blanks joined, without control, bidirectional and other
// invisible characters, no more than a few marks on a letter. Any script is welcome. It is refused with name_invalid
// when it is not UTF-8, when nothing visible remains, or beyond 64 characters.
func CleanPersonName(raw string) (string, error) {
	if len(raw) > 4*MaxPersonName*utf8.UTFMax || !utf8.ValidString(raw) {
		return "", &Error{Code: CodeNameInvalid, Message: "the name is too long or not valid UTF-8"}
	}
	var out strings.Builder
	marks, visible := 0, false
	for _, r := range raw {
		switch {
		case unicode.IsSpace(r):
			r, marks = ' ', 0
		case unicode.Is(unicode.M, r):
			if marks++; marks > maxMarks {
				continue
			}
		case r == zeroWidthJoiner, r == zeroWidthNonJoiner:
		case !unicode.IsGraphic(r), isBlankLetter(r):
			continue
		default:
			marks, visible = 0, true
		}
		out.WriteRune(r)
	}
	name := strings.Trim(strings.Join(strings.Fields(out.String()), " "), string(zeroWidthJoiner)+string(zeroWidthNonJoiner)+" ")
	if !visible || utf8.RuneCountInString(name) > MaxPersonName {
		return "", &Error{Code: CodeNameInvalid, Message: "the name must have 1 to 64 visible characters"}
	}
	return name, nil
}

// isBlankLetter tells the code points that count as letters or symbols and show nothing (Hangul fillers, Braille blank).
func isBlankLetter(r rune) bool {
	switch r {
	case '\u115f', '\u1160', '\u3164', '\uffa0', '\u2800':
		return true
	}
	return false
}
