/** Single-key shortcuts. They rest while somebody types, while a dialog is open, and when they are switched off. */
import { devices } from '../store/app';
import { bySeat } from '../store/meeting';
import type { Session } from '../store/session';
import { toggleFullscreen } from './menu';
import { tileKey } from './tile';

function typing(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('input, textarea, select, [contenteditable], dialog') !== null;
}

/** What each key does. Digits and Space are handled apart. */
const ACTIONS: Record<string, (s: Session, share: () => void) => void> = {
  m: (s) => void s.toggle('mic'),
  v: (s) => void s.toggle('camera'),
  d: (_, share) => share(),
  w: (s) => s.setView(s.view.value === 'grid' ? 'speaker' : 'grid'),
  s: () => toggleFullscreen(),
  c: (s) => s.open('chat'),
  n: (s) => s.toggleNotes(),
  r: (s) => s.toggleHand(),
  p: (s) => s.open('people'),
  t: (s) => s.setSelfView(!s.selfView.value),
  '?': (s) => (s.dialog.value = 'help'),
};

function digit(s: Session, key: string): void {
  if (key === '0') return void (s.pinned.value = '');
  const others = bySeat(s.meeting.value).filter((m) => m.id !== s.meeting.value.me);
  const who = others[Number(key) - 1];
  if (who) s.pin(tileKey('camera', who.id));
}

/** Listens until the returned function is called. */
export function listenKeys(s: Session, share: () => void): () => void {
  let held = false;
  const release = (): void => {
    if (held) void s.toggle('mic', false);
    held = false;
  };
  const down = (e: KeyboardEvent): void => {
    if (!s.shortcuts.value || e.ctrlKey || e.metaKey || e.altKey || s.dialog.value || typing(e.target)) return;
    if (e.key === ' ') {
      // On a button Space presses it, as everywhere.
      if (e.target instanceof Element && e.target.closest('button, a')) return;
      e.preventDefault();
      if (!e.repeat && !devices.micOn) {
        held = true;
        void s.toggle('mic', true);
      }
      return;
    }
    if (e.repeat) return;
    const key = e.key.toLowerCase();
    if (/^[0-9]$/.test(key)) digit(s, key);
    else if (Object.hasOwn(ACTIONS, key)) ACTIONS[key]?.(s, share);
    else return;
    e.preventDefault();
  };
  const up = (e: KeyboardEvent): void => {
    if (e.key === ' ') release();
  };
  addEventListener('keydown', down);
  addEventListener('keyup', up);
  addEventListener('blur', release);
  return () => {
    removeEventListener('keydown', down);
    removeEventListener('keyup', up);
    removeEventListener('blur', release);
  };
}
