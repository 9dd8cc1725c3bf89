package udp

import (
	"encoding/binary"
	"net/netip"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// inNamespace tells the copy of this test binary that it runs in a network namespace of its own.
const inNamespace = "TABLEE_TEST_UDP_NAMESPACE"

// What the kernel does when a network is slow or small is seen in a network namespace, where the loopback interface is
// both. No rights are needed for that: whoever is not root becomes root in a user namespace.
func TestKernelInNamespace(t *testing.T) {
	if os.Getenv(inNamespace) != "" {
		t.Run("full socket", testReallyFullSocket)
		t.Run("unreachable network", testReallyUnreachable)
		t.Run("long segments", testReallyLongSegments)
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestKernelInNamespace$", "-test.v")
	cmd.Env = append(os.Environ(), inNamespace+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNET}
	if uid := os.Getuid(); uid != 0 {
		cmd.SysProcAttr.Cloneflags |= unix.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: uid, Size: 1}}
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("in a network namespace (which needs root, or user namespaces allowed): %v\n%s", err, out)
	}
}

// testReallyFullSocket sends more than the socket's buffer holds over a slow interface.
func testReallyFullSocket(t *testing.T) {
	setLoopback(t, 65536)
	limitLoopback(t)
	for _, c := range open(t, Config{Buffer: 32 << 10}) {
		const total = 420
		s, to := sink(t, c)
		stop := run(t, c)
		for range 2 { // the second time the drain has slept
			b := c.NewBatch()
			for n := range total {
				b.Commit(fill(b.Space(1100)[:1100], n), to, Class(n%classes))
			}
			b.Flush()
			got, last := make([]byte, MaxPacket), [classes]int{-3, -2, -1}
			for range total {
				size, err := s.Read(got)
				if err != nil || size != 1100 {
					t.Fatalf("%d bytes, %v", size, err)
				}
				n := number(got)
				if class := n % classes; n != last[class]+classes {
					t.Fatalf("%v %d follows %d", Class(class), n, last[class])
				}
				last[n%classes] = n
			}
		}
		stop()
		st := c.Stats()
		if st.Queued < total/2 || st.Sent != 2*total || st.SendErrors != 0 || st.Dropped != [3]uint64{} || st.Backlog != 0 {
			t.Errorf("on %v: counted %+v", c.LocalAddr(), st)
		}
		if st.SendCalls > st.Queued { // it waits for the kernel's word, it does not try again and again
			t.Errorf("%d calls for %d waiting datagrams", st.SendCalls, st.Queued)
		}
	}
}

// testReallyUnreachable sends where no route leads.
func testReallyUnreachable(t *testing.T) {
	setLoopback(t, 65536)
	nowhere := map[bool]netip.AddrPort{
		false: netip.MustParseAddrPort("192.0.2.1:9"), true: netip.MustParseAddrPort("[2001:db8::1]:9")}
	for _, c := range open(t, Config{Buffer: testBuffer}) {
		s, to := sink(t, c)
		b := c.NewBatch()
		for n := range 10 {
			for range 3 {
				b.Commit(b.Space(100)[:100], nowhere[c.ipv6], Video)
			}
			b.Commit(fill(b.Space(100)[:100], n), to, Video)
		}
		b.Flush()
		for n := range 10 {
			expect(t, s, [][]byte{fill(make([]byte, 100), n)})
		}
		if st := c.Stats(); st.Sent != 10 || st.SendErrors != 30 {
			t.Errorf("counted %+v", st)
		}
	}
}

