// Package packet reads RTP packets and VP8 payload descriptors where they lie, without copying or allocating.
//
// It promises never to look past the end of a buffer, whatever the network sent. Read rtp.go first.
package packet
