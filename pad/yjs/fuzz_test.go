package yjs

import (
	"bytes"
	"encoding/hex"
	"testing"
)

// seeds are updates of yjs 13.6: text with an insertion in its middle, formats, a map, nested types, a forgotten run.
var seeds = []string{
	"0000", "010101000401047465787405c3a9f09f980061" + "00",
	"01020a000401047465787403616263840a01015800",
	"0000" + "01" + "0a" + "01" + "0005",
	"0101050028010" + "46d657461" + "016b01" + "7d01" + "00",
	"010105000700" + "0501" + "0200",
	"01ffffffffffffffff7f0100",
	"01018080808080808080808080",
}

// FuzzUpdate: nothing that a stranger sends makes the reader panic, and what it takes it writes so that it reads the same.
func FuzzUpdate(f *testing.F) {
	for _, s := range seeds {
		if raw, err := hex.DecodeString(s); err == nil {
			f.Add(raw)
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if _, err := DecodeStateVector(raw); err == nil && len(raw) == 0 {
			t.Fatal("nothing is no state vector")
		}
		u, err := Parse(raw)
		if err != nil {
			return
		}
		tracker := NewTracker()
		if tracker.Judge(u) == News {
			tracker.OnlyComments(u)
			tracker.Take(u)
			if tracker.Judge(u) == News {
				t.Fatal("what was taken is news again")
			}
		}
		merged := Merge(u, u)
		again, err := Parse(Compact(merged).Encode())
		if err != nil {
			t.Fatalf("what we write we cannot read: %v", err)
		}
		if !bytes.Equal(Merge(again).Encode(), Merge(again, again).Encode()) {
			t.Fatal("merging something with itself changes it")
		}
		NewDoc(u).Text(TextRoot)
		NewDoc(again).Text(TextRoot)
	})
}

// Fault 32: loops of varints, lengths of a billion, cut-off input. Each is refused, without memory to speak of.
func TestMalformed(t *testing.T) {
	whole, err := hex.DecodeString(seeds[2])
	if err != nil {
		t.Fatal(err)
	}
	for n := range whole {
		if _, err := Parse(whole[:n]); err == nil {
			t.Errorf("%d of %d bytes are taken for an update", n, len(whole))
		}
	}
	for what, raw := range map[string][]byte{
		"a loop of varints": bytes.Repeat([]byte{0x80}, 1000),
		"a billion clients": {0x80, 0x94, 0xeb, 0xdc, 0x03, 1, 1},
		"a billion structs": {1, 0x80, 0x94, 0xeb, 0xdc, 0x03, 1, 0, 0, 1},
		"a length of 2^60":  {1, 1, 1, 0, 4, 1, 1, 'x', 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10},
		"no length":         {1, 1, 1, 0, 0, 0, 0},
		"not UTF-8":         {1, 1, 1, 0, 4, 1, 1, 'x', 1, 0xff, 0},
		"something behind":  {0, 0, 0},
		"an unknown kind":   {1, 1, 1, 0, 31, 1, 1, 'x', 0},
		"deletes nothing":   {0, 1, 1, 1, 0, 0},
	} {
		if _, err := Parse(raw); err == nil {
			t.Errorf("%s is taken for an update", what)
		}
	}
	deep := append([]byte{1, 1, 1, 0, 8, 1, 1, 'x', 1}, bytes.Repeat([]byte{117, 1}, 100_000)...)
	if _, err := Parse(append(deep, 126, 0)); err == nil {
		t.Error("values may lie too deep")
	}
	many := []byte{1, 0x81, 0x9a, 0x18, 1, 0} // more structs than MaxStructs
	if _, err := Parse(append(many, bytes.Repeat([]byte{0, 1}, 400_001)...)); err == nil {
		t.Error("an update may have too many structs")
	}
}

// Who may comment writes under the root of comments, and nowhere else, however they dress it up.
func TestOnlyComments(t *testing.T) {
	text := func(client uint64, root, s string) *Update {
		return NewDoc(&Update{}).ReplaceText(root, client, s)
	}
	tracker := NewTracker()
	tracker.Take(text(1, TextRoot, "what is said"))
	tracker.Take(text(2, CommentsRoot, "a remark"))
	behind := func(id ID, client uint64) *Update {
		return &Update{Structs: map[uint64][]Struct{client: {{ID: ID{client, 0}, Len: 1, info: kindString | hasOrigin, origin: id, content: []byte("x")}}}}
	}
	for what, c := range map[string]struct {
		update *Update
		may    bool
	}{
		"a new comment":               {text(3, CommentsRoot, "mine"), true},
		"behind a comment":            {behind(ID{2, 7}, 3), true},
		"behind the text":             {behind(ID{1, 3}, 3), false},
		"in the text":                 {text(3, TextRoot, "mine"), false},
		"deleting a comment":          {&Update{Deletes: IDSet{2: {{0, 3}}}}, true},
		"deleting text":               {&Update{Deletes: IDSet{1: {{0, 3}}}}, false},
		"deleting text by a long one": {&Update{Deletes: IDSet{2: {{0, 3}}, 1: {{0, 1}}}}, false},
		"as a writer": {&Update{Structs: map[uint64][]Struct{1: {{ID: ID{1, 12}, Len: 1, info: kindString, byName: true,
			name: []byte(CommentsRoot), content: []byte("x")}}}}, false},
		"forgotten, as a writer": {&Update{Structs: map[uint64][]Struct{1: {{ID: ID{1, 12}, Len: 9}}}}, false},
	} {
		if got := tracker.OnlyComments(c.update); got != c.may {
			t.Errorf("%s: %v", what, got)
		}
	}
}
