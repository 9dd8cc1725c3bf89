/**
 * Uploads that a reload must not lose, in IndexedDB: where each one goes, and the file itself when it is not too large
 * for the browser to keep a copy. Without IndexedDB nothing is remembered and everything else works.
 */
export interface Remembered {
  readonly id: string;
  readonly base: string;
  readonly path: string;
  readonly name: string;
  readonly folder: string;
  readonly size: number;
  readonly modified: number;
  readonly at: number;
  readonly file?: File;
  /** Salt of a sealed one; its key is in the link. */
  readonly salt?: Uint8Array<ArrayBuffer>;
}

const STORE = 'uploads';
/** A browser copies what it remembers: larger files are asked for again instead. */
export const COPY_MOST = 256 * 1024 * 1024;
/** The server forgets an upload after a day. */
const KEEP_MS = 24 * 3600_000;

function open(): Promise<IDBDatabase | null> {
  return new Promise((resolve) => {
    try {
      const request = indexedDB.open('tablee-files', 1);
      request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: 'id' });
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => resolve(null);
    } catch {
      resolve(null);
    }
  });
}

async function run<T>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest<T>): Promise<T | null> {
  const db = await open();
  if (!db) return null;
  return new Promise((resolve) => {
    const request = act(db.transaction(STORE, mode).objectStore(STORE));
    const end = (value: T | null): void => {
      db.close();
      resolve(value);
    };
    request.onsuccess = () => end(request.result);
    request.onerror = () => end(null);
  });
}

export async function remember(r: Remembered): Promise<void> {
  await run('readwrite', (s) => s.put(r)).catch(() => null);
}

export async function forget(id: string): Promise<void> {
  await run('readwrite', (s) => s.delete(id)).catch(() => null);
}

export async function remembered(base: string): Promise<readonly Remembered[]> {
  const all = (await run<Remembered[]>('readonly', (s) => s.getAll() as IDBRequest<Remembered[]>).catch(() => null)) ?? [];
  const now = Date.now();
  await Promise.all(all.filter((r) => now - r.at > KEEP_MS).map((r) => forget(r.id)));
  return all.filter((r) => r.base === base && now - r.at <= KEEP_MS).sort((a, b) => a.at - b.at);
}
