package allocate_test

import (
	"fmt"

	"tablee/sfu/allocate"
	"tablee/sfu/estimate"
	"tablee/sfu/layer"
)

// What the engine does with one receiver; times are monotonic nanoseconds.
func Example() {
	const now, uplink = int64(0), 10_000_000
	profile, _ := allocate.ProfileNamed(allocate.Frugal)
	line := estimate.New(estimate.Config{Start: 600_000}, now) // at the join
	var load allocate.Load                                     // one for the machine
	var bucket allocate.Bucket                                 // one for the host's line
	bucket.SetLimit(uplink / 100 * profile.UplinkShare)
	shares := allocate.New() // one for all meetings

	// Five times a second, and when somebody comes, goes, speaks or pins: all receivers of all meetings at once.
	camera := []layer.Layer{{Height: 180, Live: true, Bitrate: 120_000}, {Height: 360, Live: true, Bitrate: 400_000}}
	receivers := []allocate.Receiver{{
		Estimate: line.Rate(), Voices: profile.Voices, VoiceRate: profile.VoiceRate(),
		MaxVideos: load.Videos(), MaxFaces: profile.Thumbnails,
		Sources: []allocate.Source{ // kept from call to call, with their Choice
			{Layers: camera, Want: profile.Want(allocate.Speaker, 720), Class: allocate.Speaker},
			{Layers: camera, Want: profile.Want(allocate.Thumbnail, 180), Class: allocate.Thumbnail},
			{Layers: camera, Want: profile.Want(allocate.Thumbnail, 180), Class: allocate.Thumbnail},
		},
	}}
	shares.Share(now, uplink/100*profile.UplinkShare, receivers)
	for i, s := range receivers[0].Sources {
		fmt.Printf("%d: send layer %d, ask for %d, %q\n", i, s.Choice.Layer, s.Choice.Wish, s.Choice.Limit)
	}
	line.Demand(receivers[0].Plan.Want, receivers[0].Plan.Next)

	// With each feedback message: the packets it speaks of, from the ring of what was sent.
	line.Feedback(now, 40_000_000, []estimate.Packet{{SentAt: now, ArrivedAt: 20_000_000, Size: 1200, Received: true}})
	// Ten times a second, with the bytes of which no feedback has spoken; a probe is sent beside the media.
	line.Tick(now, 0)
	if probe, ok := line.Probe(now); ok {
		fmt.Println("send padding of", probe.Bytes, "bytes at", probe.Rate)
	}
	// For each packet to a receiver outside the LAN.
	fmt.Println(bucket.Pass(now, 138, allocate.Audio), bucket.Pass(now, 1200, allocate.Video))
	// Output:
	// 0: send layer 0, ask for 0, "your-line"
	// 1: send layer 0, ask for 0, ""
	// 2: send layer 0, ask for 0, ""
	// send padding of 6732 bytes at 897600
	// true true
}
