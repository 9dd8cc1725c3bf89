/** Pictures of a room's pads go into the room's files (docs/files.md). */
import type { PutImage } from './view';

/** `access` is that of docs/pads.md: of a seat or of a host; files take its last part. */
export function roomPictures(room: string, access: () => string): PutImage {
  const base = `/api/v1/rooms/${encodeURIComponent(room)}/files`;
  return async (file) => {
    const headers = { Authorization: `Bearer ${/^(?:seat|host)\.[^.]+\.(.+)$/.exec(access())?.[1] ?? ''}` };
    const query = new URLSearchParams({ name: file.name || 'image.png', into: 'Images', clash: 'rename' });
    const response = await fetch(`${base}/upload?${query}`, { method: 'POST', headers, body: file });
    if (response.status === 404) throw new Error('nowhere');
    if (!response.ok) throw new Error(`the server answers ${response.status}`);
    const { url } = (await response.json()) as { url?: string };
    if (!url) throw new Error('no address');
    // Pictures can send no header; this gives the cookie that lets them through.
    await fetch(`${base}/pass`, { method: 'POST', headers });
    return `${url}?show`;
  };
}
