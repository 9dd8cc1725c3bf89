package sfu

import (
	"errors"
	"net/netip"
	"testing"

	"tablee/sfu/allocate"
)

// Who is outside comes in as long as the host's line carries the voices of one more; who is in the house always does.
func TestAdmit(t *testing.T) {
	d := newDesk(t)
	d.engine.SetProfile("r", allocate.Voice)
	d.engine.SetProfile("another", allocate.Voice)
	rate := d.engine.profileOf("r").VoiceRate()
	away, home := netip.MustParseAddr("198.51.100.7"), netip.MustParseAddr("127.0.0.1")
	if err := d.engine.Admit("r", away); err != nil {
		t.Errorf("without a limit: %v", err)
	}
	d.engine.uplink.setLimit(4*rate + 1000) // two who hear one each; three would hear two
	for i, id := range []string{"a", "b"} {
		if err := d.engine.Admit("r", away); err != nil {
			t.Fatalf("number %d: %v", i+1, err)
		}
		d.join(id, 1, 0).moved(false)
	}
	err := d.engine.Admit("r", away)
	full, ok := errors.AsType[*LineFullError](err)
	if !ok || !errors.Is(err, ErrLineFull) || full.Need != 6*rate || full.Have != 4*rate+1000 || full.Room != 2 {
		t.Errorf("the third: %v %+v", err, full)
	}
	if err := d.engine.Admit("r", netip.Addr{}); err == nil {
		t.Error("one of no known address was taken for one in the house")
	}
	if err := d.engine.Admit("r", home); err != nil {
		t.Errorf("one in the house: %v", err)
	}
	if err := d.engine.Admit("another", away); err != nil {
		t.Errorf("alone in another room there is nothing to hear: %v", err)
	}
	for i, id := range []string{"c", "d"} { // in the house
		d.join(id, 1, 0).moved(true)
		if err := d.engine.Admit("r", away); err == nil {
			t.Errorf("with %d in the house there is room for one more outside", i+1)
		}
	}
}
