package webhook

import (
	"encoding/json"
	"time"
)

// Event is the beginning or the end of a meeting.
type Event struct {
	Room  string // in normal form
	Began time.Time
	Ended time.Time // zero for a beginning
	Most  int       // how many were there at once at most; of an end
}

// Types of messages.
const (
	typeStarted = "room.started"
	typeEnded   = "room.ended"
	typePing    = "ping"
)

// stamp is RFC 3339 with milliseconds.
const stamp = "2006-01-02T15:04:05.000Z07:00"

type message struct {
	Type      string `json:"type"`
	Timestamp string `json:"timestamp"` // of what happened
	Data      any    `json:"data"`
}

type startedData struct {
	Room    string `json:"room"`
	Started string `json:"started"`
}

type endedData struct {
	Room         string `json:"room"`
	Started      string `json:"started"`
	Ended        string `json:"ended"`
	Duration     int64  `json:"duration_seconds"`
	Participants int    `json:"max_participants"`
}

// body is the message of an event.
func (e Event) body() []byte {
	if e.Ended.IsZero() {
		return encode(message{typeStarted, format(e.Began), startedData{e.Room, format(e.Began)}})
	}
	return encode(message{typeEnded, format(e.Ended), endedData{e.Room, format(e.Began), format(e.Ended),
		int64(max(0, e.Ended.Sub(e.Began)) / time.Second), e.Most}})
}

func pingBody(now time.Time) []byte { return encode(message{typePing, format(now), struct{}{}}) }

func format(t time.Time) string { return t.UTC().Format(stamp) }

func encode(m message) []byte {
	text, err := json.Marshal(m)
	if err != nil {
		panic("webhook: " + err.Error()) // there is nothing in it that could fail
	}
	return text
}

// retryAfter is how long to wait after so many failed tries; false when it was the last.
func retryAfter(tries int) (time.Duration, bool) {
	waits := [...]time.Duration{5 * time.Second, time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 6 * time.Hour, 12 * time.Hour}
	if tries < 1 || tries > len(waits) {
		return 0, false
	}
	return waits[tries-1], true
}

// next picks what to send at now: of each hook the message that is due for longest. waiting is sorted by Due. wake is when
// the next one is due of what is not picked, zero for never.
func next(waiting []Delivery, now time.Time) (list []Delivery, wake time.Time) {
	picked := map[string]bool{}
	for _, d := range waiting {
		if d.Due.After(now) || picked[d.Hook] {
			if wake.IsZero() {
				wake = d.Due
			}
			continue
		}
		picked[d.Hook] = true
		list = append(list, d)
	}
	return list, wake
}
