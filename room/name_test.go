package room

import (
	"bytes"
	"crypto/rand"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestNormalizeName(t *testing.T) {
	for _, c := range []struct{ raw, name, title string }{
		{"salon", "salon", "salon"},
		{"Réunion du lundi", "reunion-du-lundi", "Réunion du lundi"},
		{"  Réunion   du\u00a0lundi\n", "reunion-du-lundi", "Réunion du lundi"},
		{"RE\u0301UNION", "reunion", "RE\u0301UNION"}, // accents typed apart
		{"Cœur & ...", "", ""},
		{"Cœur", "coeur", "Cœur"},
		{"Ærøskøbing_ŒUF", "aeroskobing-oeuf", "Ærøskøbing_ŒUF"},
		{"Straße", "strasse", "Straße"},
		{"Łódź Ĳssel", "lodz-ijssel", "Łódź Ĳssel"},
		{"İstanbul ılık ſ", "istanbul-ilik-s", "İstanbul ılık ſ"},
		{"Þór ÿ", "thor-y", "Þór ÿ"},
		{"a - - b__c", "a-b-c", "a - - b__c"},
		{"-ab-", "ab", "-ab-"},
		{"2026", "2026", "2026"},
		{"salle\u202f3", "salle-3", "salle 3"},
		{"L'apéro", "l-apero", "L'apéro"},
		{"L’apéro d’été", "l-apero-d-ete", "L’apéro d’été"},
		{strings.Repeat("a", 64), strings.Repeat("a", 64), strings.Repeat("a", 64)},
	} {
		name, title, err := NormalizeName(c.raw)
		if c.name == "" {
			if CodeOf(err) != CodeRoomNameInvalid {
				t.Errorf("%q: %q, %v", c.raw, name, err)
			}
			continue
		}
		if err != nil || name != c.name || title != c.title {
			t.Errorf("%q: %q %q %v, want %q %q", c.raw, name, title, err, c.name, c.title)
		}
	}
}

func TestNormalizeNameRefuses(t *testing.T) {
	for what, raw := range map[string]string{
		"empty":                   "",
		"one letter":              "a",
		"only dashes":             "----",
		"65 letters":              strings.Repeat("a", 65),
		"a ligature too many":     strings.Repeat("œ", 33),
		"257 bytes":               "ab" + strings.Repeat(" ", 255),
		"10 KB":                   strings.Repeat("salon ", 1700),
		"parent folder":           "../etc",
		"dots":                    "..",
		"slash":                   "a/b",
		"backslash":               `a\b`,
		"percent":                 "a%2fb",
		"NUL":                     "sa\x00lon",
		"newline inside":          "sa\nlon",
		"tab inside":              "sa\tlon",
		"escape":                  "sa\x1blon",
		"DEL":                     "sa\x7flon",
		"right-to-left override":  "sa\u202elon",
		"right-to-left mark":      "sa\u200flon",
		"isolate":                 "\u2066salon",
		"zero-width space":        "sa\u200blon",
		"zero-width joiner":       "sa\u200dlon",
		"soft hyphen":             "sa\u00adlon",
		"byte order mark":         "\ufeffsalon",
		"invisible joiner":        "sa\u034flon",
		"Cyrillic look-alike":     "sаlon", // U+0430
		"Greek look-alike":        "salοn", // U+03BF
		"Kelvin sign":             "\u212aiwi",
		"full width":              "ｓalon",
		"mathematical letters":    "𝐬alon",
		"Cherokee":                "Ꭺnna",
		"script small l":          "sa\u2113on",
		"Arabic":                  "غرفة",
		"emoji":                   "salon😀",
		"times sign":              "a×b",
		"division sign":           "a÷b",
		"mark without letter":     "\u0301salon",
		"mark behind a dash":      "sa-\u0301lon",
		"mark behind a digit":     "sa1\u0301lon",
		"three marks":             "sa\u0301\u0301\u0301lon",
		"fraction":                "½salon",
		"line separator":          "sa\u2028lon",
		"invalid UTF-8":           "sa\xfflon",
		"overlong slash":          "sa\xc0\xaflon",
		"lone surrogate in UTF-8": "sa\xed\xa0\x80lon",
		"Latin beyond the table":  "sa\u0180lon",
		"Arabic-Indic digits":     "salon\u0661",
		"superscript":             "salon²",
		"look-alike apostrophe":   "l\u02bcatelier",
	} {
		name, _, err := NormalizeName(raw)
		if CodeOf(err) != CodeRoomNameInvalid {
			t.Errorf("%s: %q, %v", what, name, err)
		}
		if err != nil && len(err.Error()) > 200 {
			t.Errorf("%s: the message is %d bytes long", what, len(err.Error()))
		}
	}
}

// Every letter of the two blocks has a form in a–z, and the two signs among them have none.
func TestFoldIsComplete(t *testing.T) {
	for r := rune(0xC0); r <= 0x17F; r++ {
		to := fold(r)
		if r == '×' || r == '÷' {
			if to != "" {
				t.Errorf("%c is no letter, and becomes %q", r, to)
			}
			continue
		}
		if !regexp.MustCompile(`^[a-z]{1,2}$`).MatchString(to) {
			t.Errorf("%c becomes %q", r, to)
		}
	}
	sorted := slices.IsSortedFunc(folds[:], func(a, b foldRange) int { return int(a.first - b.first) })
	if !sorted {
		t.Error("the table is not sorted")
	}
}

var normalForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

func FuzzNormalizeName(f *testing.F) {
	for _, seed := range []string{"Réunion du lundi", "../a", "RE\u0301", "a\u202eb", "œœ", "a\x00", "-- a --", strings.Repeat("a", 300), "\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		name, title, err := NormalizeName(raw)
		if err != nil {
			if CodeOf(err) != CodeRoomNameInvalid {
				t.Fatalf("code %q", CodeOf(err))
			}
			return
		}
		if !normalForm.MatchString(name) || len(name) < MinName || len(name) > MaxName {
			t.Fatalf("%q became %q", raw, name)
		}
		again, _, err := NormalizeName(name)
		if err != nil || again != name {
			t.Fatalf("%q became %q, and that %q (%v)", raw, name, again, err)
		}
		if fromTitle, same, err := NormalizeName(title); err != nil || fromTitle != name || same != title {
			t.Fatalf("the title %q opens %q (%v), not %q", title, fromTitle, err, name)
		}
	})
}

