/**
 * What is known of the room itself: what one may do, who waits, polls, timer, links, breakout rooms. Pure, as meeting.ts.
 */
import type { Group, Link, Poll, RoomNews, RoomSettings, ServerMessage, Waiter } from '../media';

export interface Desk {
  readonly rights: ReadonlySet<string>;
  readonly settings: RoomSettings;
  readonly lobby: readonly Waiter[];
  readonly polls: ReadonlyMap<number, Poll>;
  /** On the clock of Date.now(); 0 for none. */
  readonly timerEnds: number;
  readonly links: readonly Link[];
  /** The link that was just made, with its token. */
  readonly fresh: Link | null;
  readonly groups: readonly Group[];
  /** Number of the breakout room that one is in, 0 for the main one. */
  readonly breakout: number;
  /** Where one stands in the lobby. */
  readonly place: number;
  readonly hosted: boolean;
  readonly announcement: { readonly name: string; readonly text: string } | null;
  /** What a moderator asks one to switch on; '' for nothing. */
  readonly asked: string;
}

export const EMPTY_DESK: Desk = {
  rights: new Set(), settings: {}, lobby: [], polls: new Map(), timerEnds: 0, links: [], fresh: null, groups: [], breakout: 0, place: 0, hosted: false,
  announcement: null, asked: '',
};

export function reduceDesk(d: Desk, m: ServerMessage | RoomNews, now: number): Desk {
  switch (m.t) {
    case 'you': return { ...d, rights: new Set(m.rights) };
    case 'room': return { ...d, settings: m.settings, breakout: m.breakout };
    case 'lobby': return { ...d, lobby: m.waiting };
    case 'waiting': return { ...d, place: m.place, hosted: m.hosted };
    case 'poll': return { ...d, polls: new Map(d.polls).set(m.poll, m) };
    case 'timer': return { ...d, timerEnds: m.left > 0 ? now + m.left : 0 };
    case 'links': return { ...d, links: m.links };
    case 'invited': return { ...d, fresh: m.link };
    case 'breakouts': return { ...d, groups: m.rooms };
    case 'announce': return { ...d, announcement: { name: m.name, text: m.text } };
    case 'asked': return m.do === 'unmute' ? { ...d, asked: m.what } : d;
    default: return d;
  }
}
