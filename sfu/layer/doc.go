// Package layer chooses which simulcast layer of a camera or screen to send to whom, and which layers somebody needs,
// so that the sender can pause the others.
//
// It promises that a choice never depends on a layer that is not being sent, that it does not flap when a tile's size
// wavers around a threshold, and that pausing never leaves anybody without a picture while a layer starts. It is pure
// arithmetic without state: read Choose first.
package layer
