/**
 * One open pad: the document, who is in it, and what the page shows of both, as signals. Editors bind to `text`,
 * whiteboards to `board`; nothing else touches the line.
 */
import { computed, signal } from '@preact/signals';
import { IndexeddbPersistence } from 'y-indexeddb';
import { Awareness } from 'y-protocols/awareness';
import * as Y from 'yjs';
import { personClass } from '../lib/person';
import { PadApi, mayComment, mayWrite, type Author, type PadInfo, type Right } from './api';
import { keepCopy, copyOf, dropCopy, storeName, unsavedCopy, markUnsaved } from './memory';
import { keepShell } from './shell';
import { Sync, type PadEvent, type PadUser } from './sync';

/** How far what was written here has come: to the server's disk, on its way, or no further than this browser. */
export type Saved = 'saved' | 'saving' | 'local';

export interface Person {
  readonly client: number;
  readonly name: string;
  /** Class of the person's colour. */
  readonly color: string;
  readonly me: boolean;
}

/** Why nothing can be written though the right is there. */
export type Trouble = '' | 'storage' | 'refused' | 'forbidden' | 'pad_unknown' | 'too_big' | 'pad_broken' | 'bad_message';

export interface PadOptions {
  readonly id: string;
  readonly access: () => string;
  readonly name: () => string;
  /** What is known before the server has said anything. */
  readonly title?: string;
}

/** The server's colours in their order (pad/access.go): other programs show them, we show the person's class. */
const SERVER_COLORS = ['#1f6f5c', '#b3441e', '#3558a8', '#8a3d86', '#7a6400', '#a32b4a', '#27707e', '#5a51b5', '#4b6e1e', '#94500f', '#20639b', '#9c3a6b'];

/** Fifteen classes for fifteen seats; who came by a link, or is no longer here, has one by the server's colour. */
export function colorClass(seat: number, color: string): string {
  return personClass(seat >= 0 ? seat : Math.max(0, SERVER_COLORS.indexOf(color)));
}

