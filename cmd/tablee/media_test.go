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
		Line: &sfu.LineNotice{
			Bars: 2, Limit: signaling.LimitHostLine, Weak: true, Down: 96_500, Up: 40_000, Loss: 7, RTT: 210,
			Paused: []sfu.PausedNotice{{ID: "b", Kind: sfu.Screen, Why: signaling.LimitServerBusy}},
		},
		Bars: map[string]int{"b": 3},
		Lost: true,
	})
	want := signaling.Notice{
		Slots:   []signaling.Slot{{Mid: "5", ID: "a", Kind: signaling.KindCamera, TS: 7, Layer: "h"}, {Mid: "6"}},
		Speaker: &signaling.Speaker{ID: "a", Talking: []string{"a", "b"}},
		Send:    &signaling.Send{Camera: []string{"q"}, Screen: []string{}},
		Line: &signaling.Line{
			Bars: 2, Limit: signaling.LimitHostLine, Weak: true, Down: 96, Up: 40, Loss: 7, RTT: 210,
			Paused: []signaling.Paused{{ID: "b", Kind: signaling.KindScreen, Why: signaling.LimitServerBusy}},
		},
		Bars: map[string]int{"b": 3},
		Lost: true,
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
		{sfu.LineNotice{}, signaling.Line{}},
		{sfu.PausedNotice{}, signaling.Paused{}},
	}
	for _, p := range pairs {
		engine, wire := reflect.TypeOf(p[0]), reflect.TypeOf(p[1])
		fields := wire.NumField()
		if _, typed := wire.FieldByName("T"); typed {
			fields-- // what every message has
		}
		if engine.NumField() != fields {
			t.Errorf("%v has %d fields, %v %d", engine, engine.NumField(), wire, fields)
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

// TestQualitiesAreTheSame: so do they the choices of what one is sent.
func TestQualitiesAreTheSame(t *testing.T) {
	for wire, engine := range map[string]sfu.Quality{
		signaling.QualityAuto: sfu.Auto, signaling.QualitySaver: sfu.Saver, signaling.QualityVoice: sfu.Voices,
	} {
		if string(engine) != wire {
			t.Errorf("%s is called %s by the engine", wire, engine)
		}
	}
}

func TestWantsOf(t *testing.T) {
	got := wantsOf([]signaling.Video{{ID: "a", Kind: signaling.KindScreen, Height: 720, Big: true}, {ID: "b", Kind: signaling.KindCamera, Height: 90}})
	want := []sfu.Want{{ID: "a", Kind: sfu.Screen, Height: 720, Big: true}, {ID: "b", Kind: sfu.Camera, Height: 90}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
}

// TestLineFull: the numbers of a full line reach the page, in the wire's units.
func TestLineFull(t *testing.T) {
	err := fmt.Errorf("join: %w", mediaError(fmt.Errorf("admit: %w", &sfu.LineFullError{Need: 41_900, Have: 12_000, Room: 6})))
	got := room.Public(err)
	if got.Code != room.CodeLineFull || !reflect.DeepEqual(got.Args, map[string]int{"need": 41, "have": 12, "room": 6}) {
		t.Errorf("got %+v", got)
	}
	if !errors.Is(err, sfu.ErrLineFull) {
		t.Error("the cause is lost")
	}
}

func TestMediaErrors(t *testing.T) {
	cases := map[error]room.Code{
		fmt.Errorf("read: %w", sfu.ErrOffer): room.CodeOfferInvalid,
		sfu.ErrClosed:                        room.CodeMediaFailed,
		sfu.ErrLineFull:                      room.CodeLineFull,
		errors.New("anything"):               room.CodeMediaFailed,
	}
	for cause, want := range cases {
		err := fmt.Errorf("answer: %w", mediaError(cause))
		if got := room.CodeOf(err); got != want || !errors.Is(err, cause) {
			t.Errorf("%v becomes %v (%s)", cause, err, got)
		}
	}
}
