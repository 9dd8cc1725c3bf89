package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDashboardNamesWhatThereIs: each query of the Grafana dashboard asks for figures that a server tells, by labels that
// they have.
func TestDashboardNamesWhatThereIs(t *testing.T) {
	_, text := fetch(t, startLocal(t), "/metrics")
	content, err := os.ReadFile(filepath.Join("..", "..", "docs", "grafana.json"))
	if err != nil {
		t.Fatal(err)
	}
	var board struct {
		Panels []struct {
			Type, Title string
			Targets     []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(content, &board); err != nil {
		t.Fatal(err)
	}
	figure, by := regexp.MustCompile(`\b(?:tablee|go|process)_\w+`), regexp.MustCompile(`by \((\w+)\) \(rate\((\w+)`)
	queries := 0
	for _, p := range board.Panels {
		if p.Type != "row" && len(p.Targets) == 0 {
			t.Errorf("the panel %q asks for nothing", p.Title)
		}
		for _, q := range p.Targets {
			queries++
			names := figure.FindAllString(q.Expr, -1)
			if len(names) == 0 {
				t.Errorf("%q names no figure: %s", p.Title, q.Expr)
			}
			for _, name := range names {
				if !strings.Contains(text, "\n# TYPE "+name+" ") {
					t.Errorf("%q asks for %s, which is not told", p.Title, name)
				}
			}
			for _, m := range by.FindAllStringSubmatch(q.Expr, -1) {
				if !strings.Contains(text, "\n"+m[2]+"{"+m[1]+"=") {
					t.Errorf("%q sorts %s by %s, which it has not", p.Title, m[2], m[1])
				}
			}
		}
	}
	if queries < 30 {
		t.Errorf("only %d queries were read", queries)
	}
}
