package udp

import (
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// The benchmarks count the processor time of their thread, system calls included, for each datagram of 1200 bytes. On
// loopback a send includes the kernel's receiving side up to the socket; the socket there is small and drops the rest.

// cpu is the processor time that this thread has used.
func cpu() time.Duration {
	var t unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t) // it cannot fail: the clock exists
	return time.Duration(t.Nano())
}

// perDatagram runs f, which moves n datagrams, until b.N have been moved.
func perDatagram(b *testing.B, n int, f func() time.Duration) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	f()
	b.ReportAllocs()
	b.ResetTimer()
	var used time.Duration
	moved := 0
	for ; moved < b.N; moved += n {
		used += f()
	}
	b.ReportMetric(float64(used)/float64(moved), "cpu-ns/datagram")
	b.ReportMetric(0, "ns/op")
}

// timed is the processor time of f.
func timed(f func()) time.Duration {
	start := cpu()
	f()
	return cpu() - start
}

func BenchmarkSend(b *testing.B) {
	const each = 64
	p := make([]byte, 1200)
	for _, c := range open(b, Config{Buffer: testBuffer}) {
		var to [each]netip.AddrPort
		for i := range to {
			var s *net.UDPConn
			s, to[i] = sink(b, c)
			_ = s.SetReadBuffer(4096)
		}
		family := map[bool]string{false: "IPv4", true: "IPv6"}[c.ipv6]
		b.Run(family+"/one by one, net", func(b *testing.B) {
			perDatagram(b, each, func() time.Duration {
				return timed(func() {
					for i := range each {
						_, _ = c.udp.WriteToUDPAddrPort(p, to[i])
					}
				})
			})
		})
		b.Run(family+"/one by one, WriteTo", func(b *testing.B) {
			perDatagram(b, each, func() time.Duration {
				return timed(func() {
					for i := range each {
						_, _ = c.WriteTo(p, to[i])
					}
				})
			})
		})
		batch := c.NewBatch()
		for _, run := range []int{1, 2, 4, 8, 16} {
			name := fmt.Sprintf("%s/batch, runs of %d", family, run)
			if run == 1 {
				name = family + "/batch"
			}
			b.Run(name, func(b *testing.B) {
				perDatagram(b, each, func() time.Duration {
					return timed(func() {
						for i := range each {
							batch.Commit(append(batch.Space(len(p)), p...), to[i/run], Video)
						}
						batch.Flush()
					})
				})
			})
		}
	}
}

func BenchmarkReceive(b *testing.B) {
	const each = 128
	p := make([]byte, 1200)
	for _, portable := range []bool{true, false} {
		for _, batch := range []int{1, 8, 16, 32, 64} {
			if portable && batch > 1 {
				continue
			}
			name := fmt.Sprintf("batch of %d", batch)
			if portable {
				name = "one by one, net"
			}
			b.Run(name, func(b *testing.B) {
				c := open(b, Config{Portable: portable, Buffer: testBuffer})[0]
				s, _ := sink(b, c)
				r := c.NewReader(batch)
				perDatagram(b, each, func() time.Duration {
					for range each {
						_, _ = s.WriteToUDPAddrPort(p, loopback(c))
					}
					return timed(func() {
						for left := each; left > 0; {
							n, err := r.Receive()
							if err != nil {
								b.Fatal(err)
							}
							for i := range n {
								r.Packet(i)
							}
							left -= n
						}
					})
				})
			})
		}
	}
}
