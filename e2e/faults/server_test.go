package faults

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"tablee/loadtest"
	"tablee/loadtest/result"
)

// patience is how long anything is waited for. It is not a time that is promised.
const patience = 20 * time.Second

// look is how often a figure is looked at that is waited for.
const look = 20 * time.Millisecond

// server is the program, running.
type server struct {
	url string
	cmd *exec.Cmd
}

// startServer builds the program and starts it on ports of its own.
func startServer(t *testing.T) *server {
	t.Helper()
	dir := t.TempDir()
	program := filepath.Join(dir, "tablee")
	build := exec.Command("go", "build", "-o", program, "tablee/cmd/tablee")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the server: %v\n%s", err, out)
	}
	s := &server{cmd: exec.Command(program, "serve", "--data", filepath.Join(dir, "data"), "--listen", "127.0.0.1:0", "--media-port", "0")}
	said, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	s.cmd.Stderr = os.Stderr
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Errorf("stop the server: %v", err)
		}
		if err := s.cmd.Wait(); err != nil {
			t.Errorf("the server ended badly: %v", err)
		}
	})
	where := regexp.MustCompile(`http://127\.0\.0\.1:\d+`)
	lines := bufio.NewScanner(said)
	for s.url == "" && lines.Scan() {
		s.url = where.FindString(lines.Text())
	}
	if s.url == "" {
		t.Fatal("the server does not say where it is")
	}
	go func() { _, _ = io.Copy(io.Discard, said) }() // it ends with the process
	return s
}

// figures are those of /metrics, by name with labels.
type figures map[string]float64

func (s *server) figures(t *testing.T) figures {
	t.Helper()
	resp, err := http.Get(s.url + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	all := figures{}
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
		name, value, ok := strings.Cut(lines.Text(), " ")
		if v, err := strconv.ParseFloat(value, 64); ok && err == nil {
			all[name] = v
		}
	}
	return all
}

// dropped names the figure of a reason for which packets are dropped.
func dropped(reason string) string {
	return fmt.Sprintf("tablee_media_packets_dropped_total{reason=%q}", reason)
}

// rises waits until a figure is above what it was by some amount.
func (s *server) rises(t *testing.T, name string, was figures, by float64) {
	t.Helper()
	if _, ok := was[name]; !ok {
		t.Errorf("the server does not count %s", name)
		return
	}
	deadline := time.Now().Add(patience)
	for {
		now := s.figures(t)[name]
		if now >= was[name]+by {
			return
		}
		if time.Now().After(deadline) {
			t.Errorf("%s rose by %v, not by %v", name, now-was[name], by)
			return
		}
		wait(t)
	}
}

// wait lets a little time pass before a figure is looked at again.
func wait(t *testing.T) {
	t.Helper()
	select {
	case <-time.After(look):
	case <-t.Context().Done():
		t.Fatal("the test ended")
	}
}

// mostFrozen is for how long pictures may stand still, in seconds over all of them: none do, but that the machine which all
// of this runs on is busy with other tests must not count.
const mostFrozen = 2

// bystanders are the two others of the meeting: everything they send each other is judged in the end.
type bystanders struct {
	stop context.CancelFunc
	done chan struct{}
	r    *result.Report
	err  error
}

// meet lets them meet, and returns when they do.
func meet(t *testing.T, url string) *bystanders {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	b := &bystanders{stop: stop, done: make(chan struct{})}
	t.Cleanup(func() { stop(); <-b.done })
	in := make(chan struct{}, 1)
	go func() {
		defer close(b.done)
		b.r, b.err = loadtest.Run(ctx, loadtest.Options{
			URL: url, Participants: 2, Duration: time.Hour, Seed: 1,
			Scenario: loadtest.Scenario{Name: "bystanders", Screens: true}, // for a second slot, in which to see who misbehaves
			Watch: func(p result.Progress) {
				if p.Phase == result.Meeting && p.Last.PacketsS > 0 {
					select {
					case in <- struct{}{}:
					default:
					}
				}
			},
		})
	}()
	select {
	case <-in:
	case <-b.done:
		t.Fatalf("the bystanders cannot meet: %v", b.err)
	case <-time.After(patience):
		t.Fatal("the bystanders do not meet")
	}
	return b
}

// judge ends their meeting and says what they suffered.
func (b *bystanders) judge(t *testing.T) {
	t.Helper()
	b.stop()
	<-b.done
	if b.err != nil && !errors.Is(b.err, context.Canceled) {
		t.Fatalf("the bystanders' meeting: %v", b.err)
	}
	r := b.r
	t.Logf("the bystanders met for %.1f s: %d packets, %d pictures, latency %+v", r.DurationS, r.PacketsReceived, r.FramesDecodable, r.LatencyMS)
	if r.Joined != 2 || r.TracksSilent != 0 || r.TracksExpected < 2 || len(r.Errors) != 0 || r.Reconnects != 0 {
		t.Errorf("%d of 2 in, %d of %d tracks silent, %d times back, errors %q", r.Joined, r.TracksSilent, r.TracksExpected, r.Reconnects, r.Errors)
	}
	if r.Violations.Total() != 0 {
		t.Errorf("a slot of a bystander broke its promise: %+v", r.Violations)
	}
	if r.PacketsReceived != r.PacketsExpected || r.SpurtsUnheard != 0 || r.FrozenSeconds > mostFrozen {
		t.Errorf("of %d packets %d came; %d spurts of speech were not heard; pictures stood still for %v s", r.PacketsExpected,
			r.PacketsReceived, r.SpurtsUnheard, r.FrozenSeconds)
	}
}
