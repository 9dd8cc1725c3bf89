package reply

import (
	"net/http/httptest"
	"testing"

	"tablee/room"
)

func TestRefuse(t *testing.T) {
	for want, e := range map[string]*room.Error{
		`{"error":{"code":"room_full","message":"no seat"}}` + "\n":                      {Code: room.CodeRoomFull, Message: "no seat"},
		`{"error":{"code":"rate_limited","message":"wait","args":{"seconds":3}}}` + "\n": {Code: room.CodeRateLimited, Message: "wait", Args: map[string]int{"seconds": 3}},
	} {
		w := httptest.NewRecorder()
		Refuse(w, 429, e)
		if h := w.Header(); w.Code != 429 || w.Body.String() != want || h.Get("Content-Type") != "application/json" || h.Get("Cache-Control") != "no-store" {
			t.Errorf("%d %v %s, want %s", w.Code, h, w.Body, want)
		}
	}
}
