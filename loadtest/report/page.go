package report

import (
	"bytes"
	_ "embed" // the page's template and style
	"fmt"
	"html/template"
	"io"
	"strings"

	"tablee/loadtest/result"
)

//go:embed page.html
var pageTemplate string

//go:embed page.css
var pageStyle string

// page is all that the template shows.
type page struct {
	Style        template.CSS
	Title        string
	Answer, Why  string
	Met          bool
	Others       []string
	Cautions     []string
	Setting      string
	Seating      seating
	Tiles        []tile
	Comparison   *comparison
	Distribution *plot
	Flow, Load   []plot
	LoadIs       string // where the server's figures are from, or why there are none
	Timeline     timeline
	People       people
	Run, Ledger  []fact
	Errors       []string
}

// tile is a key figure.
type tile struct {
	Name, Text, Bound, Note string
	Over, Metered           bool
	Share                   float64 // of the meter, percent
}

// comparison is the run beside an earlier one.
type comparison struct {
	Name, Version, Tally string
	Unlike               []string
	Changes              []change
}

// fact is a name with a value.
type fact struct{ Name, Value string }

// WriteHTML writes the report as one page that needs no other file, no network and no script.
func WriteHTML(w io.Writer, r *result.Report, o Options) error {
	t, err := template.New("page").Funcs(template.FuncMap{"together": together}).Parse(pageTemplate)
	if err != nil {
		return fmt.Errorf("read the page's template: %w", err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, newPage(r, o)); err != nil {
		return fmt.Errorf("make the page: %w", err)
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	return nil
}

// newPage gathers what the page shows.
func newPage(r *result.Report, o Options) page {
	c := newCourse(r.Series, lastMoment(r))
	p := page{Style: template.CSS(pageStyle), Met: r.Quality.Met, Others: others(r), Cautions: cautions(r), Setting: setting(r),
		Seating: newSeating(r), Flow: flow(c, r.Quality.Bar), Load: load(c, r.Server), Timeline: newTimeline(r, c),
		People: newPeople(r), Run: whatWasRun(r), Ledger: ledger(r), Errors: r.Errors}
	p.Answer, p.Why = verdict(r)
	p.Title = fmt.Sprintf("%s %s with %s", p.Answer, r.Scenario, plural(r.Participants, "participant", "participants"))
	p.Tiles = tiles(r)
	if d, ok := distribution(r); ok {
		p.Distribution = &d
	}
	if s := r.Server; s == nil {
		p.LoadIs = "What the server used is not known: it does not run on this machine, and its metrics were not to be had."
	} else {
		p.LoadIs = source(s)
	}
	if b := o.Baseline; b != nil {
		changes := compare(r, b)
		p.Comparison = &comparison{b.Name, b.Report.Version, tally(changes), unlike(r, b), changes}
	}
	return p
}

// lastMoment is the end of all that a report tells of, in seconds.
func lastMoment(r *result.Report) float64 {
	last := r.DurationS
	for _, p := range r.People {
		for _, s := range p.Spans {
			last = max(last, finite(s.ToS))
		}
	}
	return last
}

// tiles are the figures to see first.
func tiles(r *result.Report) []tile {
	var all []tile
	for _, f := range figures(r) {
		if f.tile {
			bound := f.bound
			if f.over && f.less {
				bound = strings.Replace(bound, "limit", "beyond the limit of", 1)
			}
			all = append(all, tile{Name: f.name, Text: f.text, Bound: bound, Note: f.note, Over: f.over,
				Metered: f.share >= 0, Share: round2(100 * max(0, f.share))})
		}
	}
	return all
}

// source says where the figures about the server are from.
func source(s *result.Server) string {
	switch s.Source {
	case result.FromMetrics:
		return "From the server's own metrics."
	case result.FromBoth:
		return "From the server's process on this machine and from its metrics."
	default:
		return "From the server's process on this machine."
	}
}
