package loadtest

import (
	"context"
	"strings"
	"testing"
	"time"

	"tablee/loadtest/impair"
	"tablee/loadtest/result"
)

// A server that forwards nothing breaks the bar at once, twice.
func TestCapacityOfNothing(t *testing.T) {
	virtually(t, func(t *testing.T, s *stub) {
		var told []int
		s.with(64, func(o Options) {
			c, err := FindCapacity(context.Background(), CapacityOptions{
				Options: o, Stepped: func(x result.Step) { told = append(told, x.Participants) },
			})
			if err != nil {
				t.Fatal(err)
			}
			if c.Carries != 0 || c.Breaks != 2 || len(c.Steps) != 2 || len(told) != 2 || c.First != result.FirstUnknown {
				t.Errorf("told of %v, found %+v", told, c)
			}
			if !strings.Contains(c.Sentence, "does not carry the scenario meeting; with 2, what gives first is not known: ") {
				t.Error(c.Sentence)
			}
		})
	})
}

// Where nothing is expected nothing breaks: the seats of the room are what gives first.
func TestCapacityOfARoom(t *testing.T) {
	virtually(t, func(t *testing.T, s *stub) {
		s.tells = `{"room":{"name":"test","title":"test"},"max":8,"seated":[{"name":"Zoé","seat":0}]}`
		s.with(64, func(o Options) {
			o.Bar = result.Bar{LatencyP99MS: 1, SilentTracks: 1000}
			sizes := []int{}
			c, err := FindCapacity(context.Background(), CapacityOptions{
				Options: o, Mix: func(n int) ([]impair.Profile, error) { sizes = append(sizes, n); return nil, nil },
			})
			if err != nil {
				t.Fatal(err)
			}
			if c.Carries != 7 || c.Breaks != 0 || c.First != result.FirstRoom || len(c.Steps) != 3 || len(sizes) != 3 {
				t.Errorf("with %v: %+v", sizes, c)
			}
			if !strings.Contains(c.Sentence, "carries 7 participants of the scenario meeting, which is all that its room seats") {
				t.Error(c.Sentence)
			}
		})
	})
}

// The search ends in time, and with its context.
func TestCapacityIsBoundedInTime(t *testing.T) {
	virtually(t, func(t *testing.T, s *stub) {
		s.with(64, func(o Options) {
			o.Bar, o.Duration = result.Bar{LatencyP99MS: 1, SilentTracks: 100_000}, 10*time.Second
			begin := time.Now()
			c, err := FindCapacity(context.Background(), CapacityOptions{Options: o, Within: 40 * time.Second})
			if err != nil || !c.Ended || c.Carries < 5 || time.Since(begin) > 45*time.Second {
				t.Errorf("after %v: %+v, %v", time.Since(begin), c, err)
			}
			ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
			defer cancel()
			c, err = FindCapacity(ctx, CapacityOptions{Options: o})
			if err != nil || !c.Ended || c.Carries != 2 || !strings.Contains(c.Sentence, "at least; the search ended early") {
				t.Errorf("%+v, %v", c, err)
			}
		})
	})
}

func TestWhatGivesFirst(t *testing.T) {
	server := func(cpu float64, rss uint64) *result.Server {
		return &result.Server{Source: result.FromBoth, CPUs: 2, CPUPercent: cpu, RSSMaxBytes: rss, MemoryLimit: 1000 << 20}
	}
	client := func(cpu float64) *result.Client { return &result.Client{CPUs: 2, CPUPercent: cpu} }
	for _, c := range []struct {
		name   string
		report Report
		word   string
		say    string
	}{
		{"the server's CPU", Report{Server: server(190, 0), Client: client(20)}, result.FirstCPU, "used 190 % of 200 %"},
		{"the shared CPU", Report{Server: server(100, 0), Client: client(90)}, result.FirstCPU, "90 % by the load test"},
		{"a machine that does more", Report{Server: server(80, 0), Client: &result.Client{CPUs: 2, CPUPercent: 40, MachinePercent: 180}},
			result.FirstCPU, "180 % of 200 % were in use, 80 % by the server"},
		{"memory", Report{Server: server(50, 950<<20)}, result.FirstMemory, "950 MB of 1000 MB"},
		{"CPU before memory", Report{Server: server(190, 950<<20)}, result.FirstCPU, "the CPU gives first"},
		{"the line", Report{Server: server(50, 0), LossBeforePercent: 3}, result.FirstLine, "3.00 % of the packets"},
		{"the line to a server elsewhere", Report{Client: client(20), LossBeforePercent: 3}, result.FirstLine, ""},
		{"the tester", Report{Client: client(190), LossBeforePercent: 3}, result.FirstTester, "may carry more"},
		{"nobody knows", Report{Server: server(50, 0), Client: client(20), LossBeforePercent: 0.5}, result.FirstUnknown, "not known"},
		{"nothing is known", Report{}, result.FirstUnknown, ""},
	} {
		if word, why := givesFirst(&c.report); word != c.word || !strings.Contains(why, c.say) {
			t.Errorf("%s: %s, %s", c.name, word, why)
		}
	}
}
