/** All rooms: make, find, change, invite, end, delete. */
import { useEffect, useState } from 'preact/hooks';
import { day, ta } from '../i18n/admin';
import { get, patch, post, put, remove, seg, type Link, type List, type Room, type Settings } from './api';
import { NEVER, local } from '../lib/moment';
import { readSites } from '../lib/sites';
import { SitesField } from '../room/sites';
import { rt } from '../room/texts';
import { codeOf } from '../store/api';
import { Failed, Field, Form, Once, Sure, roleText, useLoad } from './parts';

const PAGE = 50;
const ROLES = ['guest', 'listener', 'speaker', 'moderator', 'host'];

const MINUTES = 10080;
const WHO = [['', 'set.all'], ['member', 'set.members'], ['speaker', 'set.speakers'], ['moderator', 'set.moderators']] as const;
const WHAT = ['talk', 'camera', 'share', 'chat', 'pad', 'upload'] as const;
const CHAT_HOURS = [0, 24, 168, -1];

/** What <input type="datetime-local"> says, as the API has it; undefined for nothing. */
const moment = (value: FormDataEntryValue | null): string | undefined => (value ? new Date(String(value)).toISOString() : undefined);

const url = (path: string): string => location.origin + path;

/** All rooms, or one's own. */
export function RoomsPage({ mine = false }: { mine?: boolean }) {
  const [search, setSearch] = useState('');
  const [rooms, setRooms] = useState<readonly Room[] | null>(null);
  const [more, setMore] = useState('');
  const [code, setCode] = useState('');
  const [made, setMade] = useState<Room | null>(null);
  const load = async (after: string): Promise<void> => {
    try {
      const page = await get<List<Room>>(`/rooms?${new URLSearchParams({ search, after, limit: String(PAGE), ...(mine ? { mine: '1' } : {}) })}`);
      setRooms((before) => (after && before ? [...before, ...page.items] : page.items));
      setMore(page.more ?? '');
      setCode('');
    } catch (e) {
      setCode(codeOf(e));
    }
  };
  useEffect(() => {
    const timer = setTimeout(() => void load(''), search ? 200 : 0);
    return () => clearTimeout(timer);
  }, [search]);
  const create = async (f: FormData): Promise<void> => {
    const starts = moment(f.get('plan-starts'));
    setMade(await put<Room>(`/rooms/${seg(String(f.get('room')))}`, starts ? { settings: { starts, minutes: Number(f.get('plan-minutes')) } } : {}));
    await load('');
  };
  return (
    <>
      {mine ? <><h2>{ta('rooms.mine')}</h2><p class="hint">{ta('rooms.mineLead')}</p></> : <h1>{ta('nav.rooms')}</h1>}
      <section class="card">
        <h2>{ta('rooms.plan')}</h2>
        <Form name="room" submit={ta('rooms.create')} run={create}>
          <Field name="room" label={ta('rooms.name')} required maxLength={100} />
          <Field name="plan-starts" type="datetime-local" label={ta('rooms.starts')} />
          <Field name="plan-minutes" type="number" min={1} max={MINUTES} label={ta('rooms.minutes')} value="60" />
        </Form>
        {made?.settings.starts && <p><a class="btn small" data-test="made-calendar" href={`/api/v1/rooms/${seg(made.name)}/event.ics`} download>{ta('rooms.calendar')}</a></p>}
        {made && <Once label={`${made.title} · ${ta('rooms.guestLink')}`} text={url(`/r/${seg(made.name)}`)} stays />}
        {made?.host_url && <Once label={`${made.title} · ${ta('rooms.hostLink')}`} text={url(made.host_url)} />}
      </section>
      <Field2 value={search} change={setSearch} />
      <Failed code={code} />
      {rooms?.length === 0 && <p class="hint">{ta(search ? 'rooms.nothing' : 'rooms.empty')}</p>}
      <ul class="cards" data-test="rooms">{rooms?.map((r) => <RoomItem key={r.name} room={r} changed={() => void load('')} />)}</ul>
      {more && <button type="button" class="btn" data-test="rooms-more" onClick={() => void load(more)}>{ta('rooms.more')}</button>}
    </>
  );
}

