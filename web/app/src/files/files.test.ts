import { describe, expect, it } from 'vitest';
import { parsePath } from '../store/app';
import { Space, type Place } from './api';
import { ApiError } from '../store/api';
import { en } from './en';
import { resuming } from './fetch';
import { fr } from './fr';
import { kindOf } from './preview';
import { placePath } from './places';
import { Shelf } from './shelf';
import { Sealing, RECORD, decodeKey, encodeKey, newKey, openName, sealedSize, unseal } from './seal';

const named = (bytes: Uint8Array<ArrayBuffer>, name = 'Été.txt', type = 'text/plain'): File => new File([bytes], name, { type });

async function sealAll(file: File, key: Uint8Array<ArrayBuffer>, salt?: Uint8Array<ArrayBuffer>, step = 100_000): Promise<Uint8Array<ArrayBuffer>> {
  const s = await Sealing.begin(file, key, salt);
  const out = new Uint8Array(s.size);
  for (let at = 0; at < s.size;) {
    const part = new Uint8Array(await (await s.slice(at, step)).arrayBuffer());
    expect(part.length).toBeGreaterThan(0);
    out.set(part, at);
    at += part.length;
  }
  return out;
}

const streamOf = (bytes: Uint8Array<ArrayBuffer>, step: number): ReadableStream<Uint8Array> => {
  let at = 0;
  return new ReadableStream({ pull(c) { if (at >= bytes.length) c.close(); else { c.enqueue(bytes.slice(at, at + step)); at += step; } } });
};

async function openAll(sealed: Uint8Array<ArrayBuffer>, key: Uint8Array<ArrayBuffer>, step = 7_777): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  await unseal(streamOf(sealed, step), key, async (p) => void parts.push(p));
  const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of parts) { out.set(p, at); at += p.length; }
  return out;
}

const random = (n: number): Uint8Array<ArrayBuffer> => {
  const out = new Uint8Array(n);
  for (let i = 0; i < n; i += 65536) crypto.getRandomValues(out.subarray(i, Math.min(n, i + 65536)));
  return out;
};

describe('downloads that the page reads', () => {
  /** A server of one file, which breaks off each answer after so many bytes; null for no answer at all. */
  const server = (content: Uint8Array<ArrayBuffer>, breaks: readonly (number | null)[], tags = ['"a"']) => {
    const asked: string[] = [];
    const get = async (_: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
      const { Range: range = '', 'If-Range': tag = '' } = init?.headers as Record<string, string>;
      const cut = breaks[asked.length];
      const now = tags[Math.min(asked.length, tags.length - 1)] ?? '';
      asked.push(range);
      if (cut === null) throw new TypeError('no network');
      const from = range && tag === now ? Number(/^bytes=(\d+)-$/.exec(range)?.[1]) : 0;
      let at = from;
      const body = new ReadableStream<Uint8Array>({
        pull(c) {
          if (cut !== undefined && at - from >= cut) return c.error(new TypeError('cut'));
          if (at >= content.length) return c.close();
          c.enqueue(content.slice(at, Math.min(at + 1000, from + (cut ?? Infinity))));
          at = Math.min(at + 1000, from + (cut ?? Infinity), content.length);
        },
      });
      return new Response(body, { status: from > 0 ? 206 : 200, headers: { ETag: now, 'Content-Length': String(content.length - from) } });
    };
    return { get, asked };
  };
  const waits: number[] = [];
  const read = async (get: typeof fetch): Promise<Uint8Array> => new Uint8Array(await new Response(resuming('/x', { get, wait: async (ms) => void waits.push(ms) })).arrayBuffer());

  it('goes on where it was cut, however often', async () => {
    const content = random(10_000);
    const s = server(content, [2500, null, 0, 1, 4000]);
    expect(Buffer.compare(await read(s.get), content)).toBe(0);
    expect(s.asked).toEqual(['', 'bytes=2500-', 'bytes=2500-', 'bytes=2500-', 'bytes=2501-', 'bytes=6501-']);
    expect(waits.length).toBe(5);
  });

  it('is done when all has come before the connection broke', async () => {
    const content = random(3000);
    const s = server(content, [3000]);
    expect(Buffer.compare(await read(s.get), content)).toBe(0);
    expect(s.asked.length).toBe(1);
  });

  it('does not go on in another file, and gives up at last', async () => {
    const content = random(5000);
    await expect(read(server(content, [2000], ['"a"', '"b"']).get)).rejects.toEqual(new ApiError('file_unknown'));
    const dead = server(content, [2000, ...Array<null>(50).fill(null)]);
    await expect(read(dead.get)).rejects.toEqual(new ApiError('unreachable'));
    expect(dead.asked.length).toBe(10);
  });

  it('tells what the server says', async () => {
    await expect(read(async () => Response.json({ error: { code: 'link_expired' } }, { status: 404 }))).rejects.toEqual(new ApiError('link_expired'));
  });
});

