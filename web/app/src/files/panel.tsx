/** The room's files beside the meeting. A lazy chunk. */
import { useEffect } from 'preact/hooks';
import { signal } from '@preact/signals';
import type { Session } from '../store/session';
import { roomSpace } from './api';
import { FileBrowser } from './browser';
import { Shelf } from './shelf';
import { tf } from './text';

/** One shelf a meeting, so that uploads go on while the panel is closed. */
const shelves = new WeakMap<Session, Shelf>();
const presented = signal<MediaStream | null>(null);

export function shelfOf(session: Session): Shelf {
  let shelf = shelves.get(session);
  if (!shelf) {
    shelf = new Shelf(roomSpace(session.meeting.value.room.name || session.options.room, () => session.client.resume));
    shelves.set(session, shelf);
    void shelf.start();
  }
  return shelf;
}

export function FilesPanel({ session }: { session: Session }) {
  const shelf = shelfOf(session);
  useEffect(() => void shelf.load(), []);
  const present = (stream: MediaStream | null): void => {
    if (!stream) {
      if (session.sharing.value === presented.value) session.stopShare();
      presented.value = null;
      return;
    }
    session.stopShare();
    presented.value = stream;
    session.sharing.value = stream;
    session.client.setScreen(stream.getVideoTracks()[0] ?? null, null);
  };
  return (
    <>
      <FileBrowser shelf={shelf} present={present} />
      <a class="btn quiet small" data-test="files-page" href={`/r/${encodeURIComponent(session.options.room)}/files`} target="_blank" rel="opener">{tf('newTab')}</a>
    </>
  );
}
