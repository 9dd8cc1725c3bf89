package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/iotest"

	"tablee/loadtest/result"
)

func TestBaselinesThatAreNone(t *testing.T) {
	good, err := json.Marshal(sample(2, 5, false))
	if err != nil {
		t.Fatal(err)
	}
	if b, err := ReadBaseline("a.json", bytes.NewReader(good)); err != nil || b.Report.Participants != 2 || b.Name != "a.json" {
		t.Errorf("a report: %v", err)
	}
	with := func(field, value string) string {
		var m map[string]json.RawMessage
		if err := json.Unmarshal(good, &m); err != nil {
			t.Fatal(err)
		}
		m[field] = json.RawMessage(value)
		if value == "" {
			delete(m, field)
		}
		data, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	for _, c := range []struct{ data, say string }{
		{"", "it is not JSON"},
		{"<html>", "it is not JSON"},
		{string(good[:len(good)/2]), "it is not JSON"},
		{"[]", "it has the wrong kind of value (array)"},
		{"null", `the field "version" is missing`},
		{"{}", `the field "version" is missing`},
		{with("participants", ""), `the field "participants" is missing`},
		{with("participants", "0"), "nobody takes part in it"},
		{with("participants", `"two"`), `the field "participants" has the wrong kind of value (string)`},
		{with("participants", "1.5"), `the field "participants" has a value that does not fit (number 1.5)`},
		{with("latency_ms", "7"), `the field "latency_ms" has a value`},
		{with("series", `[{"t_s":"x"}]`), `the field "series.t_s" has the wrong kind`},
	} {
		_, err := ReadBaseline("b.json", strings.NewReader(c.data))
		if !errors.Is(err, ErrBaseline) || !strings.Contains(err.Error(), c.say) || !strings.Contains(err.Error(), "b.json") {
			t.Errorf("%.30s: %v, not %s", c.data, err, c.say)
		}
	}
	if _, err := ReadBaseline("later.json", strings.NewReader(with("tomorrow", "[1]"))); err != nil {
		t.Errorf("a field of a later version: %v", err)
	}
	if _, err := ReadBaseline("big.json", strings.NewReader(strings.Repeat(" ", maxBaseline+1))); !errors.Is(err, ErrBaseline) || !strings.Contains(err.Error(), "larger than 64 MB") {
		t.Errorf("too large: %v", err)
	}
	broken := errors.New("broken")
	if _, err := ReadBaseline("x.json", iotest.ErrReader(broken)); !errors.Is(err, broken) || errors.Is(err, ErrBaseline) {
		t.Errorf("a broken disk: %v", err)
	}
}

func TestChanges(t *testing.T) {
	less, more := figure{known: true, less: true, grain: 0.5}, figure{known: true, grain: 0.5}
	for _, c := range []struct {
		f           figure
		now, then   float64
		ratio, said string
	}{
		{less, 50, 100, "× 0.50", "↓ better"},
		{less, 100, 50, "× 2.00", "↑ worse"},
		{more, 100, 50, "× 2.00", "↑ better"},
		{more, 50, 100, "× 0.50", "↓ worse"},
		{less, 104, 100, "× 1.04", "→ same"},
		{less, 100, 104, "× 0.96", "→ same"},
		{less, 0.6, 0.2, "× 3.00", "→ same"}, // within the grain
		{less, 0, 0, "–", "→ same"},
		{less, 3, 0, "–", "↑ worse"},
		{less, 0, 3, "× 0", "↓ better"},
		{less, 5000, 1, "× over 1000", "↑ worse"},
	} {
		now, then := c.f, c.f
		now.value, then.value = c.now, c.then
		if got := changed(now, then); got.Ratio != c.ratio || got.Arrow+" "+got.Word != c.said {
			t.Errorf("%v after %v: %s %s %s", c.now, c.then, got.Ratio, got.Arrow, got.Word)
		}
	}
}

func TestUnlikeRuns(t *testing.T) {
	a, b := sample(5, 20, false), sample(5, 20, false)
	if said := unlike(a, &Baseline{Report: b}); len(said) != 0 {
		t.Errorf("the same runs: %q", said)
	}
	b.Scenario, b.Participants, b.Server.CPUs, b.Networks = "voice", 3, 8, map[string]int{"lan": 3}
	said := strings.Join(unlike(a, &Baseline{Report: b}), " ")
	for _, want := range []string{"scenario was voice then, and is meeting now", "participants was 3", "lan × 3 then", "cores was 8"} {
		if !strings.Contains(said, want) {
			t.Errorf("no %q in %q", want, said)
		}
	}
	b.Server, b.LatencyMS = nil, nil
	for _, c := range compare(a, &Baseline{Report: b}) {
		if strings.HasPrefix(c.Name, "Server") || strings.HasPrefix(c.Name, "Latency") {
			t.Errorf("%s is compared with nothing", c.Name)
		}
	}
}

// What is read can be shown, and an error says that it is about the baseline.
func FuzzBaseline(f *testing.F) {
	for _, r := range []*result.Report{sample(2, 3, true), nothing()} {
		data, err := json.Marshal(r)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(`{"version":"","scenario":"","participants":1,"joined":0,"duration_s":1e308,"packets_received":0,"loss_percent":-1e308,"latency_ms":null,"errors":null,"series":[{"t_s":1e308}],"latency_histogram":[[1e308,1e308],[1e308,1e308]],"people":[{"index":-7,"spans":[{"from_s":-1e308,"to_s":1e308,"what":"in"}]}]}`))
	f.Add([]byte(`{"version":1}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := ReadBaseline("f.json", bytes.NewReader(data))
		if err != nil {
			if !errors.Is(err, ErrBaseline) {
				t.Error(err)
			}
			return
		}
		page := write(t, b.Report, Options{Baseline: b})
		for _, bad := range []string{"<script", "ZgotmplZ"} {
			if strings.Contains(page, bad) {
				t.Errorf("the page holds %q", bad)
			}
		}
		p := newPage(b.Report, Options{})
		for _, plot := range append(p.Flow, p.Load...) {
			inside(t, plot)
		}
		if err := WriteText(&strings.Builder{}, b.Report, Options{Baseline: b}); err != nil {
			t.Error(err)
		}
	})
}
