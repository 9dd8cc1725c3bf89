import { describe, expect, it } from 'vitest';
import { parseServerMessage } from '../media/wire';
import { EMPTY_DESK, reduceDesk, type Desk } from './desk';

const after = (...texts: object[]): Desk => texts.reduce((d: Desk, x) => {
  const m = parseServerMessage(JSON.stringify(x));
  return m ? reduceDesk(d, m, 1000) : d;
}, EMPTY_DESK);

describe('what is known of the room', () => {
  it('follows what the server says', () => {
    const d = after(
      { t: 'you', role: 'moderator', rights: ['mic', 'silence'] },
      { t: 'room', room: { name: 'salon', title: 'Salon' }, max: 5, settings: { lobby: true, password: true, talk: 'speaker' }, breakout: 2 },
      { t: 'lobby', waiting: [{ id: 'A', name: 'Bob', role: 'guest' }, 7] },
      { t: 'timer', left: 5000, total: 9000 },
      { t: 'poll', poll: 3, question: '?', options: ['a', 'b'], votes: [1, 0], voters: [['Bob'], []], people: 1, mine: [0] },
      { t: 'announce', name: 'Anna', text: '5' },
      { t: 'asked', do: 'unmute', what: 'mic', by: 'B' },
      { t: 'asked', do: 'muted', what: 'camera', by: 'B' },
      { t: 'waiting', place: 2, hosted: true },
    );
    expect(d.rights.has('silence')).toBe(true);
    expect(d.settings).toEqual({ lobby: true, password: true, talk: 'speaker' });
    expect(d.breakout).toBe(2);
    expect(d.lobby).toEqual([{ id: 'A', name: 'Bob', role: 'guest' }]);
    expect(d.timerEnds).toBe(6000);
    expect(d.polls.get(3)).toMatchObject({ votes: [1, 0], mine: [0], closed: false });
    expect(d.asked).toBe('mic');
    expect([d.place, d.hosted]).toEqual([2, true]);
    expect(after({ t: 'timer', left: 0, total: 0 }).timerEnds).toBe(0);
  });

  it('believes nothing that has the wrong type', () => {
    const d = after({ t: 'you', rights: 'all' }, { t: 'room', settings: [1] }, { t: 'lobby', waiting: { id: 'A' } }, { t: 'poll', poll: 1, options: 7 }, { t: 'invited' }, { t: 'links', links: [null] });
    expect(d.rights.size).toBe(0);
    expect(d.settings).toEqual({});
    expect(d.lobby).toEqual([]);
    expect(d.polls.get(1)?.options).toEqual([]);
    expect(d.fresh).toBe(null);
    expect(d.links).toEqual([]);
  });
});
