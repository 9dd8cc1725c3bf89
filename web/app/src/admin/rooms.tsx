/** All rooms: make, find, change, invite, end, delete. */
import { useEffect, useState } from 'preact/hooks';
import { day, ta } from '../i18n/admin';
import { get, patch, post, put, remove, seg, type Link, type List, type Room } from './api';
import { codeOf } from '../store/api';
import { Failed, Field, Form, Once, Sure, roleText, useLoad } from './parts';

const PAGE = 50;
const ROLES = ['guest', 'listener', 'speaker', 'moderator', 'host'];

const url = (path: string): string => location.origin + path;

export function RoomsPage() {
  const [search, setSearch] = useState('');
  const [rooms, setRooms] = useState<readonly Room[] | null>(null);
  const [more, setMore] = useState('');
  const [code, setCode] = useState('');
  const [made, setMade] = useState<Room | null>(null);
  const load = async (after: string): Promise<void> => {
    try {
      const page = await get<List<Room>>(`/rooms?${new URLSearchParams({ search, after, limit: String(PAGE) })}`);
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
    setMade(await put<Room>(`/rooms/${seg(String(f.get('room')))}`, {}));
    await load('');
  };
  return (
    <>
      <h1>{ta('nav.rooms')}</h1>
      <section class="card">
        <Form name="room" submit={ta('rooms.create')} run={create}><Field name="room" label={ta('rooms.name')} required maxLength={100} /></Form>
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
          <a class="btn small" href={`/r/${seg(room.name)}`}>{ta('rooms.open')}</a>
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
      settings: { ...s, lobby: on('lobby'), locked: on('locked'), start_muted: on('muted'), max: Number(f.get('max')), profile: String(f.get('profile')) },
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
        <div class="field">
          <label for="f-profile">{ta('rooms.profile')}</label>
          <select id="f-profile" name="profile" class="select">{([['', 'rooms.asServer'], ['normal', 'rooms.normal'], ['frugal', 'rooms.frugal'], ['voice', 'rooms.voice']] as const).map(([v, k]) => <option key={v} value={v} selected={v === (s.profile ?? '')}>{ta(k)}</option>)}</select>
        </div>
        <Field name="password" type="password" label={ta('rooms.password')} autocomplete="new-password" />
        {room.password && <Check name="nopassword" label={ta('rooms.nopassword')} />}
      </Form>
      {saved && <p class="note good" role="status">{ta('admin.saved')}</p>}
      <Links base={base} />
      <div class="row">
        {room.people > 0 && <Sure test="room-close" label={ta('rooms.close')} question={ta('rooms.closeSure')} run={async () => { await post(`${base}/close`); changed(); }} />}
        <Sure test="room-delete" label={ta('rooms.delete')} question={ta('rooms.deleteSure')} run={async () => { await remove(base); changed(); }} />
      </div>
    </div>
  );
}

export function Check({ name, label, on }: { name: string; label: string; on?: boolean | undefined }) {
  return <label class="check"><input type="checkbox" name={name} defaultChecked={on ?? false} /><span>{label}</span></label>;
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
