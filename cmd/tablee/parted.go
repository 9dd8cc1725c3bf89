package main

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"tablee/signaling"
	"tablee/store"
)

// partedKey is where the meetings lie in the store that are parted into breakout rooms: a JSON object by room.
const partedKey = "breakouts"

// parted implements signaling.BreakoutStore. What is too old for anybody to come back to goes with the next change.
type parted struct {
	store *store.Store
	mu    sync.Mutex // one change at a time
}

type partedRoom struct {
	N     int       `json:"n"`
	Since time.Time `json:"since"`
}

func (p *parted) read(ctx context.Context) (map[string]partedRoom, error) {
	all := map[string]partedRoom{}
	value, err := p.store.Setting(ctx, partedKey)
	if err != nil || value == nil {
		return all, err
	}
	if err := json.Unmarshal(value, &all); err != nil {
		return nil, fmt.Errorf("read which meetings are parted: %w", err)
	}
	return all, nil
}

// Breakouts implements signaling.BreakoutStore.
func (p *parted) Breakouts(ctx context.Context, name string) (int, time.Time, error) {
	all, err := p.read(ctx)
	return all[name].N, all[name].Since, err
}

// SetBreakouts implements signaling.BreakoutStore.
func (p *parted) SetBreakouts(ctx context.Context, name string, n int, since time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	all, err := p.read(ctx)
	if err != nil {
		return err
	}
	for each, r := range all {
		if since.Sub(r.Since) > signaling.ResumeLife {
			delete(all, each)
		}
	}
	delete(all, name)
	if n > 0 {
		all[name] = partedRoom{N: n, Since: since}
	}
	value, err := json.Marshal(all)
	if err != nil {
		return fmt.Errorf("store which meetings are parted: %w", err)
	}
	return p.store.SetSetting(ctx, partedKey, value)
}
