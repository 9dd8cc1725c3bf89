package estimate_test

import (
	"testing"

	"tablee/sfu/estimate/simulate"
)

// together runs several of ours over a line of 8 Mbit/s and returns what of the line is used, the smallest part that one
// has of it in the last half minute, the queue's 95th percentile and how many compete at the end.
func together(c simulate.Case, seed uint64, count int) (used, least float64, queue int64, competing int) {
	c.Queue, c.Delay, c.Start = 300*millisecond, 25*millisecond, 300_000
	c.Steps = []simulate.Step{{At: 0, Rate: 8_000_000}}
	var senders []simulate.Sender
	for range count {
		senders = append(senders, simulate.NewOurs(c.Start))
	}
	least = 1
	for i, r := range simulate.Together(c, seed, second, senders...) {
		late, mean := r.Rates[len(r.Rates)-300:], 0.0
		for _, rate := range late {
			mean += float64(rate) / float64(len(late)) / 8_000_000
		}
		used, least, queue = used+r.Used, min(least, mean), max(queue, r.Queue95/millisecond)
		if senders[i].(simulate.Ours).Estimate().Competing {
			competing++
		}
	}
	return used, least, queue, competing
}

// Several connections that share one line, people of one household or all receivers behind the host's uplink, share it
// fairly and without a standing queue.
func TestSeveralShareALine(t *testing.T) {
	for _, count := range []int{2, 4, 14} {
		for seed := range uint64(2) {
			used, least, queue, competing := together(simulate.Case{Length: 60 * second}, seed, count)
			t.Logf("%d, seed %d: %.2f of the line is used, the least has %.3f, queue p95 %d ms", count, seed, used, least, queue)
			if used < 0.85 || least < 0.3/float64(count) || queue > 150 || competing > 0 {
				t.Errorf("that is not enough, unfair or too slow; %d compete", competing)
			}
		}
	}
}

// A download that ends does not leave several of us competing with each other.
func TestSeveralStopCompeting(t *testing.T) {
	for seed := range uint64(4) {
		c := simulate.Case{Length: 70 * second, Rival: [2]int64{10 * second, 40 * second}}
		used, least, _, competing := together(c, seed, 4)
		t.Logf("seed %d: %.2f used, the least has %.3f, %d compete", seed, used, least, competing)
		if competing > 0 || least < 0.3/4 {
			t.Errorf("half a minute after the download %d compete; the least has %.3f of the line", competing, least)
		}
	}
}
