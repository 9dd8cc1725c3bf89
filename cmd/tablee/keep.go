package main

import (
	"context"
	"errors"
	"time"

	"tablee/room"
)

// keepsChat says how long a room's chat outlives its meeting, as its settings say. While they cannot be read it stays.
func keepsChat(rooms *room.Registry) func(ctx context.Context, name string) time.Duration {
	return func(ctx context.Context, name string) time.Duration {
		r, err := rooms.Get(ctx, name)
		var said *room.Error
		switch {
		case errors.As(err, &said) && said.Code == room.CodeRoomUnknown:
			return 0
		case err != nil || r.Settings.ChatHours == room.KeepForever:
			return -1
		}
		return time.Duration(r.Settings.ChatHours) * time.Hour
	}
}
