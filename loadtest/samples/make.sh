#!/bin/sh
# Makes the media that simulated participants publish, with ffmpeg only, from nothing but its own test sources, so that
# the samples are ours and come out the same each time: one thread, bit-exact containers, fixed seeds.
#
# Each video is ONE closed group of pictures of four seconds: a key frame and then only inter frames. A sender that is
# asked for a key frame starts the loop again, which is what an encoder's answer looks like on the wire.
set -eu
cd "$(dirname "$0")"

seconds=4
rate=15
# A moving test picture with a little grain, so that the encoder has work in every frame as it has with a camera.
picture="testsrc2=size=1280x720:rate=$rate:duration=$seconds,boxblur=3,noise=alls=6:allf=t:all_seed=7"

video() { # name, size, kbit/s
	ffmpeg -nostdin -hide_banner -loglevel error -y -f lavfi -i "$picture" -vf "scale=$2:flags=bicubic" \
		-c:v libvpx -pix_fmt yuv420p -threads 1 -deadline good -cpu-used 2 -lag-in-frames 0 -auto-alt-ref 0 \
		-error-resilient 1 -g 1000 -keyint_min 1000 -b:v "$3k" -minrate "$3k" -maxrate "$3k" -bufsize "$3k" \
		-flags +bitexact -fflags +bitexact -f ivf "$1.ivf"
}

video q 320x180 120
video h 640x360 300
video f 1280x720 700

# Speech by the flite synthesiser, looped to four seconds; one 20 ms packet to an Ogg page, so that pages are packets.
ffmpeg -nostdin -hide_banner -loglevel error -y \
	-f lavfi -i "flite=text='Good morning everybody. I can hear you well. Shall we begin with the first point?':voice=slt" \
	-af "aresample=48000,apad,atrim=duration=$seconds" -ac 1 \
	-c:a libopus -b:a 28k -vbr constrained -application voip -frame_duration 20 -packet_loss 10 -fec 1 \
	-page_duration 20000 -map_metadata -1 -flags +bitexact -fflags +bitexact -f ogg voice.ogg