function Field2({ value, change }: { value: string; change: (v: string) => void }) {
  return (
    <div class="field">
      <label for="search">{ta('rooms.search')}</label>
      <input id="search" class="input" type="search" data-test="room-search" value={value} onInput={(e) => change(e.currentTarget.value)} />
    </div>
  );
}

function RoomItem({ room, changed }: { room: Room; changed: () => void }) {
  const [open, setOpen] = useState(false);
  return (
    <li class="card" data-test="room" data-room={room.name}>
      <div class="card-head">
        <span><strong>{room.title}</strong>{room.people > 0 && <span class="num"> · {ta('rooms.state', { count: room.people })}</span>}</span>
        <span class="row">
          <a class="btn small" data-test="room-open" href={`/r/${seg(room.name)}`}>{ta('rooms.open')}</a>
          <button type="button" class="btn small" data-test="room-edit" aria-expanded={open} aria-label={`${ta('nav.settings')} · ${room.title}`} onClick={() => setOpen(!open)}>{ta('nav.settings')}</button>
        </span>
      </div>
      {open && <RoomEdit room={room} changed={changed} />}
    </li>
  );
}

function RoomEdit({ room, changed }: { room: Room; changed: () => void }) {
  const [saved, setSaved] = useState(false);
  const s = room.settings;
  const save = async (f: FormData): Promise<void> => {
    setSaved(false);
    const on = (name: string): boolean => f.get(name) !== null;
    await patch(`/rooms/${seg(room.name)}`, {
      title: String(f.get('title')),
      settings: { ...s, lobby: on('lobby'), locked: on('locked'), start_muted: on('muted'), max: Number(f.get('max')), profile: String(f.get('profile')), ...more(f) },
    });
    if (f.get('password') || on('nopassword')) await put(`/rooms/${seg(room.name)}/password`, { password: String(f.get('password') ?? '') });
    setSaved(true);
    changed();
  };
  const base = `/rooms/${seg(room.name)}`;
  return (
    <div class="edit">
      <Form name="edit" submit={ta('admin.save')} run={save}>
        <Field name="title" label={ta('rooms.title')} value={room.title} required maxLength={64} />
        <Check name="lobby" label={ta('rooms.lobby')} on={s.lobby} />
        <Check name="locked" label={ta('rooms.locked')} on={s.locked} />
        <Check name="muted" label={ta('rooms.muted')} on={s.start_muted} />
        <Field name="max" type="number" min={0} label={ta('rooms.max')} value={String(s.max ?? 0)} />
        <Choice name="arrive" label={rt('set.arrive')} value={s.arrive ?? ''} choices={[['', rt('role.guest')], ['listener', rt('role.listener')]]} />
        {WHAT.map((w) => <Choice key={w} name={w} label={rt(`set.${w}`)} value={s[w] ?? ''} choices={WHO.map(([v, text]) => [v, rt(text)])} />)}
        <Field name="opens" type="datetime-local" label={rt('set.opens')} value={local(s.opens)} />
        <Field name="starts" type="datetime-local" label={ta('rooms.starts')} value={local(s.starts)} />
        <Field name="minutes" type="number" min={0} max={MINUTES} label={ta('rooms.minutes')} value={String(s.minutes ?? 0)} />
        {s.starts && <p><a class="btn small" href={`/api/v1/rooms/${seg(room.name)}/event.ics`} download>{ta('rooms.calendar')}</a></p>}
        <Check name="temporary" label={rt('set.temporary')} on={s.temporary} />
        <Choice name="chat_hours" label={rt('set.chatHours')} value={String(s.chat_hours ?? 0)} choices={CHAT_HOURS.map((h) => [String(h), rt(`set.chat${h}`)])} />
        <SitesField origins={s.origins} kind="field" test="f-origins" />
        <div class="field">
          <label for="f-profile">{ta('rooms.profile')}</label>
          <select id="f-profile" name="profile" class="select">{([['', 'rooms.asServer'], ['normal', 'rooms.normal'], ['frugal', 'rooms.frugal'], ['voice', 'rooms.voice']] as const).map(([v, k]) => <option key={v} value={v} selected={v === (s.profile ?? '')}>{ta(k)}</option>)}</select>
        </div>
        <Field name="password" type="password" label={ta('rooms.password')} autocomplete="new-password" />
        {room.password && <Check name="nopassword" label={ta('rooms.nopassword')} />}
      </Form>
      {saved && <p class="note good" role="status" data-test="saved">{ta('admin.saved')}</p>}
      <Links base={base} />
      <div class="row">
        {room.people > 0 && <Sure test="room-close" label={ta('rooms.close')} question={ta('rooms.closeSure')} run={async () => { await post(`${base}/close`); changed(); }} />}
        <Sure test="room-delete" label={ta('rooms.delete')} question={ta('rooms.deleteSure')} run={async () => { await remove(base); changed(); }} />
      </div>
    </div>
  );
}

