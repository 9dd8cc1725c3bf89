/**
 * Comments: threads in the shared document, each fixed to a stretch of the text by Yjs's relative positions, so that a
 * thread stays where it belongs whatever is typed around it. Who has the right `comment` writes here and nowhere else.
 *
 *   comments: Y.Map  id → Y.Map { from, to: relative positions as JSON; quote; resolved; at; notes: Y.Array of note }
 *   note: { id, by, seat, color, at, text }
 */
import * as Y from 'yjs';
import { absolute, relative } from './cursors';
import type { Pad } from './model';

/** Longest note, in UTF-16 units. */
export const NOTE_MAX = 4000;
const QUOTE_MAX = 200;

export interface Note {
  readonly id: string;
  readonly by: string;
  readonly seat: number;
  readonly color?: string;
  readonly at: number;
  readonly text: string;
}

export interface Thread {
  readonly id: string;
  /** Where it is now; null when its text is gone. */
  readonly range: readonly [number, number] | null;
  readonly quote: string;
  readonly resolved: boolean;
  readonly at: number;
  readonly notes: readonly Note[];
}

const fresh = (): string => Array.from(crypto.getRandomValues(new Uint8Array(9)), (b) => b.toString(36).padStart(2, '0')).join('');

function isNote(v: unknown): v is Note {
  const n = v as Partial<Note> | null;
  return typeof n === 'object' && n !== null && typeof n.id === 'string' && typeof n.by === 'string' && typeof n.text === 'string' && typeof n.at === 'number';
}

function threadOf(pad: Pad, id: string, t: unknown): Thread | null {
  if (!(t instanceof Y.Map)) return null;
  const notes = t.get('notes');
  if (!(notes instanceof Y.Array)) return null;
  const from = absolute(pad, t.get('from'));
  const to = absolute(pad, t.get('to'));
  const quote = t.get('quote');
  const at = t.get('at');
  return {
    id, range: from !== null && to !== null && to > from ? [from, to] : null, quote: typeof quote === 'string' ? quote : '', resolved: t.get('resolved') === true,
    at: typeof at === 'number' ? at : 0, notes: (notes.toArray() as unknown[]).filter(isNote),
  };
}

/** All threads, in the order of the text; those whose text is gone come last. */
export function threads(pad: Pad): Thread[] {
  const list: Thread[] = [];
  pad.comments.forEach((t, id) => {
    const thread = threadOf(pad, id, t);
    if (thread && thread.notes.length > 0) list.push(thread);
  });
  const place = (t: Thread): number => t.range?.[0] ?? Number.MAX_SAFE_INTEGER;
  return list.sort((a, b) => place(a) - place(b) || a.at - b.at);
}

function note(pad: Pad, text: string): Note {
  const me = pad.me.value;
  return { id: fresh(), by: me?.name ?? '', seat: me?.seat ?? -1, color: me?.color ?? '', at: Date.now(), text: text.slice(0, NOTE_MAX) };
}

/** Begins a thread about text[from, to) and returns its id. */
export function begin(pad: Pad, from: number, to: number, text: string): string {
  const id = fresh();
  pad.doc.transact(() => {
    const thread = new Y.Map<unknown>();
    const notes = new Y.Array<Note>();
    notes.push([note(pad, text)]);
    thread.set('from', relative(pad, from));
    thread.set('to', relative(pad, to));
    thread.set('quote', pad.text.toString().slice(from, Math.min(to, from + QUOTE_MAX)));
    thread.set('resolved', false);
    thread.set('at', Date.now());
    thread.set('notes', notes);
    pad.comments.set(id, thread);
  });
  return id;
}

export function reply(pad: Pad, id: string, text: string): void {
  const notes = pad.comments.get(id)?.get('notes');
  if (notes instanceof Y.Array) notes.push([note(pad, text)]);
}

export function resolve(pad: Pad, id: string, resolved: boolean): void {
  pad.comments.get(id)?.set('resolved', resolved);
}

export function remove(pad: Pad, id: string): void {
  pad.comments.delete(id);
}
