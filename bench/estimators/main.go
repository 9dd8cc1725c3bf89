package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"testing/synctest"

	"tablee/sfu/estimate/simulate"
)

func main() {
	testing.Init()
	seeds := flag.Int("seeds", 5, "runs of each case, of which the mean is shown")
	only := flag.String("case", "", "run only cases whose name contains this")
	flag.Parse()
	out := os.Stdout
	os.Stdout = os.Stderr // for what package testing says
	tables := func(t *testing.T) {
		if err := run(t, out, *seeds, *only); err != nil {
			t.Fatal(err)
		}
	}
	// synctest runs only within a test, so that is what this command is.
	all := func(_, _ string) (bool, error) { return true, nil }
	testing.Main(all, []testing.InternalTest{{Name: "estimators", F: tables}}, nil, nil)
}

// pair is a case's mean results.
type pair struct {
	c          simulate.Case
	ours, pion simulate.Result
}

func run(t *testing.T, out io.Writer, seeds int, only string) error {
	var all []pair
	for _, c := range simulate.Cases() {
		if !strings.Contains(c.Name, only) {
			continue
		}
		var ours, theirs []simulate.Result
		for seed := range seeds {
			ours = append(ours, simulate.Run(c, uint64(seed), simulate.NewOurs(c.Start)))
			r, err := runPion(t, c, uint64(seed))
			if err != nil {
				return fmt.Errorf("run Pion's estimator over %q: %w", c.Name, err)
			}
			theirs = append(theirs, r)
		}
		all = append(all, pair{c, simulate.Mean(ours), simulate.Mean(theirs)})
	}
	printTables(out, all)
	return nil
}

// runPion runs one case in a bubble of virtual time.
func runPion(t *testing.T, c simulate.Case, seed uint64) (r simulate.Result, err error) {
	synctest.Test(t, func(*testing.T) {
		var p *pion
		if p, err = newPion(c.Start); err != nil {
			return
		}
		r = simulate.Run(c, seed, p)
		if err = p.bwe.Close(); err == nil {
			err = p.err
		}
	})
	return r, err
}

func printTables(out io.Writer, all []pair) {
	fmt.Fprintln(out, "| line | found after, s | used | queue mean, ms | queue p95, ms | dropped by the queue | swing | padding |")
	fmt.Fprintln(out, "| --- | --- | --- | --- | --- | --- | --- | --- |")
	for _, p := range all {
		o, q := p.ours, p.pion
		fmt.Fprintf(out, "| %s | %s | %s | %d · %d | %d · %d | %s | %s | %.1f %% |\n", p.c.Name,
			fmt.Sprintf("%s · %s", found(o), found(q)), percents(o.Used, q.Used), o.QueueMean/1e6, q.QueueMean/1e6,
			o.Queue95/1e6, q.Queue95/1e6, percents(o.Lost, q.Lost), percents(o.Swing, q.Swing), o.Padding*100)
	}
	for _, p := range all {
		if p.c.Rival[1] > 0 {
			fmt.Fprintf(out, "\nBeside a download (%s) we had %s of what passed.\n", p.c.Name, percents(p.ours.Share, p.pion.Share))
		}
	}
}

// found is never when it took as long as there was.
func found(r simulate.Result) string {
	if r.Never {
		return "never"
	}
	return fmt.Sprintf("%.1f", float64(r.Found)/1e9)
}

func percents(a, b float64) string { return fmt.Sprintf("%.1f %% · %.1f %%", a*100, b*100) }
