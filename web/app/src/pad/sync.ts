/**
 * The line to the server: the y-websocket protocol of docs/pads.md, with its events. What is written here goes out at
 * once; it counts as saved only after the server's word (`mark` → `saved`). A broken line is tried again for ever,
 * with growing pauses, and what was written meanwhile is merged.
 *
 * 1. open: `welcome` event; the server's sync step 1 → our step 2 (what it lacks), a mark, our own step 1
 * 2. the document changes here → update → mark n
 * 3. `saved` n → all that went out before mark n is on the server's disk
 */
import * as decoding from 'lib0/decoding';
import * as encoding from 'lib0/encoding';
import * as awarenessProtocol from 'y-protocols/awareness';
import * as syncProtocol from 'y-protocols/sync';
import type * as Y from 'yjs';
import { backoff } from '../media/backoff';
import type { PadInfo, Right } from './api';

const MESSAGE_SYNC = 0;
const MESSAGE_AWARENESS = 1;
const MESSAGE_AUTH = 2;
const MESSAGE_QUERY_AWARENESS = 3;
const MESSAGE_EVENT = 100;
/** Marks are sent at most this often, in ms. */
const MARK_EVERY = 60;
/** Awareness is renewed well before others forget it (30 s). */
const RENEW = 15_000;
/** Without a word for so long the line is taken for dead: our own awareness comes back every RENEW. */
const SILENCE = 40_000;

export interface PadUser {
  readonly name: string;
  readonly color: string;
  readonly seat: number;
  readonly guest: boolean;
}

export type PadEvent =
  | { readonly t: 'welcome'; readonly pad: PadInfo; readonly right: Right; readonly user: PadUser }
  | { readonly t: 'saved'; readonly n: number }
  | { readonly t: 'refused'; readonly n: number; readonly code: string }
  | { readonly t: 'right'; readonly right: Right }
  | { readonly t: 'pad'; readonly pad: PadInfo }
  | { readonly t: 'storage'; readonly ok: boolean }
  | { readonly t: 'bye'; readonly code: string };

export interface SyncOptions {
  readonly url: string;
  readonly access: () => string;
  readonly name: () => string;
  readonly line: (up: boolean) => void;
  readonly synced: () => void;
  /** All that was written here is saved, or not yet. */
  readonly saved: (all: boolean) => void;
  readonly event: (e: PadEvent) => void;
  /** The server does not want us back: the code of its `bye`. */
  readonly ended: (code: string) => void;
}

const ENDINGS: Readonly<Record<number, string>> = { 4403: 'forbidden', 4410: 'pad_unknown', 4413: 'too_big', 4409: 'pad_broken', 4422: 'bad_message' };

export class Sync {
  private socket: WebSocket | null = null;
  private open = false;
  private attempts = 0;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private markTimer: ReturnType<typeof setTimeout> | undefined;
  private readonly beat: ReturnType<typeof setInterval>;
  private heard = 0;
  private mark = 0;
  private acknowledged = 0;
  /** Something was written after the last mark. */
  private dirty = false;
  private stopped = false;
  private bye = '';

  constructor(private readonly doc: Y.Doc, private readonly awareness: awarenessProtocol.Awareness, private readonly o: SyncOptions) {
    doc.on('update', this.onUpdate);
    awareness.on('update', this.onAwareness);
    addEventListener('online', this.now);
    addEventListener('pagehide', this.leave);
    this.beat = setInterval(this.keepAlive, RENEW);
  }

  /** Connects, at once if a pause was under way. */
  readonly now = (): void => {
    if (this.stopped || this.socket) return;
    clearTimeout(this.retry);
    this.connect();
  };

  /** Begins again after the server had ended it. */
  again(): void {
    this.stopped = false;
    this.now();
  }

  /** Says the name of who came by a link. */
  rename(name: string): void {
    this.event({ t: 'me', name });
  }

