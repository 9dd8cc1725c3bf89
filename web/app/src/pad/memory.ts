/** The pads that this browser has links to. The secret is taken out of the address bar, so that copying the address gives nothing away. */
import { readJSON, read, write } from '../lib/storage';
import type { Kind, Right } from './api';

export interface Known {
  readonly id: string;
  readonly access: string;
  readonly title: string;
  readonly kind: 'text' | 'board';
  readonly at: number;
}

const MOST = 60;

export function knownPads(): Known[] {
  const list = readJSON<unknown>('pads');
  return Array.isArray(list) ? list.filter((k): k is Known => typeof k?.id === 'string' && typeof k?.access === 'string' && typeof k?.title === 'string') : [];
}

const put = (list: readonly Known[]): void => write('pads', list.length > 0 ? JSON.stringify(list.slice(0, MOST)) : null);

export function knownPad(id: string): Known | undefined {
  return knownPads().find((k) => k.id === id);
}

export function rememberPad(pad: Omit<Known, 'at'>): void {
  const list = [{ ...pad, at: Date.now() }, ...knownPads().filter((k) => k.id !== pad.id)];
  put(list);
  // What has fallen off the list leaves no copy behind, unless the server lacks some of it.
  for (const k of list.slice(MOST)) if (!unsavedCopy(k.id)) dropCopy(k.id);
}

export function forgetPad(id: string): void {
  put(knownPads().filter((k) => k.id !== id));
  dropCopy(id);
}

/** The copy of a pad that this browser keeps: what may be done with it, and what it is. */
export interface Copy {
  readonly right: Right;
  readonly kind: Kind;
}

/** The IndexedDB of a pad's copy. */
export const storeName = (id: string): string => `tablee.pad.${id}`;

export function copyOf(id: string): Copy | null {
  const [right, kind] = (read(`padright.${id}`) ?? '').split(' ');
  return right === 'write' || right === 'own' ? { right, kind: kind === 'board' ? 'board' : 'text' } : null;
}

export function keepCopy(id: string, right: Right, kind: Kind): void {
  write(`padright.${id}`, `${right} ${kind}`);
}

export function dropCopy(id: string): void {
  write(`padright.${id}`, null);
  markUnsaved(id, false);
  try {
    indexedDB.deleteDatabase(storeName(id));
  } catch {
    // A browser without: then there is no copy.
  }
}

/** Whether the copy has what the server had not taken when it was last heard. */
export const unsavedCopy = (id: string): boolean => read(`padunsaved.${id}`) !== null;
export const markUnsaved = (id: string, is: boolean): void => write(`padunsaved.${id}`, is ? 'yes' : null);

/** Who sits in the room's meeting, or is its host, may ask for the room's pads. '' when this browser is neither. */
export function roomAccess(room: string): string {
  const seat = readJSON<{ resume?: unknown }>(`seat.${room}`, 'session');
  if (typeof seat?.resume === 'string' && seat.resume !== '') return `seat.${room}.${seat.resume}`;
  const host = read(`host.${room}`, 'session');
  return host ? `host.${room}.${host}` : '';
}

/** Takes `#k.…` out of the address and keeps it. */
export function takeSecret(id: string): void {
  const secret = /^#(k\.[\w-]+)$/.exec(location.hash)?.[1];
  if (!secret) return;
  const known = knownPad(id);
  rememberPad({ id, access: secret, title: known?.title ?? '', kind: known?.kind ?? 'text' });
  history.replaceState(null, '', location.pathname + location.search);
}
