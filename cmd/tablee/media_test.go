package main

import (
	"errors"
	"fmt"
	"reflect"
	"testing"

	"tablee/room"
	"tablee/sfu"
	"tablee/signaling"
)

func TestNoticeOf(t *testing.T) {
	got := noticeOf(sfu.Notice{
		Slots:   []sfu.SlotNotice{{Mid: "5", ID: "a", Kind: sfu.Camera, TS: 7, Layer: "h"}, {Mid: "6"}},
		Speaker: &sfu.SpeakerNotice{ID: "a", Talking: []string{"a", "b"}},
		Send:    &sfu.SendNotice{Camera: []string{"q"}, Screen: []string{}},
		Lost:    true,
	})
	want := signaling.Notice{
		Slots:   []signaling.Slot{{Mid: "5", ID: "a", Kind: signaling.KindCamera, TS: 7, Layer: "h"}, {Mid: "6"}},
		Speaker: &signaling.Speaker{ID: "a", Talking: []string{"a", "b"}},
		Send:    &signaling.Send{Camera: []string{"q"}, Screen: []string{}},
		Lost:    true,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
	if got := noticeOf(sfu.Notice{}); !reflect.DeepEqual(got, signaling.Notice{}) {
		t.Errorf("no news becomes %+v", got)
	}
}

// TestNoticeHasEveryField fails when the engine learns to tell something that signaling is not told.
func TestNoticeHasEveryField(t *testing.T) {
	pairs := [][2]any{
		{sfu.Notice{}, signaling.Notice{}},
		{sfu.SlotNotice{}, signaling.Slot{}},
		{sfu.Want{}, signaling.Video{}},
	}
	for _, p := range pairs {
		engine, wire := reflect.TypeOf(p[0]), reflect.TypeOf(p[1])
		if engine.NumField() != wire.NumField() {
			t.Errorf("%v has %d fields, %v %d", engine, engine.NumField(), wire, wire.NumField())
		}
		for f := range engine.Fields() {
			if _, ok := wire.FieldByName(f.Name); !ok {
				t.Errorf("%v has no %s", wire, f.Name)
			}
		}
	}
}

// TestKindsAreTheSame: the two packages name the kinds each for itself.
func TestKindsAreTheSame(t *testing.T) {
	for wire, engine := range map[string]sfu.Kind{
		signaling.KindMic: sfu.Mic, signaling.KindCamera: sfu.Camera, signaling.KindScreen: sfu.Screen, signaling.KindSound: sfu.Sound,
	} {
		if string(engine) != wire {
			t.Errorf("%s is called %s by the engine", wire, engine)
		}
	}
}

func TestMediaErrors(t *testing.T) {
	cases := map[error]room.Code{
		fmt.Errorf("read: %w", sfu.ErrOffer): room.CodeOfferInvalid,
		sfu.ErrClosed:                        room.CodeMediaFailed,
		errors.New("anything"):               room.CodeMediaFailed,
	}
	for cause, want := range cases {
		err := fmt.Errorf("answer: %w", mediaError(cause))
		if got := room.CodeOf(err); got != want || !errors.Is(err, cause) {
			t.Errorf("%v becomes %v (%s)", cause, err, got)
		}
	}
}
