package signaling

import "maps"

// maxView is how many sections of a PeerConnection a view remembers; the engine has fewer.
const maxView = 128

// view is what a client was told last of its media, so that one who comes back can be told again. The zero view is
// empty.
type view struct {
	order   []string // mids in the order they were first named
	slots   map[string]Slot
	speaker *Speaker
	send    *Send
	line    *Line
	bars    map[string]int // of others who are seated
}

// take remembers a notice and makes the messages that say it.
func (v *view) take(n Notice) []frame {
	var out view
	if len(n.Slots) > 0 {
		v.remember(n.Slots)
		out.remember(n.Slots)
	}
	if n.Speaker != nil {
		v.speaker = &Speaker{T: "speaker", ID: n.Speaker.ID, Talking: listOf(n.Speaker.Talking)}
		out.speaker = v.speaker
	}
	if n.Send != nil {
		v.send = &Send{T: "send", Camera: listOf(n.Send.Camera), Screen: listOf(n.Send.Screen)}
		out.send = v.send
	}
	if n.Line != nil {
		line := *n.Line
		line.T, line.Bars, line.Paused = "line", clampBars(line.Bars), append([]Paused{}, line.Paused...)
		v.line, out.line = &line, &line
	}
	for id, bars := range n.Bars {
		v.setBars(id, bars)
		out.setBars(id, bars)
	}
	return out.frames()
}

func clampBars(n int) int { return min(max(n, 0), MaxBars) }

func (v *view) setBars(id string, bars int) {
	if v.bars == nil {
		v.bars = map[string]int{}
	}
	v.bars[id] = clampBars(bars)
}

func (v *view) remember(slots []Slot) {
	if v.slots == nil {
		v.slots = map[string]Slot{}
	}
	for _, slot := range slots {
		if _, known := v.slots[slot.Mid]; !known {
			if len(v.order) == maxView {
				continue
			}
			v.order = append(v.order, slot.Mid)
		}
		v.slots[slot.Mid] = slot
	}
}

// frames are the messages that say all of it.
func (v *view) frames() []frame {
	var list []frame
	if len(v.order) > 0 {
		m := Slots{T: "slots"}
		for _, mid := range v.order {
			m.Slots = append(m.Slots, v.slots[mid])
		}
		list = append(list, encode(m))
	}
	if v.speaker != nil {
		list = append(list, encode(v.speaker))
	}
	if v.send != nil {
		list = append(list, encode(v.send))
	}
	if v.line != nil {
		f := encode(v.line)
		f.topic = topicLine
		list = append(list, f)
	}
	if len(v.bars) > 0 {
		list = append(list, barsFrame(maps.Clone(v.bars)))
	}
	return list
}

// listOf copies a list that the engine may reuse; an empty one is [] in JSON, never null.
func listOf(list []string) []string { return append([]string{}, list...) }
