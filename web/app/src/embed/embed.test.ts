/// <reference types="node" />
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readSites } from '../lib/sites';
import { canonical, changes, NOWHERE, Port, readCall, type Call, type Look } from './port';

const SITE = 'https://choir.example';
const HOME = 'https://meet.example.org';
const IN: Look = { joined: true, count: 2, mic: true, camera: false, hand: false, end: null };

function around(origin?: string) {
  const sent: [unknown, string][] = [];
  return { sent, origin, parent: { postMessage: (m: unknown, to: string): void => void sent.push([m, to]) } };
}

function opened(origins: readonly string[] = [SITE], origin?: string) {
  const a = around(origin);
  const acts: Call[] = [];
  const port = new Port(a, origins, (c) => acts.push(c));
  const say = (data: unknown, from = SITE, source: unknown = a.parent): void => port.hear({ source, origin: from, data });
  return { ...a, acts, port, say };
}

describe('what is told', () => {
  it('is everything to who has just come, and then what changed', () => {
    expect(changes(NOWHERE, IN)).toEqual([
      { event: 'joined' }, { event: 'participants', count: 2 }, { event: 'mic', on: true }, { event: 'camera', on: false }, { event: 'hand', on: false },
    ]);
    expect(changes(IN, IN)).toEqual([]);
    expect(changes(IN, { ...IN, mic: false })).toEqual([{ event: 'mic', on: false }]);
    expect(changes(IN, { ...IN, count: 3, hand: true })).toEqual([{ event: 'participants', count: 3 }, { event: 'hand', on: true }]);
  });

  it('is nothing before one sits down: not who is there, nor what one tries in the preview', () => {
    expect(changes(NOWHERE, { ...NOWHERE, count: 4, mic: true, camera: true })).toEqual([]);
  });

  it('is how it ended, once', () => {
    const over: Look = { ...NOWHERE, end: { reason: 'ended', code: '' } };
    expect(changes(IN, over)).toEqual([{ event: 'left', reason: 'ended', code: '' }, { event: 'ended' }]);
    expect(changes(over, { ...over, end: { reason: 'ended', code: '' } })).toEqual([]);
    expect(changes(IN, { ...NOWHERE, end: { reason: 'left', code: '' } })).toEqual([{ event: 'left', reason: 'left', code: '' }]);
  });
});

describe('what is understood', () => {
  it('is what has the envelope and the right shape', () => {
    expect(readCall({ tablee: 1, call: 'hello' })).toBe('hello');
    expect(readCall({ tablee: 1, call: 'mic', on: false, more: 1 })).toEqual({ call: 'mic', on: false });
    expect(readCall({ tablee: 1, call: 'hangup' })).toEqual({ call: 'hangup' });
    for (const bad of [null, undefined, 'hangup', 7, [], {}, { call: 'hangup' }, { tablee: 2, call: 'hangup' }, { tablee: '1', call: 'hangup' }, { tablee: 1, call: 'mic' },
      { tablee: 1, call: 'mic', on: 'yes' }, { tablee: 1, call: 'chat', text: 'x' }, { tablee: 1, call: 'constructor' }]) expect(readCall(bad), JSON.stringify(bad)).toBeNull();
  });

  it('is origins as browsers write them', () => {
    expect(canonical('https://Choir.example:443')).toBe(SITE);
    for (const none of ['null', '', 'choir.example', 'data:text/html,x', '*']) expect(canonical(none), none).toBe('');
  });
});

describe('the port', () => {
  it('knocks at the sites of the room and nowhere else, and at one where the browser says which', () => {
    const all = opened([SITE, 'http://localhost:8081']);
    all.port.knock();
    expect(all.sent).toEqual([[{ tablee: 1, event: 'knock' }, SITE], [{ tablee: 1, event: 'knock' }, 'http://localhost:8081']]);
    const hidden = opened([SITE, 'http://localhost:8081'], 'null');
    hidden.port.knock();
    expect(hidden.sent).toEqual(all.sent);
    const one = opened([SITE, 'http://localhost:8081'], SITE);
    one.port.knock();
    expect(one.sent.map(([, to]) => to)).toEqual([SITE]);
    const other = opened([SITE], 'https://evil.example');
    other.port.knock();
    expect(other.sent).toEqual([]);
  });

  it('tells nothing before hello, and all after', () => {
    const p = opened();
    p.port.look(IN);
    expect(p.sent).toEqual([]);
    p.say({ tablee: 1, call: 'hello' });
    expect(p.sent.map(([m]) => (m as { event: string }).event)).toEqual(['ready', 'joined', 'participants', 'mic', 'camera', 'hand']);
    expect(new Set(p.sent.map(([, to]) => to))).toEqual(new Set([SITE]));
    p.port.look({ ...IN, mic: false });
    expect(p.sent.at(-1)).toEqual([{ tablee: 1, event: 'mic', on: false }, SITE]);
  });

  it('obeys the window around, of a site of the room, after hello', () => {
    const p = opened();
    p.say({ tablee: 1, call: 'hangup' });
    expect(p.acts).toEqual([]);
    p.say({ tablee: 1, call: 'hello' });
    p.say({ tablee: 1, call: 'mic', on: false });
    expect(p.acts).toEqual([{ call: 'mic', on: false }]);
  });

  it('obeys nobody else', () => {
    const p = opened([SITE, 'https://second.example']);
    for (const [from, source] of [['https://evil.example', p.parent], [SITE, {}], [SITE, null], ['null', p.parent], ['', p.parent]] as const) {
      p.say({ tablee: 1, call: 'hello' }, from, source);
      p.say({ tablee: 1, call: 'hangup' }, from, source);
    }
    p.port.look(IN);
    expect([p.acts, p.sent]).toEqual([[], []]);
    p.say({ tablee: 1, call: 'hello' });
    p.say({ tablee: 1, call: 'hangup' }, 'https://second.example'); // allowed, but not who said hello
    p.say({ tablee: 1, call: 'hangup' }, SITE, {}); // another frame of the site
    expect(p.acts).toEqual([]);
  });

  it('is shut where the room names no site', () => {
    const p = opened([]);
    p.port.knock();
    p.say({ tablee: 1, call: 'hello' });
    expect(p.sent).toEqual([]);
  });
});

