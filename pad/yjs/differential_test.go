package yjs

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// What scripts/fuzz.sh sets: how many random documents are looked at instead of documentsInTest, and the number of the first.
const (
	documentsVar     = "TABLEE_YJS_DOCUMENTS"
	firstDocumentVar = "TABLEE_YJS_FIRST"
	documentsInTest  = 5_000
)

// Random documents of yjs itself (e2e/pads/random.mjs): what Merge, Compact, Diff and ReplaceText make of them is the same
// document to yjs, Doc reads the same text, and the Tracker knows the same state vector and the same deletions, of which none
// is news a second time.
func TestAgainstYjs(t *testing.T) {
	if _, err := exec.LookPath("node"); err != nil {
		t.Fatal("this test asks yjs itself, and needs Node.js: run make tools")
	}
	first, count := numberIn(t, firstDocumentVar, 1), numberIn(t, documentsVar, documentsInTest)
	var said bytes.Buffer
	cmd := exec.Command("node", "pads/differential.mjs", strconv.Itoa(first), strconv.Itoa(count))
	cmd.Dir, cmd.Stderr = "../../e2e", &said
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
	t.Cleanup(func() {
		in.Close()
		_ = cmd.Wait() // a second time after success; after a fault of ours its status says nothing
	})
	for n := 0; n < count; {
		frame, err := readFrame(out)
		if errors.Is(err, io.EOF) {
			break // it has found a fault, or is done
		}
		if err != nil {
			t.Fatal(err)
		}
		answer := make([]byte, 4)
		for r := (&reader{b: frame}); r.left() > 0; n++ {
			answer = readQuestion(t, r, first+n).answer(answer)
		}
		binary.BigEndian.PutUint32(answer, uint32(len(answer)-4))
		if _, err := in.Write(answer); err != nil {
			break // it says why on its way out
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v: %s", err, said.Bytes())
	}
	if !strings.HasPrefix(said.String(), strconv.Itoa(count)+" ") {
		t.Fatalf("it did not look at %d documents: %s", count, said.Bytes())
	}
	t.Log(strings.TrimSpace(said.String()))
}

func numberIn(t *testing.T, variable string, otherwise int) int {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s is no number: %q", variable, text)
	}
	return n
}

func readFrame(r io.Reader) ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	frame := make([]byte, binary.BigEndian.Uint32(head[:]))
	_, err := io.ReadFull(r, frame)
	return frame, err
}

// question is one document of yjs: the updates that made it, in order, and all of it as one.
type question struct {
	t       *testing.T
	number  int
	state   []byte
	vector  []byte // its state vector
	known   []byte // what somebody else knows of it
	text    string
	wish    string // the text that it is to have
	updates [][]byte
}

func readQuestion(t *testing.T, r *reader, number int) *question {
	t.Helper()
	q := &question{t: t, number: number, state: r.bytes(), vector: r.bytes(), known: r.bytes(), text: string(r.bytes()), wish: string(r.bytes())}
	for range r.count() {
		q.updates = append(q.updates, r.bytes())
	}
	if r.err != nil {
		t.Fatal(r.err)
	}
	return q
}

func (q *question) fatalf(format string, args ...any) {
	q.t.Helper()
	q.t.Fatalf("document "+strconv.Itoa(q.number)+": "+format, args...)
}

func (q *question) parse(raw []byte) *Update {
	q.t.Helper()
	u, err := Parse(raw)
	if err != nil {
		q.fatalf("%x: %v", raw, err)
	}
	return u
}

func (q *question) vectorOf(raw []byte) StateVector {
	q.t.Helper()
	v, err := DecodeStateVector(raw)
	if err != nil {
		q.fatalf("%x: %v", raw, err)
	}
	return v
}

// answer checks what can be told here, and appends what yjs is to look at.
func (q *question) answer(to []byte) []byte {
	whole := q.parse(q.state)
	var parts []*Update
	doc := NewDoc(&Update{})
	for _, raw := range q.updates {
		u := q.parse(raw)
		if again := u.Encode(); !bytes.Equal(again, raw) {
			q.fatalf("%x is written as %x", raw, again)
		}
		parts = append(parts, u)
		if left := doc.Apply(u); left != 0 {
			q.fatalf("%d structs of an update were left out", left)
		}
	}
	merged := Merge(parts...)
	compact := Compact(merged)
	for _, c := range []struct{ what, text string }{
		{"step by step", doc.Text(TextRoot)}, {"yjs's state", NewDoc(whole).Text(TextRoot)},
		{"merged", NewDoc(merged).Text(TextRoot)}, {"compacted", NewDoc(compact).Text(TextRoot)},
	} {
		if c.text != q.text {
			q.fatalf("%s: %q is not %q", c.what, c.text, q.text)
		}
	}
	q.track(parts, whole)
	if !maps.Equal(q.vectorOf(q.vector), compact.Ends()) {
		q.fatalf("yjs's state vector is %v, what was made of it has %v", q.vectorOf(q.vector), compact.Ends())
	}
	const client = 1 << 40
	for _, u := range []*Update{merged, compact, Diff(compact, q.vectorOf(q.known)), doc.ReplaceText(TextRoot, client, q.wish)} {
		to = appendBytes(to, u.Encode())
	}
	return to
}

// track is a relay's view: each update is news once, and what is known in the end is what yjs knows.
func (q *question) track(parts []*Update, whole *Update) {
	tracker := NewTracker()
	for i, u := range parts {
		switch tracker.Judge(u) {
		case Gap:
			q.fatalf("update %d of %d is said to lack something", i, len(parts))
		case News:
			tracker.Take(u)
		case Nothing: // its deletions were somebody else's too
			if len(u.Structs) > 0 {
				q.fatalf("update %d of %d is said to bring nothing", i, len(parts))
			}
		}
		if i > 0 && tracker.Judge(parts[i/2]) != Nothing {
			q.fatalf("update %d of %d is news a second time", i/2, len(parts))
		}
	}
	// What yjs itself deletes as it integrates (of two values of a key the one that lost) comes with its whole state.
	if !tracker.Covers(whole) || tracker.Judge(whole) == Gap {
		q.fatalf("the tracker knows more than there is: %v deleted, by yjs %v", tracker.deleted, whole.Deletes)
	}
	tracker.Take(whole)
	if tracker.Judge(whole) != Nothing {
		q.fatalf("all of it is news a second time")
	}
	if !maps.Equal(tracker.Known(), q.vectorOf(q.vector)) {
		q.fatalf("the tracker knows %v, yjs %v", tracker.Known(), q.vectorOf(q.vector))
	}
	if !maps.EqualFunc(tracker.deleted, whole.Deletes, slices.Equal) {
		q.fatalf("the tracker knows the deletions %v, yjs %v", tracker.deleted, whole.Deletes)
	}
}
