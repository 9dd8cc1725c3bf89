import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { backoff } from './backoff';
import { atOrAfter, SlotBook } from './book';
import { orderDemand, Rank, sameDemand, type Watched } from './demand';
import { explain } from './devices';
import { Journal, KEPT } from './journal';
import { loudness, MutedSpeech } from './levels';
import { midOf, sections, tuneOpus } from './sdp';
import { DISCONNECTED_MS, FIRST_MS, MediaWatch, RESTART_MS } from './watch';

describe('backoff', () => {
  it('waits 0, 0.5, 1, 2, 4, then every 5 seconds', () => {
    expect([0, 1, 2, 3, 4, 5, 6, 50].map((n) => backoff(n, 0.5))).toEqual([0, 500, 1000, 2000, 4000, 5000, 5000, 5000]);
  });

  it('varies by 20 % and no more', () => {
    expect(backoff(3, 0)).toBe(1600);
    expect(backoff(3, 0.999999)).toBe(2400);
    expect(backoff(-1, 0.9)).toBe(0);
  });
});

describe('slot book', () => {
  const slot = (mid: string, id: string, ts = 0, kind: 'camera' | 'mic' = 'camera') => ({ mid, id, kind: id === '' ? '' as const : kind, ts, layer: 'h' });

  it('keeps the old name until the first frame of the new source', () => {
    const book = new SlotBook();
    expect(book.apply([slot('8', 'ada', 100)])).toEqual(['8']);
    expect(book.find('ada', 'camera')).toBe('');
    expect(book.frame('8', 99)).toBe(false);
    expect(book.frame('8', 100)).toBe(true);
    expect(book.find('ada', 'camera')).toBe('8');
    book.apply([slot('8', 'bob', 5000)]);
    expect(book.get('8').id).toBe('ada');
    expect(book.frame('8', 5003)).toBe(true);
    expect(book.get('8').id).toBe('bob');
    expect(book.find('ada', 'camera')).toBe('');
  });

  it('shows voices, emptied slots and other layers of the same source at once', () => {
    const book = new SlotBook();
    expect(book.apply([slot('4', 'ada', 7, 'mic')])).toEqual([]);
    expect(book.get('4').id).toBe('ada');
    book.apply([slot('8', 'ada', 1)]);
    expect(book.settle('8')).toBe(true);
    expect(book.settle('8')).toBe(false);
    expect(book.apply([{ ...slot('8', 'ada', 900), layer: 'q' }])).toEqual([]);
    expect(book.get('8').layer).toBe('q');
    expect(book.apply([slot('8', '')])).toEqual([]);
    expect(book.get('8').id).toBe('');
  });

  it('a promise that is replaced before its frame is forgotten', () => {
    const book = new SlotBook();
    book.apply([slot('8', 'ada', 100)]);
    book.apply([slot('8', '')]);
    expect(book.waits('8')).toBe(false);
    expect(book.frame('8', 200)).toBe(false);
    expect(book.get('8').id).toBe('');
  });

  it('compares RTP timestamps on their circle', () => {
    expect(atOrAfter(5, 0xffff_fff0)).toBe(true);
    expect(atOrAfter(0xffff_fff0, 5)).toBe(false);
    expect(atOrAfter(7, 7)).toBe(true);
  });
});

