// Package link is a simulated participant's transport: ICE, DTLS and SRTP (RFC 8445, 5764, 3711) over one socket of its
// own, without the rest of a PeerConnection.
//
// Its promise: a received media packet is decrypted where it is read from the socket, on the goroutine that reads, and
// handed on before the next one is read. There is no queue, no second goroutine and no allocation in between, so that
// the load test costs less than the server that it tests.
//
// One socket for all participants is not possible: a server tells them apart by their addresses, and so would the
// answers be told apart. Read link.go first, then socket.go.
package link
