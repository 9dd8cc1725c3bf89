package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/term"

	"tablee/cmd/tablee/cli"
	"tablee/loadtest"
	"tablee/loadtest/report"
	"tablee/loadtest/result"
)

// outputs is where a load test's report goes, besides the summary, and what it is compared with.
type outputs struct {
	json, html string
	baseline   *report.Baseline
}

// reportOutputs reads the command line. What would fail after a long run, it refuses before: a baseline that is none,
// and a folder that is not there.
func reportOutputs(parsed cli.Args, w world) (outputs, error) {
	o := outputs{json: parsed.Options["json"], html: within(w, parsed.Options["html"])}
	if o.json != "-" {
		o.json = within(w, o.json)
	}
	for _, f := range []struct{ option, file string }{{"json", o.json}, {"html", o.html}} {
		if info, err := os.Stat(filepath.Dir(f.file)); f.file != "" && f.file != "-" && (err != nil || !info.IsDir()) {
			return outputs{}, &cli.UsageError{Message: fmt.Sprintf("--%s is %.200q; there is no such folder", f.option, parsed.Options[f.option])}
		}
	}
	if name := parsed.Options["baseline"]; name != "" {
		f, err := os.Open(within(w, name))
		if err != nil {
			return outputs{}, fmt.Errorf("read the baseline: %w", err)
		}
		defer func() { _ = f.Close() }() // it was only read
		if o.baseline, err = report.ReadBaseline(filepath.Base(name), f); err != nil {
			return outputs{}, err
		}
	}
	return o, nil
}

// within makes a file's name one below the working directory of the world.
func within(w world, file string) string {
	if file == "" || filepath.IsAbs(file) {
		return file
	}
	return filepath.Join(w.dir, file)
}

// write writes the report where it is wanted. The summary for people goes to standard output, unless the JSON does.
func (o outputs) write(r *result.Report, w world) error {
	show := report.Options{Baseline: o.baseline, Color: colorful(w.out, w)}
	if o.html != "" {
		var page bytes.Buffer
		if err := report.WriteHTML(&page, r, show); err != nil {
			return err
		}
		if err := os.WriteFile(o.html, page.Bytes(), 0o644); err != nil {
			return fmt.Errorf("write the page: %w", err)
		}
	}
	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	data = append(data, '\n')
	if o.json == "-" {
		_, err := w.out.Write(data)
		return err
	}
	if o.json != "" {
		if err := os.WriteFile(o.json, data, 0o644); err != nil {
			return fmt.Errorf("write the report: %w", err)
		}
	}
	return report.WriteText(w.out, r, show)
}

// liveView is the view of a run on the standard error of a person's terminal, nil when nobody looks on.
func liveView(o loadtest.Options, w world) *report.Terminal {
	f, ok := w.err.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) || variable(w, "TERM") == "dumb" {
		return nil
	}
	bar := o.Bar
	if bar == (result.Bar{}) {
		bar = result.DefaultBar()
	}
	size := func() (columns, rows int) {
		columns, rows, err := term.GetSize(int(f.Fd()))
		if err != nil {
			return 0, 0
		}
		return columns, rows
	}
	return report.NewTerminal(f, report.TerminalOptions{Size: size, Bar: bar, Color: colorful(w.err, w), ASCII: !speaksUTF8(w)})
}

// colorful says if a writer is a terminal that wants colours (https://no-color.org).
func colorful(to io.Writer, w world) bool {
	f, ok := to.(*os.File)
	return ok && term.IsTerminal(int(f.Fd())) && variable(w, "NO_COLOR") == "" && variable(w, "TERM") != "dumb"
}

// speaksUTF8 says if the locale does, and the terminal is not the console, whose font lacks most of it.
func speaksUTF8(w world) bool {
	if variable(w, "TERM") == "linux" {
		return false
	}
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} { // the first that is set counts
		if v := strings.ToUpper(variable(w, name)); v != "" {
			return strings.Contains(v, "UTF-8") || strings.Contains(v, "UTF8")
		}
	}
	return false
}

// variable is an environment variable of the world, "" when it is not set.
func variable(w world, name string) string {
	for _, v := range w.env {
		if value, ok := strings.CutPrefix(v, name+"="); ok {
			return value
		}
	}
	return ""
}
