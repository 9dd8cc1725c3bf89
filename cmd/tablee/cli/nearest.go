package cli

// maxNearestLength bounds the work for a candidate, which may come from a file: longer words are not typing errors.
const maxNearestLength = 64

// Nearest returns the candidate that differs least from word, "" when none is near enough to be what was meant (at
// most two typing errors, or a third of the word). The first of equally near ones wins.
func Nearest(word string, candidates []string) string {
	if len(word) > maxNearestLength {
		return ""
	}
	best, bestDistance := "", max(2, len(word)/3)+1
	for _, c := range candidates {
		if d := distance(word, c); d < bestDistance && d < len(c) {
			best, bestDistance = c, d
		}
	}
	return best
}

// distance is the number of insertions, removals, replacements and swaps of neighbours that turn a into b (optimal
// string alignment), counted in bytes: keys are ASCII.
func distance(a, b string) int {
	before, previous := make([]int, len(b)+1), make([]int, len(b)+1)
	current := make([]int, len(b)+1)
	for j := range previous {
		previous[j] = j
	}
	for i := 1; i <= len(a); i++ {
		current[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			current[j] = min(previous[j]+1, current[j-1]+1, previous[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				current[j] = min(current[j], before[j-2]+1)
			}
		}
		before, previous, current = previous, current, before
	}
	return previous[len(b)]
}
