/**
 * The wire types of docs/protocol.md, message by message. They mirror signaling/wire.go; keep the three in step.
 *
 * `parseServerMessage` is the only way from text to a message: what comes out has the fields it promises, so that no
 * code behind it needs to look twice. A type we do not know is not an error (a newer server may send it).
 */

import { ROOM_READERS, type Order, type RoomNews } from './wire-room';

export const VERSION = 1;
export const SUBPROTOCOL = 'tablee.v1';

export type Kind = 'mic' | 'camera' | 'screen' | 'sound';
export type VideoKind = 'camera' | 'screen';
export type Role = 'listener' | 'guest' | 'member' | 'speaker' | 'moderator' | 'host';
const ROLES: readonly Role[] = ['listener', 'guest', 'member', 'speaker', 'moderator', 'host'];
/** What one chose to be sent: what the line carries, small pictures, or no pictures. */
export type Quality = 'auto' | 'saver' | 'voice';
/** Why less is sent than demanded; '' when nothing is left out. */
export type Limit = '' | 'your-line' | 'host-line' | 'server-busy' | 'economy';

export interface Member {
  readonly id: string;
  readonly num: number;
  readonly seat: number;
  readonly name: string;
  readonly role: Role;
  readonly mic: boolean;
  readonly cam: boolean;
  readonly screen: boolean;
  readonly sound: boolean;
  /** 0, or the order in which hands were raised. */
  readonly hand: number;
  readonly away: boolean;
}

export interface RoomInfo {
  readonly name: string;
  readonly title: string;
}

export interface Chat {
  readonly t: 'chat';
  readonly n: number;
  readonly from: string;
  readonly name: string;
  readonly seat: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly text: string;
  readonly ref?: string;
}

export interface Slot {
  readonly mid: string;
  /** Member, '' when emptied. */
  readonly id: string;
  readonly kind: Kind | '';
  /** RTP timestamp of the first frame of the new source. */
  readonly ts: number;
  readonly layer: string;
}

/** What a meeting may cost the host's line. */
export type Profile = 'normal' | 'frugal' | 'voice';

export interface Welcome {
  readonly t: 'welcome';
  readonly v: number;
  readonly id: string;
  readonly num: number;
  readonly room: RoomInfo;
  readonly role: Role;
  readonly resume: string;
  readonly pc: string;
  readonly media: 'new' | 'keep';
  readonly members: readonly Member[];
  readonly chat: readonly Chat[];
  readonly voices: number;
  readonly max: number;
  readonly profile: Profile;
  /** For a PeerConnection that finds no direct way; [] when the server relays nothing. */
  readonly ice: readonly IceServer[];
}

export interface IceServer {
  readonly urls: readonly string[];
  readonly username: string;
  readonly credential: string;
}

/** A picture that is demanded and not sent. */
export interface Paused {
  readonly id: string;
  readonly kind: VideoKind;
  readonly why: Limit;
}

/** One's own line. */
export interface OwnLine {
  readonly t: 'line';
  /** 0 to 4. */
  readonly bars: number;
  readonly limit: Limit;
  /** It carries voices and hardly more. */
  readonly weak: boolean;
  /** kbit/s, percent, milliseconds (0: not known). */
  readonly down: number;
  readonly up: number;
  readonly loss: number;
  readonly rtt: number;
  readonly paused: readonly Paused[];
}

/** Numbers that belong into the sentence of an error. */
export type Args = Readonly<Record<string, number>>;

export type ServerMessage =
  | Welcome
  | { readonly t: 'answer'; readonly gen: number; readonly sdp: string }
  | { readonly t: 'joined' | 'member'; readonly member: Member }
  | { readonly t: 'left'; readonly id: string; readonly reason: string }
  | Chat
  | { readonly t: 'react'; readonly id: string; readonly emoji: string }
  | { readonly t: 'slots'; readonly slots: readonly Slot[] }
  | { readonly t: 'restart' }
  | { readonly t: 'renegotiate' }
  | { readonly t: 'profile'; readonly profile: Profile }
  | { readonly t: 'speaker'; readonly id: string; readonly talking: readonly string[] }
  | { readonly t: 'send'; readonly camera: readonly string[]; readonly screen: readonly string[] }
  | OwnLine
  | { readonly t: 'bars'; readonly bars: Args }
  | { readonly t: 'error'; readonly code: string; readonly message: string; readonly re: string; readonly args: Args }
  | { readonly t: 'bye'; readonly reason: string; readonly retry: number; readonly room: string; readonly resume: string }
  | RoomNews
  | { readonly t: 'pong'; readonly n: number };

