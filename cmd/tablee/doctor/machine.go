package doctor

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// What the machine can carry.

func (e *examination) certificates(context.Context) (all []Check) {
	const id, title = "certificate", "Certificate"
	if !e.Config.TLS.Secure() {
		return one(id, title, Unknown, "", "this server takes no TLS off itself (tls.mode is %s).", e.Config.TLS.Mode)
	}
	if e.status == nil {
		return one(id, title, Unknown, "", "it can be checked when the server runs.")
	}
	for _, c := range e.status.Certificates {
		names := strings.Join(c.Names, ", ")
		if c.Warning != "" {
			verdict := Warn
			if c.Until.Before(time.Now()) {
				verdict = Fail
			}
			all = append(all, one(id, title, verdict, forwarding("TCP 80, TCP 443")+"\nThe name must lead to the public address.", "%s: %s", names, c.Warning)...)
			continue
		}
		all = append(all, one(id, title, OK, "", "%s: valid until %s.", names, c.Until.UTC().Format(time.DateOnly))...)
	}
	if f := e.status.Fingerprint; f != "" {
		all = append(all, one("authority", "Internal authority", OK, "", "devices come to trust it on the page /trust; its SHA-256 fingerprint is %s.", f)...)
	}
	return all
}

// Disks: an SD card writes 10 MB/s and takes 10 ms to be sure; one that is worn out takes seconds.
const (
	diskBytes    = 8 << 20
	slowDisk     = 2.0 // MB/s
	slowSync     = 500 * time.Millisecond
	leastFree    = 500 << 20 // bytes
	leastMemory  = 400       // MB
	slowCrypto   = 60 * time.Microsecond
	packetBytes  = 1200
	lineDuration = 10 * time.Second
)

// disk writes a file in the data folder, or where that would be, and takes it away again.
func (e *examination) disk(context.Context) (all []Check) {
	const id, title = "disk", "Disk"
	dir := e.Config.Data
	for dir != filepath.Dir(dir) {
		if _, err := os.Stat(dir); err == nil {
			break
		}
		dir = filepath.Dir(dir)
	}
	speed, slowest, err := writeSpeed(dir)
	switch {
	case err != nil:
		return one(id, title, Fail, "The data folder must belong to the user that the server runs as, on a disk with room.", "nothing can be written in %s: %v.", dir, err)
	case speed < slowDisk || slowest > slowSync:
		all = one(id, title, Warn, "A worn-out or cheap SD card does this; chat may be late, meetings are not touched. A card of class A1 or an SSD helps.",
			"it writes %.1f MB/s, and takes %v to be sure of a write.", speed, slowest.Round(time.Millisecond))
	default:
		all = one(id, title, OK, "", "it writes %.0f MB/s, and takes %v to be sure of a write.", speed, slowest.Round(time.Millisecond))
	}
	if free, ok := freeSpace(dir); ok && free < leastFree {
		all = append(all, one("space", "Free space", Warn, "Make room on the disk of the data folder.", "only %d MB are free.", free>>20)...)
	}
	return all
}

func writeSpeed(dir string) (mbs float64, slowest time.Duration, err error) {
	f, err := os.CreateTemp(dir, ".tablee-doctor-*")
	if err != nil {
		return 0, 0, err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	block := make([]byte, 1<<20)
	for i := range block {
		block[i] = byte(i * 7)
	}
	begin := time.Now()
	for range diskBytes / len(block) {
		if _, err := f.Write(block); err != nil {
			return 0, 0, err
		}
	}
	if err := f.Sync(); err != nil {
		return 0, 0, err
	}
	mbs = diskBytes / 1e6 / time.Since(begin).Seconds()
	for range 5 { // a chat message is one small write
		if _, err := f.Write(block[:4096]); err != nil {
			return 0, 0, err
		}
		at := time.Now()
		if err := f.Sync(); err != nil {
			return 0, 0, err
		}
		slowest = max(slowest, time.Since(at))
	}
	return mbs, slowest, nil
}

func (e *examination) memory(context.Context) []Check {
	const id, title = "memory", "Memory"
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return one(id, title, Unknown, "", "this system does not tell it.")
	}
	available := memAvailable(string(text))
	if available == 0 {
		return one(id, title, Unknown, "", "this system does not tell it.")
	}
	if available < leastMemory && e.status == nil {
		return one(id, title, Warn, "Stop what else runs here, or hold smaller meetings.", "%d MB are free; a meeting of fifteen takes up to 300.", available)
	}
	return one(id, title, OK, "", "%d MB are free.", available)
}

// memAvailable reads /proc/meminfo, in MB.
func memAvailable(text string) int {
	for line := range strings.SplitSeq(text, "\n") {
		if rest, ok := strings.CutPrefix(line, "MemAvailable:"); ok {
			if kb, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(rest), " kB")); err == nil {
				return kb >> 10
			}
		}
	}
	return 0
}

// crypto measures what encrypting a packet costs: the larger part of forwarding it.
func (e *examination) crypto(context.Context) []Check {
	const id, title = "cpu", "Processor"
	block, err := aes.NewCipher(make([]byte, 16))
	if err != nil {
		return one(id, title, Unknown, "", "it cannot be measured: %v.", err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return one(id, title, Unknown, "", "it cannot be measured: %v.", err)
	}
	nonce, packet, out := make([]byte, 12), make([]byte, packetBytes), make([]byte, 0, packetBytes+16)
	n, begin := 0, time.Now()
	for time.Since(begin) < 100*time.Millisecond {
		for range 20 {
			out = gcm.Seal(out[:0], nonce, packet, nil)
		}
		n += 20
	}
	each := time.Since(begin) / time.Duration(n)
	if each > slowCrypto {
		return one(id, title, Warn, "Expect meetings of about fifteen with few pictures at once.", "%d cores, %v to encrypt a packet: it has no instructions for that.",
			runtime.NumCPU(), each.Round(100*time.Nanosecond))
	}
	return one(id, title, OK, "", "%d cores, %v to encrypt a packet.", runtime.NumCPU(), each.Round(10*time.Nanosecond))
}

// line loads a file for some seconds, if it was asked for.
func (e *examination) line(ctx context.Context) []Check {
	const id, title = "line", "Line"
	if e.LineSpeed == "" {
		return one(id, title, Unknown, "", "its speed is measured on request: --line-speed URL, of a large file somewhere.")
	}
	ctx, cancel := context.WithTimeout(ctx, lineDuration+patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, e.LineSpeed, nil)
	if err != nil {
		return one(id, title, Fail, "", "%v.", err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return one(id, title, Fail, "", "the file cannot be loaded: %v.", err)
	}
	defer answer.Body.Close()
	begin := time.Now()
	stop := time.AfterFunc(lineDuration, cancel)
	defer stop.Stop()
	n, err := io.Copy(io.Discard, answer.Body)
	took := time.Since(begin).Seconds()
	if n == 0 || answer.StatusCode != http.StatusOK {
		return one(id, title, Fail, "", "the file cannot be loaded: %s, %v.", answer.Status, err)
	}
	return one(id, title, OK, "What goes out matters more, and is usually less: the provider's contract tells it.", "%s Mbit/s came in.",
		fmt.Sprintf("%.1f", float64(n)*8/1e6/max(took, 0.001)))
}
