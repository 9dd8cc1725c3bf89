package store

import (
	"strconv"
	"testing"
	"time"

	"tablee/room"
)

// What rooms' pads and chat take is added up over more pads than are looked at at once; a pad of no room is under "".
func TestWeigh(t *testing.T) {
	s, ctx := open(t, t.TempDir()), t.Context()
	makeRoom(t, s, "salon")
	makeRoom(t, s, "silent")
	const pads = 2*weighAtOnce + 3
	for i := range pads {
		p := room.Pad{ID: "pad" + strconv.Itoa(i), Room: "salon", Kind: room.PadText, Title: "x"}
		if _, err := s.CreatePad(ctx, &p, nil, 1000); err != nil {
			t.Fatal(err)
		}
		steps := []room.PadBatch{{Key: p.Key, Step: room.PadStep{N: 1, Data: make([]byte, 100)}}, {Key: p.Key, Step: room.PadStep{N: 2, Data: make([]byte, 11)}}}
		if err := s.AppendPads(ctx, steps); err != nil {
			t.Fatal(err)
		}
	}
	alone := room.Pad{ID: "alone", Kind: room.PadText, Title: "x"}
	if _, err := s.CreatePad(ctx, &alone, nil, 1000); err != nil {
		t.Fatal(err)
	}
	if err := s.AppendPads(ctx, []room.PadBatch{{Key: alone.Key, Step: room.PadStep{N: 1, Data: make([]byte, 5000)}}}); err != nil {
		t.Fatal(err)
	}
	if err := s.AppendChat(ctx, []room.Message{{Room: "salon", N: 1, Name: "Zoé", Text: "été", At: time.UnixMilli(1)}}); err != nil {
		t.Fatal(err)
	}
	got := map[string]Weight{}
	w, err := s.Weigh(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range w.Rooms {
		got[r.Room] = r
	}
	if want := (Weight{Room: "salon", Pads: pads, Steps: pads * 111, Messages: 1, Chat: 9}); got["salon"] != want {
		t.Errorf("%+v, not %+v", got["salon"], want)
	}
	if want := (Weight{Pads: 1, Steps: 5000}); got[""] != want || len(got) != 2 {
		t.Errorf("%+v", w)
	}
	if err := s.DeleteRoom(ctx, "salon"); err != nil {
		t.Fatal(err)
	}
	if w, err := s.Weigh(ctx); err != nil || w.Free < pads*100 || w.Free%512 != 0 {
		t.Errorf("after a deletion %d bytes are empty, %v", w.Free, err)
	}
}
