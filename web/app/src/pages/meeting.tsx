/** The meeting: the picture, what needs saying above it, the bar below, a panel beside. */
import { useEffect } from 'preact/hooks';
import { errorText, t } from '../i18n';
import { MutedSpeech, watchLevel } from '../media';
import { devices, deviceTick } from '../store/app';
import { live } from '../store/live';
import type { Session } from '../store/session';
import { Area } from '../ui/area';
import { Banners } from '../ui/banners';
import { Bar } from '../ui/bar';
import { Dialogs } from '../ui/dialogs';
import { listenKeys } from '../ui/keys';
import { lazy } from '../ui/lazy';
import { SidePanel } from '../ui/panels';

const HINT_MS = 6_000;
const Notes = lazy(async () => (await import('../pad')).Notes, { kind: 'notes' });

/** Keeps the screen of a phone awake while the meeting is looked at. */
function useWakeLock(): void {
  useEffect(() => {
    let lock: WakeLockSentinel | null = null;
    const ask = async (): Promise<void> => {
      if (document.hidden || !('wakeLock' in navigator)) return;
      lock = await navigator.wakeLock.request('screen').catch(() => null);
    };
    const look = (): void => void ask();
    look();
    document.addEventListener('visibilitychange', look);
    return () => {
      document.removeEventListener('visibilitychange', look);
      void lock?.release().catch(() => undefined);
    };
  }, []);
}

/** Listens to a muted microphone (here, in the browser, and nowhere else) and gives a hint when somebody talks into it. */
function useMutedHint(session: Session): void {
  void deviceTick.value;
  const track = devices.mic && !devices.micOn ? devices.mic : null;
  useEffect(() => {
    if (!track) return undefined;
    const ear = new MutedSpeech();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = watchLevel(track, (level) => {
      if (!ear.feed(level, performance.now())) return;
      session.mutedSpeaking.value = true;
      clearTimeout(timer);
      timer = setTimeout(() => (session.mutedSpeaking.value = false), HINT_MS);
    }, 120);
    return () => {
      stop();
      clearTimeout(timer);
      session.mutedSpeaking.value = false;
    };
  }, [track]);
}

export function Meeting({ session }: { session: Session }) {
  useWakeLock();
  useMutedHint(session);
  const share = async (): Promise<void> => {
    if ((await session.toggleShare()) === 'failed') session.tell(t('banner.shareFailed'));
  };
  useEffect(() => {
    session.notify = (code) => session.tell(errorText(code));
    const keys = listenKeys(session, () => void share());
    const plugged = devices.on('plugged', ({ label }) => session.tell(t('dev.plugged', { label })));
    return () => {
      keys();
      plugged();
    };
  }, [session]);
  // A button that was clicked with the mouse must not catch the Space of push-to-talk.
  const unfocus = (e: MouseEvent): void => {
    if (e.detail > 0 && e.target instanceof Element) e.target.closest<HTMLElement>('.act:not([aria-expanded]), .pin')?.blur();
  };
  const panel = session.panel.value;
  return (
    <div class={`meeting ${panel ? 'with-panel' : ''} ${session.notes.value ? 'with-notes' : ''}`} data-test="page-meeting" data-state={session.phase.value} data-view={session.view.value} data-media={session.media.value} onClick={unfocus}>
      <main class="room">
        <h1 class="sr">{session.meeting.value.room.title || session.options.room}</h1>
        <Banners session={session} />
        <Area session={session} />
      </main>
      {session.notes.value && <Notes session={session} close={() => session.toggleNotes()} />}
      {panel && <SidePanel session={session} panel={panel} />}
      <Bar session={session} share={() => void share()} />
      <Dialogs session={session} />
      <p class="sr" role="status" aria-live="polite" data-test="live">{live.value}</p>
    </div>
  );
}
