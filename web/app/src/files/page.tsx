/** The room's files on a page of their own. A lazy chunk. */
import { useEffect, useMemo } from 'preact/hooks';
import { go, hostToken } from '../store/app';
import { seatMemory } from '../store/session';
import { Prefs, Top } from '../ui/parts';
import { roomSpace } from './api';
import { FileBrowser } from './browser';
import { Shelf } from './shelf';
import { tf } from './text';

export function FilesPage({ room }: { room: string }) {
  const shelf = useMemo(() => new Shelf(roomSpace(room, () => seatMemory(room)?.resume || hostToken(room))), [room]);
  useEffect(() => {
    // A link of the chat names one file: it is shown at once.
    const id = /^#([\w-]{22})$/.exec(location.hash)?.[1];
    void shelf.start().then(async () => {
      if (id) await shelf.act(async () => (shelf.shown.value = await shelf.space.call('GET', `/${id}`)));
    });
  }, [shelf]);
  const outside = shelf.failed.value === 'forbidden' && shelf.listing.value === null;
  return (
    <div class="page" data-test="page-files">
      <Top home={() => go('/')} />
      <main class="drops">
        <h1>{tf('title')}</h1>
        {outside
          ? <div class="card"><p>{tf('seatFirst')}</p><p><a class="btn go" href={`/r/${encodeURIComponent(room)}`}>{tf('takeSeat')}</a></p></div>
          : <div class="card files-card"><FileBrowser shelf={shelf} /></div>}
      </main>
      <Prefs />
    </div>
  );
}
