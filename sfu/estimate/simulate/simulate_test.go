package simulate

import (
	"os"
	"testing"
)

func TestTable(t *testing.T) {
	for _, c := range Cases() {
		r := Run(c, 1, NewOurs(c.Start))
		t.Logf("%-55s found %6.2fs used %5.1f%% queue %4d/%4d ms lost %5.2f%% swing %4.1f%% share %4.1f%%", c.Name, float64(r.Found)/1e9, r.Used*100, r.QueueMean/1e6, r.Queue95/1e6, r.Lost*100, r.Swing*100, r.Share*100)
		if os.Getenv("V") != "" && os.Getenv("V") == c.Name {
			for i, v := range r.Rates {
				t.Log(i, v)
			}
		}
	}
}
