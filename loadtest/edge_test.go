package loadtest

import "testing"

const msec = int64(1_000_000)

// frameIn is one frame: when it was published and when it came, in milliseconds.
type frameIn struct {
	sent, came int64
	key        bool
	source     uint32
	layer      uint8
	live       bool
}

func TestLiveEdge(t *testing.T) {
	for _, c := range []struct {
		name   string
		frames []frameIn
	}{
		{"a live stream from its key frame on", []frameIn{
			{1000, 1005, true, 1, 1, false}, // it was published before the slot turned to it
			{1066, 1071, false, 1, 1, true}, {1132, 1137, false, 1, 1, true},
		}},
		{"a replay, then live", []frameIn{
			{0, 1000, true, 1, 1, false}, {66, 1001, false, 1, 1, false}, {132, 1001, false, 1, 1, false},
			{990, 1020, false, 1, 1, false},
			{1056, 1060, false, 1, 1, true}, {1122, 1126, false, 1, 1, true},
		}},
		{"a replay so long that frames are published meanwhile", []frameIn{
			{0, 1000, true, 1, 1, false}, {950, 1180, false, 1, 1, false},
			{1016, 1190, false, 1, 1, false}, {1082, 1200, false, 1, 1, false}, // still old
			{1198, 1260, false, 1, 1, true},
		}},
		{"another layer, replayed", []frameIn{
			{1000, 1005, true, 1, 1, false}, {1066, 1071, false, 1, 1, true},
			{300, 1090, true, 1, 3, false}, {1080, 1091, false, 1, 3, false}, {1146, 1151, false, 1, 3, true},
		}},
		{"another source", []frameIn{
			{1000, 1005, true, 1, 1, false}, {1066, 1071, false, 1, 1, true}, {950, 1100, true, 2, 1, false},
			{1016, 1100, false, 2, 1, false}, {1082, 1101, false, 2, 1, false}, {1148, 1153, false, 2, 1, true},
		}},
		{"a camera that comes back", []frameIn{
			{1000, 1005, true, 1, 1, false}, {1066, 1071, false, 1, 1, true},
			{8930, 9000, true, 1, 1, false}, {8996, 9001, false, 1, 1, false}, {9062, 9067, false, 1, 1, true},
		}},
		{"latency of the network counts, however bad", []frameIn{
			{1000, 1005, true, 1, 1, false}, {1066, 1071, false, 1, 1, true},
			{1132, 2137, false, 1, 1, true}, {1198, 2138, false, 1, 1, true}, {1264, 2139, true, 1, 1, true},
		}},
		{"nobody catches up for ever", []frameIn{
			{0, 1000, true, 1, 1, false}, {10, 2000, false, 1, 1, false}, {20, 4001, false, 1, 1, true},
		}},
	} {
		var e edge
		for i, f := range c.frames {
			e.packet(f.source, f.key, f.came*msec)
			if got := e.stamped(f.layer, f.sent*msec, f.came*msec); got != f.live {
				t.Errorf("%s: frame %d is live %v", c.name, i, got)
			}
		}
	}
}