export class Pad {
  readonly doc = new Y.Doc();
  readonly text = this.doc.getText('text');
  readonly comments = this.doc.getMap<Y.Map<unknown>>('comments');
  readonly board = this.doc.getMap<unknown>('board');
  readonly awareness = new Awareness(this.doc);
  readonly api: PadApi;
  readonly info = signal<PadInfo | null>(null);
  readonly right = signal<Right>('read');
  readonly me = signal<PadUser | null>(null);
  readonly people = signal<readonly Person[]>([]);
  readonly online = signal(false);
  /** The server's state has been merged at least once. */
  readonly synced = signal(false);
  /** What this browser kept from the last time is shown. */
  readonly kept = signal(false);
  readonly trouble = signal<Trouble>('');
  private readonly allSaved = signal(true);
  readonly saved = computed<Saved>(() => (this.allSaved.value ? 'saved' : this.online.value ? 'saving' : 'local'));
  readonly writable = computed(() => mayWrite(this.right.value) && (this.trouble.value === '' || this.trouble.value === 'refused') && (this.synced.value || this.kept.value));
  readonly commentable = computed(() => mayComment(this.right.value) && this.trouble.value === '' && this.synced.value);
  /** Rises when the document changed, for what is drawn from it now and then. */
  readonly tick = signal(0);
  readonly authors = signal<ReadonlyMap<number, Author>>(new Map());
  private readonly sync: Sync;
  private store: IndexeddbPersistence | null = null;
  private tickTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly options: PadOptions) {
    this.api = new PadApi(options.access);
    const ws = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws/pad/${encodeURIComponent(options.id)}`;
    this.sync = new Sync(this.doc, this.awareness, {
      url: ws, access: options.access, name: options.name,
      line: (up) => (this.online.value = up),
      synced: () => (this.synced.value = true),
      saved: (all) => this.savedChanged(all),
      event: (e) => this.event(e),
      ended: (code) => this.ended(code),
    });
    this.awareness.on('change', () => this.peopleChanged());
    this.doc.on('update', () => this.changed());
    addEventListener('beforeunload', this.askBeforeLeaving);
    // A pad seen before can be read, and written to, without a line; only then is the right remembered.
    const copy = copyOf(options.id);
    if (copy) {
      this.right.value = copy.right;
      // What the server did not have when the page was closed, it does not have now.
      if (unsavedCopy(options.id)) this.allSaved.value = false;
      this.keep();
    }
    this.sync.now();
  }

  get id(): string {
    return this.options.id;
  }

  rename(name: string): void {
    this.sync.rename(name);
  }

  drop(): void {
    this.sync.drop();
  }

  retry(): void {
    this.trouble.value = '';
    this.sync.again();
  }

  /** Forgets what this browser keeps of the pad. */
  async forget(): Promise<void> {
    const store = this.store;
    this.store = null;
    this.kept.value = false;
    await store?.clearData().catch(() => undefined);
    dropCopy(this.id);
  }

  /** Ends the line; what is not yet saved stays in this browser. */
  close(): void {
    removeEventListener('beforeunload', this.askBeforeLeaving);
    clearTimeout(this.tickTimer);
    this.sync.stop();
    this.awareness.destroy();
    void this.store?.destroy();
    this.doc.destroy();
  }

  async loadAuthors(): Promise<void> {
    const { authors, clients } = await this.api.authors(this.id);
    const by = new Map(authors.map((a) => [a.n, a]));
    this.authors.value = new Map(Object.entries(clients).flatMap(([id, n]) => {
      const author = by.get(n);
      return author ? [[Number(id), author] as const] : [];
    }));
  }

  /** Keeps a copy in this browser, so that writing goes on without a line. */
  private keep(): void {
    if (this.store || typeof indexedDB === 'undefined') return;
    try {
      const store = new IndexeddbPersistence(storeName(this.id), this.doc);
      (store as unknown as { isStore: boolean }).isStore = true;
      store.whenSynced.then(() => this.opened(store), () => undefined);
      // A browser that refuses storage (private windows) keeps nothing, and all else works.
      (store as unknown as { _db: Promise<unknown> })._db.catch(() => undefined);
      this.store = store;
    } catch {
      this.store = null;
    }
  }

  private opened(store: IndexeddbPersistence): void {
    this.kept.value = true;
    // A browser whose disk is full keeps no more: then nobody may be told that it does.
    for (const fault of ['abort', 'error', 'close'] as const) store.db?.addEventListener(fault, () => (this.kept.value = false));
    void keepShell();
  }

  private savedChanged(all: boolean): void {
    if (all !== this.allSaved.peek()) markUnsaved(this.id, !all);
    this.allSaved.value = all;
  }

  private readonly askBeforeLeaving = (e: BeforeUnloadEvent): void => {
    // With a copy in this browser nothing is lost by leaving.
    if (!this.allSaved.value && !this.kept.value) e.preventDefault();
  };

  private event(e: PadEvent): void {
    if (e.t === 'welcome') {
      this.info.value = e.pad;
      this.me.value = e.user;
      this.setRight(e.right);
      this.peopleChanged();
      if (this.trouble.value === 'storage') this.trouble.value = '';
    }
    if (e.t === 'right') this.setRight(e.right);
    if (e.t === 'pad') this.info.value = { ...e.pad, right: this.right.value };
    if (e.t === 'storage') this.trouble.value = e.ok ? '' : 'storage';
    if (e.t === 'refused') this.trouble.value = 'refused';
  }

  private setRight(right: Right): void {
    this.right.value = right;
    if (!mayWrite(right)) return;
    keepCopy(this.id, right, this.info.value?.kind ?? 'text');
    this.keep();
  }

  private ended(code: string): void {
    this.trouble.value = code as Trouble;
    // Deleted, or taken away: no copy stays behind. What is on the screen can still be copied.
    if (code === 'pad_unknown' || code === 'forbidden') void this.forget();
  }

  private changed(): void {
    this.tickTimer ??= setTimeout(() => {
      this.tickTimer = undefined;
      this.tick.value++;
    }, 120);
  }

  private peopleChanged(): void {
    const list: Person[] = [];
    for (const [client, state] of this.awareness.getStates()) {
      const me = client === this.doc.clientID;
      const user = (me ? this.me.value : (state.user as Partial<PadUser> | undefined)) ?? state.user;
      if (!user || typeof user.name !== 'string') continue;
      list.push({ client, name: user.name, color: colorClass(typeof user.seat === 'number' ? user.seat : -1, user.color ?? ''), me });
    }
    this.people.value = list.sort((a, b) => Number(b.me) - Number(a.me) || a.client - b.client);
  }
}