interface Call1 { on(e: string, f: (d: unknown) => void): void; off(e: string, f: (d: unknown) => void): void; mute(): void; camera(on: boolean): void; hangup(): void; dispose(): void }
const TEXT = readFileSync(new URL('./embed.js', import.meta.url), 'utf8');

/** Runs embed.js in a window made of what it uses. */
function site() {
  const sent: [unknown, string][] = [];
  const inner = { postMessage: (m: unknown, to: string): void => void sent.push([m, to]) };
  const frame = { style: {}, src: '', allow: '', contentWindow: inner, there: true, remove(): void { this.there = false; } };
  let hear: ((e: unknown) => void) | null = null;
  const win = {
    addEventListener: (_: string, f: (e: unknown) => void): void => void (hear = f), removeEventListener: (): void => void (hear = null),
  } as unknown as { Tablee: new (at: unknown, o: unknown) => Call1 };
  new Function('window', 'document', TEXT)(win, { currentScript: { src: `${HOME}/embed.js` }, createElement: () => frame });
  const say = (data: unknown, origin = HOME, source: unknown = inner): void => hear?.({ data, origin, source });
  return { sent, frame, say, make: (o: unknown) => new win.Tablee({ append: () => undefined }, o), hears: () => hear !== null };
}

describe('embed.js', () => {
  it('is small', () => {
    expect(gzipSync(TEXT).length).toBeLessThanOrEqual(4 * 1024);
  });

  it('makes a frame with all that a meeting needs, and keeps the token behind #', () => {
    const s = site();
    s.make({ room: 'choir é', token: 'a.b.c', name: 'Zoé & Léa', lang: 'fr', camera: false });
    const url = new URL(s.frame.src);
    expect([url.origin, url.pathname, url.search]).toEqual([HOME, '/r/choir%20%C3%A9', '']);
    expect(Object.fromEntries(new URLSearchParams(url.hash.slice(1)))).toEqual({ token: 'a.b.c', name: 'Zoé & Léa', lang: 'fr', camera: 'off' });
    for (const what of ['camera', 'microphone', 'display-capture', 'autoplay']) expect(s.frame.allow.split('; ')).toContain(what);
  });

  it('says what is wrong', () => {
    const s = site();
    expect(() => s.make({})).toThrow(/which room/);
    const call = s.make({ room: 'choir' });
    expect(() => call.on('chat', () => undefined)).toThrow(/joined, left/);
  });

  it('keeps calls until the room listens, and sends them to the server alone', () => {
    const s = site();
    const call = s.make({ room: 'choir' });
    call.mute();
    expect(s.sent).toEqual([]);
    s.say({ tablee: 1, event: 'knock' });
    call.camera(true);
    expect(s.sent).toEqual([{ call: 'hello' }, { call: 'mic', on: false }, { call: 'camera', on: true }].map((m) => [{ tablee: 1, ...m }, HOME]));
  });

  it('hears its own frame, and nobody else', () => {
    const s = site();
    const heard: unknown[] = [];
    const f = (d: unknown): void => void heard.push(d);
    const call = s.make({ room: 'choir' });
    call.on('participants', () => { throw new Error('a fault of the site'); });
    call.on('participants', f);
    const error = console.error;
    console.error = () => undefined;
    s.say({ tablee: 1, event: 'participants', count: 1 }, 'https://evil.example');
    s.say({ tablee: 1, event: 'participants', count: 2 }, HOME, {});
    s.say({ event: 'participants', count: 3 });
    s.say({ tablee: 1, event: 'participants', count: 4 });
    call.off('participants', f);
    s.say({ tablee: 1, event: 'participants', count: 5 });
    console.error = error;
    expect(heard).toEqual([{ count: 4 }]);
  });

  it('leaves before the frame goes', () => {
    const s = site();
    const call = s.make({ room: 'choir' });
    s.say({ tablee: 1, event: 'knock' });
    s.say({ tablee: 1, event: 'joined' });
    call.dispose();
    expect(s.sent.at(-1)).toEqual([{ tablee: 1, call: 'hangup' }, HOME]);
    expect(s.frame.there).toBe(true);
    s.say({ tablee: 1, event: 'left', reason: 'left', code: '' });
    expect([s.frame.there, s.hears()]).toEqual([false, false]);
  });
});

describe('sites as people write them', () => {
  it('become origins', () => {
    expect(readSites(' https://Choir.example/page?x \n choir.example, http://localhost:8081 ')).toEqual({ origins: [SITE, 'http://localhost:8081'], bad: '' });
    expect(readSites('').origins).toEqual([]);
  });

  it('or are named when they are none', () => {
    for (const bad of ['https://', 'javascript://x', 'https://*.example.org', 'ftp://x.example', `https://${'a'.repeat(300)}.example`]) expect(readSites(`https://a.example ${bad}`).bad, bad).toBe(bad);
  });
});