describe('demand', () => {
  const w = (id: string, x: Partial<Watched> = {}): Watched => ({ id, kind: 'camera', rank: Rank.Tile, visible: true, width: 320, height: 180, ...x });

  it('puts the stage first, screens before cameras, large before small, and keeps the order of equals', () => {
    const got = orderDemand([w('a'), w('b', { height: 90 }), w('c'), w('s', { kind: 'screen', rank: Rank.Stage, height: 600 }), w('d', { rank: Rank.Stage, height: 700 }), w('e', { rank: Rank.Speaker })], 1);
    expect(got.map((x) => x.id)).toEqual(['s', 'd', 'e', 'a', 'c', 'b']);
  });

  it('leaves out what is not on the screen and counts device pixels', () => {
    expect(orderDemand([w('a', { visible: false }), w('b', { height: 0 }), w('c', { height: 100.5 })], 2)).toEqual([{ id: 'c', kind: 'camera', height: 201 }]);
  });

  it('asks for each source once, and for 32 at most', () => {
    expect(orderDemand([w('a', { rank: Rank.Strip }), w('a', { rank: Rank.Stage, height: 500 })], 1)).toEqual([{ id: 'a', kind: 'camera', height: 500, big: true }]);
    expect(orderDemand(Array.from({ length: 50 }, (_, i) => w(`p${i}`)), 1)).toHaveLength(32);
  });

  it('says which are large, and tells when one becomes so', () => {
    const got = orderDemand([w('a', { rank: Rank.Stage }), w('b', { rank: Rank.Speaker }), w('c', { rank: Rank.Strip })], 1);
    expect(got.map((x) => x.big)).toEqual([true, undefined, undefined]);
    expect(sameDemand(got, orderDemand([w('a'), w('b'), w('c')], 1))).toBe(false);
  });

  it('knows when nothing changed', () => {
    const a = orderDemand([w('a'), w('b')], 1);
    expect(sameDemand(a, orderDemand([w('a'), w('b')], 1))).toBe(true);
    expect(sameDemand(a, orderDemand([w('a')], 1))).toBe(false);
    expect(sameDemand(a, orderDemand([w('a'), w('b', { height: 181 })], 1))).toBe(false);
  });
});

const SDP = [
  'v=0', 'o=- 1 1 IN IP4 0.0.0.0', 's=-', 't=0 0',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111', 'a=mid:0', 'a=rtpmap:111 opus/48000/2', 'a=fmtp:111 minptime=10;useinbandfec=1', 'a=recvonly',
  'm=video 9 UDP/TLS/RTP/SAVPF 96', 'a=mid:1', 'a=rtpmap:96 VP8/90000',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111', 'a=mid:3', 'a=rtpmap:111 opus/48000/2', 'a=recvonly', '',
].join('\r\n');

describe('opus tuning', () => {
  it('asks for FEC, DTX and the rate in the named section only, and keeps what was there', () => {
    const got = tuneOpus(SDP, { 0: { maxAverageBitrate: 32000, dtx: true } });
    const [, mic, video, sound] = sections(got);
    expect(mic).toContain('a=fmtp:111 minptime=10;useinbandfec=1;usedtx=1;maxaveragebitrate=32000\r\n');
    expect(video).toBe(sections(SDP)[2]);
    expect(sound).toBe(sections(SDP)[3]);
  });

  it('leaves a lower rate, which the profile of the meeting asks for', () => {
    const frugal = SDP.replace('useinbandfec=1', 'useinbandfec=1;maxaveragebitrate=24000');
    expect(tuneOpus(frugal, { 0: { maxAverageBitrate: 32000, dtx: true } })).toContain('maxaveragebitrate=24000');
    expect(tuneOpus(frugal, { 0: { maxAverageBitrate: 16000, dtx: true } })).toContain('maxaveragebitrate=16000');
  });

  it('adds the line where there is none', () => {
    const got = tuneOpus(SDP, { 3: { maxAverageBitrate: 64000, dtx: false } });
    expect(sections(got)[3]).toContain('a=rtpmap:111 opus/48000/2\r\na=fmtp:111 useinbandfec=1;usedtx=0;maxaveragebitrate=64000\r\n');
    expect(midOf(sections(got)[3] ?? '')).toBe('3');
  });

  it('leaves video and unknown sections alone', () => {
    expect(tuneOpus(SDP, { 1: { maxAverageBitrate: 1, dtx: true }, 9: { maxAverageBitrate: 1, dtx: true }, '': { maxAverageBitrate: 1, dtx: true } })).toBe(SDP);
  });
});

