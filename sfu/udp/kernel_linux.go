package udp

import (
	"encoding/binary"
	"net/netip"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// kernel is what the fast path needs of a socket.
type kernel struct {
	raw   syscall.RawConn
	calls calls
	drain *drain
}

// calls are the system calls, so that tests can let them fail. They return how many messages were moved.
type calls struct {
	send, receive func(fd uintptr, first *unix.Mmsghdr, n int) (int, syscall.Errno)
}

func systemCalls() calls { return calls{send: sendmmsg, receive: recvmmsg} }

func sendmmsg(fd uintptr, first *unix.Mmsghdr, n int) (int, syscall.Errno) {
	r, _, errno := unix.RawSyscall6(unix.SYS_SENDMMSG, fd, uintptr(unsafe.Pointer(first)), uintptr(n), unix.MSG_DONTWAIT, 0, 0)
	return int(r), errno
}

func recvmmsg(fd uintptr, first *unix.Mmsghdr, n int) (int, syscall.Errno) {
	r, _, errno := unix.RawSyscall6(unix.SYS_RECVMMSG, fd, uintptr(unsafe.Pointer(first)), uintptr(n), unix.MSG_DONTWAIT, 0, 0)
	return int(r), errno
}

// openKernel finds out what the kernel, or the sandbox around us, has to offer.
func (c *Conn) openKernel(with calls) {
	raw, err := c.udp.SyscallConn()
	if err != nil {
		return
	}
	c.kernel = &kernel{raw: raw, calls: with}
	c.kernel.drain = newDrain(c)
	_ = raw.Control(func(fd uintptr) { // it fails on closed sockets only; then nothing matters
		_, sendErr := with.send(fd, nil, 0) // no messages: that is no error, unless the call is missing
		_, receiveErr := with.receive(fd, nil, 0)
		_, gsoErr := unix.GetsockoptInt(int(fd), unix.IPPROTO_UDP, unix.UDP_SEGMENT)
		c.fastSend.Store(sendErr == 0)
		c.fastReceive.Store(receiveErr == 0)
		c.gso.Store(sendErr == 0 && gsoErr == nil)
	})
}

// vector is an array of message headers for sendmmsg and recvmmsg, with what they point to.
type vector struct {
	headers  []unix.Mmsghdr
	pieces   []unix.Iovec
	names    []unix.RawSockaddrInet6 // IPv4 addresses lie in the same memory
	segments []segmentControl
}

// segmentControl is the control message of UDP_SEGMENT: how long each segment of a run is (Linux, udp(7)). The compiler
// pads it as CMSG_SPACE does, on 32 bits too; a test holds that.
type segmentControl struct {
	header unix.Cmsghdr
	size   uint16
}

func newVector(n int) *vector {
	v := &vector{headers: make([]unix.Mmsghdr, n), pieces: make([]unix.Iovec, n), names: make([]unix.RawSockaddrInet6, n),
		segments: make([]segmentControl, n)}
	for i := range v.headers {
		h := &v.headers[i].Hdr
		h.Name = (*byte)(unsafe.Pointer(&v.names[i]))
		h.Iov = &v.pieces[i]
		h.SetIovlen(1)
		v.segments[i].header.Level = unix.IPPROTO_UDP
		v.segments[i].header.Type = unix.UDP_SEGMENT
		v.segments[i].header.SetLen(unix.CmsgLen(2))
	}
	return v
}

// set prepares message i. A segment size of 0 makes it a plain datagram.
func (v *vector) set(i int, p []byte, segment int, to netip.AddrPort, scope uint32) {
	v.pieces[i].Base = unsafe.SliceData(p)
	v.pieces[i].SetLen(len(p))
	h := &v.headers[i].Hdr
	h.Namelen = putName(&v.names[i], to, scope)
	if segment > 0 {
		v.segments[i].size = uint16(segment)
		h.Control = (*byte)(unsafe.Pointer(&v.segments[i]))
		h.SetControllen(unix.CmsgSpace(2))
	} else {
		h.Control = nil
		h.SetControllen(0)
	}
}

// putName writes an address as the kernel wants it and returns its length.
func putName(name *unix.RawSockaddrInet6, to netip.AddrPort, scope uint32) uint32 {
	ip := to.Addr()
	if ip.Is4() {
		v4 := (*unix.RawSockaddrInet4)(unsafe.Pointer(name))
		v4.Family, v4.Addr = unix.AF_INET, ip.As4()
		putPort(&v4.Port, to.Port())
		return unix.SizeofSockaddrInet4
	}
	name.Family, name.Addr, name.Flowinfo, name.Scope_id = unix.AF_INET6, ip.As16(), 0, 0
	if ip.IsLinkLocalUnicast() {
		name.Scope_id = scope
	}
	putPort(&name.Port, to.Port())
	return unix.SizeofSockaddrInet6
}

// readName is the reverse of putName. scope is 0 except for link-local addresses.
func readName(name *unix.RawSockaddrInet6) (from netip.AddrPort, scope uint32) {
	switch name.Family {
	case unix.AF_INET:
		v4 := (*unix.RawSockaddrInet4)(unsafe.Pointer(name))
		return netip.AddrPortFrom(netip.AddrFrom4(v4.Addr), readPort(&v4.Port)), 0
	case unix.AF_INET6:
		return netip.AddrPortFrom(netip.AddrFrom16(name.Addr).Unmap(), readPort(&name.Port)), name.Scope_id
	}
	return netip.AddrPort{}, 0
}

func putPort(field *uint16, port uint16) {
	binary.BigEndian.PutUint16((*[2]byte)(unsafe.Pointer(field))[:], port)
}

func readPort(field *uint16) uint16 {
	return binary.BigEndian.Uint16((*[2]byte)(unsafe.Pointer(field))[:])
}
