import { afterEach, describe, expect, it } from 'vitest';
import { lang } from '../i18n';
import type { Limit, Member, OwnLine } from '../media';
import { EMPTY, type Meeting } from '../store/meeting';
import { lineWords, pausedWords } from './line-words';

const member = (id: string): Member => ({ id, num: 1, seat: 0, name: id.toUpperCase(), role: 'guest', mic: true, cam: true, screen: false, sound: false, hand: 0, away: false });
const line = (x: Partial<OwnLine> = {}): OwnLine => ({ t: 'line', bars: 4, limit: '', weak: false, down: 900, up: 300, loss: 2, rtt: 0, paused: [], ...x });
const meeting = (own: Partial<OwnLine>, theirs: number): Meeting => ({ ...EMPTY, me: 'a', members: new Map([['a', member('a')], ['b', member('b')]]), line: line(own), bars: new Map([['b', theirs]]) });

describe('the words of the bars', () => {
  afterEach(() => {
    lang.value = 'en';
  });

  it('say of another whether the limit is theirs, mine, the host\'s or the server\'s', () => {
    const said = (own: Partial<OwnLine>, theirs: number): string[] => lineWords(meeting(own, theirs), member('b'), 'auto');
    expect(said({}, 4)).toEqual(['B has a very good connection.']);
    expect(said({ limit: 'your-line' }, 1)).toEqual(['B has a weak connection: their picture may stop.', 'The limit is their connection, not yours.']);
    expect(said({ limit: 'your-line' }, 3)[1]).toBe('The limit is your connection.');
    expect(said({ limit: 'host-line' }, 3)[1]).toBe('The limit is the host’s connection.');
    expect(said({ limit: 'server-busy' }, 3)[1]).toBe('The limit is the server: it is busy.');
    expect(said({ limit: 'your-line', paused: [{ id: 'b', kind: 'camera', why: 'host-line' }] }, 4)).toEqual(['B has a very good connection.', 'No picture: the host’s connection is full.']);
  });

  it('say of me the figures, and the delay only when it is known', () => {
    expect(lineWords(meeting({ bars: 1, limit: 'your-line' }, 4), member('a'), 'auto')).toEqual(['Your connection is weak: pictures may stop.', 'The limit is your connection.', '900 kbit/s to you, 300 kbit/s from you, 2 % lost.']);
    expect(lineWords(meeting({ rtt: 80 }, 4), member('a'), 'auto').at(-1)).toBe('There and back in 80 ms.');
  });

  it('tell one\'s own choice from the meeting\'s', () => {
    expect(pausedWords('economy', 'auto')).toBe('No picture: this meeting saves data.');
    expect(pausedWords('economy', 'voice')).toBe('No picture: you chose to be sent less.');
    expect(pausedWords('', 'voice')).toBe('');
    lang.value = 'fr';
    for (const why of ['your-line', 'host-line', 'server-busy', 'economy'] as Limit[]) expect(pausedWords(why, 'auto')).toMatch(/^Pas d’image/);
  });
});