func TestCleanPersonName(t *testing.T) {
	for _, c := range []struct{ raw, want string }{
		{"  Anna  ", "Anna"},
		{"Anna\tB.\nC", "Anna B. C"},
		{"محمد", "محمد"},
		{"山田", "山田"},
		{"👩\u200d👩\u200d👧", "👩\u200d👩\u200d👧"},
		{"❤️", "❤️"},
		{"می\u200cخواهم", "می\u200cخواهم"},
		{"\u202eAnna\u2069", "Anna"},
		{"An\u200bna\x00", "Anna"},
		{"Z\u0301\u0302\u0303\u0304", "Z\u0301\u0302"},
		{"\u200dAnna\u200d", "Anna"},
		{"<b>&", "<b>&"}, // shown as text
		{strings.Repeat("é", 64), strings.Repeat("é", 64)},
	} {
		if got, err := CleanPersonName(c.raw); err != nil || got != c.want {
			t.Errorf("%q: %q, %v", c.raw, got, err)
		}
	}
	for _, raw := range []string{"", " ", "\u200d", "\u202e", "\u3164", "\u2800", "\u0301", "\xff", strings.Repeat("a", 65), strings.Repeat(" ", 10_000) + "a"} {
		if got, err := CleanPersonName(raw); CodeOf(err) != CodeNameInvalid {
			t.Errorf("%.20q: %q, %v", raw, got, err)
		}
	}
}

func FuzzCleanPersonName(f *testing.F) {
	for _, seed := range []string{" Anna ", "a\u0301\u0301\u0301", "\u200d a \u200d", "\u202e", "👩\u200d👧", "\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		name, err := CleanPersonName(raw)
		if err != nil {
			return
		}
		if n := utf8.RuneCountInString(name); n < 1 || n > MaxPersonName || strings.TrimSpace(name) != name || strings.ContainsAny(name, "\x00\n\u202e\u2066") {
			t.Fatalf("%q became %q", raw, name)
		}
		if again, err := CleanPersonName(name); err != nil || again != name {
			t.Fatalf("%q became %q, and that %q (%v)", raw, name, again, err)
		}
	})
}

func TestMadeUpNames(t *testing.T) {
	list := strings.Fields(words)
	if len(list) != 128 || len(slices.Compact(slices.Sorted(slices.Values(list)))) != 128 {
		t.Fatalf("%d words, or some twice", len(list))
	}
	seen := map[string]bool{}
	for range 2000 {
		name := madeUpName(rand.Reader)
		normal, title, err := NormalizeName(name)
		if err != nil || normal != name || title != name || !regexp.MustCompile(`^[a-z]+-[a-z]+-[a-z]+-\d{4}$`).MatchString(name) {
			t.Fatalf("%q: %q %v", name, normal, err)
		}
		seen[name] = true
	}
	if len(seen) < 1999 {
		t.Fatalf("only %d of 2000 are different", len(seen))
	}
	if name := madeUpName(bytes.NewReader([]byte{0, 127, 128, 0, 0, 0, 7})); name != "accord-zigzag-accord-0007" {
		t.Fatal(name)
	}
}