export interface Want {
  readonly id: string;
  readonly kind: VideoKind;
  /** Device pixels of the element that shows it. */
  readonly height: number;
  /** The large picture, or a pinned one. */
  readonly big?: true;
}

export interface Mids {
  readonly mic?: string;
  readonly camera?: string;
  readonly screen?: string;
  readonly sound?: string;
}

export interface StateChange {
  readonly mic?: boolean;
  readonly cam?: boolean;
  readonly screen?: boolean;
  readonly sound?: boolean;
  readonly hand?: boolean;
}

export const REACTIONS = ['👍', '👏', '❤️', '😂', '😮', '🎉'] as const;

export interface Hello {
  readonly t: 'hello';
  readonly v: number;
  readonly name: string;
  readonly mic: boolean;
  readonly cam: boolean;
  readonly host?: string;
  readonly password?: string;
  readonly link?: string;
  readonly token?: string;
  readonly resume?: string;
  readonly pc?: string;
}

export type ClientMessage =
  | Hello
  | { readonly t: 'offer'; readonly sdp: string; readonly gen: number; readonly mids: Mids }
  | { readonly t: 'demand'; readonly videos: readonly Want[] }
  | ({ readonly t: 'state' } & StateChange)
  | { readonly t: 'prefs'; readonly quality: Quality }
  | { readonly t: 'chat'; readonly text: string; readonly ref: string }
  | { readonly t: 'react'; readonly emoji: string }
  | { readonly t: 'ping'; readonly n: number }
  | { readonly t: 'leave' }
  | Order;

type Raw = Record<string, unknown>;

const isRaw = (v: unknown): v is Raw => typeof v === 'object' && v !== null && !Array.isArray(v);
const str = (v: unknown): string => (typeof v === 'string' ? v : '');
const num = (v: unknown): number => (typeof v === 'number' && Number.isFinite(v) ? v : 0);
const list = (v: unknown): Raw[] => (Array.isArray(v) ? v.filter(isRaw) : []);
const strings = (v: unknown): string[] => (Array.isArray(v) ? v.filter((x): x is string => typeof x === 'string') : []);
const oneOf = <T extends string>(v: unknown, all: readonly T[], other: T): T => (all.includes(v as T) ? (v as T) : other);
const LIMITS: readonly Limit[] = ['your-line', 'host-line', 'server-busy', 'economy'];
const KINDS: readonly string[] = ['mic', 'camera', 'screen', 'sound'];

function member(v: unknown): Member | null {
  if (!isRaw(v) || str(v.id) === '') return null;
  return {
    id: str(v.id), num: num(v.num), seat: Math.max(0, Math.trunc(num(v.seat))), name: str(v.name),
    role: oneOf(v.role, ROLES, 'guest'),
    mic: v.mic === true, cam: v.cam === true, screen: v.screen === true, sound: v.sound === true,
    hand: num(v.hand), away: v.away === true,
  };
}

function chat(v: Raw): Chat {
  const c = { t: 'chat', n: num(v.n), from: str(v.from), name: str(v.name), seat: num(v.seat), at: num(v.at), text: str(v.text) } as const;
  return typeof v.ref === 'string' ? { ...c, ref: v.ref } : c;
}

const bars = (v: unknown): number => Math.min(4, Math.max(0, Math.round(num(v))));

function numbers(v: unknown, read = num): Args {
  return isRaw(v) ? Object.fromEntries(Object.entries(v).filter(([, x]) => typeof x === 'number').map(([k, x]) => [k, read(x)])) : {};
}

