/**
 * The text of "copy diagnostic": versions, the path, bit rates, layers, limits and the last faults. There are no names,
 * addresses, device labels or words of the talk in it; members are the random ids of this meeting.
 */
import type { Entry, MediaStats, OwnLine } from '../media';

export interface Facts {
  readonly page: Readonly<Record<string, unknown>>;
  readonly state: unknown;
  readonly quality: string;
  readonly profile: string;
  readonly line: OwnLine | null;
  readonly faults: readonly Entry[];
  /** An earlier look, to make rates of counters. */
  readonly before: MediaStats | null;
  readonly now: MediaStats;
}

/** Looks that are closer give no rate worth telling. */
const LEAST_MS = 300;

const kbps = (bytes: number, ms: number): number => Math.round((bytes * 8) / ms);
const percent = (part: number, whole: number): number => (whole > 0 ? Math.round((part / whole) * 1000) / 10 : 0);

/** What has come and gone between two looks; null when they are too close, or of different connections. */
export function rates(before: MediaStats | null, now: MediaStats): object | null {
  const ms = before ? now.at - before.at : 0;
  if (!before || ms < LEAST_MS) return null;
  const received = now.slots.flatMap((s) => {
    const was = before.slots.find((b) => b.mid === s.mid);
    const bytes = s.bytesReceived - (was?.bytesReceived ?? 0);
    const lost = s.packetsLost - (was?.packetsLost ?? 0);
    const came = s.packetsReceived - (was?.packetsReceived ?? 0);
    return bytes > 0 ? [{ mid: s.mid, kind: s.kind, layer: s.layer, kbps: kbps(bytes, ms), lostPercent: percent(Math.max(0, lost), came + Math.max(0, lost)), size: `${s.width}x${s.height}` }] : [];
  });
  const sent = now.sends.flatMap((s) => {
    const bytes = s.bytesSent - (before.sends.find((b) => b.source === s.source && b.rid === s.rid)?.bytesSent ?? 0);
    return bytes > 0 ? [{ source: s.source, layer: s.rid, kbps: kbps(bytes, ms), size: `${s.width}x${s.height}`, fps: s.fps, limitation: s.limitation }] : [];
  });
  return { ms: Math.round(ms), received, sent };
}

export function diagnosticText({ page, state, quality, profile, line, faults, before, now }: Facts): string {
  const { slots, sends, ...connection } = now;
  return JSON.stringify({
    page, state, quality, profile, line, connection, rates: rates(before, now),
    faults: faults.map((f) => ({ secondsAgo: Math.round((now.at - f.at) / 1000), what: f.what, times: f.times })),
    slots, sends,
  }, null, 1);
}
