/** The calls of docs/api.md that the pages of accounts and of the admin make. Failures are ApiError. */
import { call } from '../store/api';

export interface Account { readonly id: string; readonly login: string; readonly name: string; readonly role: 'member' | 'admin'; readonly source: string; readonly disabled: boolean }
export interface Group { readonly id: string; readonly name: string; readonly created: string; readonly members: readonly { readonly account: string; readonly login: string; readonly name: string; readonly manager: boolean }[] }
export interface Me { readonly account: Account | null; readonly setup: boolean; readonly provider?: string; readonly sso?: string; readonly members?: string; readonly open_room: boolean }
export interface Secret { readonly id: string; readonly kind: string; readonly label: string; readonly role?: string; readonly created: string; readonly expires?: string; readonly mine?: boolean; readonly secret?: string; readonly url?: string }
export interface Gauge { readonly value: number; readonly limit: number }
export interface Now { readonly version: string; readonly uptime: number; readonly rooms: readonly { readonly name: string; readonly people: number }[]; readonly people: Gauge; readonly uplink: Gauge; readonly cpu: Gauge; readonly memory: Gauge; readonly disk: Gauge }
export interface History { readonly every: number; readonly people: readonly number[]; readonly uplink: readonly number[]; readonly cpu: readonly number[] }
export interface Notice { readonly code: string; readonly bad: boolean; readonly detail?: string }
export interface Settings {
  readonly lobby?: boolean; readonly locked?: boolean; readonly start_muted?: boolean; readonly temporary?: boolean; readonly max?: number; readonly profile?: string;
  readonly arrive?: string; readonly talk?: string; readonly camera?: string; readonly share?: string; readonly chat?: string; readonly pad?: string; readonly upload?: string;
  readonly opens?: string; readonly starts?: string; readonly minutes?: number; readonly chat_hours?: number; readonly origins?: readonly string[];
}
export interface Room { readonly name: string; readonly title: string; readonly created: string; readonly owner: string; readonly people: number; readonly password: boolean; readonly settings: Settings; readonly url?: string; readonly host_url?: string }
export interface Link { readonly id: string; readonly role: string; readonly label: string; readonly expires?: string; readonly uses: number; readonly url?: string }
export interface Check { readonly id: string; readonly title: string; readonly verdict: string; readonly text: string; readonly remedy?: string }
export interface Snapshot { readonly name: string; readonly size: number; readonly created: string }
export interface Part { readonly code: string; readonly bytes: number; readonly count: number }
export interface Share { readonly kind: string; readonly id: string; readonly name: string; readonly bytes: number; readonly files: Gauge; readonly versions: number; readonly trash: number; readonly uploads: number; readonly pads: number; readonly chat: number }
export interface Storage { readonly disk: Gauge; readonly floor: number; readonly database: number; readonly files: Gauge; readonly parts: readonly Part[]; readonly shares: readonly Share[]; readonly more: number; readonly snapshots: readonly Snapshot[] }
export interface Freed { readonly what: string; readonly count: number; readonly bytes: number; readonly stuck: number; readonly more: boolean; readonly failed: boolean }
export interface Purged { readonly freed: readonly Freed[]; readonly bytes: number; readonly disk: Gauge }
export interface Webhook { readonly id: string; readonly url: string; readonly created: string; readonly waiting: number; readonly last?: { readonly at: string; readonly status: number; readonly reason: string }; readonly secret?: string }
export interface Mirror {
  readonly configured: boolean; readonly running: boolean; readonly started: string; readonly ended: string; readonly whole: boolean; readonly files: number; readonly bytes: number;
  readonly deleted: number; readonly kept: number; readonly failed: number; readonly failures: readonly { readonly folder: string; readonly text: string; readonly files: number }[];
}
export interface Line { readonly at: string; readonly level: string; readonly text: string }
export interface Setting {
  readonly name: string; readonly value: string; readonly default: string; readonly place: string; readonly help: string; readonly kind: string;
  readonly choices?: readonly string[]; readonly low?: number; readonly high?: number; readonly set: boolean; readonly live: boolean; readonly locked: boolean;
}
export interface List<T> { readonly items: readonly T[]; readonly more?: string }

const send = <T>(method: string, path: string, body?: unknown): Promise<T> =>
  call<T>(`/api/v1${path}`, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });

export const get = <T>(path: string): Promise<T> => send('GET', path);
export const post = <T>(path: string, body?: unknown): Promise<T> => send('POST', path, body);
export const put = <T>(path: string, body: unknown): Promise<T> => send('PUT', path, body);
export const patch = <T>(path: string, body: unknown): Promise<T> => send('PATCH', path, body);
export const remove = (path: string): Promise<null> => send('DELETE', path);

/** A name, made fit for a path. */
export const seg = encodeURIComponent;