function line(m: Raw): OwnLine {
  const paused = list(m.paused).flatMap((p): Paused[] => (p.kind === 'camera' || p.kind === 'screen' ? [{ id: str(p.id), kind: p.kind, why: oneOf(p.why, LIMITS, '') }] : []));
  return {
    t: 'line', bars: bars(m.bars), limit: oneOf(m.limit, LIMITS, ''), weak: m.weak === true,
    down: num(m.down), up: num(m.up), loss: num(m.loss), rtt: num(m.rtt), paused,
  };
}

function slot(v: Raw): Slot {
  const kind = str(v.kind);
  return { mid: str(v.mid), id: str(v.id), kind: KINDS.includes(kind) ? (kind as Kind) : '', ts: num(v.ts) >>> 0, layer: str(v.layer) };
}

const profile = (v: unknown): Profile => oneOf(v, ['normal', 'frugal', 'voice'], 'normal');

function welcome(m: Raw): Welcome | null {
  const room = isRaw(m.room) ? m.room : {};
  if (str(m.id) === '') return null;
  return {
    t: 'welcome', v: num(m.v), id: str(m.id), num: num(m.num), room: { name: str(room.name), title: str(room.title) },
    role: oneOf(m.role, ROLES, 'guest'), resume: str(m.resume), pc: str(m.pc),
    media: m.media === 'keep' ? 'keep' : 'new',
    members: list(m.members).map(member).filter((x) => x !== null), chat: list(m.chat).map(chat),
    voices: Math.min(16, Math.max(1, num(m.voices) || 3)), max: num(m.max),
    profile: profile(m.profile), ice: list(m.ice).map(iceServer).filter((s) => s.urls.length > 0),
  };
}

/** Only relays: a browser asks whatever a URL says. */
function iceServer(v: Raw): IceServer {
  return { urls: strings(v.urls).filter((u) => /^(turns?|stun):/.test(u)), username: str(v.username), credential: str(v.credential) };
}

/** How each message is read. A table, so that a new message is one line. */
const READERS: Record<string, (m: Raw) => ServerMessage | null> = {
  welcome,
  answer: (m) => (str(m.sdp) === '' ? null : { t: 'answer', gen: num(m.gen), sdp: str(m.sdp) }),
  joined: (m) => withMember('joined', m),
  member: (m) => withMember('member', m),
  left: (m) => ({ t: 'left', id: str(m.id), reason: str(m.reason) }),
  chat,
  react: (m) => ({ t: 'react', id: str(m.id), emoji: str(m.emoji) }),
  slots: (m) => ({ t: 'slots', slots: list(m.slots).map(slot) }),
  restart: () => ({ t: 'restart' }),
  renegotiate: () => ({ t: 'renegotiate' }),
  profile: (m) => ({ t: 'profile', profile: profile(m.profile) }),
  speaker: (m) => ({ t: 'speaker', id: str(m.id), talking: strings(m.talking) }),
  send: (m) => ({ t: 'send', camera: strings(m.camera), screen: strings(m.screen) }),
  line,
  bars: (m) => ({ t: 'bars', bars: numbers(m.bars, bars) }),
  error: (m) => ({ t: 'error', code: str(m.code) || 'internal', message: str(m.message), re: str(m.re), args: numbers(m.args) }),
  bye: (m) => ({ t: 'bye', reason: str(m.reason), retry: num(m.retry), room: str(m.room), resume: str(m.resume) }),
  ...ROOM_READERS,
  pong: (m) => ({ t: 'pong', n: num(m.n) }),
};

function withMember(t: 'joined' | 'member', m: Raw): ServerMessage | null {
  const who = member(m.member);
  return who === null ? null : { t, member: who };
}

/** Reads one text frame. Null: not JSON, not an object, of a type we do not know, or without what its type must have. */
export function parseServerMessage(text: string): ServerMessage | null {
  let v: unknown;
  try {
    v = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isRaw(v)) return null;
  const t = str(v.t);
  return Object.hasOwn(READERS, t) ? (READERS[t]?.(v) ?? null) : null;
}
