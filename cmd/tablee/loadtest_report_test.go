package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tablee/cmd/tablee/cli"
	"tablee/loadtest"
	"tablee/loadtest/report"
	"tablee/loadtest/result"
)

func TestReportIsWritten(t *testing.T) {
	r := result.New()
	r.Participants, r.Joined, r.TracksExpected, r.TracksSilent = 15, 14, 420, 2
	r.Judge(result.DefaultBar())
	var out bytes.Buffer
	dir := t.TempDir()
	w := world{out: &out, dir: dir}
	o, err := reportOutputs(cli.Args{Options: map[string]string{"json": "report.json", "html": "page.html"}}, w)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.write(r, w); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{"report.json": `"tracks_silent": 2`, "page.html": "does not carry this meeting"} {
		if data, err := os.ReadFile(filepath.Join(dir, file)); err != nil || !strings.Contains(string(data), want) {
			t.Errorf("%s is %.200q, %v", file, data, err)
		}
	}
	if !strings.Contains(out.String(), "14 of 15 participants joined") || strings.Contains(out.String(), "\x1b") {
		t.Errorf("said is %q", &out)
	}
	o, err = reportOutputs(cli.Args{Options: map[string]string{"json": "-", "baseline": "report.json"}}, w)
	if err != nil || o.baseline.Name != "report.json" || o.baseline.Report.Joined != 14 {
		t.Fatalf("the baseline is %+v, %v", o.baseline, err)
	}
	out.Reset()
	if err := o.write(r, w); err != nil || !strings.HasPrefix(out.String(), "{\n") || strings.Contains(out.String(), "Compared") {
		t.Errorf("on standard output it is %q, %v", &out, err)
	}
	out.Reset()
	o.json = ""
	if err := o.write(r, w); err != nil || !strings.Contains(out.String(), "Compared with report.json") {
		t.Errorf("with a baseline it is %q, %v", &out, err)
	}
	for _, o := range []outputs{{json: dir}, {html: dir}} { // a folder is no file
		if err := o.write(r, w); err == nil {
			t.Errorf("%+v: a report that cannot be written is no error", o)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "other.json"), []byte(`{"a":1}`), 0o644); err != nil {
		t.Fatal(err)
	}
	if status, _, said := try(t, "loadtest", "--baseline", filepath.Join(dir, "other.json"), "http://x/r/y"); status != exitUsage ||
		!strings.Contains(said, report.ErrBaseline.Error()) {
		t.Errorf("another file as baseline: %d, %s", status, said)
	}
}

func TestOnlyTerminalsSeeTheLiveView(t *testing.T) {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0) // a character device, and no terminal
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = null.Close() })
	for _, w := range []world{{err: &bytes.Buffer{}}, {err: null}} {
		if liveView(loadtest.Options{}, w) != nil || colorful(w.err, w) {
			t.Errorf("%T is taken for a terminal", w.err)
		}
	}
}

func TestLocales(t *testing.T) {
	for _, c := range []struct {
		env  string
		want bool
	}{
		{"", false}, {"LANG=C", false}, {"LANG=fr_FR.UTF-8", true}, {"LANG=C.utf8", true}, {"LANG=fr_FR.UTF-8 LC_ALL=C", false},
		{"LC_CTYPE=C.UTF-8 LANG=C", true}, {"LANG=fr_FR.UTF-8 TERM=linux", false}, {"LANG=fr_FR.UTF-8 LC_ALL=", true},
	} {
		if got := speaksUTF8(world{env: strings.Fields(c.env)}); got != c.want {
			t.Errorf("%q: %v", c.env, got)
		}
	}
}
