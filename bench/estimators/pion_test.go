package main

import (
	"bytes"
	"strings"
	"testing"

	"tablee/sfu/estimate/simulate"
)

// Pion's estimator understands what our simulator sends it: it grows by 8 % a second where nothing is in the way, and
// falls where a fifth is lost. If it did not, the comparison would be worth nothing.
func TestPionUnderstands(t *testing.T) {
	c := simulate.Case{Length: 10_000_000_000, Queue: 300_000_000, Delay: 25_000_000, Start: 300_000,
		Steps: []simulate.Step{{At: 0, Rate: 10_000_000}}}
	r, err := runPion(t, c, 1)
	if err != nil {
		t.Fatal(err)
	}
	if last := r.Rates[len(r.Rates)-1]; last < 450_000 || last > 700_000 {
		t.Errorf("after 10 s of growth by 8 %% a second from 300,000 it is at %d", last)
	}
	c.Loss = 0.2
	if r, err = runPion(t, c, 1); err != nil {
		t.Fatal(err)
	}
	if last := r.Rates[len(r.Rates)-1]; last > 250_000 {
		t.Errorf("after 10 s of 20 %% loss it is at %d", last)
	}
}

func TestTables(t *testing.T) {
	var out bytes.Buffer
	if err := run(t, &out, 1, "constant 300"); err != nil {
		t.Fatal(err)
	}
	if rows := strings.Count(out.String(), "\n"); rows != 3 || !strings.Contains(out.String(), "| constant 300 kbit/s | 0.0 · 0.0 |") {
		t.Errorf("the table is\n%s", out.String())
	}
}
