package udp

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// receiver fills a Reader's buffers with recvmmsg.
type receiver struct {
	conn    *Conn
	vector  *vector
	attempt func(fd uintptr) bool // made once: a closure for each call would be an allocation
	got     int
	errno   syscall.Errno
}

func newReceiver(r *Reader) *receiver {
	if r.conn.kernel == nil {
		return nil
	}
	f := &receiver{conn: r.conn, vector: newVector(len(r.bufs))}
	for i, buf := range r.bufs {
		f.vector.pieces[i].Base = &buf[0]
		f.vector.pieces[i].SetLen(MaxDatagram)
		f.vector.headers[i].Hdr.Namelen = unix.SizeofSockaddrInet6
	}
	f.attempt = f.try
	return f
}

// try asks the kernel for what is there. Nothing (false) lets the network poller wait for more.
func (f *receiver) try(fd uintptr) bool {
	f.got, f.errno = f.conn.kernel.calls.receive(fd, &f.vector.headers[0], len(f.vector.headers))
	if f.errno != 0 {
		f.got = 0
	}
	return f.errno != unix.EAGAIN
}

// receive waits for datagrams and adds them to the reader.
func (f *receiver) receive(r *Reader) error {
	if err := f.conn.kernel.raw.Read(f.attempt); err != nil {
		return err
	}
	switch f.errno {
	case 0:
	case unix.EINTR:
		return nil
	case unix.ENOSYS:
		f.conn.fastReceive.Store(false)
		return nil
	default:
		return f.errno
	}
	f.conn.counters.receiveCalls.Add(1)
	for i := range f.got {
		h := &f.vector.headers[i]
		from, scope := readName(&f.vector.names[i])
		if scope != 0 && f.conn.zone.scope.Load() != scope {
			f.conn.zone.scope.Store(scope)
		}
		h.Hdr.Namelen = unix.SizeofSockaddrInet6 // the kernel has written how much it used
		size := int(h.Len)
		if h.Hdr.Flags&unix.MSG_TRUNC != 0 {
			size = MaxDatagram + 1
		}
		r.add(i, size, from)
	}
	return nil
}
