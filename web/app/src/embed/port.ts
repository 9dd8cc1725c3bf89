/**
 * What the room's page says to the window around it, and what it lets itself be told. Pure, but for `post`.
 *
 *   page → site  { tablee: 1, event: 'knock' }, to the room's sites only: nobody else's window gets it
 *   site → page  { tablee: 1, call: 'hello' }, and from then on calls
 *   page → site  { tablee: 1, event: 'mic', on: true } and so on
 *
 * No event has a name, a text or an id of anybody in it.
 */
const ENVELOPE = 1;

export type Call = { readonly call: 'mic' | 'camera'; readonly on: boolean } | { readonly call: 'hangup' };

/** What of the meeting another site may know. */
export interface Look {
  readonly joined: boolean;
  /** How many sit in the room, oneself included. */
  readonly count: number;
  readonly mic: boolean;
  readonly camera: boolean;
  readonly hand: boolean;
  /** How the last visit ended; null before, and while there is one. */
  readonly end: { readonly reason: string; readonly code: string } | null;
}

export type News =
  | { readonly event: 'joined' | 'ended' }
  | { readonly event: 'left'; readonly reason: string; readonly code: string }
  | { readonly event: 'participants'; readonly count: number }
  | { readonly event: 'mic' | 'camera' | 'hand'; readonly on: boolean };

export const NOWHERE: Look = { joined: false, count: 0, mic: false, camera: false, hand: false, end: null };

/** The events between two looks. Who has just come is told everything, and who is not inside only how it ended. */
export function changes(before: Look, after: Look): News[] {
  const news: News[] = [];
  const fresh = after.joined && !before.joined;
  if (fresh) news.push({ event: 'joined' });
  if (after.joined) {
    if (fresh || after.count !== before.count) news.push({ event: 'participants', count: after.count });
    for (const event of ['mic', 'camera', 'hand'] as const) if (fresh || after[event] !== before[event]) news.push({ event, on: after[event] });
  }
  if (after.end && !before.end) {
    news.push({ event: 'left', reason: after.end.reason, code: after.end.code });
    if (after.end.reason === 'ended') news.push({ event: 'ended' });
  }
  return news;
}

const isRaw = (v: unknown): v is Record<string, unknown> => typeof v === 'object' && v !== null && !Array.isArray(v);

/** Reads a message; null for what is none of ours. */
export function readCall(data: unknown): Call | 'hello' | null {
  if (!isRaw(data) || data.tablee !== ENVELOPE) return null;
  switch (data.call) {
    case 'hello': return 'hello';
    case 'hangup': return { call: 'hangup' };
    case 'mic':
    case 'camera': return typeof data.on === 'boolean' ? { call: data.call, on: data.on } : null;
    default: return null;
  }
}

/** An origin as browsers write it (HTML, section 7.1.1): settings may say `https://Choir.example:443`. "" for none. */
export function canonical(origin: string): string {
  try {
    const { origin: text } = new URL(origin);
    return text === 'null' ? '' : text;
  } catch {
    return '';
  }
}

export interface Heard {
  readonly source: unknown;
  readonly origin: string;
  readonly data: unknown;
}

export interface Around {
  /** The window around the page. */
  readonly parent: { postMessage(message: unknown, targetOrigin: string): void };
  /** Its origin where the browser tells it, else undefined; "null" where it hides it, as Firefox does for our frames, which send no referrer. */
  readonly origin?: string | undefined;
}

/** The line to the window around. It is open once that window, from one of the room's sites, has said hello. */
export class Port {
  private readonly sites: ReadonlySet<string>;
  private site = '';
  private told: Look = NOWHERE;
  private now: Look = NOWHERE;

  constructor(private readonly around: Around, origins: readonly string[], private readonly act: (call: Call) => void) {
    this.sites = new Set(origins.map(canonical).filter((o) => o !== ''));
  }

  /** Says to the room's sites that the page listens. The browser hands it to the window around only if it is of that site. */
  knock(): void {
    const known = this.around.origin;
    for (const site of this.sites) if (known === undefined || known === 'null' || known === site) this.post({ event: 'knock' }, site);
  }

  hear({ source, origin, data }: Heard): void {
    if (source !== this.around.parent || !this.sites.has(origin)) return;
    const call = readCall(data);
    if (call === 'hello') {
      this.site = origin;
      this.told = NOWHERE;
      this.post({ event: 'ready' }, origin);
      this.look(this.now);
    } else if (call && origin === this.site) {
      this.act(call);
    }
  }

  look(now: Look): void {
    this.now = now;
    if (this.site === '') return;
    const news = changes(this.told, now);
    this.told = now;
    for (const n of news) this.post(n, this.site);
  }

  private post(body: News | { readonly event: 'knock' | 'ready' }, site: string): void {
    this.around.parent.postMessage({ tablee: ENVELOPE, ...body }, site);
  }
}
