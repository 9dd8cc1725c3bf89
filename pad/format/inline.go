package format

import (
	"slices"
	"strings"
	"unicode"
)

// breakMark is a line end that was meant, in markdown.
const breakMark = "\\\n"

// inline is runs as markdown. Marks of emphasis stand at the letters, never at a space, as CommonMark wants it (section
// 6.2), and are closed in the order in which they were opened. first tells whether it begins a line.
func inline(runs []Run, first bool) string {
	w := &inlineWriter{runs: joinRuns(runs)}
	for i, r := range w.runs {
		w.run(i, r)
	}
	w.leave(0)
	return atLineStarts(strings.TrimSpace(w.out.String()), first)
}

// joinRuns joins neighbours of one style, and takes style from spaces.
func joinRuns(runs []Run) (out []Run) {
	for _, r := range runs {
		if r.Text = strings.ToValidUTF8(r.Text, "\uFFFD"); r.Text == "" {
			continue
		}
		if !r.Code && strings.TrimSpace(r.Text) == "" {
			r = Run{Text: r.Text, Link: r.Link}
		}
		if n := len(out) - 1; n >= 0 {
			style := out[n]
			if style.Text = r.Text; style == r {
				out[n].Text += r.Text
				continue
			}
		}
		out = append(out, r)
	}
	return out
}

// style is one thing that can be said of a run.
type style struct {
	mark string
	link string
}

func (s style) of(r Run) bool {
	switch s.mark {
	case "[":
		return r.Link == s.link
	case "~~":
		return r.Strike
	case "**":
		return r.Bold
	}
	return r.Italic
}

type inlineWriter struct {
	runs  []Run
	out   strings.Builder
	open  []style
	space string // not written yet: it goes before marks that are opened and after those that are closed
}

// run writes one run.
func (w *inlineWriter) run(i int, r Run) {
	core := strings.TrimSpace(r.Text)
	if core == "" && !r.Code {
		w.space += r.Text
		return
	}
	for n, s := range w.open {
		if !s.of(r) {
			w.leave(n)
			break
		}
	}
	if r.Code {
		core = r.Text
	} else {
		lead, tail, _ := strings.Cut(r.Text, core)
		w.space += lead
		defer func() { w.space += tail }()
	}
	w.out.WriteString(spaced(w.space))
	w.space = ""
	w.enter(i, r)
	if r.Code {
		w.out.WriteString(codeSpan(core))
	} else {
		w.out.WriteString(escapeMarkdown(core))
	}
}

// leave closes all but the first n styles that are open.
func (w *inlineWriter) leave(n int) {
	for len(w.open) > n {
		s := w.open[len(w.open)-1]
		w.open = w.open[:len(w.open)-1]
		if s.mark == "[" {
			w.out.WriteString("](" + destination(s.link) + ")")
		} else {
			w.out.WriteString(s.mark)
		}
	}
}

// enter opens the styles of run i: first the one that lasts longest.
func (w *inlineWriter) enter(i int, r Run) {
	var fresh []style
	for _, s := range []style{{mark: "[", link: r.Link}, {mark: "~~"}, {mark: "**"}, {mark: "*"}} {
		if s.of(r) && (s.mark != "[" || s.link != "") && !slices.Contains(w.open, s) {
			fresh = append(fresh, s)
		}
	}
	slices.SortStableFunc(fresh, func(a, b style) int { return w.lasts(b, i) - w.lasts(a, i) })
	for _, s := range fresh {
		w.out.WriteString(s.mark)
		w.open = append(w.open, s)
	}
}

// lasts counts the runs from i on that have a style, spaces among them.
func (w *inlineWriter) lasts(s style, i int) int {
	n := i
	for n < len(w.runs) && (s.of(w.runs[n]) || strings.TrimSpace(w.runs[n].Text) == "") {
		n++
	}
	return n - i
}

// spaced is white space between words: line ends that were meant stay.
func spaced(s string) string {
	if n := strings.Count(s, "\n"); n > 0 {
		return strings.Repeat(breakMark, n)
	}
	if len(s) > 1 && strings.Trim(s, " \t") == "" {
		return " "
	}
	return s
}

// codeSpan is text in backticks, of which it takes more than the text has (CommonMark 0.31, section 6.1).
func codeSpan(s string) string {
	s = strings.ReplaceAll(s, "\n", " ")
	fence := "`"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") || strings.TrimSpace(s) != s && strings.TrimSpace(s) != "" {
		s = " " + s + " "
	}
	return fence + s + fence
}

// destination is where a link leads, in markdown.
func destination(link string) string {
	clean := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, link)
	if strings.Contains(clean, ";") { // only then can there be an entity
		clean = strings.ReplaceAll(clean, "&", "&amp;")
	}
	if clean == "" || strings.ContainsAny(clean, " ()<>\\") {
		return "<" + strings.NewReplacer(`\`, `\\`, "<", `\<`, ">", `\>`).Replace(clean) + ">"
	}
	return clean
}

// escapeMarkdown puts backslashes where text would be taken for markdown, and only there: who reads the text with its
// marks should not stumble over more of them than it takes.
func escapeMarkdown(s string) string {
	var b strings.Builder
	text := []rune(s)
	for i, r := range text {
		before, after := ' ', ' '
		if i > 0 {
			before = text[i-1]
		}
		if i+1 < len(text) {
			after = text[i+1]
		}
		if r == '\n' {
			b.WriteString(breakMark)
			continue
		}
		if needsEscape(r, before, after) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// needsEscape tells whether r would be taken for markdown between its neighbours.
func needsEscape(r, before, after rune) bool {
	switch r {
	case '\\', '`':
		return true
	case '*', '~':
		return !unicode.IsSpace(before) || !unicode.IsSpace(after)
	case '_':
		return !letter(before) || !letter(after)
	case ']':
		return strings.ContainsRune("([:", after)
	case '<':
		return letter(after) || strings.ContainsRune("/!?", after)
	case '&':
		return letter(after) || after == '#'
	}
	return false
}

func letter(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// atLineStarts puts a backslash before what would begin a heading, a list, a quote, a line or a table.
func atLineStarts(md string, first bool) string {
	lines := strings.Split(md, "\n")
	for i, line := range lines {
		if i == 0 && !first {
			continue
		}
		line = strings.TrimLeft(line, " \t")
		digits := len(line) - len(strings.TrimLeft(line, "0123456789"))
		switch {
		case line == "":
		case strings.Trim(line, "-=|: \\") == "":
			line = `\` + line
		case strings.ContainsRune("#>", rune(line[0])):
			line = `\` + line
		case strings.ContainsRune("-+", rune(line[0])) && (len(line) == 1 || line[1] == ' ' || line[1] == '\t'):
			line = `\` + line
		case line[0] == '[' && strings.Contains(line, `]\:`), strings.HasPrefix(line, "* "):
			line = `\` + line
		case digits > 0 && digits < len(line) && strings.ContainsRune(".)", rune(line[digits])) &&
			(digits+1 == len(line) || line[digits+1] == ' ' || line[digits+1] == '\t'):
			line = line[:digits] + `\` + line[digits:]
		}
		lines[i] = line
	}
	return strings.Join(lines, "\n")
}
