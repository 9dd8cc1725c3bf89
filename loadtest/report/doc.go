// Package report shows what a load test found: while it goes on as a few lines of a terminal that redraw themselves
// (Terminal), and in the end as text (WriteText) and as one HTML file that needs nothing else (WriteHTML), either of
// them with an earlier run to compare with (ReadBaseline).
//
// Its promise: it only presents. It measures nothing, opens nothing, has no clock and no goroutine; the same result
// gives the same bytes. Whatever a report contains, the page escapes it, and no plot leaves its frame.
//
// Read figures.go first: what the figures are and what they are held against; text, tiles and comparison follow it.
package report

// Options says how to show a report. The zero value is the report alone, in black and white.
type Options struct {
	Baseline *Baseline // an earlier run to compare with; nil for none
	Color    bool      // whether the text may use ANSI colours
}
