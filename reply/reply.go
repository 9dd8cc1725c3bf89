package reply

import (
	"encoding/json"
	"net/http"

	"tablee/room"
)

// JSON answers with body, which must be one of our own types, that nothing may keep.
func JSON(w http.ResponseWriter, status int, body any) {
	data, err := json.Marshal(body)
	if err != nil {
		panic(err) // our own types always marshal
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(append(data, '\n')) // who has gone away does not need the answer
}

// refusal is the JSON of an error.
type refusal struct {
	Error struct {
		Code    room.Code      `json:"code"`
		Message string         `json:"message"`
		Args    map[string]int `json:"args,omitempty"`
	} `json:"error"`
}

// Refuse answers with an error that a user may see.
func Refuse(w http.ResponseWriter, status int, e *room.Error) {
	var body refusal
	body.Error.Code, body.Error.Message, body.Error.Args = e.Code, e.Message, e.Args
	JSON(w, status, body)
}
