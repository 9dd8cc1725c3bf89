package report

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tablee/loadtest/result"
)

// The pages to be looked at: go test -run TestPages -artifacts -outputdir DIR.
func TestPages(t *testing.T) {
	const most = 300_000
	before := sample(15, 300, true)
	before.Version = "0.3.0"
	for name, c := range map[string]struct {
		r *result.Report
		o Options
	}{
		"met":     {sample(15, 300, false), Options{Baseline: &Baseline{"last-week.json", before}}},
		"unmet":   {sample(15, 300, true), Options{}},
		"crowd":   {sample(500, 60, false), Options{}},
		"nothing": {nothing(), Options{}},
	} {
		page := write(t, c.r, c.o)
		if err := os.WriteFile(filepath.Join(t.ArtifactDir(), name+".html"), []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d bytes", name, len(page))
		if len(page) > most {
			t.Errorf("%s: %d bytes", name, len(page))
		}
		for _, bad := range []string{"NaN", "Inf", "<nil>", "ZgotmplZ", "%!", "<script", "http:", "https:", "url("} {
			if strings.Contains(page, bad) {
				t.Errorf("%s contains %q", name, bad)
			}
		}
	}
}

// nothing is the report of a run that measured nothing.
func nothing() *result.Report {
	r := result.New()
	r.Participants = 1
	r.Judge(result.DefaultBar())
	return r
}

func write(t *testing.T, r *result.Report, o Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := WriteHTML(&b, r, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
