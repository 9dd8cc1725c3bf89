/** What a page of files shows, as signals: where one is, what lies there, what is being looked for, what is on its way. */
import { signal } from '@preact/signals';
import { codeOf } from '../store/api';
import type { FileNode, Listing, Place, Space } from './api';
import { Queue } from './queue';
import { openName, type SealedName } from './seal';

export class Shelf {
  /** The folder at which one begins: '' unless it is one that somebody shares. */
  readonly top: string;
  readonly folder;
  readonly words = signal('');
  readonly inTrash = signal(false);
  readonly listing = signal<Listing | null>(null);
  /** Why the last thing did not work, as a code. */
  readonly failed = signal('');
  /** Whose preview, and whose actions, are open. */
  readonly shown = signal<FileNode | null>(null);
  readonly handled = signal<FileNode | null>(null);
  /** Whose sharing is open; the id `top` is the top of the space. */
  readonly sharing = signal<{ readonly id: string; readonly name: string } | null>(null);
  /** Names of sealed files, by id. */
  readonly names = signal<ReadonlyMap<string, SealedName>>(new Map());
  readonly queue: Queue;
  private turn = 0;
  private passed: Promise<void> | null = null;

  constructor(readonly space: Space, readonly key: Uint8Array<ArrayBuffer> | null = null, readonly place: Place | null = null) {
    this.top = place?.folder ?? '';
    this.folder = signal(this.top);
    this.queue = new Queue(space, () => void this.load(), key);
  }

  async start(): Promise<void> {
    await this.load();
    await this.queue.restore();
  }

  async load(): Promise<void> {
    const turn = ++this.turn;
    try {
      // Before anything is shown: pictures are fetched with the cookie.
      await (this.passed ??= this.space.showPass());
      const words = this.words.value.trim();
      const got = await (this.inTrash.value ? this.space.trash(this.top) : words ? this.space.search(words, this.top) : this.space.list(this.folder.value));
      if (turn !== this.turn) return; // somebody asked for something else meanwhile
      this.listing.value = got;
      if (this.key) await this.openNames(got, this.key);
    } catch (error) {
      this.passed = null; // asked for again the next time
      if (turn !== this.turn) return;
      this.failed.value = codeOf(error);
      if (this.failed.value === 'file_unknown' && this.folder.value !== this.top) this.enter('');
    }
  }

  /** Looks again without being asked, for what others have done meanwhile: nothing is said when that does not work. */
  async refresh(): Promise<void> {
    if (this.listing.value === null || this.inTrash.value || this.words.value.trim()) return;
    const turn = this.turn;
    try {
      const got = await this.space.list(this.folder.value);
      if (turn === this.turn && JSON.stringify(got) !== JSON.stringify(this.listing.value)) this.listing.value = got;
    } catch {
      // the next time, or when somebody asks
    }
  }

  enter(folder: string): void {
    this.folder.value = folder || this.top;
    this.words.value = '';
    this.inTrash.value = false;
    void this.load();
  }

  /** Does something and looks again; true when it worked. */
  async act(what: () => Promise<unknown>): Promise<boolean> {
    this.failed.value = '';
    try {
      await what();
    } catch (error) {
      this.failed.value = codeOf(error);
      return false;
    }
    await this.load();
    return true;
  }

  private async openNames(listing: Listing, key: Uint8Array<ArrayBuffer>): Promise<void> {
    for (const node of listing.entries) {
      if (node.folder || this.names.value.has(node.id) || !node.url) continue;
      try {
        const head = await (await fetch(`${node.url}?head`)).arrayBuffer();
        this.names.value = new Map(this.names.value).set(node.id, await openName(head, key));
      } catch {
        this.failed.value = 'keyWrong';
      }
    }
  }

  /** Name, type and size as people know them. */
  face(node: FileNode): { name: string; type: string; size: number } {
    return (this.key && this.names.value.get(node.id)) || node;
  }
}
