package network

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"io"
	"net/netip"
	"os"
	"strings"
)

// Gateway is the router: where packets go that are for nobody near.
func Gateway() (netip.Addr, bool) {
	f, err := os.Open("/proc/net/route")
	if err != nil {
		return netip.Addr{}, false // not Linux; the router is not asked then
	}
	defer f.Close()
	return readRoutes(f)
}

// readRoutes finds the default route in the kernel's table, which is written in hexadecimal, in the machine's byte order:
// little-endian on everything that we run on.
func readRoutes(r io.Reader) (netip.Addr, bool) {
	for lines := bufio.NewScanner(io.LimitReader(r, 1<<20)); lines.Scan(); {
		f := strings.Fields(lines.Text())
		if len(f) < 8 || f[1] != "00000000" || f[7] != "00000000" {
			continue
		}
		raw, err := hex.DecodeString(f[2])
		if err != nil || len(raw) != 4 {
			continue
		}
		var b [4]byte
		binary.LittleEndian.PutUint32(b[:], binary.BigEndian.Uint32(raw))
		if a := netip.AddrFrom4(b); !a.IsUnspecified() {
			return a, true
		}
	}
	return netip.Addr{}, false
}
