/**
 * The WebSocket that comes back: says hello, pings, notices a dead line, tries again.
 *
 *   connect() → open → hello → (first message) → live → … → lost → wait (countdown) → open → …
 *
 * It knows nothing of meetings: `hello()` is asked for the first message of every connection, and everything that the
 * server says is handed on as it comes.
 */
import { backoff } from './backoff';
import { Emitter } from './emitter';
import { parseServerMessage, SUBPROTOCOL, type ClientMessage, type ServerMessage } from './wire';

export const PING_EVERY_MS = 5_000;
export const DEAD_AFTER_MS = 10_000;

export interface SocketEvents {
  message: ServerMessage;
  /** The line is open and hello has been sent. */
  open: void;
  /** The line is gone; `retryAt` is on the clock of Date.now(). */
  lost: { retryAt: number; attempt: number };
}

export class Socket extends Emitter<SocketEvents> {
  private ws: WebSocket | null = null;
  private attempt = 0;
  private wanted = false;
  private heard = 0;
  private pings = 0;
  private pinger: ReturnType<typeof setInterval> | undefined;
  private retry: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly url: string,
    private readonly hello: () => ClientMessage,
    private readonly make: (url: string, protocol: string) => WebSocket = (u, p) => new WebSocket(u, p),
  ) {
    super();
  }

  connect(): void {
    this.wanted = true;
    this.attempt = 0;
    this.open();
  }

  /** Sends when the line is open; says whether it did. What must survive a break is resent by the owner on welcome. */
  send(message: ClientMessage): boolean {
    if (this.ws?.readyState !== 1 /* OPEN */) return false;
    this.ws.send(JSON.stringify(message));
    return true;
  }

  /** Tries now instead of at the end of the countdown. */
  retryNow(): void {
    if (this.wanted && this.retry !== undefined) this.open();
  }

  /** Lets go of this line and opens another at once (`after` milliseconds later): hello is said again. */
  restart(after = 0): void {
    if (!this.wanted) return;
    this.drop(4000);
    this.attempt = 0;
    this.schedule(after);
  }

  /** Ends for good. */
  close(): void {
    this.wanted = false;
    clearTimeout(this.retry);
    this.retry = undefined;
    this.drop(1000);
  }

  private open(): void {
    clearTimeout(this.retry);
    this.retry = undefined;
    this.drop(4000);
    const ws = this.make(this.url, SUBPROTOCOL);
    this.ws = ws;
    this.heard = Date.now();
    ws.onopen = () => {
      this.heard = Date.now();
      ws.send(JSON.stringify(this.hello()));
      this.emit('open', undefined);
    };
    ws.onmessage = (event: MessageEvent) => this.receive(event);
    ws.onclose = () => this.lost(ws);
    ws.onerror = () => undefined; // onclose follows
    this.pinger = setInterval(() => this.beat(ws), PING_EVERY_MS);
  }

  private receive(event: MessageEvent): void {
    this.heard = Date.now();
    if (typeof event.data !== 'string') return;
    const message = parseServerMessage(event.data);
    if (message === null) return;
    if (message.t === 'welcome') this.attempt = 0;
    this.emit('message', message);
  }

  private beat(ws: WebSocket): void {
    // A laptop that slept finds its line dead here, long before TCP notices.
    if (Date.now() - this.heard >= DEAD_AFTER_MS) return this.lost(ws);
    this.send({ t: 'ping', n: ++this.pings });
  }

  private lost(ws: WebSocket): void {
    if (this.ws !== ws) return;
    this.drop(4000);
    if (this.wanted) this.schedule(backoff(this.attempt++, Math.random()));
  }

  private schedule(after: number): void {
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.open(), after);
    this.emit('lost', { retryAt: Date.now() + after, attempt: this.attempt });
  }

  private drop(code: number): void {
    clearInterval(this.pinger);
    const ws = this.ws;
    this.ws = null;
    if (!ws) return;
    ws.onopen = ws.onmessage = ws.onclose = ws.onerror = null;
    try {
      ws.close(code);
    } catch {
      // A socket that never opened may refuse; it is gone either way.
    }
  }
}