describe('sealing', () => {
  it('gives back what went in, at every size around a record', async () => {
    const key = newKey();
    for (const size of [0, 1, RECORD - 1, RECORD, RECORD + 1, 3 * RECORD, 3 * RECORD + 5, 16 * RECORD, 33 * RECORD + 1]) {
      const content = random(size);
      const sealed = await sealAll(named(content), key);
      expect(sealed.length).toBe(sealedSize(size));
      expect(Buffer.compare(await openAll(sealed, key), content)).toBe(0);
      expect(await openName(sealed.buffer.slice(0, 2048), key)).toEqual({ name: 'Été.txt', type: 'text/plain', size });
    }
  });

  it('goes on at any offset with the same bytes', async () => {
    const [key, salt, file] = [newKey(), random(16), named(random(3 * RECORD + 5))];
    const whole = await sealAll(file, key, salt);
    const s = await Sealing.begin(file, key, salt);
    for (const at of [0, 1, 500, 1059, 1060, 1061, 70_000, whole.length - 1]) {
      const part = new Uint8Array(await (await s.slice(at, 10_000)).arrayBuffer());
      expect(Buffer.compare(part, whole.subarray(at, at + part.length)), String(at)).toBe(0);
    }
  });

  it('notices whatever was changed, cut off, left out or put in another order', async () => {
    const key = newKey();
    const sealed = await sealAll(named(random(3 * RECORD)), key);
    const record = RECORD + 16;
    const start = sealed.length - 3 * record;
    const changed = sealed.slice();
    changed[start + 5]! ^= 1;
    const salted = sealed.slice();
    salted[6]! ^= 1;
    const swapped = sealed.slice();
    swapped.set(sealed.subarray(start + record, start + 2 * record), start);
    swapped.set(sealed.subarray(start, start + record), start + record);
    const more = new Uint8Array(sealed.length + 1);
    more.set(sealed);
    for (const bad of [changed, salted, swapped, more, sealed.slice(0, -1), sealed.slice(0, start + 2 * record), sealed.slice(0, 100)]) await expect(openAll(bad, key)).rejects.toThrow();
    await expect(openAll(sealed, newKey())).rejects.toThrow();
  });

  it('says nothing of the name by its length, and has nothing in clear', async () => {
    const key = newKey();
    const content = new TextEncoder().encode('canary '.repeat(100)) as Uint8Array<ArrayBuffer>;
    const short = await sealAll(named(content, 'a'), key);
    const long = await sealAll(named(content, 'a much longer name than that.txt'), key);
    expect(short.length).toBe(long.length);
    expect(Buffer.from(long).includes('canary')).toBe(false);
    expect(Buffer.from(long).includes('much longer')).toBe(false);
  });

  it('writes keys that fit an address', () => {
    for (let i = 0; i < 50; i++) {
      const key = newKey();
      const text = encodeKey(key);
      expect(text).toMatch(/^[\w-]{22}$/);
      expect(decodeKey(text)).toEqual(key);
    }
    for (const bad of ['', 'short', '!!!', 'A'.repeat(44)]) expect(decodeKey(bad)).toBeNull();
  });
});

describe('words', () => {
  it('are complete in both languages, with the same placeholders', () => {
    const marks = (s: string): string[] => [...s.matchAll(/\{(\w+)\}/g)].map((m) => m[1] ?? '').sort();
    expect(Object.keys(fr).sort()).toEqual(Object.keys(en).sort());
    for (const key of Object.keys(en) as (keyof typeof en)[]) {
      expect(marks(fr[key]), key).toEqual(marks(en[key]));
      expect(fr[key], key).not.toMatch(/(?<!\p{L})(tu|ton|tes|toi)(?!\p{L})/iu);
      expect(fr[key], key).not.toContain("'");
      expect(fr[key], key).not.toMatch(/\p{L}[!?;:](\s|$)/u);
    }
  });
});

describe('previews', () => {
  it('are of what the server calls safe, and of nothing else', () => {
    expect(kindOf({ type: 'image/png', name: 'a', show: true })).toBe('image');
    expect(kindOf({ type: 'text/plain', name: 'a.md', show: true })).toBe('markdown');
    expect(kindOf({ type: 'text/html', name: 'a.html' })).toBe('none');
    expect(kindOf({ type: 'image/svg+xml', name: 'a.svg' })).toBe('none');
  });
});

describe('places', () => {
  const base = '/api/v1/files';
  const all: readonly Place[] = [{ kind: 'home', name: 'Home', base: `${base}/user/anne` }, { kind: 'team', name: 'Team', base: `${base}/team/all` },
    { kind: 'group', name: 'Choir', base: `${base}/team/Gk_1-x` }, { kind: 'shared', name: 'Scores', base: `${base}/user/bob`, folder: 'F_2-y', by: 'Bob' }];

  it('have addresses of their own, which lead back to them', () => {
    expect(all.map(placePath)).toEqual(['', 'team', 'group/Gk_1-x', 'shared/F_2-y']);
    for (const p of all) expect(parsePath(`/files${placePath(p) && `/${placePath(p)}`}`)).toEqual({ page: 'team', at: placePath(p) });
    expect(parsePath('/r/table/files')).toEqual({ page: 'files', name: 'table' });
    expect(parsePath('/filesystem')).toEqual({ page: 'home' });
  });

  it('that are shared begin at their folder, for lists, searches and the trash', async () => {
    const asked: string[] = [];
    class Told extends Space {
      override async call<T>(_method: string, path: string): Promise<T> { asked.push(path); return { path: [], entries: [], usage: { used: 0, quota: 0 }, may: { write: true, manage: true } } as T; }
    }
    globalThis.addEventListener ??= () => undefined;
    const shelf = new Shelf(new Told(`${base}/user/bob`), null, all[3]);
    shelf.folder.value = 'below';
    shelf.enter('');
    expect(shelf.folder.value).toBe('F_2-y');
    await shelf.load();
    shelf.words.value = 'a b';
    await shelf.load();
    shelf.inTrash.value = true;
    await shelf.load();
    expect([...new Set(asked)]).toEqual(['?folder=F_2-y', '?q=a%20b&folder=F_2-y', '?trash&folder=F_2-y']);
  });
});
