import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DEAD_AFTER_MS, PING_EVERY_MS, Socket } from './socket';
import type { ServerMessage } from './wire';

/** A WebSocket that a test drives. */
class Line {
  static all: Line[] = [];
  readyState = 0;
  sent: { t: string; [k: string]: unknown }[] = [];
  closed = 0;
  onopen: (() => void) | null = null;
  onmessage: ((e: { data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;
  onerror: (() => void) | null = null;
  constructor(readonly url: string, readonly protocol: string) {
    Line.all.push(this);
  }
  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }
  close(code: number): void {
    this.closed = code;
    this.readyState = 3;
  }
  open(): void {
    this.readyState = 1;
    this.onopen?.();
  }
  say(m: unknown): void {
    this.onmessage?.({ data: JSON.stringify(m) });
  }
  fall(): void {
    this.readyState = 3;
    this.onclose?.();
  }
}

const last = (): Line => Line.all.at(-1) as Line;

describe('Socket', () => {
  let socket: Socket;
  let heard: ServerMessage[];
  let lost: { retryAt: number; attempt: number }[];
  beforeEach(() => {
    vi.useFakeTimers();
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    Line.all = [];
    heard = [];
    lost = [];
    socket = new Socket('ws://x/ws', () => ({ t: 'hello', v: 1, name: 'Ada', mic: true, cam: false }), (u, p) => new Line(u, p) as unknown as WebSocket);
    socket.on('message', (m) => heard.push(m));
    socket.on('lost', (l) => lost.push(l));
    socket.connect();
  });
  afterEach(() => {
    socket.close();
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it('says hello first, in the right subprotocol, and hands messages on', () => {
    expect(last().protocol).toBe('tablee.v1');
    expect(socket.send({ t: 'leave' })).toBe(false);
    last().open();
    expect(last().sent).toEqual([{ t: 'hello', v: 1, name: 'Ada', mic: true, cam: false }]);
    last().say({ t: 'left', id: 'b', reason: 'left' });
    last().say({ t: 'of-the-future' });
    expect(heard).toEqual([{ t: 'left', id: 'b', reason: 'left' }]);
    expect(socket.send({ t: 'leave' })).toBe(true);
  });

  it('comes back after 0, 0.5, 1 … seconds and starts over after a welcome', () => {
    for (const wait of [0, 500, 1000]) {
      const n = Line.all.length;
      last().fall();
      expect((lost.at(-1)?.retryAt ?? 0) - Date.now()).toBe(wait);
      if (wait > 0) vi.advanceTimersByTime(wait - 1);
      if (wait > 0) expect(Line.all.length).toBe(n);
      vi.advanceTimersByTime(1);
      expect(Line.all.length).toBe(n + 1);
    }
    last().open();
    last().say({ t: 'welcome', id: 'a' });
    last().fall();
    expect((lost.at(-1)?.retryAt ?? 0) - Date.now()).toBe(0);
  });

  it('pings, and takes a silent line for dead', () => {
    last().open();
    const line = last();
    vi.advanceTimersByTime(PING_EVERY_MS);
    expect(line.sent.at(-1)).toEqual({ t: 'ping', n: 1 });
    line.say({ t: 'pong', n: 1 });
    vi.advanceTimersByTime(PING_EVERY_MS);
    expect(line.sent.at(-1)).toEqual({ t: 'ping', n: 2 });
    vi.advanceTimersByTime(DEAD_AFTER_MS);
    expect(line.closed).toBe(4000);
    expect(lost).toHaveLength(1);
  });

  it('tries now when asked, and not twice', () => {
    for (let i = 0; i < 5; i++) {
      last().fall();
      vi.advanceTimersByTime(i === 4 ? 0 : 10_000);
    }
    const n = Line.all.length;
    socket.retryNow();
    expect(Line.all.length).toBe(n + 1);
    socket.retryNow();
    vi.advanceTimersByTime(60);
    expect(Line.all.length).toBe(n + 1);
  });

  it('restarts on request and ignores what the old line still says', () => {
    last().open();
    const old = last();
    const hear = old.onmessage;
    socket.restart(200);
    expect(old.closed).toBe(4000);
    expect(old.onmessage).toBeNull();
    expect(hear).not.toBeNull();
    vi.advanceTimersByTime(200);
    expect(last()).not.toBe(old);
  });

  it('stays closed once closed', () => {
    last().open();
    socket.close();
    expect(last().closed).toBe(1000);
    vi.advanceTimersByTime(100_000);
    socket.restart();
    socket.retryNow();
    expect(Line.all).toHaveLength(1);
  });
});
