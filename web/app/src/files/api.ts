/** The API of docs/files.md. Failures are ApiError with the server's code, or `unreachable`. */
import { ApiError } from '../store/api';

export interface FileNode {
  readonly id: string;
  readonly folder?: boolean;
  readonly name: string;
  readonly size: number;
  readonly type: string;
  readonly show?: boolean;
  readonly modified: string;
  readonly by: string;
  readonly seat: number;
  readonly parent: string;
  readonly versions?: number;
  readonly trashed?: string;
  readonly mine: boolean;
  /** A folder of which the asker may say who may what. */
  readonly share?: boolean;
  readonly url?: string;
}

export interface Listing {
  readonly path: readonly FileNode[];
  readonly entries: readonly FileNode[];
  readonly usage: { readonly used: number; readonly quota: number };
  readonly may: { readonly write: boolean; readonly manage: boolean; readonly share?: boolean };
}

/** Where a member finds files. */
export interface Place {
  readonly kind: 'home' | 'team' | 'group' | 'shared';
  readonly name: string;
  readonly base: string;
  /** Where one begins, of what is shared. */
  readonly folder?: string;
  readonly by?: string;
}

export type Level = 'none' | 'read' | 'write' | 'manage';

/** `who` is `member/ID`, `group/ID` or `all`. */
export interface Grant {
  readonly who: string;
  readonly level: Level;
}

export interface Person {
  readonly who: string;
  readonly name: string;
}

export interface FolderLink {
  readonly id: string;
  readonly kind: 'get' | 'put';
  readonly title: string;
  readonly created: string;
  readonly expires?: string;
  readonly password: boolean;
  readonly downloads: number;
  readonly most: number;
  /** Told once, when it is made. */
  readonly url?: string;
}

export interface OldVersion {
  readonly n: number;
  readonly size: number;
  readonly modified: string;
  readonly by: string;
  readonly url: string;
}

export interface DropInfo {
  readonly title: string;
  readonly kind: 'get' | 'put' | 'manage';
  readonly receive: boolean;
  readonly sealed: boolean;
  readonly expires?: string;
  readonly password: boolean;
  readonly locked: boolean;
  readonly downloads: number;
  readonly most: number;
  readonly quota: number;
  readonly url?: string;
  readonly manage?: string;
}

/** One space: its base address, and the pass that goes with each request ('' below a link). */
export class Space {
  constructor(readonly base: string, readonly pass: () => string = () => '') {}

  headers(): Record<string, string> {
    const pass = this.pass();
    return pass ? { Authorization: `Bearer ${pass}` } : {};
  }

  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    let response: Response;
    try {
      response = await fetch(this.base + path, {
        method, headers: { ...this.headers(), ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch {
      throw new ApiError('unreachable');
    }
    if (response.status === 204) return undefined as T;
    const answer: unknown = await response.json().catch(() => null);
    if (response.ok) return answer as T;
    const code = (answer as { error?: { code?: unknown } } | null)?.error?.code;
    throw new ApiError(typeof code === 'string' ? code : 'internal');
  }

  list(folder: string): Promise<Listing> { return this.call('GET', folder ? `?folder=${folder}` : ''); }
  search(words: string, folder = ''): Promise<Listing> { return this.call('GET', `?q=${encodeURIComponent(words)}${folder && `&folder=${folder}`}`); }
  trash(folder = ''): Promise<Listing> { return this.call('GET', `?trash${folder && `&folder=${folder}`}`); }
  makeFolder(name: string, folder: string): Promise<FileNode> { return this.call('POST', '', { name, folder }); }
  change(id: string, to: { name?: string; folder?: string; restore?: true }): Promise<FileNode> { return this.call('PATCH', `/${id}`, to); }
  remove(id: string, forever = false): Promise<void> { return this.call('DELETE', `/${id}${forever ? '?forever' : ''}`); }
  async versions(id: string): Promise<readonly OldVersion[]> { return (await this.call<{ versions: OldVersion[] }>('GET', `/${id}/versions`)).versions; }
  useVersion(id: string, n: number): Promise<void> { return this.call('POST', `/${id}/versions/${n}`); }

  /** Who may what in a folder; `top` is the top of the space. */
  async rights(id: string): Promise<readonly Grant[]> { return (await this.call<{ rights: Grant[] }>('GET', `/${id}/rights`)).rights; }
  setRights(id: string, rights: readonly Grant[]): Promise<void> { return this.call('PUT', `/${id}/rights`, { rights }); }
  async links(id: string): Promise<readonly FolderLink[]> { return (await this.call<{ links: FolderLink[] }>('GET', `/${id}/links`)).links; }
  makeLink(id: string, wish: object): Promise<FolderLink> { return this.call('POST', `/${id}/links`, wish); }
  endLink(id: string, link: string): Promise<void> { return this.call('DELETE', `/${id}/links/${link}`); }

  /** Lets pictures and downloads, which can send no header, through as well. */
  async showPass(): Promise<void> {
    if (this.pass()) await this.call('POST', '/pass');
  }

  /** A small file in one go. */
  async put(file: Blob, name: string, into = ''): Promise<FileNode> {
    const query = new URLSearchParams({ name, clash: 'rename', ...(into ? { into } : {}) });
    const response = await fetch(`${this.base}/upload?${query}`, { method: 'POST', headers: this.headers(), body: file }).catch(() => null);
    const answer: unknown = await response?.json().catch(() => null);
    if (response?.ok) return answer as FileNode;
    throw new ApiError((answer as { error?: { code?: string } } | null)?.error?.code ?? 'unreachable');
  }
}

export const roomSpace = (room: string, pass: () => string): Space => new Space(`/api/v1/rooms/${encodeURIComponent(room)}/files`, pass);
export const dropSpace = (token: string): Space => new Space(`/api/v1/drops/${encodeURIComponent(token)}/files`);

const team = new Space('/api/v1/files');
export const places = async (): Promise<readonly Place[]> => (await team.call<{ places: Place[] }>('GET', '')).places;
export const people = async (): Promise<readonly Person[]> => (await team.call<{ people: Person[] }>('GET', '/people')).people;

const drops = new Space('/api/v1/drops');
export const openDrop = (wish: object): Promise<DropInfo> => drops.call('POST', '', wish);
export const getDrop = (token: string): Promise<DropInfo> => drops.call('GET', `/${encodeURIComponent(token)}`);
export const unlockDrop = (token: string, password: string): Promise<void> => drops.call('POST', `/${encodeURIComponent(token)}/unlock`, { password });
export const endDrop = (token: string): Promise<void> => drops.call('DELETE', `/${encodeURIComponent(token)}`);
