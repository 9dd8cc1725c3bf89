/** What is on its way up: a queue with two at a time, each of which can be paused, goes on after a lost connection, and survives a reload. */
import { signal, type Signal } from '@preact/signals';
import { backoff } from '../media/backoff';
import type { Space } from './api';
import { COPY_MOST, forget, remember, remembered } from './memory';
import { Sealing } from './seal';
import { PART, ask, begin, end, plain, send, type Source, type Step } from './tus';

export type State = 'waiting' | 'sending' | 'retrying' | 'paused' | 'lost' | 'done' | 'failed';

export interface Item {
  readonly id: string;
  readonly name: string;
  readonly folder: string;
  /** Of the file, and of what is sent of it. */
  readonly size: number;
  readonly modified: number;
  readonly state: Signal<State>;
  readonly sent: Signal<number>;
  /** Bytes a second, over the last seconds. */
  readonly speed: Signal<number>;
  readonly code: Signal<string>;
  file: File | null;
  salt: Uint8Array<ArrayBuffer> | undefined;
  path: string;
  /** What it became. */
  node: string;
  abort: AbortController;
}

const AT_ONCE = 2;
/** How long it is said that a file has arrived, when one sees it in the list anyhow. */
const SAID_MS = 2_500;
/** Parts of a sealed file are in memory, two at a time; the server notes what it has after as many bytes. */
const SEALED_PART = 16 * 1024 * 1024;
/** How fast the shown speed follows: a quarter of what is new every half second. */
const SPEED_MS = 500;

export class Queue {
  readonly items = signal<readonly Item[]>([]);
  private tries = new Map<string, number>();
  /** Whether what has arrived stays on the list: where nothing else shows it. */
  stays = false;

  /** `key` seals what is sent. `arrived` is told of each file that is there. */
  constructor(readonly space: Space, private readonly arrived: (item: Item) => void, private readonly key: Uint8Array<ArrayBuffer> | null = null) {
    addEventListener('online', () => this.wake());
  }

  /** Brings back what an earlier page had begun. */
  async restore(): Promise<void> {
    for (const r of await remembered(this.space.base)) {
      if (this.items.value.some((i) => i.id === r.id)) continue;
      const item = this.item(r.id, r.name, r.folder, r.size, r.modified, r.file ?? null);
      item.path = r.path;
      item.salt = r.salt;
      if (!r.file) item.state.value = 'lost';
      this.items.value = [...this.items.value, item];
    }
    this.pump();
  }

  add(files: Iterable<File>, folder: string): void {
    for (const file of files) {
      const lost = this.items.value.find((i) => i.state.value === 'lost' && this.give(i, file));
      if (lost) continue;
      this.items.value = [...this.items.value, this.item(crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`, file.name, folder, file.size, file.lastModified, file)];
    }
    this.pump();
  }

  /** Gives a lost upload its file back; false when it is another one. */
  give(item: Item, file: File): boolean {
    if (file.name !== item.name || file.size !== item.size || file.lastModified !== item.modified) return false;
    item.file = file;
    item.state.value = 'waiting';
    this.pump();
    return true;
  }

  pause(item: Item): void {
    item.state.value = 'paused';
    item.abort.abort();
    this.pump();
  }

  resume(item: Item): void {
    item.state.value = item.file ? 'waiting' : 'lost';
    this.pump();
  }

  stop(item: Item): void {
    item.state.value = 'failed';
    item.abort.abort();
    if (item.path) void end(this.space, item.path);
    this.clear(item);
    this.pump();
  }

  /** Takes an item off the list. */
  clear(item: Item): void {
    void forget(item.id);
    this.items.value = this.items.value.filter((i) => i !== item);
  }

  private item(id: string, name: string, folder: string, size: number, modified: number, file: File | null): Item {
    return {
      id, name, folder, size, modified, file, state: signal<State>('waiting'), sent: signal(0), speed: signal(0), code: signal(''),
      salt: undefined, path: '', node: '', abort: new AbortController(),
    };
  }

  private wake(): void {
    for (const i of this.items.value) if (i.state.value === 'retrying') i.state.value = 'waiting';
    this.pump();
  }

  private pump(): void {
    const busy = this.items.value.filter((i) => i.state.value === 'sending').length;
    for (const item of this.items.value.filter((i) => i.state.value === 'waiting').slice(0, AT_ONCE - busy)) {
      item.state.value = 'sending';
      item.abort = new AbortController();
      void this.send(item);
    }
  }

  private async source(item: Item, file: File): Promise<Source> {
    if (!this.key) return plain(file);
    item.salt ??= crypto.getRandomValues(new Uint8Array(16));
    return Sealing.begin(file, this.key, item.salt);
  }

  private async send(item: Item): Promise<void> {
    const { signal: abort } = item.abort;
    const file = item.file;
    if (!file) return;
    let step: Step;
    try {
      const source = await this.source(item, file);
      step = await this.find(item, source, file, abort);
      const meter = speedometer(item);
      while (step.kind === 'at' && !abort.aborted) {
        item.sent.value = (step.offset / source.size) * item.size;
        this.tries.delete(item.id);
        step = await send(this.space, item.path, source, step.offset, this.key ? SEALED_PART : PART, (at) => meter((at / source.size) * item.size), abort);
      }
    } catch { // the file cannot be read any more: it was changed or taken away
      step = { kind: 'failed', code: 'file_unknown' };
    }
    if (abort.aborted) return;
    this.settle(item, step);
    this.pump();
  }

  /** Where the upload is, after beginning it when nobody knows it. */
  private async find(item: Item, source: Source, file: File, abort: AbortSignal): Promise<Step> {
    if (item.path) {
      const step = await ask(this.space, item.path, abort);
      if (step.kind !== 'gone') return step;
    }
    const begun = await begin(this.space, this.key ? `${crypto.randomUUID()}.sealed` : item.name, item.folder, source.size, abort);
    if (!('path' in begun)) return begun;
    item.path = begun.path;
    await remember({
      id: item.id, base: this.space.base, path: item.path, name: item.name, folder: item.folder, size: item.size, modified: item.modified,
      at: Date.now(), ...(file.size <= COPY_MOST ? { file } : {}), ...(item.salt ? { salt: item.salt } : {}),
    });
    return { kind: 'at', offset: 0 };
  }

  private settle(item: Item, step: Step): void {
    if (step.kind === 'done') {
      item.sent.value = item.size;
      item.node = step.file;
      item.state.value = 'done';
      void forget(item.id);
      this.arrived(item);
      if (!this.stays) setTimeout(() => this.clear(item), SAID_MS);
    } else if (step.kind === 'failed') {
      item.code.value = step.code;
      item.state.value = 'failed';
    } else { // later: sooner when the browser says that it is online again
      if (step.kind === 'gone') item.path = '';
      const tries = (this.tries.get(item.id) ?? 0) + 1;
      this.tries.set(item.id, tries);
      item.state.value = 'retrying';
      item.speed.value = 0;
      setTimeout(() => {
        if (item.state.value !== 'retrying') return;
        item.state.value = 'waiting';
        this.pump();
      }, Math.max(500, backoff(Math.min(tries, 6), Math.random())));
    }
  }
}

/** Notes progress, and how fast it is. */
function speedometer(item: Item): (at: number) => void {
  let then = performance.now();
  let was = item.sent.value;
  return (at) => {
    item.sent.value = at;
    const now = performance.now();
    if (now - then < SPEED_MS) return;
    const speed = ((at - was) * 1000) / (now - then);
    item.speed.value = item.speed.value ? item.speed.value * 0.75 + speed * 0.25 : speed;
    then = now;
    was = at;
  };
}
