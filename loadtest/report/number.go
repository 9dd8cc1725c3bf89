package report

import (
	"math"
	"regexp"
	"strconv"
	"strings"
)

// finite gives x, or 0 for what cannot be drawn or written: infinities and what is not a number.
func finite(x float64) float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return 0
	}
	return x
}

// digits writes x with as many digits as mean something: three, or all of a whole number's.
func digits(x float64) string {
	x = finite(x)
	switch size := math.Abs(x); {
	case size >= 99.95 || x == 0:
		return strconv.FormatFloat(x, 'f', 0, 64)
	case size >= 9.995:
		return strconv.FormatFloat(x, 'f', 1, 64)
	default:
		return strconv.FormatFloat(x, 'f', 2, 64)
	}
}

// short writes x for an axis or a limit: without zeros at its end.
func short(x float64) string {
	s := strconv.FormatFloat(finite(x), 'f', 3, 64)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

// milliseconds writes a time for people, in seconds from ten on.
func milliseconds(ms float64) string {
	if ms = finite(ms); ms >= 10_000 {
		return digits(ms/1000) + " s"
	}
	return digits(ms) + " ms"
}

// percent writes a share of 100 with two decimals, as losses need.
func percent(p float64) string { return strconv.FormatFloat(finite(p), 'f', 2, 64) + " %" }

// whole writes a share of 100 without decimals.
func whole(p float64) string { return strconv.FormatFloat(finite(p), 'f', 0, 64) + " %" }

// megabits writes a rate given in kbit/s.
func megabits(kbps float64) string { return digits(kbps/1000) + " Mbit/s" }

// megabytes writes a size as administrators count memory: 1 MB is a million bytes.
func megabytes(b uint64) string {
	if b >= 999_500_000 {
		return digits(float64(b)/1e9) + " GB"
	}
	return digits(float64(b)/1e6) + " MB"
}

// together keeps numbers and their units on one line of the page.
func together(s string) string {
	return unit.ReplaceAllString(s, "$1\u00a0$2")
}

// unit finds a number and its unit.
var unit = regexp.MustCompile(`(\d) (ms|s|%|MB|GB|µs|min|Mbit/s)`)

// seconds writes a time of a run: 12.5 s, or 5:00 min.
func seconds(s float64) string {
	s = finite(s)
	if s < 120 {
		return strconv.FormatFloat(s, 'f', 1, 64) + " s"
	}
	total := int(math.Round(min(s, 1e9)))
	return strconv.Itoa(total/60) + ":" + pad2(total%60) + " min"
}

func pad2(n int) string {
	if n < 10 {
		return "0" + strconv.Itoa(n)
	}
	return strconv.Itoa(n)
}

// plural writes a count with its noun.
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// count writes a large count in groups of three digits, for the page.
func count(n uint64) string {
	s := strconv.FormatUint(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "\u202f" + s[i:]
	}
	return s
}
