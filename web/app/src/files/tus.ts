/**
 * One upload by tus 1.0 (docs/files.md): asks how far it came, sends the next part, and goes on until all is there. What
 * it sends comes from a Source, so that sealed files are sealed while they are sent.
 */
import type { Space } from './api';

export interface Source {
  readonly size: number;
  /** Bytes from `from` on, at most about `most`. */
  slice(from: number, most: number): Promise<Blob>;
}

/** A file as it is. */
export const plain = (file: Blob): Source => ({ size: file.size, slice: async (from, most) => file.slice(from, from + most) });

/** What became of a step: where the upload is now, or why it cannot go on. */
export type Step =
  | { readonly kind: 'at'; readonly offset: number }
  | { readonly kind: 'done'; readonly file: string }
  | { readonly kind: 'again' } // the connection or the server failed; later
  | { readonly kind: 'gone' } // nobody knows this upload any more
  | { readonly kind: 'failed'; readonly code: string };

/** The server syncs every 16 MiB; a part of 64 MiB repeats at most a quarter of itself after a cut. */
export const PART = 64 * 1024 * 1024;

interface Answer {
  readonly status: number;
  readonly header: (name: string) => string;
  readonly code: string;
}

/** XMLHttpRequest, because fetch tells nothing of what was sent. Status 0 is no answer. */
function request(method: string, url: string, headers: Record<string, string>, body: Blob | null, sent: (n: number) => void, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve) => {
    const xhr = new XMLHttpRequest();
    const stop = (): void => xhr.abort();
    const end = (): void => {
      signal.removeEventListener('abort', stop);
      let code = '';
      try {
        code = (JSON.parse(xhr.responseText) as { error?: { code?: string } }).error?.code ?? '';
      } catch {
        // no JSON: the status says enough
      }
      resolve({ status: xhr.status, header: (name) => (xhr.status ? xhr.getResponseHeader(name) ?? '' : ''), code });
    };
    xhr.open(method, url);
    for (const [name, value] of Object.entries({ 'Tus-Resumable': '1.0.0', ...headers })) xhr.setRequestHeader(name, value);
    xhr.upload.onprogress = (e) => sent(e.loaded);
    xhr.onloadend = end;
    if (signal.aborted) return end();
    signal.addEventListener('abort', stop);
    xhr.send(body);
  });
}

function judge(a: Answer): Step {
  const file = a.header('Tablee-File');
  if (a.status >= 200 && a.status < 300) return file ? { kind: 'done', file } : { kind: 'at', offset: Number(a.header('Upload-Offset')) };
  if (a.status === 404 || a.status === 410) return { kind: 'gone' };
  if (a.status === 0 || a.status === 409 || a.status === 423 || a.status === 429 || a.status === 460 || a.status >= 500 && a.code !== 'disk_full') return { kind: 'again' };
  return { kind: 'failed', code: a.code || 'internal' };
}

const base64 = (text: string): string => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

/** Begins an upload; its path, or why not. */
export async function begin(space: Space, name: string, folder: string, size: number, signal: AbortSignal): Promise<{ path: string } | Step> {
  const metadata = [`filename ${base64(name)}`, ...(folder ? [`folder ${base64(folder)}`] : [])].join(',');
  const a = await request('POST', `${space.base}/tus`, { ...space.headers(), 'Upload-Length': String(size), 'Upload-Metadata': metadata }, null, () => undefined, signal);
  const path = a.header('Location');
  const step = judge(a);
  return step.kind === 'at' && path ? { path } : step;
}

export async function ask(space: Space, path: string, signal: AbortSignal): Promise<Step> {
  return judge(await request('HEAD', path, space.headers(), null, () => undefined, signal));
}

export async function send(space: Space, path: string, source: Source, offset: number, part: number, sent: (offset: number) => void, signal: AbortSignal): Promise<Step> {
  const body = await source.slice(offset, part);
  const headers = { ...space.headers(), 'Upload-Offset': String(offset), 'Content-Type': 'application/offset+octet-stream' };
  return judge(await request('PATCH', path, headers, body, (n) => sent(offset + Math.min(n, body.size)), signal));
}

export async function end(space: Space, path: string): Promise<void> {
  await request('DELETE', path, space.headers(), null, () => undefined, new AbortController().signal);
}
