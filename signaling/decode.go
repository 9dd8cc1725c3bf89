package signaling

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"tablee/room"
)

// Bounds of a message from a client.
const (
	MaxMessage = 128 << 10 // bytes; a WebSocket is closed with 1009 beyond it
	MaxDepth   = 16        // objects and arrays inside each other
)

// Decode reads one message strictly: one JSON object (RFC 8259) in UTF-8, no larger than MaxMessage, no deeper than
// MaxDepth, no key twice in an object. Unknown fields are ignored. Errors carry bad_message or too_big.
func Decode(data []byte) (ClientMessage, error) {
	switch {
	case len(data) > MaxMessage:
		return ClientMessage{}, &room.Error{Code: room.CodeTooBig, Message: "the message is larger than 128 KiB"}
	case !utf8.Valid(data):
		return ClientMessage{}, badMessage("the message is not valid UTF-8")
	}
	if err := checkShape(data); err != nil {
		return ClientMessage{}, err
	}
	var m ClientMessage
	if err := json.Unmarshal(data, &m); err != nil {
		return ClientMessage{}, badMessage("a field has the wrong type")
	}
	return m, nil
}

func badMessage(text string) *room.Error {
	return &room.Error{Code: room.CodeBadMessage, Message: text}
}

// checkShape walks the tokens without building anything: encoding/json alone takes the last of two equal keys, so that
// two readers of one message could see two messages.
func checkShape(data []byte) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber() // numbers are checked where they are used
	var w walker
	for {
		token, err := dec.Token()
		switch {
		case errors.Is(err, io.EOF) && w.done:
			return nil
		case err != nil:
			return badMessage("the message is not JSON")
		case w.done:
			return badMessage("there is something behind the message")
		}
		if err := w.step(token); err != nil {
			return err
		}
	}
}

// walker follows the nesting of a JSON text.
type walker struct {
	open []level
	done bool // the outermost object is closed
}

// level is one open object or array.
type level struct {
	keys    map[string]struct{} // nil for an array
	wantKey bool                // the next token of an object is a key
}

func (w *walker) step(token json.Token) error {
	if delim, ok := token.(json.Delim); ok {
		return w.delim(delim)
	}
	if len(w.open) == 0 {
		return badMessage("a message is an object")
	}
	top := &w.open[len(w.open)-1]
	if key, ok := token.(string); ok && top.wantKey {
		key = foldKey(key)
		if _, twice := top.keys[key]; twice {
			return badMessage("a key appears twice")
		}
		top.keys[key] = struct{}{}
		top.wantKey = false
		return nil
	}
	top.wantKey = top.keys != nil
	return nil
}

func (w *walker) delim(d json.Delim) error {
	switch d {
	case '{', '[':
		if len(w.open) == 0 && d == '[' {
			return badMessage("a message is an object")
		}
		if len(w.open) == MaxDepth {
			return badMessage("the message is nested too deeply")
		}
		next := level{}
		if d == '{' {
			next = level{keys: map[string]struct{}{}, wantKey: true}
		}
		w.open = append(w.open, next)
	default: // the decoder has matched them
		w.open = w.open[:len(w.open)-1]
		if len(w.open) == 0 {
			w.done = true
			return nil
		}
		top := &w.open[len(w.open)-1]
		top.wantKey = top.keys != nil
	}
	return nil
}

// foldKey maps keys that encoding/json takes for the same field to one: it matches without regard to case, by Unicode's
// simple folding ("ſdp" is "sdp").
func foldKey(key string) string {
	return strings.Map(func(r rune) rune {
		least := r
		for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
			least = min(least, next)
		}
		return least
	}, key)
}