describe('device errors', () => {
  it.each([
    ['NotAllowedError', 'Permission denied', 'denied'], ['NotAllowedError', 'Permission denied by system', 'denied-by-system'], ['NotReadableError', '', 'in-use'],
    ['AbortError', '', 'in-use'], ['NotFoundError', '', 'not-found'], ['OverconstrainedError', '', 'not-found'], ['TypeError', '', 'other'],
  ])('%s (%s) is %s', (name, message, want) => {
    expect(explain(new DOMException(message, name))).toBe(want);
  });

  it('does not trip over what is not an error', () => {
    expect(explain(undefined)).toBe('other');
  });
});

describe('levels', () => {
  it('follows the ear', () => {
    expect(loudness(0)).toBe(0);
    expect(loudness(0.0001)).toBe(0);
    expect(loudness(1)).toBe(1);
    expect(loudness(0.02)).toBeGreaterThan(loudness(0.01));
  });

  it('tells of speech into a muted microphone once, not of a cough', () => {
    const ear = new MutedSpeech();
    const told: number[] = [];
    const talk = (from: number, to: number, level: number): void => {
      for (let t = from; t < to; t += 100) if (ear.feed(level, t)) told.push(t);
    };
    talk(0, 300, 0.9);
    talk(300, 2000, 0.1);
    expect(told).toEqual([]);
    talk(2000, 5000, 0.8);
    expect(told).toEqual([2700]);
    talk(5000, 40_000, 0.8);
    expect(told.length).toBe(2);
  });
});

describe('journal', () => {
  it('keeps the last twenty, and counts what repeats', () => {
    const j = new Journal();
    for (let i = 0; i < 50; i++) j.note(`error ${i}`, i);
    j.note('error 49', 60);
    expect(j.entries).toHaveLength(KEPT);
    expect(j.entries.at(-1)).toEqual({ at: 60, what: 'error 49', times: 2 });
    expect(j.entries[0]?.what).toBe('error 30');
  });
});

describe('media watch', () => {
  let connected: boolean;
  let log: string[];
  let watch: MediaWatch;
  beforeEach(() => {
    vi.useFakeTimers();
    connected = true;
    log = [];
    watch = new MediaWatch({ restart: () => log.push('restart'), renew: () => log.push('renew'), connected: () => connected });
    watch.begin();
    watch.state('connected');
  });
  afterEach(() => vi.useRealTimers());

  it('waits two seconds, restarts ICE, and five later makes everything new', () => {
    watch.state('disconnected');
    vi.advanceTimersByTime(DISCONNECTED_MS - 1);
    expect(log).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(log).toEqual(['restart']);
    connected = false;
    vi.advanceTimersByTime(RESTART_MS);
    expect(log).toEqual(['restart', 'renew']);
  });

  it('does nothing when the path comes back by itself', () => {
    watch.state('disconnected');
    vi.advanceTimersByTime(DISCONNECTED_MS - 1);
    watch.state('connected');
    vi.advanceTimersByTime(60_000);
    expect(log).toEqual([]);
  });

  it('is content when the restart worked', () => {
    watch.network();
    expect(log).toEqual(['restart']);
    watch.network();
    vi.advanceTimersByTime(60_000);
    expect(log).toEqual(['restart']);
  });

  it('restarts at once on failure, and is patient with one that never connects', () => {
    watch.state('failed');
    expect(log).toEqual(['restart']);
    log = [];
    watch.begin();
    vi.advanceTimersByTime(FIRST_MS);
    expect(log).toEqual(['renew']);
    watch.begin();
    vi.advanceTimersByTime(FIRST_MS - 1);
    expect(log).toEqual(['renew']);
    watch.stop();
    vi.advanceTimersByTime(100_000);
    expect(log).toEqual(['renew']);
  });
});
