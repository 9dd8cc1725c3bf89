/** Pickers, meter, and what went wrong with a device, in words. Used before and during the meeting. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { t, type Key } from '../i18n';
import { playTestSound, watchLevel, type Failure, type Picker } from '../media';
import { devices, deviceTick } from '../store/app';
import { Icon, type IconName } from './icons';

const NAMES = { mic: 'dev.mic', camera: 'dev.camera', speaker: 'dev.speaker' } as const satisfies Record<Picker, Key>;
const ICONS: Record<Picker, IconName> = { mic: 'mic', camera: 'camera', speaker: 'sound' };

export function DevicePicker({ picker, choose }: { picker: Picker; choose?: (id: string) => void }) {
  void deviceTick.value;
  const [chosen, setChosen] = useState(devices.chosen(picker));
  if (picker === 'speaker' && !devices.canPickSpeaker) return null;
  const list = devices.lists[picker];
  const id = `pick-${picker}`;
  // A browser that was told "no" hides its devices: that is not the same as having none.
  const hidden = devices.failure?.problem.startsWith('denied') === true || devices.failure?.problem === 'insecure';
  const change = (value: string): void => {
    setChosen(value);
    if (choose) choose(value);
    else void devices.choose(picker, value);
  };
  return (
    <div class="picker">
      <label for={id}><Icon name={ICONS[picker]} size={20} />{t(NAMES[picker])}</label>
      <select id={id} class="select" data-test={id} value={list.some((d) => d.id === chosen) ? chosen : ''} disabled={list.length === 0} onChange={(e) => change(e.currentTarget.value)}>
        <option value="">{t(list.length === 0 && !hidden ? 'dev.none' : 'dev.default')}</option>
        {list.filter((d) => d.id !== 'default').map((d) => (
          <option key={d.id} value={d.id}>{/^\d+$/.test(d.label) ? t('dev.numbered', { kind: t(NAMES[picker]), number: d.label }) : d.label}</option>
        ))}
      </select>
      {picker === 'speaker' && <button type="button" class="btn small" data-test="test-speaker" onClick={() => void playTestSound(chosen).catch(() => undefined)}>{t('dev.testSpeaker')}</button>}
    </div>
  );
}

export function MicMeter() {
  void deviceTick.value;
  const ref = useRef<HTMLDivElement>(null);
  const track = devices.micOn ? devices.mic : null;
  useEffect(() => {
    const show = (level: number): void => {
      ref.current?.style.setProperty('--level', String(level));
      ref.current?.setAttribute('data-level', String(Math.round(level * 100)));
    };
    show(0);
    return track ? watchLevel(track, show) : undefined;
  }, [track]);
  return (
    <div class="meter" ref={ref} data-test="mic-meter" role="img" aria-label={t('dev.level')}>
      <Icon name={track ? 'mic' : 'micOff'} size={20} />
      <div class="track"><div class="fill" /></div>
    </div>
  );
}

type BrowserKind = 'chromium' | 'firefox' | 'safari' | 'other';

/** Only to name the right button in the right place; nothing else depends on it. */
export function browserKind(agent = typeof navigator === 'undefined' ? '' : navigator.userAgent): BrowserKind {
  if (/firefox|fxios/i.test(agent)) return 'firefox';
  if (/chrom(e|ium)|edg\/|crios/i.test(agent)) return 'chromium';
  if (/safari/i.test(agent)) return 'safari';
  return 'other';
}

export function problemText(f: Failure, browser: BrowserKind): string[] {
  switch (f.problem) {
    case 'denied': return [t(`problem.denied.${f.device}`), t(`problem.denied.${browser}`)];
    case 'denied-by-system': return [t('problem.system')];
    case 'in-use': return [t(`problem.inUse.${f.device}`)];
    case 'not-found': return [t(`problem.notFound.${f.device}`)];
    case 'insecure': return [t('problem.insecure')];
    default: return [t('problem.other')];
  }
}

export function DeviceProblem({ retry, joining = false }: { retry: () => void; joining?: boolean }) {
  void deviceTick.value;
  const failure = devices.failure;
  if (!failure) return null;
  return (
    <div class="note" role="alert" data-test="device-problem" data-problem={failure.problem} data-device={failure.device}>
      {problemText(failure, browserKind()).map((line) => <p key={line}>{line}</p>)}
      {joining && <p>{t('pre.without')}</p>}
      {failure.problem !== 'insecure' && <button type="button" class="btn small" data-test="retry-devices" onClick={retry}>{t('dev.retry')}</button>}
    </div>
  );
}
