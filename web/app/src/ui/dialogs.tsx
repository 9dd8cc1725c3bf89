/** Settings and help, the only two dialogs there are. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { t, type Key } from '../i18n';
import { lazy } from './lazy';
import { devices } from '../store/app';
import type { MediaStats } from '../media';
import { diagnostic, stats } from '../store/debug';
import type { Session } from '../store/session';
import { DevicePicker, DeviceProblem, MicMeter } from './device-parts';
import { Dialog, LangSelect, ThemeSelect } from './parts';
import { OwnLine, QualityPicker } from './quality';

const RoomSettings = lazy(async () => (await import('../room/settings')).RoomSettingsDialog, { quiet: true });
const Breakouts = lazy(async () => (await import('../room/breakouts')).BreakoutsDialog, { quiet: true });

export function Dialogs({ session }: { session: Session }) {
  const close = (): void => {
    session.dialog.value = null;
  };
  if (session.dialog.value === 'settings') return <Settings session={session} close={close} />;
  if (session.dialog.value === 'room') return <RoomSettings session={session} close={close} />;
  if (session.dialog.value === 'breakouts') return <Breakouts session={session} close={close} />;
  if (session.dialog.value === 'help') return <Help session={session} close={close} />;
  return null;
}

function Check({ test, checked, change, label }: { test: string; checked: boolean; change: (on: boolean) => void; label: Key & ('settings.mirror' | 'settings.selfView' | 'help.enabled') }) {
  return <label class="check"><input type="checkbox" data-test={test} checked={checked} onChange={(e) => change(e.currentTarget.checked)} />{t(label)}</label>;
}

function Settings({ session, close }: { session: Session; close: () => void }) {
  useEffect(() => void devices.refresh(), []);
  return (
    <Dialog name="settings" title={t('settings.title')} close={close}>
      <DeviceProblem retry={() => void devices.start({ mic: true, camera: devices.cameraOn })} />
      <MicMeter />
      <DevicePicker picker="mic" />
      <DevicePicker picker="camera" />
      <DevicePicker picker="speaker" choose={(id) => session.setSpeaker(id)} />
      <QualityPicker session={session} />
      <OwnLine session={session} />
      <div>
        <Check test="self-view-enabled" checked={session.selfView.value} change={(on) => session.setSelfView(on)} label="settings.selfView" />
        <Check test="mirror-enabled" checked={session.mirror.value} change={(on) => session.setMirror(on)} label="settings.mirror" />
      </div>
      <div class="picker"><span class="label">{t('app.lang')}</span><LangSelect small={false} /></div>
      <div class="picker"><span class="label">{t('app.theme')}</span><ThemeSelect small={false} /></div>
    </Dialog>
  );
}

const KEYS = [
  ['M', 'help.mic'], ['V', 'help.camera'], ['D', 'help.share'], ['W', 'help.view'], ['S', 'help.fullscreen'], ['C', 'help.chat'], ['N', 'help.notes'], ['R', 'help.hand'],
  ['P', 'help.people'], ['T', 'help.self'], ['', 'help.space'], ['1–9', 'help.pin'], ['?', 'help.help'],
] as const;

function Help({ session, close }: { session: Session; close: () => void }) {
  const [text, setText] = useState('');
  const before = useRef<MediaStats | null>(null);
  // Rates need two looks: the first is when the dialog opens.
  useEffect(() => void stats().then((first) => (before.current = first)), []);
  const copy = async (): Promise<void> => {
    const figures = await diagnostic(before.current);
    setText(figures);
    // When the clipboard is refused, the text stands there to be copied by hand.
    await navigator.clipboard?.writeText(figures).catch(() => undefined);
  };
  return (
    <Dialog name="help" title={t('help.title')} close={close}>
      <h3>{t('help.shortcuts')}</h3>
      <Check test="shortcuts-enabled" checked={session.shortcuts.value} change={(on) => session.setShortcuts(on)} label="help.enabled" />
      <dl class="keys">{KEYS.map(([key, what]) => <><dt key={`k${what}`}><kbd>{key || t('help.spaceKey')}</kbd></dt><dd key={what}>{t(what)}</dd></>)}</dl>
      <h3>{t('help.trouble')}</h3>
      <p class="hint">{t('help.troubleLead')}</p>
      <button type="button" class="btn" data-test="copy-diagnostic" onClick={copy}>{t(text ? 'invite.copied' : 'help.copy')}</button>
      {text && <textarea class="diagnostic" data-test="diagnostic" readOnly aria-label={t('help.diagnostic')} value={text} onFocus={(e) => e.currentTarget.select()} />}
    </Dialog>
  );
}
