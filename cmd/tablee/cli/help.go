package cli

import (
	"fmt"
	"strings"
)

// Layout of the help, in characters: it must read well in the 80 columns of a plain terminal.
const (
	helpWidth  = 79
	helpIndent = 6
)

// Help describes one subcommand for `--help`.
type Help struct {
	Usage   string   // "tablee serve [options]"
	Intro   string   // one paragraph
	Options []Option // in the order to be shown
	Notes   []string // paragraphs after the options
}

// String lays the help out: each option on a line of its own, and what it does, wrapped, under it.
func (h Help) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Usage: %s\n", h.Usage)
	if h.Intro != "" {
		b.WriteString("\n" + wrap(h.Intro, 0))
	}
	if len(h.Options) > 0 {
		b.WriteString("\nOptions:\n")
	}
	for _, o := range h.Options {
		fmt.Fprintf(&b, "  --%s %s\n", o.Name, o.Value)
		text := o.Help
		if o.Default != "" {
			text += fmt.Sprintf(" Default: %s.", o.Default)
		}
		b.WriteString(wrap(text, helpIndent))
	}
	for _, note := range h.Notes {
		b.WriteString("\n" + wrap(note, 0))
	}
	return b.String()
}

// wrap breaks text at blanks into lines of at most helpWidth characters that start with indent blanks. A word that is
// longer stays whole: it is an address or a path, to be copied.
func wrap(text string, indent int) string {
	var b strings.Builder
	column := 0
	for _, word := range strings.Fields(text) {
		switch {
		case column == 0:
			b.WriteString(strings.Repeat(" ", indent))
			column = indent
		case column+1+len(word) > helpWidth:
			b.WriteString("\n" + strings.Repeat(" ", indent))
			column = indent
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += len(word)
	}
	b.WriteByte('\n')
	return b.String()
}
