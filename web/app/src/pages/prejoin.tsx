/** Before sitting down: how one looks and sounds, who is there, under which name. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { errorText, plural, t } from '../i18n';
import { read, write } from '../lib/storage';
import { checkLine, type Args, type Line } from '../media';
import { ApiError, codeOf, getLine, getRoom, openRoom, type RoomView } from '../store/api';
import { devices, deviceTick, go, personName, rememberRoom, setPersonName, startsOff } from '../store/app';
import { DevicePicker, DeviceProblem, MicMeter } from '../ui/device-parts';
import { Icon } from '../ui/icons';
import { Avatar, Prefs, Top } from '../ui/parts';
import { RoundTable } from '../ui/round-table';

type Known = 'loading' | 'known' | 'unknown' | 'full' | 'invalid' | 'offline';
const POLL_MS = 4_000;

/** Looks at the room now and every few seconds, not while the page is out of sight. */
function useRoom(name: string): { known: Known; view: RoomView | null } {
  const [state, setState] = useState<{ known: Known; view: RoomView | null }>({ known: 'loading', view: null });
  useEffect(() => {
    let stopped = false;
    let timer: ReturnType<typeof setTimeout>;
    const look = async (): Promise<void> => {
      if (!document.hidden) {
        const next = await getRoom(name).then(
          (view) => ({ known: (view.seated.length >= view.max ? 'full' : 'known') as Known, view }),
          (e: unknown) => ({ known: knownFrom(e), view: null }),
        );
        if (stopped) return;
        setState((was) => (next.known === 'offline' ? { ...was, known: 'offline' } : next));
        if (next.known === 'invalid') return;
      }
      timer = setTimeout(() => void look(), POLL_MS);
    };
    void look();
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  }, [name]);
  return state;
}

function knownFrom(error: unknown): Known {
  const code = error instanceof ApiError ? error.code : '';
  return code === 'room_unknown' ? 'unknown' : code === 'room_name_invalid' ? 'invalid' : 'offline';
}

export interface Door {
  readonly code: string;
  readonly args: Args;
}

export function Prejoin({ room, door, join }: { room: string; door: Door | null; join: (name: string, password: string) => void }) {
  const { known, view } = useRoom(room);
  const title = view?.room.title || room;
  return (
    <div class="page" data-test="page-prejoin" data-room={known}>
      <Top home={() => go('/')} />
      <main class="pre">
        <div class="column">
          <div class="head">
            <p class="kicker">{t('pre.invite')}</p>
            <h1 data-test="room-title">{title}</h1>
          </div>
          <JoinForm room={room} known={known} view={view} door={door} join={join} />
          <div class="around"><RoundTable seated={view?.seated ?? []} you={personName.value} /></div>
        </div>
        <div class="column">
          <Preview />
          <section class="devices" aria-label={t('settings.title')}>
            <MicMeter />
            <DevicePicker picker="mic" />
            <DevicePicker picker="camera" />
            <DevicePicker picker="speaker" />
          </section>
        </div>
      </main>
      <Prefs />
    </div>
  );
}

/** Remembers whether microphone and camera were wished on, apart from whether they could be started. */
const wished = (device: 'mic' | 'camera'): boolean => read(`start.${device}`) !== 'off' && !startsOff.value[device];

function Preview() {
  void deviceTick.value;
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => void devices.start({ mic: wished('mic'), camera: wished('camera') }), []);
  const track = devices.cameraOn ? devices.camera : null;
  useEffect(() => {
    if (video.current) video.current.srcObject = track ? new MediaStream([track]) : null;
  }, [track]);
  const toggle = (device: 'mic' | 'camera', on: boolean): void => {
    write(`start.${device}`, on ? null : 'off');
    void devices.set(device, on);
  };
  const state = track ? 'on' : devices.starting ? 'starting' : 'off';
  return (
    <section class="preview-box" aria-label={t('pre.preview')}>
      <div class="preview" data-test="preview" data-camera={state}>
        {track ? <video ref={video} class="mirror" autoplay muted playsInline /> : (
          <div class="empty">
            <Avatar name={personName.value} seat={0} />
            <p>{t(state === 'starting' ? 'pre.askingPermission' : 'pre.cameraOff')}</p>
          </div>
        )}
        <div class="controls">
          <Toggle device="mic" on={devices.micOn} set={(on) => toggle('mic', on)} />
          <Toggle device="camera" on={devices.cameraOn} set={(on) => toggle('camera', on)} />
        </div>
      </div>
      <DeviceProblem joining retry={() => void devices.start({ mic: true, camera: true })} />
      <p class="hint">{t('pre.nobodyHears')}</p>
      <LineNote />
    </section>
  );
}

/** How this device reaches the server. Says nothing until it is known, and nothing when it cannot be. */
function LineNote() {
  const [line, setLine] = useState<Line | null>(null);
  useEffect(() => {
    let stopped = false;
    void getLine().then(({ ice }) => checkLine(ice)).then((l) => !stopped && setLine(l), () => undefined);
    return () => {
      stopped = true;
    };
  }, []);
  return line ? <p class="hint" role="status" data-test="line" data-line={line}>{t(`pre.line.${line}`)}</p> : null;
}

