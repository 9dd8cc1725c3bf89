package format

import (
	"strings"
	"unicode"
)

const (
	// languageWords are looked at of a text.
	languageWords = 2_000
	// languageSure is how many small words of one language a text must have.
	languageSure = 3
)

// smallWords are the commonest words of languages that the others do not have: who writes cannot do without them.
var smallWords = map[string]string{
	"the": "en", "and": "en", "of": "en", "to": "en", "is": "en", "with": "en", "for": "en", "this": "en", "that": "en", "are": "en", "we": "en", "you": "en",
	"le": "fr", "les": "fr", "des": "fr", "du": "fr", "et": "fr", "est": "fr", "une": "fr", "dans": "fr", "pour": "fr", "avec": "fr", "nous": "fr", "vous": "fr", "au": "fr", "sur": "fr",
	"der": "de", "die": "de", "das": "de", "und": "de", "ist": "de", "nicht": "de", "mit": "de", "ein": "de", "eine": "de", "für": "de", "wir": "de", "zu": "de",
	"el": "es", "los": "es", "las": "es", "y": "es", "es": "es", "por": "es", "para": "es", "una": "es", "del": "es",
	"il": "it", "di": "it", "che": "it", "è": "it", "gli": "it", "della": "it", "sono": "it", "e": "it",
	"het": "nl", "een": "nl", "en": "nl", "van": "nl", "niet": "nl", "met": "nl", "voor": "nl", "wij": "nl", "zijn": "nl",
	"os": "pt", "não": "pt", "uma": "pt", "com": "pt", "são": "pt", "dos": "pt", "ao": "pt",
}

// language is what a text seems to be written in, as a tag of BCP 47, "" if it does not show: by its small words, of which
// one language must have more than half.
func language(md string) string {
	counts := map[string]int{}
	all, best := 0, ""
	left := languageWords
	for word := range strings.FieldsFuncSeq(md, func(r rune) bool { return !unicode.IsLetter(r) }) {
		if left--; left < 0 {
			break
		}
		if l := smallWords[strings.ToLower(word)]; l != "" {
			all++
			if counts[l]++; counts[l] > counts[best] {
				best = l
			}
		}
	}
	if counts[best] < languageSure || 2*counts[best] <= all {
		return ""
	}
	return best
}
