// Command guest is a simulated participant on Pion's own PeerConnection, for the network lab.
//
// Purpose: somebody who is no browser and shares no line with the server's transport, nor with the load test's. It goes by the
// way that it is told (straight by UDP, ICE over TCP, the relay over UDP, TCP or TLS), sends a voice and a camera, hears, and
// decodes the key frames of what it sees. It speaks with the test on its input and output as visit.mjs does.
//
// Promise: it says that it met somebody only after a picture of theirs was decoded that shows something, and their voice came.
//
// Read guest.go first.
package main
