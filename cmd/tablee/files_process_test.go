package main

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// kills is how often the server is killed in mid-upload; TABLEE_KILLS says otherwise.
const kills = 6

// TestFilesSurviveKills is number 36 of the faults for files: the server is killed again and again while files come in.
// An offset that was acknowledged is never taken back, what is finished stays whole, and nothing is left over.
func TestFilesSurviveKills(t *testing.T) {
	rounds := kills
	if n, err := strconv.Atoi(os.Getenv("TABLEE_KILLS")); err == nil {
		rounds = n
	}
	bin, data := buildTablee(t), filepath.Join(t.TempDir(), "data")
	p := startServer(t, data, bin)
	status, body := p.ask(t, "POST", "/api/v1/drops", `{"title":"kills"}`)
	if status != http.StatusCreated {
		t.Fatal(status, body)
	}
	var drop struct{ Manage string }
	if err := json.Unmarshal([]byte(body), &drop); err != nil {
		t.Fatal(err)
	}
	files := "/api/v1/drops/" + drop.Manage + "/files"
	var unanswered atomic.Int64 // uploads that may have been begun without their clients hearing of it: they stay until they expire
	clients := make([]*resumer, 4)
	for i := range clients {
		content := make([]byte, 3<<20)
		rand.Read(content)
		clients[i] = &resumer{name: fmt.Sprintf("file-%d", i), files: files, content: content, step: 64 << 10 << (2 * i), unanswered: &unanswered}
	}
	finished := map[string][]byte{}
	for round := range rounds {
		var wait sync.WaitGroup
		for _, c := range clients {
			wait.Go(func() { c.run(p.url) })
		}
		time.Sleep(time.Duration(20+mathrand.IntN(180)) * time.Millisecond) // any moment will do
		if err := p.end(t, syscall.SIGKILL); err == nil {
			t.Fatal("a killed server ends well")
		}
		wait.Wait()
		p = startServer(t, data, bin)
		for i, c := range clients {
			if c.lost != "" {
				t.Fatalf("round %d: %s", round, c.lost)
			}
			if c.file == "" {
				continue
			}
			finished[c.file] = c.content
			content := make([]byte, len(c.content))
			rand.Read(content)
			clients[i] = &resumer{name: fmt.Sprintf("file-%d-%d", i, round), files: files, content: content, step: c.step, unanswered: &unanswered}
		}
	}
	for _, c := range clients { // nobody disturbs them now
		if c.run(p.url); c.file == "" {
			t.Fatalf("%s does not end: %s", c.name, c.lost)
		}
		finished[c.file] = c.content
	}
	for id, want := range finished {
		resp, err := http.Get(p.url + files + "/" + id + "/content")
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("a finished file is %d bytes, %v, and not as it was sent", len(got), err)
		}
	}
	if err := p.end(t, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	p = startServer(t, data, bin)
	blobs, _ := filepath.Glob(filepath.Join(data, filesFolder, "blobs", "*", "*"))
	partials, _ := filepath.Glob(filepath.Join(data, filesFolder, "partial", "*"))
	if len(blobs) < len(finished) || int64(len(partials)) > unanswered.Load() {
		t.Errorf("%d files, %d contents, %d partial ones", len(finished), len(blobs), len(partials))
	}
	if strings.Contains(p.errs.String(), "level=ERROR") || strings.Contains(p.errs.String(), "missing") {
		t.Errorf("the log says\n%s", p.errs)
	}
	t.Logf("%d kills, %d files finished", rounds, len(finished))
}

// resumer sends one file, again from where it was, until it is there or the server is gone.
type resumer struct {
	name, files string
	content     []byte
	step        int
	path        string // of the upload
	acked       int64
	file, lost  string
	unanswered  *atomic.Int64
	client      *http.Client // nil for the usual one
	full        int          // how often it was told that the disk is full, which is waited out
	had         int64        // what was acknowledged when it was told so first
}

// fullWait is how long who was told that the disk is full waits before they try again.
const fullWait = time.Second

func (c *resumer) run(url string) {
	for c.file == "" && c.lost == "" {
		if !c.once(url) {
			return
		}
	}
}

// once makes one step; false when the server is gone.
func (c *resumer) once(url string) bool {
	ask := func(method, path string, body []byte, headers ...string) (*http.Response, bool) {
		r, err := http.NewRequest(method, url+path, bytes.NewReader(body))
		if err != nil {
			panic(err)
		}
		r.Header.Set("Tus-Resumable", "1.0.0")
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		client := http.DefaultClient
		if c.client != nil {
			client = c.client
		}
		resp, err := client.Do(r)
		if err != nil {
			return nil, false
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		return resp, true
	}
	if c.path == "" {
		resp, ok := ask("POST", c.files+"/tus", nil, "Upload-Length", strconv.Itoa(len(c.content)),
			"Upload-Metadata", "filename "+base64.StdEncoding.EncodeToString([]byte(c.name)))
		if ok && resp.StatusCode == http.StatusCreated {
			c.path = resp.Header.Get("Location")
		}
		if !ok {
			c.unanswered.Add(1)
		}
		return ok
	}
	resp, ok := ask("HEAD", c.path, nil)
	if !ok {
		return false
	}
	if c.waits(resp) {
		return true
	}
	offset, err := strconv.ParseInt(resp.Header.Get("Upload-Offset"), 10, 64)
	if resp.StatusCode != http.StatusOK || err != nil || offset < c.acked {
		c.lost = fmt.Sprintf("%s: HEAD gives %d and offset %d, %d had been acknowledged", c.name, resp.StatusCode, offset, c.acked)
		return true
	}
	if c.file = resp.Header.Get("Tablee-File"); c.file != "" {
		return true
	}
	part := c.content[offset:min(int(offset)+c.step, len(c.content))]
	if resp, ok = ask("PATCH", c.path, part, "Upload-Offset", strconv.FormatInt(offset, 10), "Content-Type", "application/offset+octet-stream"); !ok {
		return false
	}
	if c.waits(resp) {
		return true
	}
	if resp.StatusCode == http.StatusNoContent {
		c.acked = offset + int64(len(part))
		c.file = resp.Header.Get("Tablee-File")
	}
	return true
}

// waits waits when the disk is full, and says whether it is.
func (c *resumer) waits(resp *http.Response) bool {
	if resp.StatusCode != http.StatusInsufficientStorage {
		return false
	}
	if c.full++; c.full == 1 {
		c.had = c.acked
	}
	time.Sleep(fullWait)
	return true
}
