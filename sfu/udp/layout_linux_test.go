package udp

import (
	"net/netip"
	"strconv"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The kernel reads these structures as C lays them out; arrays of them must have its padding.
func TestLayout(t *testing.T) {
	header := map[int]uintptr{32: 32, 64: 64}[strconv.IntSize]
	if got := unsafe.Sizeof(unix.Mmsghdr{}); got != header {
		t.Errorf("struct mmsghdr has %d bytes instead of %d", got, header)
	}
	if got, want := unsafe.Sizeof(segmentControl{}), uintptr(unix.CmsgSpace(2)); got != want {
		t.Errorf("a control message has %d bytes instead of %d", got, want)
	}
	if got, want := unsafe.Offsetof(segmentControl{}.size), uintptr(unix.CmsgLen(0)); got != want {
		t.Errorf("its data are at %d instead of %d", got, want)
	}
	if got := unsafe.Sizeof(unix.RawSockaddrInet6{}); got != unix.SizeofSockaddrInet6 {
		t.Errorf("an address has %d bytes", got)
	}
}

func TestNames(t *testing.T) {
	for _, s := range []string{"192.0.2.1:80", "[2001:db8::1]:65535", "[fe80::1]:1", "[::1]:258"} {
		var name unix.RawSockaddrInet6
		a := netip.MustParseAddrPort(s)
		if size := putName(&name, a, 3); (size == unix.SizeofSockaddrInet4) != a.Addr().Is4() {
			t.Errorf("%v has %d bytes", a, size)
		}
		got, scope := readName(&name)
		if got != a || (scope == 3) != a.Addr().IsLinkLocalUnicast() {
			t.Errorf("%v is %v with scope %d", a, got, scope)
		}
	}
	var mapped unix.RawSockaddrInet6
	mapped.Family = unix.AF_INET6
	mapped.Addr = netip.MustParseAddr("::ffff:192.0.2.1").As16()
	if got, _ := readName(&mapped); !got.Addr().Is4() {
		t.Errorf("an IPv4 address inside IPv6 is %v", got)
	}
}
