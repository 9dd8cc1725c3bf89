/**
 * Large downloads that pages read themselves: a stream that goes on where it was after a lost connection or a restarted
 * server, as the browser's own downloads do.
 */
import { backoff } from '../media/backoff';
import { ApiError } from '../store/api';

/** How often it is tried again without a single byte in between: about half a minute. */
const TRIES = 9;

interface Around {
  readonly get: typeof fetch;
  readonly wait: (ms: number) => Promise<void>;
}

const BROWSER: Around = { get: (...of) => fetch(...of), wait: (ms) => new Promise((done) => setTimeout(done, ms)) };

/** The bytes at url. Fails with an ApiError: `unreachable`, or what the server says. */
export function resuming(url: string, around: Around = BROWSER): ReadableStream<Uint8Array> {
  let reader: ReadableStreamDefaultReader<Uint8Array> | null = null;
  let at = 0;
  let size = -1; // unknown
  let tag = '';
  let tries = 0;
  const stop = new AbortController();

  /** Asks for what is missing; null when it may be tried again. */
  const ask = async (): Promise<ReadableStreamDefaultReader<Uint8Array> | null> => {
    const headers: Record<string, string> = at > 0 ? { Range: `bytes=${at}-`, 'If-Range': tag } : {};
    const response = await around.get(url, { headers, signal: stop.signal }).catch(() => null);
    if (!response || response.status >= 500 || response.status === 429) return null;
    if (response.status !== (at > 0 ? 206 : 200) || !response.body) { // 200 to a range: it is another file now
      const body = response.ok ? null : await response.json().catch(() => null) as { error?: { code?: unknown } } | null;
      throw new ApiError(typeof body?.error?.code === 'string' ? body.error.code : 'file_unknown');
    }
    if (at === 0) {
      tag = response.headers.get('ETag') ?? '';
      size = Number(response.headers.get('Content-Length') ?? -1);
    }
    return response.body.getReader();
  };

  return new ReadableStream<Uint8Array>({
    async pull(to) {
      for (;;) {
        try {
          reader ??= await ask();
          const got = await reader?.read();
          if (got?.done) return to.close();
          if (got) {
            at += got.value.length;
            tries = 0;
            return to.enqueue(got.value);
          }
        } catch (error) {
          if (error instanceof ApiError) throw error;
          reader = null; // the connection broke
          if (at === size) return to.close();
        }
        if (++tries > TRIES) throw new ApiError('unreachable');
        await around.wait(backoff(tries, Math.random()));
      }
    },
    cancel: () => stop.abort(),
  }, { highWaterMark: 0 });
}
