//go:build !linux

package udp

// On these systems everything takes the portable path.

type kernel struct{}

type sender struct{}

type receiver struct{}

type calls struct{}

func systemCalls() calls { return calls{} }

func (c *Conn) openKernel(calls) {}

func (c *Conn) drainFast() (again bool) { return false }

func newSender(*Conn, int) *sender { return nil }

func (*sender) send(*Batch) {}

func newReceiver(*Reader) *receiver { return nil }

func (*receiver) receive(*Reader) error { return nil }
