// Package allocate shares out bandwidth: which layer of which picture each receiver is sent, within what the receiver's
// own line carries, and within what the host's line carries for all receivers outside its network together.
//
// Voices come first and are never left out. Then each picture is raised step by step, all in one order: a screen before
// the large picture, that before the thumbnails, equals in turn. What is sent is always a beginning of that order, so
// that more bandwidth never takes a picture from anybody. A step up waits until there is room to spare for a while; a
// step down does not wait.
//
// It promises that no budget is exceeded by pictures, that the result depends only on its input, and that it allocates
// no memory once it has seen a meeting's size. It holds no clock, lock or goroutine: now is monotonic nanoseconds. Read
// share.go first, then order.go. Beside it: Bucket holds the host's line to its limit packet by packet, Load lowers the
// number of pictures when the machine is busy, Admit says whether the line carries one more voice, and profile.go has
// the profiles normal, frugal and voice.
package allocate
