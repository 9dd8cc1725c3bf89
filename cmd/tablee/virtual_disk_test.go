package main

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"tablee/loadtest"
	"tablee/loadtest/result"
	"tablee/testkit"
)

// Number 35 of the faults: the disk, with the database on it, is full to the last byte while five meet and three send files.
// The meeting does not notice, and one who left comes back in; who sends is told 507; and when there is room again all files end as
// they were sent, with nothing lost that was acknowledged, before the next start and after it.
func TestVirtualDiskFull(t *testing.T) {
	dir := t.TempDir()
	testkit.SmallDisk(t, dir, "40m")
	inTown(t, 0, func(v *town) {
		v.cfg.Data, v.cfg.Files.Floor = filepath.Join(dir, "data"), 0
		stop := v.start()
		client := &http.Client{Transport: &http.Transport{DialContext: v.dial}}
		s := &senders{client: client, sent: make([]atomic.Int64, 1)}
		files := s.drop(t)
		s.send(t, files, 0, 1<<20) // a file from before
		uploads := make([]*resumer, 3)
		for i := range uploads {
			content := make([]byte, 6<<20)
			rand.Read(content)
			uploads[i] = &resumer{name: fmt.Sprint("upload ", i), files: files[len(virtualServer):], content: content, step: 512 << 10, unanswered: new(atomic.Int64), client: client}
		}
		begun := make(chan struct{})
		var all sync.WaitGroup
		for _, c := range uploads {
			all.Go(func() {
				<-begun
				for end := time.Now().Add(5 * time.Minute); c.file == "" && c.lost == "" && time.Now().Before(end); {
					c.once(virtualServer)
				}
			})
		}
		all.Go(func() {
			<-begun
			time.Sleep(5 * time.Second)
			fill(t, dir, 10*time.Second)
		})
		var once sync.Once
		r := v.meet(loadtest.Options{Participants: 5, Duration: 25 * time.Second, Seed: 10, Watch: func(p result.Progress) {
			if p.Phase == result.Meeting {
				once.Do(func() { close(begun) })
			}
		}, Scenario: loadtest.Scenario{Name: "a full disk", JoinEvery: 100 * time.Millisecond, Events: []loadtest.Event{
			{At: 7 * time.Second, Who: 3, Do: loadtest.Leave},
			{At: 11 * time.Second, Who: 3, Do: loadtest.Return},
		}}})
		all.Wait()
		whole(t, r)
		if r.AudioGaps != 0 || r.VoiceLossPercent != 0 {
			t.Errorf("the meeting noticed: %d gaps in voices, %v %% of them lost", r.AudioGaps, r.VoiceLossPercent)
		}
		for _, c := range uploads {
			t.Logf("%s had %d kB when the disk became full, and was told so %d times", c.name, c.had/1000, c.full)
			if c.file == "" || c.lost != "" || c.full == 0 || c.had == 0 {
				t.Errorf("%s: became %q; %s; told %d times that the disk is full", c.name, c.file, c.lost, c.full)
			}
		}
		same := func() {
			for _, c := range uploads {
				if got := v.get(t, client, c.files+"/"+c.file+"/content"); !bytes.Equal(got, c.content) {
					t.Errorf("%s is not as it was sent: %d bytes, the first %d of which are right", c.name, len(got), common(got, c.content))
				}
			}
		}
		same()
		client.CloseIdleConnections()
		stop()
		stop = v.start()
		synctest.Wait() // until it is there
		same()
		client.CloseIdleConnections()
		stop()
	})
}

// common is how many bytes are the same in both, from the beginning.
func common(a, b []byte) int {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}

// fill takes every byte of the disk at dir for a while, and what becomes free meanwhile as well.
func fill(t *testing.T, dir string, long time.Duration) {
	t.Helper()
	name := filepath.Join(dir, "hog")
	hog, err := os.Create(name)
	if err != nil {
		t.Error(err)
		return
	}
	defer os.Remove(name)
	defer hog.Close()
	block := make([]byte, 4096)
	for end := time.Now().Add(long); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		for err = nil; err == nil; {
			_, err = hog.Write(block)
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Error("the disk does not become full:", err)
			return
		}
	}
}

// get reads what lies at a path of the server.
func (v *town) get(t *testing.T, client *http.Client, path string) []byte {
	t.Helper()
	resp, err := client.Get(virtualServer + path)
	check(t, err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	check(t, err)
	if resp.StatusCode != http.StatusOK {
		t.Errorf("%s: %s, %s", path, resp.Status, b)
	}
	return b
}