/** The parts of the form that a room's own dialog has, too. */
function more(f: FormData): Settings {
  const word = (name: string): string => String(f.get(name) ?? '');
  const starts = moment(f.get('starts'));
  const opens = moment(f.get('opens'));
  return {
    arrive: word('arrive'), talk: word('talk'), camera: word('camera'), share: word('share'), chat: word('chat'), pad: word('pad'), upload: word('upload'),
    temporary: f.get('temporary') !== null, chat_hours: Number(word('chat_hours')), minutes: starts ? Number(word('minutes')) : 0,
    starts: starts ?? NEVER, opens: opens ?? NEVER, origins: readSites(word('origins')).origins,
  };
}

function Choice({ name, label, value, choices }: { name: string; label: string; value: string; choices: readonly (readonly [string, string])[] }) {
  return (
    <div class="field">
      <label for={`f-${name}`}>{label}</label>
      <select id={`f-${name}`} name={name} class="select" data-test={`f-${name}`}>{choices.map(([v, text]) => <option key={v} value={v} selected={v === value}>{text}</option>)}</select>
    </div>
  );
}

export function Check({ name, label, on }: { name: string; label: string; on?: boolean | undefined }) {
  return <label class="check"><input type="checkbox" name={name} data-test={`f-${name}`} defaultChecked={on ?? false} /><span>{label}</span></label>;
}

function Links({ base }: { base: string }) {
  const links = useLoad(() => get<List<Link>>(`${base}/links`));
  const [made, setMade] = useState('');
  const make = async (f: FormData): Promise<void> => {
    const l = await post<Link>(`${base}/links`, { role: String(f.get('role')), label: '', hours: Number(f.get('hours')), uses: Number(f.get('uses')) });
    setMade(url(l.url ?? ''));
    links.again();
  };
  return (
    <section class="links">
      <h2>{ta('rooms.links')}</h2>
      <Failed code={links.code} />
      <ul class="rows">{links.data?.items.map((l) => (
        <li key={l.id}>
          <span>{roleText(l.role)} · {l.uses < 0 ? ta('rooms.any') : ta('rooms.left', { count: l.uses })}{l.expires && ` · ${ta('members.until', { date: day(l.expires) })}`}</span>
          <button type="button" class="btn small" onClick={() => void remove(`${base}/links/${seg(l.id)}`).then(links.again)}>{ta('admin.revoke')}</button>
        </li>
      ))}</ul>
      <Form name="link" submit={ta('rooms.newLink')} run={make}>
        <div class="field">
          <label for="f-role">{ta('rooms.role')}</label>
          <select id="f-role" name="role" class="select">{ROLES.map((r) => <option key={r} value={r}>{roleText(r)}</option>)}</select>
        </div>
        <Field name="hours" type="number" min={0} label={ta('rooms.hours')} value="0" />
        <Field name="uses" type="number" min={0} label={ta('rooms.uses')} value="0" />
      </Form>
      {made && <Once label={ta('rooms.links')} text={made} />}
    </section>
  );
}
