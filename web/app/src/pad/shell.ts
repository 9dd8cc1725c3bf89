/**
 * The page's own files, kept by a service worker (worker.ts), so that a pad of which there is a copy here can be opened
 * without any network. Only from a pad's own page: a meeting has none, and never does.
 */
import { signal } from '@preact/signals';

/** The files are here: a closed page opens again without a line. */
export const shellKept = signal(false);

export async function keepShell(): Promise<void> {
  // Without TLS, and in some private windows, there are no service workers.
  if (!('serviceWorker' in navigator) || !location.pathname.startsWith('/p/')) return;
  try {
    const r = await navigator.serviceWorker.register('/p/sw.js', { scope: '/p/', updateViaCache: 'none' });
    const made = r.active ?? r.waiting ?? r.installing;
    const look = (): void => void (shellKept.value ||= made?.state === 'activated' || made?.state === 'activating' || r.active !== null);
    made?.addEventListener('statechange', look);
    look();
  } catch {
    // Refused, or no line just now: the pad works as before. A worker that was there before stays.
    shellKept.value = navigator.serviceWorker.controller !== null;
  }
}
