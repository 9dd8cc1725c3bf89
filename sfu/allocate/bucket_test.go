package allocate

import (
	"math/rand"
	"testing"
)

// Whatever is offered, no second carries more than the limit, as long as the voices alone do not.
func TestNoSecondExceedsTheLimit(t *testing.T) {
	for _, limit := range []int{500_000, 8_000_000, 26_000_000} {
		for seed := range int64(5) {
			rnd := rand.New(rand.NewSource(seed))
			var b Bucket
			b.SetLimit(limit)
			type sent struct {
				at   int64
				size int
			}
			var log []sent
			var audio, video int
			for now := int64(0); now < 10*second; now += millisecond {
				if now%(20*millisecond) < 2*millisecond { // voices: about a third of the limit
					for voice := 0; voice < limit/3/50/8/2; voice += 138 {
						if !b.Pass(now, 138, Audio) {
							t.Fatal("a voice was refused")
						}
						log, audio = append(log, sent{now, 138}), audio+138
					}
				}
				for range rnd.Intn(max(limit/300_000, 2)) { // pictures: more than fit, in bursts
					if size := 200 + rnd.Intn(1000); now/second%2 == 0 && b.Pass(now, size, Video) {
						log, video = append(log, sent{now, size}), video+size
					}
				}
				if size := 500; b.Pass(now, size, Padding) {
					log = append(log, sent{now, size})
				}
			}
			sum, first := 0, 0
			for i := range log {
				for sum += log[i].size; log[first].at <= log[i].at-second; first++ {
					sum -= log[first].size
				}
				if sum*8 > limit {
					t.Fatalf("limit %d, seed %d: %d bits in the second before %d ms", limit, seed, sum*8, log[i].at/millisecond)
				}
			}
			if got, _ := b.Counts(Audio); got != uint64(audio) {
				t.Errorf("%d bytes of voices counted, %d sent", got, audio)
			}
			if limit >= 8_000_000 && video < limit/8*2 {
				t.Errorf("limit %d: pictures got only %d bytes in 10 s", limit, video)
			}
		}
	}
}

func TestBucketUsesItsLimit(t *testing.T) {
	var b Bucket
	b.SetLimit(8_000_000)
	bytes := 0
	for now := int64(0); now < 10*second; now += 100_000 {
		if b.Pass(now, 1200, Video) {
			bytes += 1200
		}
	}
	if rate := bytes * 8 / 10; rate < 7_500_000 || rate > 8_000_000 {
		t.Errorf("%d bit/s of 8,000,000", rate)
	}
}

func TestBucketWait(t *testing.T) {
	var b Bucket
	b.SetLimit(1_000_000)
	for b.Pass(0, 1200, Video) {
	}
	at := b.Wait(0, 1200, Video)
	if at <= 0 || at > burst || b.Pass(at-1, 1200, Video) || !b.Pass(at, 1200, Video) {
		t.Errorf("Wait says %d", at)
	}
	if b.Wait(0, 1200, Audio) != 0 {
		t.Error("a voice waits")
	}
}

// Voices that are too many for the line pass all the same, and do not stop pictures for longer than the debt.
func TestAudioOwesLittle(t *testing.T) {
	var b Bucket
	b.SetLimit(100_000)
	for range 10_000 {
		if !b.Pass(0, 1000, Audio) {
			t.Fatal("a voice was refused")
		}
	}
	if at := b.Wait(0, 200, Video); at > second {
		t.Errorf("pictures wait %d ms", at/millisecond)
	}
	var open Bucket
	if !open.Pass(0, 1200, Padding) || open.Wait(0, 1200, Video) != 0 {
		t.Error("a bucket without a limit holds back")
	}
}

func TestBucketDoesNotAllocate(t *testing.T) {
	var b Bucket
	b.SetLimit(8_000_000)
	now := int64(0)
	if n := testing.AllocsPerRun(1000, func() { now += 1000; b.Pass(now, 1200, Video); b.Wait(now, 1200, Video) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkBucket(b *testing.B) {
	var bucket Bucket
	bucket.SetLimit(8_000_000)
	b.ReportAllocs()
	for i := range b.N {
		bucket.Pass(int64(i)*1000, 1200, Video)
	}
}

// Pictures leave some of each burst to voices, so that these do not go into debt at once.
func TestVideoLeavesRoomForVoices(t *testing.T) {
	var b Bucket
	b.SetLimit(8_000_000)
	for b.Pass(0, 1200, Video) {
	}
	for range 50 {
		b.Pass(0, 138, Audio) // 7 ms of the limit
	}
	if b.full > burst {
		t.Errorf("voices owe %d ms", (b.full-burst)/millisecond)
	}
}

// A packet that is longer than a burst is not shut out for good: it goes when the bucket is full.
func TestAPacketLongerThanABurst(t *testing.T) {
	var b Bucket
	b.SetLimit(100_000) // a burst is 625 bytes
	now := second
	for range 10 {
		if !b.Pass(now, 1300, Video) {
			t.Fatal("it does not pass a full bucket")
		}
		if b.Pass(now, 1300, Video) || b.Pass(now+10*millisecond, 1300, Video) {
			t.Fatal("the next passes at once")
		}
		at := b.Wait(now, 1300, Video)
		if at-now < 104*millisecond || at-now > 120*millisecond {
			t.Fatalf("the next has to wait for %d ms", (at-now)/millisecond)
		}
		now = at
	}
}
