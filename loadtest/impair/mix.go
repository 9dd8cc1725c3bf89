package impair

import (
	"fmt"
	"strconv"
	"strings"
)

// ParseMix reads how many participants have which network, such as "fibre:10,4g:5" or just "vdsl", and returns the
// network of each of n participants. Networks without a number share evenly what the others leave.
func ParseMix(text string, n int) ([]Profile, error) {
	type part struct {
		profile Profile
		count   int // -1 for a share of the rest
	}
	var parts []part
	open, left := 0, n
	for item := range strings.SplitSeq(text, ",") {
		name, number, counted := strings.Cut(strings.TrimSpace(item), ":")
		p, err := Named(name)
		if err != nil {
			return nil, err
		}
		x := part{p, -1}
		if counted {
			if x.count, err = strconv.Atoi(number); err != nil || x.count < 1 {
				return nil, fmt.Errorf("%w: %.40q is not a number of participants", ErrProfile, number)
			}
			left -= x.count
		} else {
			open++
		}
		parts = append(parts, x)
	}
	if left < 0 || left > 0 && open == 0 || left < open {
		return nil, fmt.Errorf("%w: %q is not for %d participants", ErrProfile, text, n)
	}
	var out []Profile
	for _, x := range parts {
		if x.count < 0 {
			x.count = left / open // what cannot be divided goes to the last
			left, open = left-x.count, open-1
		}
		for range x.count {
			out = append(out, x.profile)
		}
	}
	return out, nil
}
