package files

import (
	"fmt"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"tablee/room"
)

// MaxName is the longest name, in bytes of UTF-8: what common filesystems take.
const MaxName = 255

// CleanName gives a name its one form (Unicode NFC), or refuses it: no separators, no control characters or marks that
// turn the direction of writing, nothing that a system reserves. The name never becomes one on our own disk; this is for
// those who download it.
func CleanName(name string) (string, error) {
	if len(name) > 4*MaxName || !utf8.ValidString(name) {
		return "", errName("it is too long or not UTF-8")
	}
	name = norm.NFC.String(strings.TrimSpace(name))
	switch {
	case name == "" || name == "." || name == "..":
		return "", errName("it is empty or only dots")
	case len(name) > MaxName:
		return "", errName(fmt.Sprintf("it has more than %d bytes", MaxName))
	case strings.ContainsAny(name, "/\\"):
		return "", errName("it has a slash in it")
	case strings.ContainsFunc(name, hidden):
		return "", errName("it has characters that cannot be seen")
	case strings.HasSuffix(name, "."):
		return "", errName("it ends with a dot")
	case reserved(name):
		return "", errName("some systems reserve it")
	}
	return name, nil
}

func errName(why string) error {
	return refuse(room.CodeFileName, "choose another name: "+why)
}

// hidden says if a character is not shown, or turns others around (Trojan names such as "photo<RLO>gpj.exe").
func hidden(r rune) bool {
	return unicode.IsControl(r) || r == utf8.RuneError || r == '\u2028' || r == '\u2029' || r == '\ufeff' ||
		r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' || r == '\u200e' || r == '\u200f' || r == '\u061c'
}

// reserved says if a name is a device on Windows, with whatever ending.
func reserved(name string) bool {
	stem, _, _ := strings.Cut(name, ".")
	stem = strings.ToUpper(strings.TrimRight(stem, " "))
	switch stem {
	case "CON", "PRN", "AUX", "NUL":
		return true
	}
	digit, ok := strings.CutPrefix(stem, "COM")
	if !ok {
		digit, ok = strings.CutPrefix(stem, "LPT")
	}
	return ok && utf8.RuneCountInString(digit) == 1 && strings.ContainsAny(digit, "0123456789¹²³")
}

// Fold is the form in which names are compared: two that a system without capitals would take for one are one here.
func Fold(name string) string {
	return norm.NFC.String(strings.ToLower(strings.ToUpper(norm.NFC.String(name))))
}

// mostTries bounds how many numbered names are tried.
const mostTries = 1000

// freeName finds a name that is not taken: "notes (2).txt". It gives its folded form as well.
func freeName(taken func(fold string) bool, name string) (string, string) {
	fold := Fold(name)
	if !taken(fold) {
		return name, fold
	}
	ext := path.Ext(name)
	if len(ext) > 16 || ext == name {
		ext = ""
	}
	stem := strings.TrimSuffix(name, ext)
	for i := 2; i < mostTries; i++ {
		tail := fmt.Sprintf(" (%d)%s", i, ext)
		candidate := shorten(stem, MaxName-len(tail)) + tail
		if fold = Fold(candidate); !taken(fold) {
			return candidate, fold
		}
	}
	candidate := shorten(stem, MaxName-idLength-1-len(ext)) + " " + newID() + ext
	return candidate, Fold(candidate)
}

// shorten cuts a name to so many bytes, at the end of a character.
func shorten(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}

// portable is the name for an archive: what no Windows can write becomes "_".
func portable(name string) string {
	name = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`<>:"|?*/\`, r) || hidden(r) {
			return '_'
		}
		return r
	}, name)
	if name = strings.TrimRight(name, ". "); name == "" || reserved(name) {
		return "_" + name
	}
	return name
}
