package main

import (
	"net"
	"time"

	"github.com/pion/transport/v5/vnet"
)

// meter counts what the server sends to those outside its network, with UDP's and IP's headers, in steps of a hundredth of
// a second.
type meter struct {
	first   time.Time // of the first packet
	outside []int     // bytes in each step
	up      []int     // what everybody sends to it
}

const (
	meterStep = 10 * time.Millisecond
	perSecond = int(time.Second / meterStep)
	headers   = 28
)

// count takes a packet on its way.
func (m *meter) count(c vnet.Chunk) {
	from, ok := c.SourceAddr().(*net.UDPAddr)
	to, also := c.DestinationAddr().(*net.UDPAddr)
	if !ok || !also {
		return
	}
	now := time.Now()
	if m.first.IsZero() {
		m.first = now
	}
	at := int(now.Sub(m.first) / meterStep)
	switch size := len(c.UserData()) + headers; {
	case from.Port != 8443:
		m.up = add(m.up, at, size)
	case to.IP.To4()[1] != 2:
		m.outside = add(m.outside, at, size)
	}
}

func add(all []int, at, size int) []int {
	for len(all) <= at {
		all = append(all, 0)
	}
	all[at] += size
	return all
}

// busiest is the most that went in any second that begins at or after from seconds, and the mean, in bit/s.
func busiest(all []int, from int) (most, mean int) {
	sum, total, n := 0, 0, 0
	for i := from * perSecond; i < len(all); i++ {
		sum += all[i]
		total += all[i]
		n++
		if gone := i - perSecond; gone >= from*perSecond {
			sum -= all[gone]
		}
		most = max(most, sum)
	}
	if n == 0 {
		return 0, 0
	}
	return most * 8, total * 8 * perSecond / n
}
