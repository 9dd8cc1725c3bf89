// Package samples holds the media that simulated participants publish: four seconds of a moving picture in the three
// sizes of a camera's simulcast, and four seconds of synthesised speech, all made by make.sh from ffmpeg's own sources.
//
// Its promise: every video is one closed group of pictures, so that beginning it again, at any time, is a key frame and
// all that follows decodes; every voice packet is one Opus frame of 20 ms that payload.AppendOpus can stamp.
//
// Read samples.go first.
package samples
