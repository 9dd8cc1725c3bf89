package allocate

// Outside is who is outside the LAN, for Admit.
type Outside struct {
	Receivers int // outside the LAN
	People    int // in the same meeting, the LAN included
	Voices    int // that each is sent at most
	VoiceRate int // bit/s of one on the wire
	Elsewhere int // bit/s of voices that other meetings are sent
}

// Verdict is whether one more may join, with the numbers for an honest sentence.
type Verdict struct {
	OK   bool
	Need int // bit/s of voices alone, with the newcomer
	Have int // bit/s that the line carries
	Room int // how many people outside could be in this meeting
}

// Admit says whether the host's line carries the voices when one more person comes, who is outside the LAN or in it.
// Pictures do not count: they make room.
func Admit(uplink int, m Outside, newcomerInLAN bool) Verdict {
	receivers := m.Receivers
	if !newcomerInLAN {
		receivers++
	}
	need := m.Elsewhere + voices(m, receivers, m.People+1)
	v := Verdict{OK: uplink <= 0 || need <= uplink, Need: need, Have: max(uplink, 0)}
	each := m.Voices * m.VoiceRate
	if uplink > 0 && each > 0 {
		v.Room = max(uplink-m.Elsewhere, 0) / each
	}
	if v.OK {
		v.Room = max(v.Room, receivers)
	}
	return v
}

// voices is what they cost: nobody is sent the own voice.
func voices(m Outside, receivers, people int) int {
	return receivers * max(min(m.Voices, people-1), 0) * m.VoiceRate
}
