package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// asSettings is the size that takes a quota away.
const asSettings = "default"

// quotaVerb sets how much files one member, room or group may store.
func quotaVerb(who, path string) verb {
	return verb{"quota", who + " SIZE", "let it store so much (500M, 20G), or what the settings say (default)", 2, 2, nil, func(ctx context.Context, c *console, a ask) error {
		if a.args[1] == asSettings {
			return c.call(ctx, "DELETE", at(path, a.args[0]), nil, nil)
		}
		bytes, err := parseSize(a.args[1])
		if err != nil {
			return err
		}
		return c.call(ctx, "PUT", at(path, a.args[0]), map[string]int64{"bytes": bytes}, nil)
	}}
}

// parseSize reads a size in bytes, or in units of 1024: K, M, G, T.
func parseSize(text string) (int64, error) {
	const units = "KMGT"
	digits, shift := text, 0
	if i := strings.IndexAny(units, text[max(0, len(text)-1):]); text != "" && i >= 0 {
		digits, shift = text[:len(text)-1], 10*(i+1)
	}
	n, err := strconv.ParseUint(digits, 10, 50)
	if err != nil || n > 1<<50>>shift {
		return 0, fmt.Errorf("%q is no size: 500M, 20G, or %s for what the settings say", text, asSettings)
	}
	return int64(n << shift), nil
}
