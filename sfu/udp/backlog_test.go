package udp

import (
	"bytes"
	"math/rand/v2"
	"net/netip"
	"testing"
)

func TestBacklogDropsTheOldestVideoFirst(t *testing.T) {
	const half = backlogPackets / 2
	cases := []struct {
		name               string
		video, audio, ctrl int // what is there
		push               Class
		dropped            [classes]int
		kept               bool
	}{
		{"room for all", 10, 10, 10, Video, [classes]int{}, true},
		{"video for video", half, half, 0, Video, [classes]int{Video: 1}, true},
		{"video for audio", 1, backlogPackets - 1, 0, Audio, [classes]int{Video: 1}, true},
		{"video for control", half, half, 0, Control, [classes]int{Video: 1}, true},
		{"no video left", 0, half, half, Audio, [classes]int{Audio: 1}, true},
		{"no video left, for control", 0, half, half, Control, [classes]int{Audio: 1}, true},
		{"control only", 0, 0, backlogPackets, Control, [classes]int{Control: 1}, true},
		{"nothing less needed than video", 0, half, half, Video, [classes]int{Video: 1}, false},
		{"nothing less needed than audio", 0, 0, backlogPackets, Audio, [classes]int{Audio: 1}, false},
	}
	for _, c := range cases {
		var b backlog
		var dropped [classes]int
		for class, n := range [classes]int{c.video, c.audio, c.ctrl} {
			for i := range n {
				b.push([]byte{byte(i), byte(i >> 8)}, netip.AddrPort{}, Class(class), &dropped)
			}
		}
		if kept := b.push([]byte("new"), netip.AddrPort{}, c.push, &dropped); kept != c.kept || dropped != c.dropped {
			t.Errorf("%s: kept %v, dropped %v", c.name, kept, dropped)
		}
		for class, n := range dropped { // whoever is gone was the oldest
			if q := b.queues[class]; n > 0 && q.length > 0 && c.kept && !bytes.Equal(b.slots[q.first].packet(), []byte{1, 0}) {
				if Class(class) != c.push || q.length > 1 {
					t.Errorf("%s: the first %v is now %v", c.name, Class(class), b.slots[q.first].packet())
				}
			}
		}
	}
}

func TestBacklogIsBoundedInBytes(t *testing.T) {
	var b backlog
	var dropped [classes]int
	big := make([]byte, MaxPacket)
	for range 2 * backlogPackets {
		b.push(big, netip.AddrPort{}, Video, &dropped)
		if b.bytes > backlogBytes || b.packets > backlogPackets {
			t.Fatalf("%d bytes in %d packets", b.bytes, b.packets)
		}
	}
	if want := backlogBytes / MaxPacket; b.packets != want || dropped[Video] != 2*backlogPackets-want {
		t.Errorf("%d packets wait, %v were dropped", b.packets, dropped)
	}
	b.push(make([]byte, 10), netip.AddrPort{}, Control, &dropped)
	if got := b.queues[Control].length; got != 1 {
		t.Errorf("%d control packets wait", got)
	}
}

func TestBacklogTakesMemoryLazily(t *testing.T) {
	var b backlog
	if b.slots != nil {
		t.Error("an empty backlog holds memory")
	}
	var dropped [classes]int
	var hand [1]int32
	for range 10 * backlogPackets {
		b.push([]byte("x"), netip.AddrPort{}, Audio, &dropped)
		b.take(hand[:])
		b.release(hand[0])
	}
	if len(b.slots) != backlogChunk {
		t.Errorf("one packet at a time needs %d slots", len(b.slots))
	}
}

// modelPackets is how long a test against the model goes on.
const modelPackets = 6000

// model is the backlog in its simplest form.
type model struct {
	queues [classes][]int // numbers of packets
	hand   []int
	size   [modelPackets]int
	class  [modelPackets]Class
}

func (m *model) held() (packets, bytes int) {
	for _, list := range [][]int{m.queues[0], m.queues[1], m.queues[2], m.hand} {
		for _, n := range list {
			packets++
			bytes += m.size[n]
		}
	}
	return packets, bytes
}

func (m *model) push(n, size int, class Class, dropped *[classes]int) {
	m.size[n], m.class[n] = size, class
	for packets, bytes := m.held(); packets >= backlogPackets || bytes+size > backlogBytes; packets-- {
		victim := Video
		for victim < class && len(m.queues[victim]) == 0 {
			victim++
		}
		dropped[victim]++
		if len(m.queues[victim]) == 0 {
			return
		}
		bytes -= m.size[m.queues[victim][0]]
		m.queues[victim] = m.queues[victim][1:]
	}
	m.queues[class] = append(m.queues[class], n)
}

func TestBacklogAgreesWithItsModel(t *testing.T) {
	for seed := range uint64(4) {
		random := rand.New(rand.NewPCG(seed, 7))
		var b backlog
		var m model
		var dropped, modelDropped [classes]int
		var hand []int32
		for n := range modelPackets {
			switch op := random.IntN(8); {
			case op < 7:
				size, class := 4+random.IntN(MaxPacket-3), Class(random.IntN(classes))
				if seed%2 == 0 {
					size = 4 + random.IntN(300) // the bound of packets is met first
				}
				b.push(fill(make([]byte, size), n), netip.AddrPort{}, class, &dropped)
				m.push(n, size, class, &modelDropped)
			case len(hand) == 0:
				hand = make([]int32, 1+random.IntN(6))
				hand = hand[:b.take(hand)]
				for class := classes - 1; class >= 0; class-- {
					k := min(cap(hand)-len(m.hand), len(m.queues[class]))
					m.hand, m.queues[class] = append(m.hand, m.queues[class][:k]...), m.queues[class][k:]
				}
			default:
				done := random.IntN(len(hand) + 1)
				for _, i := range hand[:done] {
					b.release(i)
				}
				b.restore(hand[done:])
				rest := m.hand[done:]
				for k := len(rest) - 1; k >= 0; k-- {
					q := &m.queues[m.class[rest[k]]]
					*q = append([]int{rest[k]}, *q...)
				}
				hand, m.hand = nil, nil
			}
			if n%16 != 0 {
				continue
			}
			compare(t, &b, &m, hand, dropped, modelDropped)
		}
		if dropped[Video] == 0 {
			t.Error("nothing was ever dropped")
		}
	}
}

func compare(t *testing.T, b *backlog, m *model, hand []int32, dropped, modelDropped [classes]int) {
	t.Helper()
	packets, bytes := m.held()
	if b.packets != packets || b.bytes != bytes || dropped != modelDropped {
		t.Fatalf("%d packets with %d bytes, dropped %v; the model has %d with %d, dropped %v", b.packets, b.bytes, dropped, packets, bytes, modelDropped)
	}
	for k, i := range hand {
		if number(b.slots[i].packet()) != m.hand[k] {
			t.Fatalf("packet %d in the hand is %d, not %d", k, number(b.slots[i].packet()), m.hand[k])
		}
	}
	for class, want := range m.queues {
		i := b.queues[class].first
		for _, n := range want {
			if got := number(b.slots[i].packet()); got != n || b.slots[i].class != Class(class) {
				t.Fatalf("%v: packet %d instead of %d", Class(class), got, n)
			}
			i = b.slots[i].next
		}
		if b.queues[class].length != len(want) {
			t.Fatalf("%d of class %v, not %d", b.queues[class].length, Class(class), len(want))
		}
	}
}
