package direct

import (
	"net"
	"net/netip"
	"slices"
	"testing"

	"github.com/pion/ice/v4"

	"tablee/sfu/udp"
)

// portOn is a Port on sockets of this machine.
func portOn(t *testing.T, tcp int, more []netip.Addr, at ...string) *Port {
	t.Helper()
	cfg := Config{Certificate: certificate(t), TCPPort: tcp, Addresses: more}
	for _, a := range at {
		c, err := net.ListenPacket("udp", a)
		must(t, err)
		cfg.Conns = append(cfg.Conns, udp.New(c))
	}
	p, err := NewPort(cfg)
	must(t, err)
	t.Cleanup(func() { must(t, p.Close()) })
	return p
}

// Every address is offered by UDP and at the TCP port; those of TCP are passive, and come after all of UDP (RFC 6544,
// section 4.2). An address of a family that we have no socket of is not offered at all.
func TestCandidates(t *testing.T) {
	four, six := netip.MustParseAddr("203.0.113.7"), netip.MustParseAddr("2001:db8::7")
	for _, c := range []struct {
		name string
		tcp  int
		at   []string
		want []string // NETWORK ADDRESS, best first
	}{
		{"no TCP", 0, []string{"127.0.0.1:0"}, []string{"udp4 127.0.0.1", "udp4 203.0.113.7"}},
		{"IPv4", 443, []string{"127.0.0.1:0"}, []string{"udp4 127.0.0.1", "udp4 203.0.113.7", "tcp4 127.0.0.1", "tcp4 203.0.113.7"}},
		{"IPv6", 443, []string{"[::1]:0"}, []string{"udp6 ::1", "udp6 2001:db8::7", "tcp6 ::1", "tcp6 2001:db8::7"}},
		{"both", 443, []string{"127.0.0.1:0", "[::1]:0"}, []string{"udp4 127.0.0.1", "udp6 ::1", "udp4 203.0.113.7", "udp6 2001:db8::7",
			"tcp4 127.0.0.1", "tcp6 ::1", "tcp4 203.0.113.7", "tcp6 2001:db8::7"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := portOn(t, c.tcp, []netip.Addr{four, six}, c.at...)
			var got []string
			last, foundations := ^uint32(0), map[string]bool{}
			for _, line := range p.local.candidates() {
				x, err := ice.UnmarshalCandidate(line)
				must(t, err)
				got = append(got, x.NetworkType().NetworkShort()+map[bool]string{true: "6", false: "4"}[x.NetworkType().IsIPv6()]+" "+x.Address())
				if x.Priority() >= last || foundations[x.Foundation()] {
					t.Errorf("%s comes after one of priority %d, or has another's foundation", line, last)
				}
				last, foundations[x.Foundation()] = x.Priority(), true
				via := pathIPv4
				if x.NetworkType().IsIPv6() {
					via = pathIPv6
				}
				if tcp := x.NetworkType().IsTCP(); tcp != (x.TCPType() == ice.TCPTypePassive) || tcp && x.Port() != c.tcp || !tcp && x.Port() != int(p.local.ports[via]) {
					t.Errorf("%s is of another kind, or at another port", line)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("offered are %q, not %q", got, c.want)
			}
		})
	}
}

// What is advertised besides changes at once, in whatever notation it comes.
func TestAnotherAddressIsOffered(t *testing.T) {
	old, now := netip.MustParseAddr("203.0.113.7"), netip.MustParseAddr("::ffff:203.0.113.8")
	p := portOn(t, 443, []netip.Addr{old}, "127.0.0.1:0")
	if !p.SetAddresses([]netip.Addr{now}) || p.SetAddresses([]netip.Addr{now}) {
		t.Error("a change is none, or none is one")
	}
	all := p.local.all()
	if slices.Contains(all, old) || !slices.Contains(all, now.Unmap()) {
		t.Errorf("offered are %v", all)
	}
}
