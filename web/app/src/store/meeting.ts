/**
 * What is known of the meeting, and how each message of the server changes it. Pure: a state and a message in, a state
 * out. The same state object is returned when nothing changed, so that nothing is drawn again.
 */
import type { Chat, Limit, Member, OwnLine, Role, RoomInfo, ServerMessage, VideoKind } from '../media';

export interface ChatLine extends Chat {
  /** Sent, but not yet stored by the server. */
  readonly pending?: boolean;
}

export interface Meeting {
  readonly me: string;
  readonly room: RoomInfo;
  readonly role: Role;
  readonly max: number;
  readonly members: ReadonlyMap<string, Member>;
  readonly chat: readonly ChatLine[];
  /** How many messages of others came since the chat was last read. */
  readonly unread: number;
  readonly speaker: string;
  readonly talking: ReadonlySet<string>;
  /** Members who share a screen, in the order in which they began. */
  readonly screens: readonly string[];
  /** One's own line; null until the server has said something about it. */
  readonly line: OwnLine | null;
  /** How good the others' lines are, 0 to 4, of those of whom it is known. */
  readonly bars: ReadonlyMap<string, number>;
}

export const EMPTY: Meeting = {
  me: '', room: { name: '', title: '' }, role: 'guest', max: 0, members: new Map(), chat: [], unread: 0, speaker: '',
  talking: new Set(), screens: [], line: null, bars: new Map(),
};

const CHAT_KEPT = 1000;

/** `reading` is true while the chat is on the screen: nothing is unread then. */
export function reduce(s: Meeting, m: ServerMessage, reading = false): Meeting {
  switch (m.t) {
    case 'welcome': return welcomed(s, m, reading);
    case 'room': return { ...s, room: m.room.name ? m.room : s.room, max: m.max || s.max };
    case 'you': return s;
    case 'joined':
    case 'member': return withMember(s, m.member);
    case 'left': return without(s, m.id);
    case 'chat': return withChat(s, m, reading);
    case 'speaker': return { ...s, speaker: m.id, talking: new Set(m.talking) };
    case 'line': return { ...s, line: m };
    case 'bars': return { ...s, bars: new Map([...s.bars, ...Object.entries(m.bars).filter(([id]) => s.members.has(id))]) };
    case 'slots': return unpaused(s, m.slots.map((x) => `${x.kind} ${x.id}`));
    default: return s;
  }
}

function welcomed(s: Meeting, m: Extract<ServerMessage, { t: 'welcome' }>, reading: boolean): Meeting {
  const members = new Map(m.members.map((x) => [x.id, x]));
  const last = s.chat.reduce((n, c) => (c.pending ? n : Math.max(n, c.n)), 0);
  // After a break only what is new is unread; on the first welcome the history is not.
  const fresh = s.me === '' || reading ? 0 : m.chat.filter((c) => c.n > last && c.from !== m.id).length;
  const older = s.chat.filter((c) => !c.pending && !m.chat.some((x) => x.n === c.n));
  const stillPending = s.chat.filter((c) => c.pending && !m.chat.some((x) => x.ref !== undefined && x.ref === c.ref));
  const sharing = [...members.values()].filter((x) => x.screen).map((x) => x.id);
  return {
    me: m.id, room: m.room, role: m.role, max: m.max, members,
    chat: [...[...older, ...m.chat].sort((a, b) => a.n - b.n), ...stillPending],
    unread: s.unread + fresh, speaker: members.has(s.speaker) ? s.speaker : '', talking: new Set(),
    // A new connection is judged anew; an old one is told of again.
    line: m.media === 'keep' ? s.line : null, bars: m.media === 'keep' ? new Map([...s.bars].filter(([id]) => members.has(id))) : new Map(),
    screens: [...s.screens.filter((id) => sharing.includes(id)), ...sharing.filter((id) => !s.screens.includes(id))],
  };
}

function withMember(s: Meeting, member: Member): Meeting {
  const members = new Map(s.members).set(member.id, member);
  const screens = member.screen
    ? s.screens.includes(member.id) ? s.screens : [...s.screens, member.id]
    : s.screens.filter((id) => id !== member.id);
  const talking = member.mic || !s.talking.has(member.id) ? s.talking : new Set([...s.talking].filter((id) => id !== member.id));
  return { ...s, members, screens, talking, role: member.id === s.me ? member.role : s.role };
}

function without(s: Meeting, id: string): Meeting {
  if (!s.members.has(id)) return s;
  const members = new Map(s.members);
  members.delete(id);
  const bars = new Map(s.bars);
  bars.delete(id);
  return {
    ...s, members, bars, screens: s.screens.filter((x) => x !== id), speaker: s.speaker === id ? '' : s.speaker,
    talking: new Set([...s.talking].filter((x) => x !== id)),
  };
}

function withChat(s: Meeting, m: Chat, reading: boolean): Meeting {
  if (s.chat.some((c) => !c.pending && c.n === m.n)) return s;
  const rest = s.chat.filter((c) => !(c.pending && m.from === s.me && c.ref === m.ref));
  const stored = rest.filter((c) => !c.pending);
  const pending = rest.filter((c) => c.pending);
  const unread = reading || m.from === s.me ? s.unread : s.unread + 1;
  return { ...s, chat: [...stored, m, ...pending].slice(-CHAT_KEPT), unread };
}

/** One's own message, shown at once and marked until the stored copy comes. */
export function sent(s: Meeting, text: string, ref: string, at: number): Meeting {
  const mine = s.members.get(s.me);
  const line: ChatLine = { t: 'chat', n: 0, from: s.me, name: mine?.name ?? '', seat: mine?.seat ?? 0, at, text, ref, pending: true };
  return { ...s, chat: [...s.chat, line] };
}

/** A message that the server refused to store. */
export function unsent(s: Meeting): Meeting {
  const i = s.chat.findIndex((c) => c.pending);
  return i < 0 ? s : { ...s, chat: s.chat.filter((_, j) => j !== i) };
}

/** News of a slot may come before the next news of the line: what is shown again is not paused any more. */
function unpaused(s: Meeting, shown: readonly string[]): Meeting {
  const paused = s.line?.paused.filter((p) => !shown.includes(`${p.kind} ${p.id}`));
  return s.line && paused && paused.length < s.line.paused.length ? { ...s, line: { ...s.line, paused } } : s;
}

/** Why this picture, which is on and on the screen, is not sent; '' when it is. */
export const pausedWhy = (s: Meeting, id: string, kind: VideoKind): Limit =>
  s.line?.paused.find((p) => p.id === id && p.kind === kind)?.why ?? '';

/** How good a member's line is, -1 when nobody knows. */
export const barsOf = (s: Meeting, id: string): number => (id === s.me ? s.line?.bars : s.bars.get(id)) ?? -1;

/** Others by seat, oneself last. */
export function bySeat(s: Meeting): Member[] {
  return [...s.members.values()].sort((a, b) => Number(a.id === s.me) - Number(b.id === s.me) || a.seat - b.seat || a.num - b.num);
}

/** Raised hands, first raised first. */
export function hands(s: Meeting): Member[] {
  return [...s.members.values()].filter((m) => m.hand > 0).sort((a, b) => a.hand - b.hand);
}
