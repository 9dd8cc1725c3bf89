/** The room's settings, for its hosts. What is saved is said in one message, and comes back when it is stored. */
import { useState } from 'preact/hooks';
import type { RoomSettings } from '../media';
import type { Session } from '../store/session';
import { Dialog } from '../ui/parts';
import css from './room.lazy.css';
import { SitesField } from './sites';
import { rt } from './texts';
import { adopt } from '../lib/adopt';
import { local } from '../lib/moment';
import { readSites } from '../lib/sites';

adopt(css);

const WHO = [['', 'set.all'], ['member', 'set.members'], ['speaker', 'set.speakers'], ['moderator', 'set.moderators']] as const;
const PROFILES = ['', 'normal', 'frugal', 'voice'] as const;
const CHAT_HOURS = [0, 24, 168, -1];
type Draft = { -readonly [K in keyof RoomSettings]: RoomSettings[K] };

const millis = (value: string): number => (value ? new Date(value).getTime() : 0);

export function RoomSettingsDialog({ session, close }: { session: Session; close: () => void }) {
  const was = session.desk.value.settings;
  const [s, set] = useState<Draft>({ ...was });
  const [title, setTitle] = useState(session.meeting.value.room.title);
  const [password, setPassword] = useState('');
  const [opens, setOpens] = useState(local(was.opens));
  const [starts, setStarts] = useState(local(was.starts));
  const check = (key: 'lobby' | 'locked' | 'start_muted' | 'temporary', text: string) => (
    <label class="check"><input type="checkbox" data-test={`set-${key}`} checked={s[key] === true} onChange={(e) => set({ ...s, [key]: e.currentTarget.checked })} />{rt(text)}</label>
  );
  const who = (key: 'talk' | 'camera' | 'share' | 'chat' | 'pad' | 'upload') => (
    <label class="line">{rt(`set.${key}`)}<select class="select small" data-test={`set-${key}`} value={s[key] ?? ''} onChange={(e) => set({ ...s, [key]: e.currentTarget.value })}>{WHO.map(([v, text]) => <option key={v} value={v}>{rt(text)}</option>)}</select></label>
  );
  const number = (key: 'max' | 'minutes', text: string, most: number) => (
    <label class="line">{rt(text)}<input class="input num short" type="number" min={0} max={most} data-test={`set-${key}`} value={s[key] ?? 0} onInput={(e) => set({ ...s, [key]: Number(e.currentTarget.value) })} /></label>
  );
  const save = (e: Event): void => {
    e.preventDefault();
    const keys = ['lobby', 'locked', 'start_muted', 'temporary', 'max', 'minutes', 'chat_hours', 'profile', 'arrive', 'talk', 'camera', 'share', 'chat', 'pad', 'upload'] as const;
    const patch: Record<string, unknown> = {};
    for (const key of keys) if ((s[key] || '') !== (was[key] || '')) patch[key] = s[key];
    const { origins } = readSites(String(new FormData(e.currentTarget as HTMLFormElement).get('origins') ?? ''));
    if (origins.join() !== (was.origins ?? []).join()) patch.origins = origins;
    if (title.trim() && title.trim() !== session.meeting.value.room.title) patch.title = title.trim();
    if (password) patch.password = password;
    if (opens !== local(was.opens)) patch.opens = millis(opens);
    if (starts !== local(was.starts)) patch.starts = millis(starts);
    if (!starts && was.minutes) patch.minutes = 0;
    if (Object.keys(patch).length > 0) session.order({ t: 'room', settings: patch });
    close();
  };
  return (
    <Dialog name="room" title={rt('set.title')} close={close}>
      <form class="stack" onSubmit={save}>
        <label class="line">{rt('set.name')}<input class="input" data-test="set-title" maxLength={64} value={title} onInput={(e) => setTitle(e.currentTarget.value)} /></label>
        <h3>{rt('set.door')}</h3>
        {check('lobby', 'set.lobby')}
        {check('locked', 'set.locked')}
        <label class="line">{rt('set.password')}<input class="input" type="password" autocomplete="new-password" data-test="set-password" maxLength={128} value={password} onInput={(e) => setPassword(e.currentTarget.value)} /></label>
        {was.password && <p class="hint">{rt('set.passwordSet')} <button type="button" class="btn small" data-test="set-password-off" onClick={() => session.order({ t: 'room', settings: { password: '' } })}>{rt('set.passwordOff')}</button></p>}
        {number('max', 'set.max', 1000)}
        <label class="line">{rt('set.opens')}<input class="input" type="datetime-local" data-test="set-opens" value={opens} onInput={(e) => setOpens(e.currentTarget.value)} /></label>
        <h3>{rt('set.meeting')}</h3>
        {check('start_muted', 'set.startMuted')}
        <label class="line">{rt('set.arrive')}<select class="select small" data-test="set-arrive" value={s.arrive ?? ''} onChange={(e) => set({ ...s, arrive: e.currentTarget.value })}><option value="">{rt('role.guest')}</option><option value="listener">{rt('role.listener')}</option></select></label>
        {who('talk')}{who('camera')}{who('share')}{who('chat')}{who('pad')}{who('upload')}
        <label class="line">{rt('set.profile')}<select class="select small" data-test="set-profile" value={s.profile ?? ''} onChange={(e) => set({ ...s, profile: e.currentTarget.value })}>{PROFILES.map((p) => <option key={p} value={p}>{rt(`set.profile${p || 'server'}`)}</option>)}</select></label>
        <h3>{rt('set.planned')}</h3>
        <label class="line">{rt('set.starts')}<input class="input" type="datetime-local" data-test="set-starts" value={starts} onInput={(e) => setStarts(e.currentTarget.value)} /></label>
        {number('minutes', 'set.minutes', 10080)}
        {was.starts && <p><a href={`/api/v1/rooms/${session.options.room}/event.ics`} download data-test="calendar">{rt('set.calendar')}</a></p>}
        <h3>{rt('set.keep')}</h3>
        {check('temporary', 'set.temporary')}
        <label class="line">{rt('set.chatHours')}<select class="select small" data-test="set-chat-hours" value={String(s.chat_hours ?? 0)} onChange={(e) => set({ ...s, chat_hours: Number(e.currentTarget.value) })}>{CHAT_HOURS.map((h) => <option key={h} value={String(h)}>{rt(`set.chat${h}`)}</option>)}</select></label>
        <h3>{rt('set.sites')}</h3>
        <SitesField origins={was.origins} kind="line" test="set-origins" />
        <button class="btn go" data-test="set-save">{rt('set.save')}</button>
      </form>
    </Dialog>
  );
}
