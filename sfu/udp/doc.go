// Package udp holds the sockets of the media port: batches of datagrams in and out.
//
// Listen opens the port; New puts the same face on any net.PacketConn, such as a virtual network in a test. A Reader
// takes what has come, many datagrams with one system call. A Batch gathers what is to go, and sends it with one system
// call too, where equal-sized datagrams to one address travel through the kernel as one (UDP_SEGMENT, "GSO"). What the
// kernel cannot take at once waits in the connection's backlog, which Conn.Run empties.
//
// The package promises that nothing is allocated per datagram, that memory is bounded, that a datagram which cannot be
// sent is counted and stops no other, that order is kept within one class to one address, and that on Linux no sender
// is ever blocked: when the backlog is full, the oldest video is dropped first, and counted.
//
// On other systems, and where a sandbox forbids the system calls, everything goes through the portable path: one
// datagram for each call of Go's own net package. There a sender waits as long as the PacketConn's WriteTo does; for
// Go's sockets that is while the kernel's buffer is full.
//
// UDP_GRO, the reverse of GSO, is left out: datagrams that a browser sends one by one did not coalesce at all, not even
// ten in a row over a virtual network card with GRO, while every receive buffer would have to grow to 64 KB. On 100 Mbit/s
// they come a tenth of a millisecond apart.
//
// Read batch.go first, then reader.go.
package udp
