package yjs

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"strconv"
	"testing"
)

// documentsVar asks for more documents than `make test` has time for: make fuzz sets it to 100000.
const documentsVar = "TABLEE_YJS_DOCUMENTS"

// Random documents of yjs itself: what Merge, Compact, Diff and ReplaceText make of them is the same document to yjs, and
// Doc reads the same text.
func TestAgainstYjs(t *testing.T) {
	if _, err := exec.LookPath("node"); err != nil {
		t.Fatal("this test asks yjs itself, and needs Node.js: run make tools")
	}
	count := 150
	if n, err := strconv.Atoi(os.Getenv(documentsVar)); err == nil {
		count = n
	}
	cmd := exec.Command("node", "pads/differential.mjs", "1", strconv.Itoa(count))
	cmd.Dir, cmd.Stderr = "../../e2e", os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer in.Close()
	lines := bufio.NewReaderSize(out, 1<<20)
	next := func(into any) {
		t.Helper()
		line, err := lines.ReadBytes('\n')
		if err == nil {
			err = json.Unmarshal(line, into)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for i := range count {
		var q question
		next(&q)
		answer, err := json.Marshal(q.answer(t))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := in.Write(append(answer, '\n')); err != nil {
			t.Fatal(err)
		}
		var verdict struct{ Wrong []string }
		if next(&verdict); len(verdict.Wrong) > 0 {
			t.Fatalf("document %d: %s", i, verdict.Wrong)
		}
	}
}

// question is one document of yjs: the updates that made it, and all of it as one.
type question struct {
	Updates [][]byte
	State   []byte
	Text    string
	Known   []byte // what somebody else knows of it
	Wish    string // the text that it is to have
}

func (q *question) answer(t *testing.T) map[string][]byte {
	t.Helper()
	whole := parse(t, q.State)
	var parts []*Update
	doc := NewDoc(&Update{})
	tracker := NewTracker()
	for _, raw := range q.Updates {
		u := parse(t, raw)
		if again := u.Encode(); string(again) != string(raw) {
			t.Fatalf("%x is written as %x", raw, again)
		}
		if tracker.Judge(u) == News {
			tracker.Take(u)
		}
		parts = append(parts, u)
		if left := doc.Apply(u); left != 0 {
			t.Fatalf("%d structs of an update were left out", left)
		}
	}
	merged := Merge(parts...)
	for what, got := range map[string]string{
		"step by step": doc.Text(TextRoot), "yjs's state": NewDoc(whole).Text(TextRoot), "merged": NewDoc(merged).Text(TextRoot),
		"compacted": NewDoc(Compact(merged)).Text(TextRoot),
	} {
		if got != q.Text {
			t.Fatalf("%s: %q is not %q", what, got, q.Text)
		}
	}
	if !tracker.Known().Covers(whole.Ends()) || !whole.Ends().Covers(tracker.Known()) || tracker.Judge(whole) == Gap {
		t.Fatalf("the tracker knows %v, the document has %v", tracker.Known(), whole.Ends())
	}
	known, err := DecodeStateVector(q.Known)
	if err != nil {
		t.Fatal(err)
	}
	const client = 1 << 40
	return map[string][]byte{
		"compact": Compact(merged).Encode(), "merged": merged.Encode(), "diff": Diff(Compact(merged), known).Encode(),
		"edited": doc.ReplaceText(TextRoot, client, q.Wish).Encode(),
	}
}

func parse(t *testing.T, raw []byte) *Update {
	t.Helper()
	u, err := Parse(raw)
	if err != nil {
		t.Fatalf("%x: %v", raw, err)
	}
	return u
}
