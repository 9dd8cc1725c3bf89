package udp

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// canShare says that several sockets may have one port, and that the kernel chooses among them by the remote address.
const canShare = true

// share lets sockets of the same user that ask for it too have the same port (Linux, socket(7), SO_REUSEPORT).
func share(raw syscall.RawConn) error {
	var err error
	if controlErr := raw.Control(func(fd uintptr) {
		err = os.NewSyscallError("setsockopt", unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEPORT, 1))
	}); controlErr != nil {
		return controlErr
	}
	return err
}
