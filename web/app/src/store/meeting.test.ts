import { describe, expect, it } from 'vitest';
import type { Chat, Member, OwnLine, ServerMessage } from '../media';
import { barsOf, bySeat, EMPTY, hands, pausedWhy, reduce, sent, unsent, type Meeting } from './meeting';

const member = (id: string, x: Partial<Member> = {}): Member => ({ id, num: 1, seat: 0, name: id, role: 'guest', mic: true, cam: true, screen: false, sound: false, hand: 0, away: false, ...x });
const chat = (n: number, from = 'b', x: Partial<Chat> = {}): Chat => ({ t: 'chat', n, from, name: from, seat: 1, at: n, text: `text ${n}`, ...x });
const welcome = (x: object = {}): ServerMessage => ({
  t: 'welcome', v: 1, id: 'a', num: 1, room: { name: 'r', title: 'R' }, role: 'host', resume: 't', pc: 'p', media: 'new',
  members: [member('a'), member('b', { seat: 1 })], chat: [chat(1), chat(2)], voices: 3, max: 25, profile: 'normal', ice: [], ...x,
});
const line = (x: Partial<OwnLine> = {}): OwnLine => ({ t: 'line', bars: 4, limit: '', weak: false, down: 900, up: 300, loss: 0, rtt: 20, paused: [], ...x });
const play = (...messages: ServerMessage[]): Meeting => messages.reduce((s, m) => reduce(s, m), EMPTY);

describe('the meeting', () => {
  it('begins with a welcome; history is not unread', () => {
    const s = play(welcome());
    expect([...s.members.keys()]).toEqual(['a', 'b']);
    expect(s).toMatchObject({ me: 'a', role: 'host', max: 25, unread: 0 });
    expect(s.chat.map((c) => c.n)).toEqual([1, 2]);
  });

  it('follows who comes, changes and goes', () => {
    const s = play(welcome(), { t: 'joined', member: member('c', { seat: 2 }) }, { t: 'member', member: member('b', { seat: 1, hand: 1 }) }, { t: 'speaker', id: 'c', talking: ['c', 'b'] });
    expect(s.members.size).toBe(3);
    expect(hands(s).map((m) => m.id)).toEqual(['b']);
    const after = reduce(s, { t: 'left', id: 'c', reason: 'left' });
    expect(after.members.has('c')).toBe(false);
    expect(after.speaker).toBe('');
    expect([...after.talking]).toEqual(['b']);
    expect(reduce(after, { t: 'left', id: 'nobody', reason: 'left' })).toBe(after);
  });

  it('keeps screens in the order in which they began', () => {
    const on = (id: string): ServerMessage => ({ t: 'member', member: member(id, { screen: true }) });
    const s = play(welcome(), on('b'), on('a'), on('b'));
    expect(s.screens).toEqual(['b', 'a']);
    expect(reduce(s, { t: 'member', member: member('b') }).screens).toEqual(['a']);
    expect(reduce(s, { t: 'left', id: 'b', reason: 'lost' }).screens).toEqual(['a']);
    expect(reduce(s, welcome({ members: [member('a', { screen: true }), member('b', { screen: true })] })).screens).toEqual(['b', 'a']);
  });

  it('does not show somebody talking who has muted', () => {
    const s = play(welcome(), { t: 'speaker', id: 'b', talking: ['b'] }, { t: 'member', member: member('b', { mic: false }) });
    expect(s.talking.has('b')).toBe(false);
  });

  it('counts unread messages of others while the chat is closed', () => {
    let s = play(welcome(), chat(3), chat(4, 'a'), chat(4, 'a'));
    expect(s.unread).toBe(1);
    expect(s.chat).toHaveLength(4);
    s = reduce(s, chat(5), true);
    expect(s.unread).toBe(1);
  });

  it('shows my message at once and replaces it by the stored one', () => {
    let s = sent(play(welcome()), 'hello', 'ref1', 9);
    s = sent(s, 'again', 'ref2', 10);
    expect(s.chat.at(-1)).toMatchObject({ pending: true, text: 'again' });
    s = reduce(s, chat(3, 'a', { ref: 'ref1', text: 'hello' }));
    expect(s.chat.filter((c) => c.pending).map((c) => c.ref)).toEqual(['ref2']);
    expect(s.chat.map((c) => c.text)).toEqual(['text 1', 'text 2', 'hello', 'again']);
    expect(unsent(s).chat.some((c) => c.pending)).toBe(false);
    expect(unsent(unsent(s)).chat).toHaveLength(3);
  });

  it('after a break only new messages are new, and nothing is doubled', () => {
    const s = reduce(play(welcome(), chat(3)), welcome({ chat: [chat(2), chat(3), chat(4), chat(5, 'a')] }));
    expect(s.chat.map((c) => c.n)).toEqual([1, 2, 3, 4, 5]);
    expect(s.unread).toBe(2);
  });

  it('seats others by their chair and me last', () => {
    const s = play(welcome({ members: [member('a', { seat: 0 }), member('c', { seat: 3 }), member('b', { seat: 1 })] }));
    expect(bySeat(s).map((m) => m.id)).toEqual(['b', 'c', 'a']);
  });

  it('knows how lines fare, of those who are here, until they go', () => {
    let s = play(welcome(), { t: 'bars', bars: { b: 2, stranger: 4 } }, { t: 'bars', bars: {} });
    expect([barsOf(s, 'a'), barsOf(s, 'b'), barsOf(s, 'stranger')]).toEqual([-1, 2, -1]);
    s = reduce(s, line({ bars: 0 }));
    expect(barsOf(s, 'a')).toBe(0);
    expect(barsOf(reduce(s, { t: 'left', id: 'b', reason: 'left' }), 'b')).toBe(-1);
    expect([...reduce(s, welcome({ media: 'keep', members: [member('a')] })).bars]).toEqual([]);
    expect(reduce(s, welcome({ media: 'keep' }))).toMatchObject({ line: s.line, bars: s.bars });
    expect(reduce(s, welcome())).toMatchObject({ line: null });
  });

  it('takes a picture for paused until a slot shows it again', () => {
    const slot = (id: string, kind: 'camera' | 'screen') => ({ mid: '8', id, kind, ts: 0, layer: 'q' });
    let s = play(welcome(), line({ paused: [{ id: 'b', kind: 'camera', why: 'your-line' }, { id: 'b', kind: 'screen', why: 'economy' }] }));
    expect(pausedWhy(s, 'b', 'camera')).toBe('your-line');
    s = reduce(s, { t: 'slots', slots: [slot('c', 'camera')] });
    expect(pausedWhy(s, 'b', 'camera')).toBe('your-line');
    s = reduce(s, { t: 'slots', slots: [slot('b', 'camera')] });
    expect([pausedWhy(s, 'b', 'camera'), pausedWhy(s, 'b', 'screen')]).toEqual(['', 'economy']);
    expect(reduce(s, { t: 'slots', slots: [] })).toBe(s);
  });

  it('does not touch its input', () => {
    const s = play(welcome());
    const frozen = JSON.stringify([...s.members]);
    reduce(s, { t: 'joined', member: member('z') });
    expect(JSON.stringify([...s.members])).toBe(frozen);
  });
});