  /** Ends the line as a network fault would; for tests. */
  drop(): void {
    this.socket?.close();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.retry);
    clearTimeout(this.markTimer);
    clearInterval(this.beat);
    this.doc.off('update', this.onUpdate);
    this.awareness.off('update', this.onAwareness);
    removeEventListener('online', this.now);
    removeEventListener('pagehide', this.leave);
    this.socket?.close();
  }

  private readonly leave = (): void => {
    awarenessProtocol.removeAwarenessStates(this.awareness, [this.doc.clientID], 'leaving');
  };

  private connect(): void {
    const name = this.o.name();
    const url = name ? `${this.o.url}?name=${encodeURIComponent(name)}` : this.o.url;
    const socket = new WebSocket(url, ['tablee.pad', `access.${this.o.access()}`]);
    socket.binaryType = 'arraybuffer';
    this.socket = socket;
    this.bye = '';
    socket.onopen = () => {
      this.open = true;
      this.heard = Date.now();
      this.o.line(true);
      this.send(MESSAGE_SYNC, (e) => syncProtocol.writeSyncStep1(e, this.doc));
      if (this.awareness.getLocalState()) this.sendAwareness([this.doc.clientID]);
    };
    socket.onmessage = (m: MessageEvent<ArrayBuffer>) => this.receive(new Uint8Array(m.data));
    socket.onclose = (e) => this.closed(e.code);
  }

  private closed(code: number): void {
    this.socket = null;
    this.open = false;
    clearTimeout(this.markTimer);
    this.markTimer = undefined;
    const others = [...this.awareness.getStates().keys()].filter((id) => id !== this.doc.clientID);
    awarenessProtocol.removeAwarenessStates(this.awareness, others, this);
    this.o.line(false);
    if (this.stopped) return;
    const ending = ENDINGS[code] ?? (code >= 4400 ? this.bye || 'forbidden' : '');
    if (ending) {
      this.stopped = true;
      this.o.ended(ending);
      return;
    }
    this.retry = setTimeout(() => this.connect(), backoff(this.attempts++, Math.random()));
  }

  private readonly keepAlive = (): void => {
    if (!this.open) return;
    if (Date.now() - this.heard > SILENCE) return void this.socket?.close();
    const mine = this.awareness.getLocalState();
    if (mine) this.awareness.setLocalState(mine);
  };

  private readonly onUpdate = (update: Uint8Array, origin: unknown): void => {
    if (origin === this) return;
    // What the browser's own store brings is sent by the sync, when the server says what it lacks.
    if (origin !== null && (origin as { isStore?: boolean }).isStore) return;
    this.dirty = true;
    this.o.saved(false);
    if (!this.open) return;
    this.send(MESSAGE_SYNC, (e) => syncProtocol.writeUpdate(e, update));
    this.markSoon();
  };

  private markSoon(): void {
    this.markTimer ??= setTimeout(() => {
      this.markTimer = undefined;
      if (!this.open) return;
      this.dirty = false;
      this.event({ t: 'mark', n: ++this.mark });
    }, MARK_EVERY);
  }

  private readonly onAwareness = ({ added, updated, removed }: { added: number[]; updated: number[]; removed: number[] }, origin: unknown): void => {
    if (origin === this) return;
    const mine = [...added, ...updated, ...removed].filter((id) => id === this.doc.clientID);
    if (mine.length > 0 && this.open) this.sendAwareness(mine);
  };

  private sendAwareness(ids: number[]): void {
    this.send(MESSAGE_AWARENESS, (e) => encoding.writeVarUint8Array(e, awarenessProtocol.encodeAwarenessUpdate(this.awareness, ids)));
  }

  private event(e: object): void {
    this.send(MESSAGE_EVENT, (out) => encoding.writeVarString(out, JSON.stringify(e)));
  }

  private send(type: number, write: (e: encoding.Encoder) => void): void {
    if (!this.socket || this.socket.readyState !== WebSocket.OPEN) return;
    const e = encoding.createEncoder();
    encoding.writeVarUint(e, type);
    write(e);
    this.socket.send(encoding.toUint8Array(e) as Uint8Array<ArrayBuffer>);
  }

  private receive(data: Uint8Array): void {
    this.heard = Date.now();
    const d = decoding.createDecoder(data);
    const type = decoding.readVarUint(d);
    if (type === MESSAGE_SYNC) this.receiveSync(d);
    else if (type === MESSAGE_AWARENESS) awarenessProtocol.applyAwarenessUpdate(this.awareness, decoding.readVarUint8Array(d), this);
    else if (type === MESSAGE_QUERY_AWARENESS) this.sendAwareness([this.doc.clientID]);
    else if (type === MESSAGE_EVENT) this.receiveEvent(decoding.readVarString(d));
    else if (type === MESSAGE_AUTH) this.o.saved(false);
  }

  private receiveSync(d: decoding.Decoder): void {
    const e = encoding.createEncoder();
    encoding.writeVarUint(e, MESSAGE_SYNC);
    const kind = syncProtocol.readSyncMessage(d, e, this.doc, this);
    if (kind === syncProtocol.messageYjsSyncStep1) {
      this.socket?.send(encoding.toUint8Array(e) as Uint8Array<ArrayBuffer>);
      this.dirty = true;
      this.markSoon();
    }
    if (kind === syncProtocol.messageYjsSyncStep2) {
      this.attempts = 0;
      this.o.synced();
    }
  }

  private receiveEvent(text: string): void {
    const e = JSON.parse(text) as PadEvent;
    if (e.t === 'saved') {
      this.acknowledged = Math.max(this.acknowledged, e.n);
      if (this.acknowledged === this.mark && !this.dirty) this.o.saved(true);
    }
    if (e.t === 'bye') this.bye = e.code;
    this.o.event(e);
  }
}
