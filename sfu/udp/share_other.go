//go:build !linux

package udp

import (
	"errors"
	"syscall"
)

// canShare is false because elsewhere SO_REUSEPORT is missing, or gives everything to one of the sockets.
const canShare = false

func share(syscall.RawConn) error { return errors.ErrUnsupported }
