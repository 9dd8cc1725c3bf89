/** The wire types of what hosts and moderators do (signaling/wire_room.go), and how they are read. */
export interface RoomSettings {
  readonly temporary?: boolean;
  readonly lobby?: boolean;
  readonly locked?: boolean;
  readonly password?: boolean;
  readonly max?: number;
  readonly start_muted?: boolean;
  readonly arrive?: string;
  readonly talk?: string;
  readonly camera?: string;
  readonly share?: string;
  readonly chat?: string;
  readonly pad?: string;
  readonly upload?: string;
  readonly profile?: string;
  /** RFC 3339. */
  readonly opens?: string;
  readonly starts?: string;
  readonly minutes?: number;
  readonly chat_hours?: number;
  /** The sites that may embed the room, absent for none. */
  readonly origins?: readonly string[];
}

export interface Waiter {
  readonly id: string;
  readonly name: string;
  readonly role: string;
}

export interface Poll {
  readonly t: 'poll';
  readonly poll: number;
  readonly question: string;
  readonly options: readonly string[];
  readonly multiple: boolean;
  readonly anonymous: boolean;
  readonly closed: boolean;
  readonly votes: readonly number[];
  readonly voters: readonly (readonly string[])[];
  readonly people: number;
  readonly mine: readonly number[];
}

export interface Link {
  readonly id: string;
  readonly role: string;
  readonly label: string;
  /** Milliseconds since 1970, 0 for never. */
  readonly expires: number;
  /** Left; -1 for any number. */
  readonly uses: number;
  readonly token: string;
}

export interface Group {
  readonly n: number;
  readonly members: readonly Waiter[];
}

export type RoomNews =
  | { readonly t: 'waiting'; readonly place: number; readonly hosted: boolean }
  | { readonly t: 'admitted' }
  | { readonly t: 'you'; readonly role: string; readonly rights: readonly string[] }
  | { readonly t: 'room'; readonly room: { readonly name: string; readonly title: string }; readonly max: number; readonly settings: RoomSettings; readonly breakout: number }
  | { readonly t: 'lobby'; readonly waiting: readonly Waiter[] }
  | { readonly t: 'asked'; readonly do: string; readonly what: string; readonly by: string }
  | Poll
  | { readonly t: 'timer'; readonly left: number; readonly total: number }
  | { readonly t: 'links'; readonly links: readonly Link[] }
  | { readonly t: 'invited'; readonly link: Link }
  | { readonly t: 'breakouts'; readonly rooms: readonly Group[] }
  | { readonly t: 'announce'; readonly name: string; readonly text: string };

/** What hosts, moderators and voters say. Fields are those of docs/protocol.md. */
export interface Order {
  readonly t:
    | 'admit' | 'deny' | 'mute' | 'ask' | 'lower' | 'remove' | 'grant' | 'lock' | 'room' | 'links' | 'invite' | 'revoke' | 'poll' | 'vote' | 'close'
    | 'timer' | 'breakouts' | 'assign' | 'announce' | 'recall' | 'end' | 'enter';
  readonly [field: string]: unknown;
}

type Raw = Record<string, unknown>;
const isRaw = (v: unknown): v is Raw => typeof v === 'object' && v !== null && !Array.isArray(v);
const str = (v: unknown): string => (typeof v === 'string' ? v : '');
const num = (v: unknown): number => (typeof v === 'number' && Number.isFinite(v) ? v : 0);
const list = (v: unknown): unknown[] => (Array.isArray(v) ? v : []);
const raws = (v: unknown): Raw[] => list(v).filter(isRaw);
const waiters = (v: unknown): Waiter[] => raws(v).map((w) => ({ id: str(w.id), name: str(w.name), role: str(w.role) }));
const link = (l: Raw): Link => ({ id: str(l.id), role: str(l.role), label: str(l.label), expires: num(l.expires), uses: num(l.uses), token: str(l.token) });

export const ROOM_READERS: Record<string, (m: Raw) => RoomNews | null> = {
  waiting: (m) => ({ t: 'waiting', place: num(m.place), hosted: m.hosted === true }),
  admitted: () => ({ t: 'admitted' }),
  you: (m) => ({ t: 'you', role: str(m.role), rights: list(m.rights).map(str) }),
  room: (m) => {
    const room = isRaw(m.room) ? m.room : {};
    const settings = isRaw(m.settings) ? Object.fromEntries(Object.entries(m.settings).filter(([, v]) => typeof v !== 'object')) : {};
    const origins = isRaw(m.settings) ? list(m.settings.origins).map(str).filter(Boolean) : [];
    return { t: 'room', room: { name: str(room.name), title: str(room.title) }, max: num(m.max), settings: origins.length > 0 ? { ...settings, origins } : settings, breakout: num(m.breakout) };
  },
  lobby: (m) => ({ t: 'lobby', waiting: waiters(m.waiting) }),
  asked: (m) => ({ t: 'asked', do: str(m.do), what: str(m.what), by: str(m.by) }),
  poll: (m) => ({
    t: 'poll', poll: num(m.poll), question: str(m.question), options: list(m.options).map(str), multiple: m.multiple === true, anonymous: m.anonymous === true,
    closed: m.closed === true, votes: list(m.votes).map(num), voters: list(m.voters).map((v) => list(v).map(str)), people: num(m.people), mine: list(m.mine).map(num),
  }),
  timer: (m) => ({ t: 'timer', left: num(m.left), total: num(m.total) }),
  links: (m) => ({ t: 'links', links: raws(m.links).map(link) }),
  invited: (m) => (isRaw(m.link) ? { t: 'invited', link: link(m.link) } : null),
  breakouts: (m) => ({ t: 'breakouts', rooms: raws(m.rooms).map((g) => ({ n: num(g.n), members: waiters(g.members) })) }),
  announce: (m) => ({ t: 'announce', name: str(m.name), text: str(m.text) }),
};
