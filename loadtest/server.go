package loadtest

import (
	"net"
	"strconv"
	"time"
)

// processUsage is what a process has used since it began.
type processUsage struct {
	pid int
	cpu time.Duration
	rss uint64 // bytes, now
}

// serverUsage reads the server's process, nil when it does not run on this machine or cannot be seen.
func (m *meeting) serverUsage() *processUsage {
	if m.o.DialContext != nil || !local(m.target.base.Hostname()) {
		return nil
	}
	port := m.target.base.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[m.target.base.Scheme]
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil
	}
	return findListener(uint16(n))
}

// usage is the difference of two readings, as the report gives it.
func usage(before, after *processUsage, packets uint64) *Server {
	if before == nil || after == nil || before.pid != after.pid {
		return nil
	}
	s := &Server{CPUSeconds: (after.cpu - before.cpu).Seconds(), RSSBytes: after.rss}
	if packets > 0 {
		s.CPUUsPerPacket = round2(s.CPUSeconds * 1e6 / float64(packets))
	}
	return s
}

// local says whether a host name is this machine.
func local(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	if ip == nil {
		return false
	}
	if ip.IsLoopback() {
		return true
	}
	own, err := net.InterfaceAddrs()
	if err != nil {
		return false
	}
	for _, a := range own {
		if n, ok := a.(*net.IPNet); ok && n.IP.Equal(ip) {
			return true
		}
	}
	return false
}
