/** The HTTP API of docs/pads.md. Failures are ApiError with the server's code, or `unreachable`. */
import { ApiError } from '../store/api';

export type Right = 'read' | 'comment' | 'write' | 'own';
export type Kind = 'text' | 'board';

export interface PadInfo {
  readonly id: string;
  /** '' for a pad on its own. */
  readonly room: string;
  readonly kind: Kind;
  readonly title: string;
  /** Milliseconds since 1970, as all times here. */
  readonly created: number;
  readonly changed: number;
  readonly size: number;
  readonly right: Right;
  readonly guests: 'read' | 'comment' | 'write';
  /** Days without a change after which the pad is deleted; 0 for never. */
  readonly retain: number;
  /** The published page's path, or ''. */
  readonly published: string;
  readonly main: boolean;
  readonly broken: boolean;
  /** In a search: pieces of the text, and whether they are what was looked for. */
  readonly snippet?: readonly (readonly [string, boolean])[];
}

export interface PadLink {
  readonly n: number;
  readonly right: Right;
  /** 0 for never. */
  readonly expires: number;
  readonly created: number;
  readonly note: string;
  /** Whoever asks came by it: ending it would lock them out. */
  readonly mine?: boolean;
}

export interface Step {
  readonly n: number;
  readonly at: number;
  readonly authors: readonly number[];
  readonly size: number;
}

export interface Version {
  readonly n: number;
  readonly name: string;
  readonly at: number;
  readonly author: string | number;
  readonly size: number;
}

export interface Author {
  readonly n: number;
  readonly name: string;
  readonly color: string;
  readonly seat?: number;
}

export interface Authors {
  readonly authors: readonly Author[];
  /** Yjs client id to an author's n. */
  readonly clients: Readonly<Record<string, number>>;
}

export interface NewPad {
  readonly room?: string;
  readonly title?: string;
  readonly kind?: Kind;
  readonly main?: boolean;
  readonly text?: string;
}

/** What the right allows. */
export const mayWrite = (right: Right): boolean => right === 'write' || right === 'own';
export const mayComment = (right: Right): boolean => right !== 'read';

/** Calls with one access: a link's secret, a seat in a meeting, or a room's host token. */
export class PadApi {
  constructor(readonly access: () => string) {}

  private async ask(method: string, path: string, body?: BodyInit, type?: string): Promise<Response> {
    const access = this.access();
    const headers = { ...(access ? { Authorization: `Bearer ${access}` } : {}), ...(type ? { 'Content-Type': type } : {}) };
    let response: Response;
    try {
      response = await fetch(`/api/v1/pads${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
    } catch {
      throw new ApiError('unreachable');
    }
    if (response.ok) return response;
    const answer: unknown = await response.json().catch(() => null);
    const code = (answer as { error?: { code?: unknown } } | null)?.error?.code;
    throw new ApiError(typeof code === 'string' ? code : response.status >= 502 ? 'unreachable' : 'internal');
  }

  private async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await (body === undefined ? this.ask(method, path) : this.ask(method, path, JSON.stringify(body), 'application/json'));
    return (response.status === 204 ? undefined : await response.json()) as T;
  }

  async list(room: string, words = ''): Promise<readonly PadInfo[]> {
    const q = words.trim() ? `&q=${encodeURIComponent(words.trim())}` : '';
    return (await this.call<{ pads: PadInfo[] }>('GET', `?room=${encodeURIComponent(room)}${q}`)).pads;
  }
  create(wish: NewPad): Promise<{ pad: PadInfo; links?: { own: string; write: string } }> { return this.call('POST', '', wish); }
  get(id: string): Promise<PadInfo> { return this.call('GET', `/${id}`); }
  change(id: string, to: { title?: string; guests?: PadInfo['guests']; retain?: number }): Promise<PadInfo> { return this.call('PATCH', `/${id}`, to); }
  remove(id: string): Promise<void> { return this.call('DELETE', `/${id}`); }
  async links(id: string): Promise<readonly PadLink[]> { return (await this.call<{ links: PadLink[] }>('GET', `/${id}/links`)).links; }
  makeLink(id: string, wish: { right: Right; expires: number; note: string }): Promise<PadLink & { access: string }> { return this.call('POST', `/${id}/links`, wish); }
  removeLink(id: string, n: number): Promise<void> { return this.call('DELETE', `/${id}/links/${n}`); }
  authors(id: string): Promise<Authors> { return this.call('GET', `/${id}/authors`); }
  history(id: string): Promise<{ from: number; steps: readonly Step[] }> { return this.call('GET', `/${id}/history`); }
  async textAt(id: string, n: number): Promise<string> { return (await this.call<{ text: string }>('GET', `/${id}/history/${n}?format=text`)).text; }
  async versionText(id: string, n: number): Promise<string> { return (await this.call<{ text: string }>('GET', `/${id}/versions/${n}?format=text`)).text; }
  restore(id: string, what: { step: number } | { version: number }): Promise<unknown> { return this.call('POST', `/${id}/restore`, what); }
  async versions(id: string): Promise<readonly Version[]> { return (await this.call<{ versions: Version[] }>('GET', `/${id}/versions`)).versions; }
  nameVersion(id: string, name: string): Promise<Version> { return this.call('POST', `/${id}/versions`, { name }); }
  removeVersion(id: string, n: number): Promise<void> { return this.call('DELETE', `/${id}/versions/${n}`); }
  publish(id: string): Promise<{ published: string }> { return this.call('POST', `/${id}/publish`); }
  unpublish(id: string): Promise<void> { return this.call('DELETE', `/${id}/publish`); }
  async export(id: string, format: string): Promise<Blob> { return (await this.ask('GET', `/${id}/export?format=${format}`)).blob(); }
  import(id: string, file: File): Promise<unknown> {
    return this.ask('POST', `/${id}/import?name=${encodeURIComponent(file.name)}`, file, 'application/octet-stream');
  }
}
