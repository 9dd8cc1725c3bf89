/** `window.tablee`: what tests look at, and what "copy diagnostic" copies. No names, addresses or device labels in it. */
import type { MediaStats } from '../media';
import { VERSION } from '../media/wire';
import { session } from './app';

export interface DebugState {
  phase: string;
  media: string;
  me: string;
  members: { id: string; mic: boolean; cam: boolean; screen: boolean; hand: number; away: boolean }[];
  speaker: string;
  talking: string[];
  chat: number;
}

const NO_MEDIA: MediaStats = { at: 0, media: 'none', roundTripMs: null, availableOutKbps: null, slots: [], sends: [] };

function state(): DebugState {
  const s = session.value;
  const m = s?.meeting.value;
  return {
    phase: s?.phase.value ?? 'idle', media: s?.media.value ?? 'none', me: m?.me ?? '',
    members: [...(m?.members.values() ?? [])].map(({ id, mic, cam, screen, hand, away }) => ({ id, mic, cam, screen, hand, away })),
    speaker: m?.speaker ?? '', talking: [...(m?.talking ?? [])], chat: m?.chat.filter((c) => !c.pending).length ?? 0,
  };
}

const stats = async (): Promise<MediaStats> => (await session.value?.client.stats()) ?? { ...NO_MEDIA, at: performance.now() };

export async function diagnostic(): Promise<string> {
  const page = {
    tablee: VERSION, browser: navigator.userAgent, language: document.documentElement.lang, secure: isSecureContext, online: navigator.onLine,
    window: `${innerWidth}x${innerHeight}@${devicePixelRatio}`, at: new Date().toISOString(),
  };
  return JSON.stringify({ page, state: state(), stats: await stats() }, null, 1);
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
  window.tablee = hook;
}