function Toggle({ device, on, set }: { device: 'mic' | 'camera'; on: boolean; set: (on: boolean) => void }) {
  const mic = device === 'mic';
  return (
    <button type="button" class="toggle" data-test={`toggle-${device}`} aria-pressed={on} title={t(mic ? (on ? 'dev.turnMicOff' : 'dev.turnMicOn') : on ? 'dev.turnCameraOff' : 'dev.turnCameraOn')} onClick={() => set(!on)}>
      <Icon name={mic ? (on ? 'mic' : 'micOff') : on ? 'camera' : 'cameraOff'} />
      <span class="long">{t(mic ? (on ? 'dev.micOn' : 'dev.micOff') : on ? 'dev.cameraOn' : 'dev.cameraOff')}</span>
      <span class="short" aria-hidden="true">{t(mic ? (on ? 'bar.mic' : 'bar.muted') : on ? 'bar.camera' : 'bar.cameraOff')}</span>
    </button>
  );
}

function JoinForm({ room, known, view, door, join }: { room: string; known: Known; view: RoomView | null; door: Door | null; join: (name: string, password: string) => void }) {
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState('');
  const [password, setPassword] = useState('');
  const asked = door !== null && door.code !== 'line_full';
  const name = personName.value.trim();
  const submit = async (e: Event): Promise<void> => {
    e.preventDefault();
    if (busy || !name || known === 'full' || known === 'invalid') return;
    setBusy(true);
    setFailed('');
    try {
      let at = view?.room;
      if (!at) {
        const opened = await openRoom(room);
        at = opened.room;
        // Takes the host's token out of the link, or just puts the room's proper name into the address.
        go(opened.host_url ?? opened.url, true);
      }
      rememberRoom({ name: at.name, title: at.title });
      join(name, password);
    } catch (error) {
      setFailed(codeOf(error));
      setBusy(false);
    }
  };
  return (
    <form onSubmit={submit}>
      <RoomNote known={known} max={view?.max ?? 0} />
      {view && <Guarded view={view} />}
      <div class="field">
        <label for="your-name">{t('pre.name')}</label>
        <input id="your-name" class="input" data-test="your-name" value={personName.value} onInput={(e) => setPersonName(e.currentTarget.value)} placeholder={t('pre.namePlaceholder')} maxLength={64} required autocomplete="name" spellcheck={false} />
      </div>
      {asked && (
        <div class="field">
          <label for="room-password">{t('pre.password')}</label>
          <input id="room-password" class="input" type="password" data-test="room-password" value={password} onInput={(e) => setPassword(e.currentTarget.value)} required autocomplete="off" autofocus aria-describedby="door" />
        </div>
      )}
      {door && !failed && (asked ? <p id="door" class={`note ${door.code === 'password_needed' ? '' : 'bad'}`} role="alert" data-test="prejoin-error" data-code={door.code}>{errorText(door.code)}</p> : <LineFull args={door.args} />)}
      {failed && <p class="note bad" role="alert" data-test="prejoin-error" data-code={failed}>{errorText(failed)}</p>}
      <button class="btn go big" data-test="join" disabled={busy || !name || known === 'full' || known === 'invalid' || known === 'loading'}>
        {t(busy ? 'pre.joining' : known === 'unknown' ? 'pre.open' : 'pre.join')}
      </button>
    </form>
  );
}

/** The host's line carries no more voices: with the numbers, so that nobody has to guess what would help. */
function LineFull({ args: { room = 0, need = 0, have = 0 } }: { args: Args }) {
  return (
    <div class="note bad" role="alert" data-test="prejoin-error" data-code="line_full">
      <p>{room > 0 ? plural('pre.lineFull', room) : errorText('line_full')}</p>
      {need > 0 && <p class="num">{t('pre.lineFullNumbers', { need, have })}</p>}
    </div>
  );
}

/** What awaits who comes by the link alone. */
function Guarded({ view }: { view: RoomView }) {
  const when = (at: number): string => new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: 'full', timeStyle: 'short' }).format(at);
  const text = view.locked ? t('pre.locked') : view.opens > 0 ? t('pre.opens', { when: when(view.opens) }) : view.lobby ? t('pre.lobby') : '';
  return (
    <>
      {text && <p class="note" role="status" data-test="guarded">{text}</p>}
      {view.starts > Date.now() && <p class="hint">{t('pre.starts', { when: when(view.starts) })} <a href={`/api/v1/rooms/${view.room.name}/event.ics`} download data-test="calendar">{t('pre.calendar')}</a></p>}
    </>
  );
}

function RoomNote({ known, max }: { known: Known; max: number }) {
  if (known === 'unknown') return <p class="hint">{t('pre.unknown')}</p>;
  if (known === 'full') return <p class="note" role="status">{t('pre.full', { max })}</p>;
  if (known === 'invalid') return <p class="note bad" role="status">{t('pre.invalid')}</p>;
  if (known === 'offline') return <p class="note bad" role="status">{t('pre.offline')}</p>;
  return null;
}
