package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/rand"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tablee/loadtest"
	"tablee/loadtest/result"
)

// Fifteen people send a file each while fifteen meet: nobody hears of it, all files go on together at the rate of
// files.meeting_rate and none waits for another's, and when the meeting ends the rest comes at once and whole. What the same
// costs on real lines and processors is for scripts/proof-uploads.mjs.
func TestVirtualUploadsDuringAMeeting(t *testing.T) {
	const people, size, meeting = 15, 2 << 20, 20 * time.Second
	inTown(t, 0, func(v *town) {
		stop := v.start()
		rate := int(v.cfg.Files.Rate) // bytes a second
		if total := people * size; total < rate*int(meeting.Seconds())*5/4 {
			t.Fatalf("%d bytes are sent before the meeting ends at %d a second", total, rate)
		}
		client := &http.Client{Transport: &http.Transport{DialContext: v.dial, MaxIdleConnsPerHost: people}}
		s := &senders{client: client, sent: make([]atomic.Int64, people)}
		files := s.drop(t)
		begun := make(chan struct{})
		var all sync.WaitGroup
		for i := range people {
			all.Go(func() {
				<-begun
				s.send(t, files, i, size)
			})
		}
		var began time.Time
		r := v.meet(loadtest.Options{Participants: people, Duration: meeting, Seed: 9, Watch: func(p result.Progress) {
			if p.Phase == result.Meeting && began.IsZero() {
				began = time.Now()
				close(begun)
			}
		}})
		met := time.Since(began)
		total, fewest, most := 0, size, 0
		for i := range s.sent {
			n := int(s.sent[i].Load())
			total, fewest, most = total+n, min(fewest, n), max(most, n)
		}
		t.Logf("in %v the files took %d kbit/s of %d, each %d to %d kB", met, total*8/int(met.Milliseconds()), rate*8/1000, fewest/1000, most/1000)
		whole(t, r)
		if r.AudioGaps != 0 || r.VoiceLossPercent != 0 || r.FrozenSeconds != 0 {
			t.Errorf("the meeting noticed: %d gaps in voices, %v %% of them lost, pictures frozen for %v s", r.AudioGaps, r.VoiceLossPercent, r.FrozenSeconds)
		}
		allowed := rate * int(met+2*time.Second) / int(time.Second) // two seconds are saved up
		if slack := people * 128 << 10; total > allowed+slack || total < allowed-slack-2*rate {
			t.Errorf("%d bytes came, want about %d", total, allowed)
		}
		if share := total / people; fewest < share/2 || most > share*2 {
			t.Errorf("one sent %d bytes and another %d of %d each", fewest, most, share)
		}
		ended := time.Now()
		all.Wait()
		if late := time.Since(ended); late > 10*time.Second {
			t.Errorf("after the meeting the files took another %v", late)
		}
		s.check(t, files, size)
		client.CloseIdleConnections()
		stop()
	})
}

// senders are people who each send a file by tus.
type senders struct {
	client *http.Client
	sent   []atomic.Int64 // bytes of each that have gone out
}

const virtualServer = "http://1.2.9.9"

// drop makes a drop, and answers the address of its files.
func (s *senders) drop(t *testing.T) string {
	t.Helper()
	resp, err := s.client.Post(virtualServer+"/api/v1/drops", "application/json", strings.NewReader(`{"title":"uploads"}`))
	check(t, err)
	defer resp.Body.Close()
	var made struct{ Manage string }
	check(t, json.NewDecoder(resp.Body).Decode(&made))
	return virtualServer + "/api/v1/drops/" + made.Manage + "/files"
}

// contentOf is the file of one of them.
func contentOf(i, size int) []byte {
	b := make([]byte, size)
	rand.New(rand.NewSource(int64(i))).Read(b)
	return b
}

// send sends the file of one of them, in one request.
func (s *senders) send(t *testing.T, files string, i, size int) {
	body := &counted{Reader: bytes.NewReader(contentOf(i, size)), n: &s.sent[i]}
	r, err := http.NewRequest(http.MethodPost, files+"/tus", body)
	if err != nil {
		t.Error(err)
		return
	}
	r.ContentLength = int64(size)
	for name, value := range map[string]string{"Tus-Resumable": "1.0.0", "Upload-Length": fmt.Sprint(size), "Content-Type": "application/offset+octet-stream",
		"Upload-Metadata": "filename " + base64.StdEncoding.EncodeToString([]byte(fmt.Sprint(i)))} {
		r.Header.Set(name, value)
	}
	resp, err := s.client.Do(r)
	if err != nil {
		t.Error(err)
		return
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusCreated || resp.Header.Get("Upload-Offset") != fmt.Sprint(size) || resp.Header.Get("Tablee-File") == "" {
		t.Errorf("upload %d: %s, %v", i, resp.Status, resp.Header)
	}
}

// check fails the test unless all files are there as they were sent.
func (s *senders) check(t *testing.T, files string, size int) {
	t.Helper()
	get := func(url string) []byte {
		resp, err := s.client.Get(url)
		check(t, err)
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		check(t, err)
		return b
	}
	var list struct {
		Entries []struct{ ID, Name string }
	}
	check(t, json.Unmarshal(get(files), &list))
	if len(list.Entries) != len(s.sent) {
		t.Errorf("%d files are there, want %d", len(list.Entries), len(s.sent))
	}
	for _, e := range list.Entries {
		var i int
		if _, err := fmt.Sscan(e.Name, &i); err != nil || !bytes.Equal(get(files+"/"+e.ID+"/content"), contentOf(i, size)) {
			t.Errorf("file %q is not as it was sent", e.Name)
		}
	}
}

// counted counts what is read of it.
type counted struct {
	io.Reader
	n *atomic.Int64
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	c.n.Add(int64(n))
	return n, err
}
