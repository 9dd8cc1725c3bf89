import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { MediaStats } from '../media';
import { diagnosticText, rates } from './diagnostic';
import { asQuality, QualityChoice } from './quality';

describe('the choice of quality', () => {
  const kept = new Map<string, string>();
  beforeEach(() => {
    kept.clear();
    vi.stubGlobal('localStorage', { getItem: (k: string) => kept.get(k) ?? null, setItem: (k: string, v: string) => kept.set(k, v), removeItem: (k: string) => kept.delete(k) });
  });
  afterEach(() => vi.unstubAllGlobals());

  it('is remembered, and what is nonsense is automatic', () => {
    new QualityChoice().choose('voice');
    expect(kept.get('tablee.quality')).toBe('voice');
    expect(new QualityChoice().voicesOnly).toBe(true);
    new QualityChoice().choose('auto');
    expect(kept.size).toBe(0);
    expect([asQuality('saver'), asQuality('best'), asQuality(null)]).toEqual(['saver', 'auto', 'auto']);
  });

  it('forgets that the banner was hidden once the line is well again', () => {
    const q = new QualityChoice();
    q.hidden.value = true;
    q.lineChanged(true);
    expect(q.hidden.value).toBe(true);
    q.lineChanged(false);
    expect(q.hidden.value).toBe(false);
  });
});

describe('the diagnostic', () => {
  const slot = (bytes: number, packets: number, lost: number) => ({ mid: '8', type: 'video' as const, member: 'x', kind: 'camera', layer: 'q', packetsReceived: packets, packetsLost: lost, bytesReceived: bytes, jitterBufferMs: 0, framesDecoded: 0, keyFramesDecoded: 0, width: 320, height: 180, freezeCount: 0, audioEnergy: 0, concealedSamples: 0, redundant: 0, samples: 0 });
  const look = (at: number, bytes: number, packets: number, lost: number): MediaStats => ({ at, media: 'connected', roundTripMs: 20, availableOutKbps: 300, path: { local: 'host', remote: 'host', protocol: 'udp' }, slots: [slot(bytes, packets, lost)], sends: [] });

  it('makes rates and loss of two looks', () => {
    expect(rates(look(0, 1000, 10, 0), look(2000, 31_000, 100, 10))).toEqual({ ms: 2000, received: [{ mid: '8', kind: 'camera', layer: 'q', kbps: 120, lostPercent: 10, size: '320x180' }], sent: [] });
    expect(rates(look(0, 0, 0, 0), look(100, 9, 9, 9))).toBeNull();
    expect(rates(null, look(100, 9, 9, 9))).toBeNull();
  });

  it('has the path, the limits and the faults', () => {
    const line = { t: 'line', bars: 1, limit: 'host-line', weak: true, down: 1, up: 2, loss: 3, rtt: 4, paused: [] } as const;
    const text = diagnosticText({ page: { build: 'x.js' }, state: {}, quality: 'saver', profile: 'frugal', line, faults: [{ at: 1000, what: 'socket lost', times: 2 }], before: null, now: look(5000, 0, 0, 0) });
    expect(JSON.parse(text)).toMatchObject({
      quality: 'saver', profile: 'frugal', line: { limit: 'host-line' }, connection: { media: 'connected', path: { local: 'host', protocol: 'udp' } },
      faults: [{ secondsAgo: 4, what: 'socket lost', times: 2 }], slots: [{ layer: 'q' }],
    });
  });
});
