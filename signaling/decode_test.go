package signaling

import (
	"encoding/json"
	"strings"
	"testing"

	"tablee/room"
)

func nested(depth int) string {
	return `{"x":` + strings.Repeat("[", depth-1) + strings.Repeat("]", depth-1) + `}`
}

func TestDecode(t *testing.T) {
	for _, c := range []struct {
		text string
		code room.Code
	}{
		{`{"t":"ping","n":7}`, ""},
		{` { } `, ""},
		{`{"t":"state","mic":null}`, ""},
		{nested(MaxDepth), ""},
		{nested(MaxDepth + 1), room.CodeBadMessage},
		{strings.Repeat(`{"a":`, 20_000), room.CodeBadMessage},
		{strings.Repeat(`[`, MaxMessage), room.CodeBadMessage},
		{`{"a":[{"b":1},{"b":2}]}`, ""},
		{`{"a":{"b":1},"b":2}`, ""},
		{`{"a":"b","b":"a"}`, ""}, // values are no keys
		{`{"a":1,"\u0061":2}`, room.CodeBadMessage},
		{`{"a":[{"b":1,"b":2}]}`, room.CodeBadMessage},
		{`{"a":[1,{"c":[]}],"a":2}`, room.CodeBadMessage},
		{`{"K":1,"k":2}`, room.CodeBadMessage}, // Kelvin sign
		{`{"n":1e999}`, room.CodeBadMessage},
		{`{"n":1.5}`, room.CodeBadMessage},
		{`{"n":9223372036854775808}`, room.CodeBadMessage},
		{`{"v":"1"}`, room.CodeBadMessage},
		{`{"quality":["auto"]}`, room.CodeBadMessage},
		{`{"videos":[{"id":"a","big":1}]}`, room.CodeBadMessage},
		{`{"videos":{}}`, room.CodeBadMessage},
		{`{"t":"x"}x`, room.CodeBadMessage},
		{`{"t":"x"}{}`, room.CodeBadMessage},
		{`{"t":"x",}`, room.CodeBadMessage},
		{"", room.CodeBadMessage},
		{"\x00", room.CodeBadMessage},
		{`{"x":"` + strings.Repeat("a", MaxMessage-8) + `"}`, ""},
		{`{"x":"` + strings.Repeat("a", MaxMessage-7) + `"}`, room.CodeTooBig},
	} {
		if _, err := Decode([]byte(c.text)); room.CodeOf(err) != c.code {
			t.Errorf("%.60s: %v, want %q", c.text, err, c.code)
		}
	}
	m, err := Decode([]byte(`{"t":"hello","v":1,"name":"Ann\u00e9","mic":false,"x":[1]}`))
	if err != nil || m.Name != "Anné" || m.Mic == nil || *m.Mic || m.Cam != nil || m.V != 1 {
		t.Errorf("%+v, %v", m, err)
	}
}

// FuzzDecode: never a panic, errors carry a code, and what is taken means the same when it is written again.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"t":"hello","v":1,"name":"Anna","mic":true,"cam":false,"resume":"x","pc":"y"}`,
		`{"t":"offer","sdp":"v=0\r\n","gen":2,"mids":{"mic":"0","camera":"1"}}`,
		`{"t":"demand","videos":[{"id":"a","kind":"camera","height":180}]}`,
		`{"t":"demand","videos":[{"id":"a","kind":"screen","height":1080,"big":true},{"id":"b","kind":"camera","height":90,"big":null}]}`,
		`{"t":"prefs","quality":"saver"}`, `{"t":"prefs","quality":7}`, `{"t":"prefs","quality":"\u0000"}`, `{"t":"prefs","quality":"auto","Quality":"voice"}`,
		`{"t":"a","T":"b"}`, `{"a":{"b":[1,{"c":null}]},"a":1}`, nested(MaxDepth + 1), `{"ſ":1,"s":2}`, "{\"t\":\"\xff\"}", `[[`, `{"n":-0}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Decode(data)
		if err != nil {
			if c := room.CodeOf(err); c != room.CodeBadMessage && c != room.CodeTooBig {
				t.Fatalf("code %q", c)
			}
			return
		}
		again, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if len(again) > MaxMessage { // escapes may make it longer
			return
		}
		m2, err := Decode(again)
		if err != nil {
			t.Fatalf("%s is not taken again: %v", again, err)
		}
		third, _ := json.Marshal(m2)
		if string(again) != string(third) {
			t.Fatalf("%s became %s", again, third)
		}
	})
}
