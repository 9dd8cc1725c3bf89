package pad

import (
	"encoding/binary"
	"encoding/json"
	"errors"
)

// Types of messages of the y-websocket protocol, and ours.
const (
	msgSync      = 0
	msgAwareness = 1
	msgAuth      = 2
	msgQuery     = 3
	msgEvent     = 100
)

// Steps of msgSync.
const (
	syncStep1  = 0 // a state vector: what the sender has
	syncStep2  = 1 // an update: what the other lacks
	syncUpdate = 2
)

// errMessage is a message that is none.
var errMessage = errors.New("malformed message")

// message is one message of a client.
type message struct {
	kind uint64
	step uint64 // of msgSync
	body []byte // part of the frame
}

// nextMessage takes a message off the front of a frame.
func nextMessage(frame []byte) (m message, rest []byte, err error) {
	if m.kind, rest, err = takeUint(frame); err != nil {
		return m, nil, err
	}
	switch m.kind {
	case msgSync:
		if m.step, rest, err = takeUint(rest); err != nil {
			return m, nil, err
		}
		if m.step > syncUpdate {
			return m, nil, errMessage
		}
	case msgQuery:
		return m, rest, nil
	case msgAwareness, msgEvent:
	default:
		return m, nil, errMessage
	}
	m.body, rest, err = takeBytes(rest)
	return m, rest, err
}

func takeUint(b []byte) (v uint64, rest []byte, err error) {
	v, n := binary.Uvarint(b)
	if n <= 0 {
		return 0, nil, errMessage
	}
	return v, b[n:], nil
}

func takeBytes(b []byte) (s, rest []byte, err error) {
	n, rest, err := takeUint(b)
	if err != nil || n > uint64(len(rest)) {
		return nil, nil, errMessage
	}
	return rest[:n:n], rest[n:], nil
}

func appendBytes[T []byte | string](b []byte, s T) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func syncFrame(step byte, body []byte) []byte {
	return appendBytes(append(make([]byte, 0, len(body)+12), msgSync, step), body)
}

func awarenessFrame(body []byte) []byte {
	return appendBytes(append(make([]byte, 0, len(body)+12), msgAwareness), body)
}

func deniedFrame(reason string) []byte { return appendBytes([]byte{msgAuth, 0}, reason) }

// eventFrame marshals an event of ours.
func eventFrame(event any) []byte {
	data, err := json.Marshal(event)
	if err != nil {
		panic("pad: encoding an event: " + err.Error()) // our own types always marshal
	}
	return appendBytes([]byte{msgEvent}, data)
}
