/**
 * End-to-end encryption of drops. The key K (16 random bytes) is in the fragment of the link and never leaves the
 * browser. A sealed file is
 *
 *	magic "TBL1" · salt (16 bytes) · record 0 · record 1 · … · record n
 *
 * where each record is AES-256-GCM (RFC 5116) under HKDF-SHA256(K, salt, "tablee sealed file") with the nonce
 * counter (8 bytes, big-endian) · 0 0 0 · last (1 byte: 1 for the last record), as in STREAM: records cannot be left out,
 * changed in order, or cut off unseen. Record 0 has name and type, padded to HEAD bytes, so that its length says
 * nothing; the others have RECORD bytes of the content each, the last one fewer. The same file and salt give the same
 * bytes, so an upload that broke off is gone on with; and each record stands alone, so memory does not grow with the file.
 */
const MAGIC = new TextEncoder().encode('TBL1');
const SALT = 16;
const TAG = 16;
/** Bytes of name and type, JSON, padded with spaces. */
const HEAD = 1024;
export const RECORD = 64 * 1024;
const BEFORE = MAGIC.length + SALT + HEAD + TAG;

export interface SealedName {
  readonly name: string;
  readonly type: string;
  readonly size: number;
}

type Bytes = Uint8Array<ArrayBuffer>;

export const newKey = (): Bytes => crypto.getRandomValues(new Uint8Array(16));

export function encodeKey(key: Bytes): string {
  return btoa(String.fromCharCode(...key)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** null when it is no key. */
export function decodeKey(text: string): Bytes | null {
  try {
    const raw = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
    return raw.length === 16 ? raw : null;
  } catch {
    return null;
  }
}

async function fileKey(key: Bytes, salt: Bytes): Promise<CryptoKey> {
  const base = await crypto.subtle.importKey('raw', key, 'HKDF', false, ['deriveKey']);
  return crypto.subtle.deriveKey({ name: 'HKDF', hash: 'SHA-256', salt, info: new TextEncoder().encode('tablee sealed file') }, base, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
}

function nonce(counter: number, last: boolean): Bytes {
  const n = new Uint8Array(12);
  new DataView(n.buffer).setBigUint64(0, BigInt(counter));
  n[11] = last ? 1 : 0;
  return n;
}

/** How many records of content a file has: at least one, which may be empty. */
const records = (size: number): number => Math.max(1, Math.ceil(size / RECORD));

export const sealedSize = (size: number): number => BEFORE + size + records(size) * TAG;

/** A file that is sealed while it is read. */
export class Sealing {
  private ahead: { readonly from: number; readonly part: Promise<Blob> } | null = null;

  private constructor(private readonly file: Blob & { readonly name: string }, private readonly key: CryptoKey, private readonly salt: Bytes) {}

  static async begin(file: Blob & { readonly name: string }, key: Bytes, salt: Bytes = crypto.getRandomValues(new Uint8Array(SALT))): Promise<Sealing> {
    return new Sealing(file, await fileKey(key, salt), salt);
  }

  get size(): number {
    return sealedSize(this.file.size);
  }

  /**
   * The sealed bytes from an offset on: whole records, at least one, up to about `most`. While these are sent the next ones are
   * sealed already, so that two such parts are in memory and no more.
   */
  async slice(from: number, most: number): Promise<Blob> {
    const ahead = this.ahead?.from === from ? this.ahead.part : null;
    const part = await (ahead ?? this.seal(from, most));
    const next = from + part.size;
    this.ahead = next < this.size ? { from: next, part: this.seal(next, most) } : null;
    this.ahead?.part.catch(() => undefined); // who asks for it is told
    return part;
  }

  private async seal(from: number, most: number): Promise<Blob> {
    if (from < BEFORE) return new Blob([(await this.head()).subarray(from)]);
    const total = records(this.file.size);
    const first = Math.floor((from - BEFORE) / (RECORD + TAG));
    const skip = (from - BEFORE) % (RECORD + TAG);
    const past = Math.min(total, first + Math.max(1, Math.ceil((most + skip) / (RECORD + TAG))));
    const plain = new Uint8Array(await this.file.slice(first * RECORD, past * RECORD).arrayBuffer());
    const sealed = await Promise.all(Array.from({ length: past - first }, (_, i) => {
      const iv = nonce(first + i + 1, first + i === total - 1);
      return crypto.subtle.encrypt({ name: 'AES-GCM', iv }, this.key, plain.subarray(i * RECORD, (i + 1) * RECORD));
    }));
    return new Blob(sealed.map((r, i) => (i === 0 ? new Uint8Array(r, skip) : r)));
  }

  private async head(): Promise<Bytes> {
    const name: SealedName = { name: this.file.name.slice(0, 200), type: this.file.type.slice(0, 100), size: this.file.size };
    const plain = new Uint8Array(HEAD).fill(32);
    const text = new TextEncoder().encode(JSON.stringify(name));
    if (text.length > HEAD) throw new RangeError('the name does not fit');
    plain.set(text);
    const record = new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonce(0, false) }, this.key, plain));
    const out = new Uint8Array(BEFORE);
    out.set(MAGIC);
    out.set(this.salt, MAGIC.length);
    out.set(record, MAGIC.length + SALT);
    return out;
  }
}

