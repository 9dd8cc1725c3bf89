import { describe, expect, it } from 'vitest';
import { parseServerMessage } from './wire';

const parse = (m: unknown) => parseServerMessage(typeof m === 'string' ? m : JSON.stringify(m));
const member = { id: 'a', num: 1, seat: 0, name: 'Ada', role: 'host', mic: true, cam: false, screen: false, sound: false, hand: 0, away: false };

describe('parseServerMessage', () => {
  it('reads a welcome, and fills in what an older server leaves out', () => {
    const w = parse({ t: 'welcome', v: 1, id: 'a', num: 1, room: { name: 'x', title: 'X' }, role: 'host', resume: 'r', pc: 'p', media: 'keep', members: [member, null, { name: 'no id' }], chat: [{ n: 3, text: 'hi', from: 'a' }], voices: 3, max: 25 });
    expect(w).toMatchObject({ t: 'welcome', media: 'keep', members: [member], chat: [{ t: 'chat', n: 3, text: 'hi', name: '' }], voices: 3 });
    expect(parse({ t: 'welcome', id: 'a' })).toMatchObject({ media: 'new', members: [], chat: [], voices: 3, role: 'guest', profile: 'normal', room: { name: '', title: '' } });
    expect(parse({ t: 'welcome', id: 'a', profile: 'frugal' })).toMatchObject({ profile: 'frugal' });
    expect(parse({ t: 'profile', profile: 'voice' })).toEqual({ t: 'profile', profile: 'voice' });
    expect(parse({ t: 'welcome', id: 'a', voices: 1e9 })).toMatchObject({ voices: 16 });
  });

  it.each([
    ['answer', { t: 'answer', gen: 2, sdp: 'v=0' }, { gen: 2, sdp: 'v=0' }],
    ['joined', { t: 'joined', member }, { member }],
    ['left', { t: 'left', id: 'a', reason: 'lost' }, { id: 'a', reason: 'lost' }],
    ['chat', { t: 'chat', n: 1, from: 'a', name: 'Ada', seat: 0, at: 5, text: 'x', ref: 'q' }, { n: 1, ref: 'q' }],
    ['slots', { t: 'slots', slots: [{ mid: '8', id: 'a', kind: 'camera', ts: 4294967295, layer: 'h' }, { mid: '9', id: '' }] }, { slots: [{ mid: '8', id: 'a', kind: 'camera', ts: 4294967295, layer: 'h' }, { mid: '9', id: '', kind: '', ts: 0, layer: '' }] }],
    ['restart', { t: 'restart', more: 1 }, {}],
    ['speaker', { t: 'speaker', id: 'a', talking: ['a', 7, 'b'] }, { id: 'a', talking: ['a', 'b'] }],
    ['send', { t: 'send', camera: null, screen: ['q'] }, { camera: [], screen: ['q'] }],
    ['line', { t: 'line', bars: 2, limit: 'your-line', weak: true, down: 96, up: 40, loss: 7, rtt: 210, paused: [{ id: 'a', kind: 'camera', why: 'host-line' }, { id: 'b', kind: 'mic', why: 'host-line' }, 7] }, { bars: 2, limit: 'your-line', weak: true, down: 96, up: 40, loss: 7, rtt: 210, paused: [{ id: 'a', kind: 'camera', why: 'host-line' }] }],
    ['line of the future', { t: 'line', bars: 99, limit: 'the-moon', weak: 'yes', down: '7' }, { bars: 4, limit: '', weak: false, down: 0, rtt: 0, paused: [] }],
    ['bars', { t: 'bars', bars: { a: 3, b: -1, c: '4', d: 7.2 } }, { bars: { a: 3, b: 0, d: 4 } }],
    ['error', { t: 'error', message: 'm' }, { code: 'internal', re: '', args: {} }],
    ['error with numbers', { t: 'error', code: 'line_full', args: { need: 40, room: 6, x: 'y' } }, { args: { need: 40, room: 6 } }],
    ['bye', { t: 'bye', reason: 'shutdown', retry: 1500 }, { reason: 'shutdown', retry: 1500 }],
    ['pong', { t: 'pong', n: 9 }, { n: 9 }],
  ])('reads %s', (_, sent, want) => {
    expect(parse(sent)).toMatchObject(want);
  });

  it.each([
    ['no JSON', '{'], ['no object', '[1]'], ['null', 'null'], ['a number', '7'], ['no type', '{}'], ['a type of the future', '{"t":"pad"}'], ['a type from the prototype', '{"t":"constructor"}'],
    ['an answer without SDP', '{"t":"answer","gen":1}'], ['a member without id', '{"t":"joined","member":{"name":"x"}}'], ['a welcome without id', '{"t":"welcome"}'],
  ])('refuses %s', (_, text) => {
    expect(parseServerMessage(text)).toBeNull();
  });

  it('never lets wrong types through', () => {
    const m = parse({ t: 'member', member: { id: 'a', seat: -3.7, name: { x: 1 }, role: 'admin', mic: 'yes', hand: '2' } });
    expect(m).toMatchObject({ member: { seat: 0, name: '', role: 'guest', mic: false, hand: 0 } });
  });
});
