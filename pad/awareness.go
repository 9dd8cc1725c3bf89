package pad

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
)

// Bounds of awareness.
const (
	maxPresence     = 8 << 10 // bytes of one client's state
	maxPresenceIDs  = 8       // client ids that one connection may speak for
	maxAwareClients = 256     // entries of one message
)

// User is who somebody is in a pad: the server says it, never the client.
type User struct {
	Name       string `json:"name"`
	Color      string `json:"color"`
	ColorLight string `json:"colorLight"`
	Seat       int    `json:"seat"`  // in the meeting, -1 for none
	Guest      bool   `json:"guest"` // came by a link
}

// presence is one client's entry of an awareness message. State is JSON, "null" for one who is gone.
type presence struct {
	client, clock uint64
	state         []byte
}

func (p presence) gone() bool { return string(p.state) == "null" }

// readAwareness reads an awareness message.
func readAwareness(body []byte) ([]presence, error) {
	n, rest, err := takeUint(body)
	if err != nil || n > maxAwareClients {
		return nil, errMessage
	}
	list := make([]presence, 0, n)
	for range n {
		var p presence
		if p.client, rest, err = takeUint(rest); err != nil {
			return nil, err
		}
		if p.clock, rest, err = takeUint(rest); err != nil {
			return nil, err
		}
		if p.state, rest, err = takeBytes(rest); err != nil || len(p.state) > maxPresence {
			return nil, errMessage
		}
		list = append(list, p)
	}
	if len(rest) > 0 {
		return nil, errMessage
	}
	return list, nil
}

func writeAwareness(list []presence) []byte {
	b := binary.AppendUvarint(nil, uint64(len(list)))
	for _, p := range list {
		b = binary.AppendUvarint(b, p.client)
		b = binary.AppendUvarint(b, p.clock)
		b = appendBytes(b, p.state)
	}
	return b
}

// withUser puts who somebody is into their state. It is an error when the state is no JSON object.
func withUser(state []byte, u User) ([]byte, error) {
	fields := map[string]json.RawMessage{}
	d := json.NewDecoder(bytes.NewReader(state))
	if err := d.Decode(&fields); err != nil || fields == nil || d.More() {
		return nil, errMessage
	}
	user, err := json.Marshal(u)
	if err != nil {
		return nil, err
	}
	fields["user"] = user
	return json.Marshal(fields)
}