async function openHead(head: Bytes, key: Bytes): Promise<{ name: SealedName; key: CryptoKey }> {
  if (head.length < BEFORE || MAGIC.some((b, i) => head[i] !== b)) throw new TypeError('not a sealed file');
  const opened = await fileKey(key, head.slice(MAGIC.length, MAGIC.length + SALT));
  const plain = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: nonce(0, false) }, opened, head.slice(MAGIC.length + SALT, BEFORE));
  const name = JSON.parse(new TextDecoder().decode(plain)) as SealedName;
  if (typeof name.name !== 'string' || typeof name.type !== 'string' || typeof name.size !== 'number') throw new TypeError('not a sealed name');
  return { name, key: opened };
}

/** Name, type and size of a sealed file, from its beginning. */
export async function openName(head: ArrayBuffer, key: Bytes): Promise<SealedName> {
  return (await openHead(new Uint8Array(head), key)).name;
}

/** How many records are opened at once. */
const BATCH = 16;

/**
 * Opens a sealed stream some records at a time: `write` gets the content in order, while the next records come. Fails when
 * something is missing, changed or cut off; what was written until then must be thrown away.
 */
export async function unseal(stream: ReadableStream<Uint8Array>, key: Bytes, write: (part: Bytes, done: number, name: SealedName) => Promise<void>): Promise<SealedName> {
  const take = taker(stream.getReader());
  const { name, key: opened } = await openHead(await take(BEFORE), key);
  const total = records(name.size);
  let done = 0;
  let writing = Promise.resolve();
  for (let first = 0; first < total; first += BATCH) {
    const past = Math.min(total, first + BATCH);
    const size = Math.min(past * RECORD, name.size) - first * RECORD;
    const sealed = await take(size + (past - first) * TAG);
    const plain = new Uint8Array(size);
    await Promise.all(Array.from({ length: past - first }, async (_, i) => {
      const record = sealed.subarray(i * (RECORD + TAG), (i + 1) * (RECORD + TAG));
      plain.set(new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv: nonce(first + i + 1, first + i === total - 1) }, opened, record)), i * RECORD);
    }));
    await writing;
    done += size;
    writing = write(plain, done, name);
    writing.catch(() => undefined); // it is awaited in the next round
  }
  await writing;
  if ((await take(1)).length > 0) throw new TypeError('more than was sealed');
  return name;
}

/** Reads exactly so many bytes, or fewer at the end. */
function taker(reader: ReadableStreamDefaultReader<Uint8Array>): (n: number) => Promise<Bytes> {
  let pending: Uint8Array = new Uint8Array(0);
  return async (n) => {
    const out = new Uint8Array(n);
    let have = 0;
    for (;;) {
      const some = pending.subarray(0, n - have);
      out.set(some, have);
      have += some.length;
      pending = pending.subarray(some.length);
      if (have === n) return out;
      const { value, done } = await reader.read();
      if (done) return out.subarray(0, have);
      pending = value;
    }
  };
}
