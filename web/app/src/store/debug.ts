/** `window.tablee`: what tests look at, and what "copy diagnostic" copies. No names, addresses or device labels in it. */
import type { MediaStats } from '../media';
import { Journal } from '../media/journal';
import { VERSION } from '../media/wire';
import { session } from './app';
import { diagnosticText } from './diagnostic';

export interface DebugState {
  phase: string;
  media: string;
  me: string;
  members: { id: string; mic: boolean; cam: boolean; screen: boolean; hand: number; away: boolean }[];
  speaker: string;
  talking: string[];
  chat: number;
}

const NO_MEDIA: MediaStats = { at: 0, media: 'none', roundTripMs: null, availableOutKbps: null, path: { local: '', remote: '', protocol: '' }, slots: [], sends: [] };

function state(): DebugState {
  const s = session.value;
  const m = s?.meeting.value;
  return {
    phase: s?.phase.value ?? 'idle', media: s?.media.value ?? 'none', me: m?.me ?? '',
    members: [...(m?.members.values() ?? [])].map(({ id, mic, cam, screen, hand, away }) => ({ id, mic, cam, screen, hand, away })),
    speaker: m?.speaker ?? '', talking: [...(m?.talking ?? [])], chat: m?.chat.filter((c) => !c.pending).length ?? 0,
  };
}

export const stats = async (): Promise<MediaStats> => (await session.value?.client.stats()) ?? { ...NO_MEDIA, at: performance.now() };

/** Faults of the page itself: which line of which of our files, never the text, which may quote anything. */
const pageFaults = new Journal();

function noteFault(e: ErrorEvent): void {
  pageFaults.note(`uncaught ${e.error instanceof Error ? e.error.name : 'error'} ${e.filename.split('/').at(-1) ?? ''}:${e.lineno}:${e.colno}`);
}

/** `before`: an earlier look at the figures, so that there are rates. */
export async function diagnostic(before: MediaStats | null): Promise<string> {
  const page = {
    protocol: VERSION, build: document.querySelector<HTMLScriptElement>('script[src]')?.src.split('/').at(-1), browser: navigator.userAgent, language: document.documentElement.lang, secure: isSecureContext, online: navigator.onLine,
    window: `${innerWidth}x${innerHeight}@${devicePixelRatio}`, at: new Date().toISOString(),
  };
  const s = session.value;
  const faults = [...pageFaults.entries, ...(s?.client.journal.entries ?? [])];
  return diagnosticText({
    page, state: state(), quality: s?.quality.chosen.value ?? '', profile: s?.profile ?? '', line: s?.meeting.value.line ?? null, faults, before, now: await stats(),
  });
}

const hook = {
  version: String(VERSION),
  state,
  stats,
  dropSocket: (): void => session.value?.client.fault('socket'),
  dropMedia: (): void => session.value?.client.fault('media'),
};

declare global {
  interface Window {
    tablee: typeof hook;
  }
}

export function expose(): void {
  addEventListener('error', noteFault);
  window.tablee = hook;
}
