package format

import "strings"

// linkOf is where a link leads if a reader may follow it, "" otherwise.
func linkOf(to string) string {
	lower := strings.ToLower(strings.TrimSpace(to))
	for _, scheme := range []string{"https://", "http://", "mailto:", "tel:"} {
		if strings.HasPrefix(lower, scheme) {
			return strings.TrimSpace(to)
		}
	}
	return ""
}
