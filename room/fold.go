package room

import "slices"

// foldRange says that the letters first..last (U+00C0 to U+017F: Latin-1 Supplement and Latin Extended-A) are written
// `to` without their accents.
type foldRange struct {
	first, last rune
	to          string
}

// folds is sorted. The multiplication and division signs (U+00D7, U+00F7) are no letters and are missing on purpose.
var folds = [...]foldRange{
	{'À', 'Å', "a"}, {'Æ', 'Æ', "ae"}, {'Ç', 'Ç', "c"}, {'È', 'Ë', "e"}, {'Ì', 'Ï', "i"}, {'Ð', 'Ð', "d"},
	{'Ñ', 'Ñ', "n"}, {'Ò', 'Ö', "o"}, {'Ø', 'Ø', "o"}, {'Ù', 'Ü', "u"}, {'Ý', 'Ý', "y"}, {'Þ', 'Þ', "th"},
	{'ß', 'ß', "ss"}, {'à', 'å', "a"}, {'æ', 'æ', "ae"}, {'ç', 'ç', "c"}, {'è', 'ë', "e"}, {'ì', 'ï', "i"},
	{'ð', 'ð', "d"}, {'ñ', 'ñ', "n"}, {'ò', 'ö', "o"}, {'ø', 'ø', "o"}, {'ù', 'ü', "u"}, {'ý', 'ý', "y"},
	{'þ', 'þ', "th"}, {'ÿ', 'ÿ', "y"}, {'Ā', 'ą', "a"}, {'Ć', 'č', "c"}, {'Ď', 'đ', "d"}, {'Ē', 'ě', "e"},
	{'Ĝ', 'ģ', "g"}, {'Ĥ', 'ħ', "h"}, {'Ĩ', 'ı', "i"}, {'Ĳ', 'ĳ', "ij"}, {'Ĵ', 'ĵ', "j"}, {'Ķ', 'ĸ', "k"},
	{'Ĺ', 'ł', "l"}, {'Ń', 'ŋ', "n"}, {'Ō', 'ő', "o"}, {'Œ', 'œ', "oe"}, {'Ŕ', 'ř', "r"}, {'Ś', 'š', "s"},
	{'Ţ', 'ŧ', "t"}, {'Ũ', 'ų', "u"}, {'Ŵ', 'ŵ', "w"}, {'Ŷ', 'Ÿ', "y"}, {'Ź', 'ž', "z"}, {'ſ', 'ſ', "s"},
}

// fold writes a Latin letter in a–z, "" when r is not one that the table knows. It never asks Unicode's case tables:
// they turn look-alikes such as the Kelvin sign (U+212A) into ASCII letters.
func fold(r rune) string {
	switch {
	case 'a' <= r && r <= 'z':
		return string(r)
	case 'A' <= r && r <= 'Z':
		return string(r + 'a' - 'A')
	}
	i, found := slices.BinarySearchFunc(folds[:], r, func(f foldRange, r rune) int {
		switch {
		case f.last < r:
			return -1
		case f.first > r:
			return 1
		}
		return 0
	})
	if !found {
		return ""
	}
	return folds[i].to
}
