package loadtest

import (
	"encoding/json"
	"errors"
	"fmt"

	"tablee/signaling"
)

// errMessage is a message that is not of docs/protocol.md.
var errMessage = errors.New("not a message of the protocol")

// decode reads a message of the server. It returns a pointer to one of signaling's types, or nil for a message that a
// simulated participant has no use for.
func decode(data []byte) (any, error) {
	var head struct {
		T string `json:"t"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, fmt.Errorf("%w: %w", errMessage, err)
	}
	var m any
	switch head.T {
	case "welcome":
		m = new(signaling.Welcome)
	case "answer":
		m = new(signaling.Answer)
	case "joined", "member":
		m = new(signaling.MemberEvent)
	case "left":
		m = new(signaling.Left)
	case "slots":
		m = new(signaling.Slots)
	case "send":
		m = new(signaling.Send)
	case "line":
		m = new(signaling.Line)
	case "error":
		m = new(signaling.Error)
	case "bye":
		m = new(signaling.Bye)
	case "restart":
		m = new(signaling.Restart)
	case "renegotiate":
		m = new(signaling.Renegotiate)
	case "profile":
		m = new(signaling.ProfileEvent)
	case "speaker", "chat", "react", "pong", "bars":
		return nil, nil
	default:
		return nil, fmt.Errorf("%w: type %q", errMessage, head.T)
	}
	if err := json.Unmarshal(data, m); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", errMessage, head.T, err)
	}
	return m, nil
}