// testReallyLongSegments lets the kernel itself refuse a run: its segments are longer than the interface takes.
func testReallyLongSegments(t *testing.T) {
	setLoopback(t, 1280)
	for _, c := range open(t, Config{Buffer: testBuffer}) {
		gso := c.gso.Load()
		s, to := sink(t, c)
		b := c.NewBatch()
		var want [][]byte
		for n := range 20 {
			want = append(want, fill(make([]byte, 1400), n))
			b.Commit(append(b.Space(1400), want[n]...), to, Video)
		}
		b.Flush()
		expect(t, s, want)
		if st := c.Stats(); st.Sent != 20 || st.GSOMessages != 0 || gso && st.SendCalls < 2 {
			t.Errorf("%s: counted %+v", c.Mode(), st)
		}
		t.Logf("after a run that was too long: %s", c.Mode())
	}
}

// setLoopback brings the namespace's loopback interface up and sets its MTU.
func setLoopback(t *testing.T, mtu uint32) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Close(fd) }()
	lo, err := unix.NewIfreq("lo")
	if err != nil {
		t.Fatal(err)
	}
	lo.SetUint32(mtu)
	if err := unix.IoctlIfreq(fd, unix.SIOCSIFMTU, lo); err != nil {
		t.Fatalf("set the MTU of lo: %v", err)
	}
	lo.SetUint16(unix.IFF_UP)
	if err := unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, lo); err != nil {
		t.Fatalf("bring lo up: %v", err)
	}
}

// limitLoopback puts a token bucket of 4 MB/s before the loopback interface, which is interface 1 in every namespace. Only
// there does what is under way count against the sender's buffer: without it, loopback is never slow. It is what
// "tc qdisc add dev lo root tbf rate 4mbps burst 5k limit 1m" does (Linux, rtnetlink(7), tc-tbf(8)).
func limitLoopback(t *testing.T) {
	t.Helper()
	const tcaKind, tcaOptions, tbfParameters, tbfBurst = 1, 2, 1, 6
	native := binary.NativeEndian
	var parameters []byte // struct tc_tbf_qopt
	parameters = append(parameters, make([]byte, 8)...)
	parameters = native.AppendUint32(parameters, 4<<20) // rate
	parameters = append(parameters, make([]byte, 12)...)
	parameters = native.AppendUint32(parameters, 1<<20) // limit
	parameters = append(parameters, make([]byte, 8)...)

	var body []byte // struct tcmsg
	body = native.AppendUint32(body, unix.AF_UNSPEC)
	body = native.AppendUint32(body, 1) // interface
	body = native.AppendUint32(body, 0)
	body = native.AppendUint32(body, 0xffffffff) // TC_H_ROOT
	body = native.AppendUint32(body, 0)
	body = append(body, attribute(tcaKind, []byte("tbf\x00"))...)
	body = append(body, attribute(tcaOptions, append(attribute(tbfParameters, parameters),
		attribute(tbfBurst, native.AppendUint32(nil, 5000))...))...)

	var message []byte // struct nlmsghdr
	message = native.AppendUint32(message, uint32(16+len(body)))
	message = native.AppendUint16(message, unix.RTM_NEWQDISC)
	message = native.AppendUint16(message, unix.NLM_F_REQUEST|unix.NLM_F_ACK|unix.NLM_F_CREATE|unix.NLM_F_EXCL)
	message = append(message, make([]byte, 8)...)
	message = append(message, body...)

	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_ROUTE)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Close(fd) }()
	if err := unix.Sendto(fd, message, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		t.Fatal(err)
	}
	reply := make([]byte, 4096)
	n, _, err := unix.Recvfrom(fd, reply, 0)
	if err != nil || n < 20 {
		t.Fatalf("%d bytes, %v", n, err)
	}
	if code := int32(native.Uint32(reply[16:])); code != 0 {
		t.Fatalf("make lo slow: %v", syscall.Errno(-code))
	}
}

// attribute is a struct rtattr with its padding.
func attribute(kind uint16, content []byte) []byte {
	out := binary.NativeEndian.AppendUint16(nil, uint16(4+len(content)))
	out = append(binary.NativeEndian.AppendUint16(out, kind), content...)
	return append(out, make([]byte, (4-len(out)%4)%4)...)
}
