/** The one store of the page outside a meeting: where we are, how it looks, what is remembered, which devices. */
import { computed, effect, signal } from '@preact/signals';
import { isLang, lang } from '../i18n';
import { read, readJSON, write } from '../lib/storage';
import { Devices, type Args } from '../media';
import type { Session } from './session';

/** `pad` with id '' is the list of pads. */
export type Route = { readonly page: 'home' } | { readonly page: 'box'; readonly path: string } | { readonly page: 'room'; readonly name: string } | { readonly page: 'files'; readonly name: string } | { readonly page: 'drop'; readonly name: string } | { readonly page: 'pad'; readonly id: string } | { readonly page: 'team'; readonly at: string };
export type Theme = 'auto' | 'light' | 'dark';

export const route = signal<Route>({ page: 'home' });
/** The meeting that the person is in, null before and after. */
export const session = signal<Session | null>(null);
/** Why the last meeting ended, until the person goes elsewhere. */
export const ended = signal<{ readonly reason: string; readonly code: string; readonly was: { readonly mic: boolean; readonly camera: boolean }; readonly args: Args } | null>(null);
export const personName = signal(read('name') ?? '');
export const theme = signal<Theme>(asTheme(read('theme')));
/** What a link wants off at first; nothing can want it on that the person has switched off. */
export const startsOff = signal({ mic: false, camera: false });
export const devices = new Devices();
/** Rises whenever `devices` changed; reading it draws again. */
export const deviceTick = signal(0);
devices.on('change', () => deviceTick.value++);

const night = typeof matchMedia === 'undefined' ? null : matchMedia('(prefers-color-scheme: dark)');
const systemDark = signal(night?.matches ?? false);
night?.addEventListener('change', (e) => (systemDark.value = e.matches));

function asTheme(v: string | null): Theme {
  return v === 'light' || v === 'dark' ? v : 'auto';
}

/** Meetings are in evening light unless the person says otherwise; all else follows the system. */
export const shownTheme = computed<'light' | 'dark'>(() =>
  theme.value !== 'auto' ? theme.value : session.value || systemDark.value ? 'dark' : 'light');

export function setTheme(next: Theme): void {
  theme.value = next;
  write('theme', next === 'auto' ? null : next);
}

export function setPersonName(name: string): void {
  personName.value = name;
  write('name', name.trim() || null);
}

/** What the last meeting's pads said when they were last seen, by id: offered for download at its end. */
export const keptNotes = signal<ReadonlyMap<string, { readonly title: string; readonly text: string }>>(new Map());

/** `/r/{name}` is a room, `/r/{name}/files` its files, `/f` and `/f/{token}` are drops, `/p` and `/p/{id}` pads, `/files` and `/files/{place}` a member's files, some words are pages of accounts and of the admin, everything else is the front page. */
export function parsePath(path: string): Route {
  if (/^\/(login|setup|welcome|reset|account|admin)(\/|$)/.test(path)) return { page: 'box', path };
  const drop = /^\/f(?:\/([\w-]*))?\/?$/.exec(path);
  if (drop) return { page: 'drop', name: drop[1] ?? '' };
  const team = /^\/files(?:\/(.*?))?\/?$/.exec(path);
  if (team) return { page: 'team', at: team[1] ?? '' };
  const pad = /^\/p(?:\/([\w-]*))?\/?$/.exec(path);
  if (pad) return { page: 'pad', id: pad[1] ?? '' };
  const match = /^\/r\/([^/]+)(\/files)?\/?$/.exec(path);
  if (!match?.[1]) return { page: 'home' };
  const page = match[2] ? 'files' : 'room';
  try {
    return { page, name: decodeURIComponent(match[1]) };
  } catch {
    return { page, name: match[1] };
  }
}

/** Goes to a path of ours. A `#host=`, `#link=` or `#token=` token in it is taken at once and never stays in the address bar. */
export function go(path: string, replace = false): void {
  history[replace ? 'replaceState' : 'pushState'](null, '', path);
  arrive();
}

function arrive(): void {
  const next = parsePath(location.pathname);
  if (next.page === 'room' || next.page === 'files') takeHostToken(next.name);
  ended.value = null;
  route.value = next;
}

function takeHostToken(room: string): void {
  const tokens = new URLSearchParams(location.hash.slice(1));
  let found = false;
  const query = new URLSearchParams(location.search);
  const name = tokens.get('name');
  if (name) personName.value = name.slice(0, 64);
  const wish = tokens.get('lang');
  if (isLang(wish)) lang.value = wish; // for this page; what the person chose stays remembered
  startsOff.value = { mic: tokens.get('mic') === 'off', camera: tokens.get('camera') === 'off' };
  for (const kind of ['host', 'link', 'token']) {
    const token = tokens.get(kind) ?? (kind === 'token' ? query.get(kind) : null);
    if (!token) continue;
    write(`${kind}.${room}`, token, 'session');
    found = true;
  }
  if (!found) return;
  query.delete('token');
  history.replaceState(null, '', location.pathname + (query.size > 0 ? `?${query}` : ''));
}

export const hostToken = (room: string): string => read(`host.${room}`, 'session') ?? '';

/** Signed by the site that sent one here. */
export const joinToken = (room: string): string => read(`token.${room}`, 'session') ?? '';

export const linkToken = (room: string): string => read(`link.${room}`, 'session') ?? '';

export interface Recent {
  readonly name: string;
  readonly title: string;
}

const RECENT = 4;

export const recentRooms = (): Recent[] => {
  const list = readJSON<unknown>('recent');
  return Array.isArray(list) ? list.filter((r): r is Recent => typeof r?.name === 'string' && typeof r?.title === 'string').slice(0, RECENT) : [];
};

export function rememberRoom(room: Recent): void {
  write('recent', JSON.stringify([room, ...recentRooms().filter((r) => r.name !== room.name)].slice(0, RECENT)));
}

/** Starts following the address, the language and the theme. Called once. */
export function start(): void {
  addEventListener('popstate', () => {
    session.value?.leave();
    arrive();
  });
  addEventListener('hashchange', () => arrive());
  effect(() => {
    document.documentElement.lang = lang.value;
  });
  effect(() => {
    document.documentElement.dataset.theme = shownTheme.value;
  });
  arrive();
}
