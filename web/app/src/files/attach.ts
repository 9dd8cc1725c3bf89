/** Attachments of the chat: files go into the room's folder "Chat", and a message says where they are. A lazy chunk. */
import { effect } from '@preact/signals';
import type { Session } from '../store/session';
import { shelfOf } from './panel';
import { codeOf } from '../store/api';
import { fileError, tf } from './text';

const FOLDER = 'Chat';

/** Sends files and then one message for each that has arrived. */
export async function attach(session: Session, files: readonly File[]): Promise<void> {
  const shelf = shelfOf(session);
  let folder: string;
  try {
    folder = (await shelf.space.list('')).entries.find((n) => n.folder && n.name === FOLDER)?.id ?? (await shelf.space.makeFolder(FOLDER, '')).id;
  } catch (error) {
    session.tell(fileError(codeOf(error)));
    return;
  }
  const before = new Set(shelf.queue.items.value);
  shelf.queue.add(files, folder);
  for (const item of shelf.queue.items.value.filter((i) => !before.has(i))) {
    const stop = effect(() => {
      const state = item.state.value;
      // Outside the effect, which would otherwise follow all that it touches.
      if (state === 'done' || state === 'failed') queueMicrotask(() => {
        stop();
        if (state === 'failed') return session.tell(`${item.name}: ${fileError(item.code.value)}`);
        session.say(`📎 ${item.name}\n${location.origin}/r/${session.options.room}/files#${item.node}`);
        shelf.queue.clear(item);
      });
    });
  }
  if (shelf.queue.items.value.length > 0) session.tell(tf('uploads'));
}
