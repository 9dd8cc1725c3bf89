/** The HTTP API of docs/protocol.md. Failures are ApiError with the server's code, or `unreachable`. */
import type { IceServer } from '../media';

export class ApiError extends Error {
  constructor(readonly code: string) {
    super(code);
  }
}

/** The code by which the page says what went wrong. */
export const codeOf = (error: unknown): string => (error instanceof ApiError ? error.code : 'internal');

export interface Seated {
  readonly name: string;
  readonly seat: number;
}

export interface RoomView {
  readonly room: { readonly name: string; readonly title: string };
  readonly max: number;
  readonly seated: readonly Seated[];
  readonly password: boolean;
  readonly lobby: boolean;
  readonly locked: boolean;
  /** Milliseconds since 1970, 0 for open. */
  readonly opens: number;
  readonly starts: number;
  readonly listen: boolean;
  /** The sites that may embed the room; absent for none. */
  readonly origins?: readonly string[];
}

export interface Opened {
  readonly room: { readonly name: string; readonly title: string };
  readonly url: string;
  readonly host?: string;
  readonly host_url?: string;
}

export async function call<T>(path: string, init?: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, { ...init, headers: { Accept: 'application/json', ...(init?.body ? { 'Content-Type': 'application/json' } : {}) } });
  } catch {
    throw new ApiError('unreachable');
  }
  if (response.status === 204) return null as T;
  const body: unknown = await response.json().catch(() => null);
  if (response.ok && body !== null) return body as T;
  const code = (body as { error?: { code?: unknown } } | null)?.error?.code;
  throw new ApiError(typeof code === 'string' ? code : response.status >= 502 ? 'unreachable' : 'internal');
}

/** Opens a room, or finds that it is open. An empty name asks for a made-up one. */
export const openRoom = (name: string): Promise<Opened> => call('/api/v1/rooms', { method: 'POST', body: JSON.stringify({ name }) });

export const getRoom = (name: string): Promise<RoomView> => call(`/api/v1/rooms/${encodeURIComponent(name)}`);

/** What there is to try the line with; [] when the server relays nothing. */
export const getLine = (): Promise<{ ice: readonly IceServer[] }> => call('/api/v1/line');

export const socketURL = (room: string): string =>
  `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws/room/${encodeURIComponent(room)}`;
