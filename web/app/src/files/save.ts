/**
 * Saves a stream as a file without holding it in memory: it goes into the browser's private disk (OPFS) first, and from
 * there into the downloads. Without OPFS it is gathered as a Blob, which browsers put on the disk themselves when it is large.
 */
import type { SealedName } from './seal';

const FOLDER = 'tablee-downloads';
/** How long the browser may take to copy a download away. */
const KEEP_MS = 10 * 60_000;
/** After how long what a page left behind is nobody's any more; what is still being written cannot be removed anyhow. */
const LEFT_MS = 3600_000;

type Write = (part: Uint8Array<ArrayBuffer>) => Promise<void>;

export async function saveAs(fill: (write: Write) => Promise<SealedName>): Promise<void> {
  const root = await navigator.storage?.getDirectory?.().catch(() => null);
  const folder = await root?.getDirectoryHandle(FOLDER, { create: true }).catch(() => null);
  if (!folder || typeof FileSystemFileHandle === 'undefined' || !('createWritable' in FileSystemFileHandle.prototype)) {
    const parts: Blob[] = [];
    offer(new Blob(parts), await fill(async (part) => void parts.push(new Blob([part]))), parts);
    return;
  }
  const temporary = crypto.randomUUID();
  const handle = await folder.getFileHandle(temporary, { create: true });
  const file = await handle.createWritable();
  const forget = (): void => void folder.removeEntry(temporary).catch(() => undefined);
  try {
    const name = await fill((part) => file.write(part));
    await file.close();
    offer(await handle.getFile(), name);
    setTimeout(forget, KEEP_MS);
  } catch (error) {
    await file.abort().catch(() => undefined);
    forget();
    throw error;
  }
}

/** Leftovers of downloads that were interrupted, from earlier visits; another tab may be at one of these now. */
export async function tidy(): Promise<void> {
  const root = await navigator.storage?.getDirectory?.().catch(() => null);
  const folder = await root?.getDirectoryHandle(FOLDER).catch(() => null);
  if (!folder) return;
  for await (const [name, handle] of folder.entries()) {
    const file = await (handle as FileSystemFileHandle).getFile().catch(() => null);
    if (file && Date.now() - file.lastModified > LEFT_MS) await folder.removeEntry(name).catch(() => undefined);
  }
}

/** Whether that is what a browser says when this device has no room. */
export const noRoom = (error: unknown): boolean => error instanceof DOMException && error.name === 'QuotaExceededError';

/** Only these types: a blob of ours that a browser opened as HTML would run as ours. */
const HARMLESS = /^(image\/(png|jpeg|gif|webp|avif|bmp)|audio\/|video\/|application\/pdf$|text\/plain$)/;

function offer(content: Blob, name: SealedName, parts?: Blob[]): void {
  const type = HARMLESS.test(name.type) ? name.type : 'application/octet-stream';
  const url = URL.createObjectURL(parts ? new Blob(parts, { type }) : content.slice(0, content.size, type));
  const a = Object.assign(document.createElement('a'), { href: url, download: name.name.replace(/[/\\\u0000-\u001f]/g, '_') });
  document.body.append(a);
  a.click();
  a.remove();
  setTimeout(() => URL.revokeObjectURL(url), KEEP_MS);
}
