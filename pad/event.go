package pad

import (
	"encoding/json"
	"time"

	"tablee/room"
)

// Events of docs/pads.md, from the server.
type (
	welcomeEvent struct {
		T     string `json:"t"`
		Pad   Info   `json:"pad"`
		Right string `json:"right"`
		User  User   `json:"user"`
	}
	savedEvent struct {
		T string `json:"t"`
		N int64  `json:"n"`
	}
	refusedEvent struct {
		T    string    `json:"t"`
		N    int64     `json:"n"`
		Code room.Code `json:"code"`
	}
	rightEvent struct {
		T     string `json:"t"`
		Right string `json:"right"`
	}
	padEvent struct {
		T   string `json:"t"`
		Pad Info   `json:"pad"`
	}
	storageEvent struct {
		T  string `json:"t"`
		OK bool   `json:"ok"`
	}
	byeEvent struct {
		T    string `json:"t"`
		Code string `json:"code"`
	}
)

// clientEvent is an event from a client: mark or me.
type clientEvent struct {
	T    string `json:"t"`
	N    int64  `json:"n"`
	Name string `json:"name"`
}

func readEvent(body []byte) (e clientEvent, err error) {
	const most = 1 << 10
	if len(body) > most || json.Unmarshal(body, &e) != nil {
		return e, errMessage
	}
	return e, nil
}

// Info is a pad as the API tells it.
type Info struct {
	ID        string `json:"id"`
	Room      string `json:"room"`
	Kind      string `json:"kind"`
	Title     string `json:"title"`
	Created   int64  `json:"created"`
	Changed   int64  `json:"changed"`
	Size      int64  `json:"size"`
	Right     string `json:"right"`
	Guests    string `json:"guests"`
	Retain    int    `json:"retain"`
	Published string `json:"published"`
	Main      bool   `json:"main"`
	Broken    bool   `json:"broken"`
}

// InfoFor is what somebody with a right is told of a pad.
func InfoFor(p room.Pad, right room.PadRight) Info {
	published := ""
	if p.Published != "" {
		published = PublishedPath + p.Published
	}
	return Info{
		ID: p.ID, Room: p.Room, Kind: p.Kind, Title: p.Title, Created: millis(p.Created), Changed: millis(p.Changed), Size: p.Size,
		Right: right.String(), Guests: p.Guests.String(), Retain: p.Retain, Published: published, Main: p.Main, Broken: p.Broken,
	}
}

// PublishedPath is before the secret of a published pad's page.
const PublishedPath = "/pub/"

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
